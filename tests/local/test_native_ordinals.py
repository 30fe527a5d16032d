"""Roman numerals and ordinals of other languages."""

import pytest

from lightning_cli.local.native_ordinals import ordinal_forms


def read(text: str, language: str) -> str:
    """Put the ordinals of a language into words."""
    for pattern, say in ordinal_forms(language):
        text = pattern.sub(say, text)
    return text


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Ludwig XIV. regierte.", "Ludwig der Vierzehnte regierte."),
        ("de", "Es war Elisabeth II.", "Es war Elisabeth die Zweite."),
        ("de", "Team II. und Karl May", "Team II. und Karl May"),
        ("es", "Felipe VI, siglo V, siglo XXI, Isabel II", "Felipe sexto, siglo quinto, siglo 21, Isabel segunda"),
        ("es", "1.º y 2.ª, 25º C", "primero y segunda, 25º C"),
        ("pt", "Dom João VI e Maria II", "Dom João sexto e Maria segunda"),
        ("fr", "François Ier au XIXe siècle, le 3e jour", "François premier au dix-neuvième siècle, le troisième jour"),
        ("it", "nel XX secolo", "nel ventesimo secolo"),
        ("nl", "Willem III", "Willem de Derde"),
        ("sv", "Karl XII och Elisabet I", "Karl den tolfte och Elisabet den första"),
        ("no", "Harald V", "Harald den femte"),
        ("pl", "w XXI wieku, koniec XX wieku", "w dwudziestym pierwszym wieku, koniec dwudziestego wieku"),
        ("pl", "Elżbieta II i Jan Paweł II", "Elżbieta druga i Jan Paweł drugi"),
        ("ru", "в XXI веке, XX век, до III века", "в двадцать первом веке, двадцатый век, до третьего века"),
        ("ru", "Пётр I и Екатерина II, глава IV", "Пётр первый и Екатерина вторая, глава 4"),
        ("tr", "II. Mehmed", "ikinci Mehmed"),
        ("ta", "XIV", "14"),
        ("fi", "XIV", "XIV"),
        ("ru", "25-й, 3-я, 30-го, 100-й", "20 пятый, третья, тридцатого, 100-й"),
    ],
)  # fmt: skip # a table
def test_ordinals(language: str, text: str, expected: str) -> None:
    """Each kind, and what is none."""
    assert read(text, language) == expected
