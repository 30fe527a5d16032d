"""Chemistry and quantities in TeX."""

import pytest

from lightning_cli.text.markup.latex import FORMULA, latex_words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (r"\ce{2H2 + O2 -> 2H2O}", "2 H 2 plus O 2 to 2 H 2 O"),
        (r"\ce{SO4^2-}", "S O 4 2 minus"),
        (r"\ce{Na+ (aq)}", "N A plus"),
        (r"\ce{N2 + 3H2 <=> 2NH3}", "N 2 plus 3 H 2 in equilibrium with 2 N H 3"),
        (r"\ce{CaCO3 ->[\Delta] CaO + CO2 ^}", "C A C O 3 to C A O plus C O 2"),
        (r"\ce{$x$}", FORMULA),
    ],
)
def test_chemistry(source: str, words: str) -> None:
    """Symbols are spelled, counts and charges are numbers, states go."""
    assert latex_words(source) == words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (r"\SI{9.81}{\metre\per\second\squared}", "9.81 m/s²"),
        (r"\qty{5}{\kilo\gram}", "5 kg"),
        (r"\si{\kilo\watt\hour}", "kW h"),
        (r"\SI{20}{\celsius}", "20 °C"),
        (r"\SI{3e8}{m/s}", "3 times 10 to the power 8 m/s"),
        (r"\num{1e-3}", "10 to the power minus 3"),
        (r"\SI{2}{\cubic\centi\meter}", "2 cm³"),
        (r"\ang{45}", "45 degrees"),
        (r"\SI{5}{\foo}", FORMULA),
        (r"\SI{x}{\meter}", FORMULA),
    ],
)
def test_quantities(source: str, words: str) -> None:
    """A unit is its symbol, which every voice has words for."""
    assert latex_words(source) == words
