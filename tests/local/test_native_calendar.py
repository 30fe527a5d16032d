"""Days and years as ordinals, in the form that the word beside them asks for."""

import pytest

from lightning_cli.local.native_calendar import calendar_forms


def read(text: str, language: str) -> str:
    """Return a text with its days and years in words."""
    for pattern, said in calendar_forms(language):
        text = pattern.sub(said, text)
    return text


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "am 1. Mai, vom 24. Dezember", "am ersten Mai, vom vierundzwanzigsten Dezember"),
        ("de", "3. Oktober", "dritter Oktober"),
        ("de", "10,3. Mai und 32. Mai", "10,3. Mai und 32. Mai"),
        ("sv", "den 1 maj, 31 december", "den första maj, trettioförsta december"),
        ("no", "den 17. mai", "den syttende mai"),
        ("ru", "12 апреля 1961 года", "двенадцатого апреля 1900 шестьдесят первого года"),
        ("ru", "3 мая, 23 мая, 30 мая", "третьего мая, двадцать третьего мая, тридцатого мая"),
        ("ru", "в 2024 году, 1940 год, 1900 год", "в 2000 двадцать четвёртом году, 1900 сороковой год, 1900 год"),
        ("pl", "11 listopada 1918 roku", "jedenastego listopada 1900 osiemnastego roku"),
        ("pl", "w 1945 roku, rok 1945", "w 1900 czterdziestym piątym roku, rok 1945"),
        ("de", "14.–18. Mai, vom 3. bis 5. Juni", "vierzehnter bis achtzehnter Mai, vom dritten bis fünften Juni"),
        ("de", "Die 2. Auflage, im 19. Jahrhundert", "Die zweite Auflage, im neunzehnten Jahrhundert"),
        ("de", "der 2. Weltkrieg, in der 5. Klasse", "der zweite Weltkrieg, in der fünften Klasse"),
        ("ru", "с 5 по 10 мая, 5–10 мая", "с пятого по десятое мая, пятого по десятое мая"),
        ("pl", "od 2 do 3 maja", "od drugiego do trzeciego maja"),
        ("fr", "le 14 juillet 1789", "le 14 juillet 1789"),
    ],
)
def test_days_and_years(language: str, text: str, expected: str) -> None:
    """Each language, and what is none."""
    assert read(text, language) == expected
