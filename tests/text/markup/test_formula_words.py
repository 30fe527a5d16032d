"""The phrases of formulas in each language, and signs where there is none."""

import pytest

from lightning_cli.text.markup.formula_words import phrases_of
from lightning_cli.text.markup.latex import latex_words

QUADRATIC = r"x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}"


@pytest.mark.parametrize(
    ("language", "source", "words"),
    [
        ("de", QUADRATIC, "x gleich minus b plus minus Wurzel aus b Quadrat minus 4 a c, durch 2 a"),
        ("fr", r"\int_0^\infty e^{-x}\,dx", "l'intégrale de 0 à l'infini de e puissance moins x d x"),
        ("es", r"\sum_{i=1}^{n} x_i \le 5", "la suma desde i igual a 1 hasta n de x sub i menor o igual que 5"),
        ("it", r"\lim_{x \to 0} f(x)", "il limite per x che tende a 0 di f di x"),
        ("hi", r"\sqrt{x} + \frac{1}{2}", "x का वर्गमूल प्लस आधा"),
        ("ru", r"\sqrt[3]{x} = y^2", "кубический корень из x равно y в квадрате"),
        ("pt-BR", r"A \cup \emptyset", "A união o conjunto vazio"),
        ("de", r"\foo", "Formel"),
        ("ta", r"x^2 \le \sqrt{y} + \alpha", "x² ≤ √y + α"),
        ("ta", r"\foo", "formula"),
        ("auto", r"x = 1", "x equals 1"),
        (None, r"x = 1", "x equals 1"),
    ],
)
def test_formulas_are_read_in_the_language_of_the_text(language: str | None, source: str, words: str) -> None:
    """A language without a column keeps the signs, which its voice reads."""
    assert latex_words(source, language) == words


@pytest.mark.parametrize("language", "de fr es it pt nl sv pl ru hi mr ta".split())
def test_no_cell_is_missing_and_each_has_its_places(language: str) -> None:
    """A phrase with places for words has as many in each language."""
    phrases = phrases_of(language)
    assert len(phrases) >= len(phrases_of("de"))
    for phrase, said in phrases.items():
        assert said.count("{}") == phrase.count("{}"), phrase
