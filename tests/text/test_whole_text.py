"""Whole texts, read at once."""

import subprocess
import sys

import pytest

from lightning_cli.text.reader import Reader
from lightning_cli.text.reading import Reading
from lightning_cli.text.whole_text import may_have_marks, read_whole


def test_the_last_segment_has_the_silence_of_the_end() -> None:
    """Whole texts have no segment without words; one of pauses alone has none at all."""
    segments = read_whole("One there. [pause:2s]", Reading("auto"), language="en")
    assert [(one.spoken, one.pause_after_s) for one in segments] == [("One there.", 2.0)]
    assert read_whole("[pause:2s]", Reading("auto"), language="en") == []


def test_what_may_have_marks() -> None:
    """A bracket, a tag, or the name of a file."""
    assert all(may_have_marks(*one) for one in (("a [b", ""), ("a <b", ""), ("a", "A.SSML")))
    assert not may_have_marks("a (b)", "a.txt")


def test_a_plain_text_loads_no_marks() -> None:
    """A short text pays for no pattern of theirs."""
    code = (
        "import sys\nfrom lightning_cli.text.whole_text import read_whole\n"
        "from lightning_cli.text.reading import Reading\nassert read_whole('Hello.', Reading('auto'), language=None)\n"
        "assert not {'lightning_cli.text.marks', 'lightning_cli.text.reader'} & set(sys.modules)"
    )
    subprocess.run((sys.executable, "-c", code), check=True, timeout=60)


@pytest.mark.parametrize("markup", ["auto", "markdown"])
def test_a_heading_is_followed_by_its_own_pause(markup: str) -> None:
    """One with hashes and one that is underlined, in a whole text and letter by letter; a rule or a note is none."""
    text = "# One\nTwo.\n\nIs it?\n=====\n> [!NOTE]\n> Three.\n\n---\n\nFour.\n"
    expected = [("One.", 4), ("Two.", 3), ("Is it?", 4), ("Note.", 3), ("Three.", 3), ("Four.", 2)]
    reading = Reading(markup=markup)
    assert [(one.spoken, one.boundary) for one in read_whole(text, reading, language="en")] == expected
    reader = Reader(reading, language="en")
    grown = [one for letter in text for one in reader.feed(letter)] + reader.finish()
    assert [(one.spoken, one.boundary) for one in grown if one.spoken] == expected
