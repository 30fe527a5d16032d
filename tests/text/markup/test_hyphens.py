"""Words parted at line ends, whole and at every cut."""

import pytest

from lightning_cli.text.markup.hyphens import WordJoiner


@pytest.mark.parametrize(
    ("source", "joined"),
    [
        ("emo-\ntional health", "emotional health"),
        ("agree\u00ad\nment and soft\u00adly", "agreement and softly"),
        ("well-\nknown, self-\n  made", "well-known, self-made"),
        ("mother-\nin-law", "mother-in-law"),
        ("Haus-\nund Hof, pre-\nand post", "Haus-\nund Hof, pre-\nand post"),
        ("A-\nB, x -\ny, 10-\nth", "A-\nB, x -\ny, 10-\nth"),
        ("inter\ufffenational \ufb01ne o\ufb03ce\ufeff", "international fine office"),
        ("ends with a-", "ends with a-"),
        ("ends with a-\n", "ends with a-\n"),
        ("über-\nmütig", "übermütig"),
    ],
)
def test_joined(source: str, joined: str) -> None:
    """The hyphen of the page goes and the word's own stays, wherever the text is cut."""
    for size in (1, 2, 3, 5, 100):
        joiner = WordJoiner()
        pieces = [joiner.feed(source[at : at + size]) for at in range(0, len(source), size)]
        assert "".join(pieces) + joiner.finish() == joined
