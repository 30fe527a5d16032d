"""Names of libraries, versions and machines: what they are told apart from; the table of readings has the rest."""

import pytest

from lightning_cli.local.english import read_english


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It needs libfoo.so.6 now.", "It needs libfoo dot S O dot 6 now."),
        ("root@web1:/var/log# ls", "root at web1 colon slash var slash log hash ls"),
        ("See 1.0.0-rc1 and 2.1-beta.", "See 1 point 0 point 0 R C 1 and 2.1 beta."),
        ("The MRI has 1.5T, a 3T scanner more.", "The MRI has 1 point five tesla, a 3 tesla scanner more."),
        ("I have 3T of data.", "I have 3T of data."),
        ("It cost $1.5T for MRI.", "It cost 1 point five trillion dollars for MRI."),
        ("Take it q.i.d. with food, then b.i.d.", "Take it Q I D with food, then B I D."),
        ("Pi is 3,14 here.", "Pi is 3.14 here."),
        ("Items 3,14 and the point (3,14) are gone.", "Items 3,14 and the point (3,14) are gone."),
    ],
)
def test_names(text: str, said: str) -> None:
    """Read what is a name as one, and leave alone what only looks like it."""
    assert read_english(text) == said
