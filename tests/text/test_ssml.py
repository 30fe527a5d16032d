"""Documents of SSML: what is spoken of them, how, and what is told of one that is not well-formed."""

import pytest

from lightning_cli.errors import UsageFault
from lightning_cli.text.reading import Reading
from lightning_cli.text.segmenter import Boundary, Segment
from lightning_cli.text.whole_text import read_whole

AUTO = Reading("auto")


def read(text: str, name: str = "a.txt", notes: list[str] | None = None) -> list[Segment]:
    """Read a document."""
    return read_whole(text, AUTO, language="en", name=name, note=(notes or []).append)


def test_a_document() -> None:
    """Tags shape the speech and stay unspoken; XML's escapes are read; no words are glued."""
    segments = read(
        '<?xml version="1.0"?>\n<!-- a --><speak version="1.1">Hi<break time="750ms"/>there.\n'
        '<voice name="emily">Emily &lt;says&gt; <emphasis>hel</emphasis>lo<mark name="x"/>you.</voice> '
        "<![CDATA[AT&T]]> and <sub alias='Doctor'>Dr</sub> *Who*. <!-- b --></speak>"
    )
    said = [(one.spoken, one.pause_s, one.delivery.fields if one.delivery else {}) for one in segments]
    assert said == [
        ("Hi", None, {}),
        ("there.", 0.75, {}),
        ("Emily <says> hello you.", None, {"voice_id": "emily"}),
        ("AT&T and Doctor *Who*.", None, {}),
    ]
    assert segments[-1].written == "AT&T and Dr *Who*."


def test_paragraphs_and_sentences() -> None:
    """They are what the document says, whatever the punctuation."""
    segments = read("<speak><p><s>One</s><s>two</s></p><p>Three.</p></speak>")
    assert [(one.spoken, one.boundary) for one in segments] == [
        ("One", Boundary.SENTENCE),
        ("two", Boundary.SENTENCE),
        ("Three.", Boundary.PARAGRAPH),
    ]


def test_nested_tags_are_taken_back() -> None:
    """The end of a tag brings back what held before it."""
    segments = read(
        '<speak><voice name="a">One. <prosody rate="slow">Two. <voice name="b">Three.</voice> Four.</prosody> Five.'
        "</voice> Six.</speak>"
    )
    assert [(one.spoken, one.delivery and one.delivery.fields) for one in segments] == [
        ("One.", {"voice_id": "a"}),
        ("Two.", {"voice_id": "a", "speed": 0.75}),
        ("Three.", {"voice_id": "b", "speed": 0.75}),
        ("Four.", {"voice_id": "a", "speed": 0.75}),
        ("Five.", {"voice_id": "a"}),
        ("Six.", None),
    ]


def test_unknown_tags_are_named_once() -> None:
    """Their text stays, and one note names them."""
    notes: list[str] = []
    segments = read_whole(
        "<speak><audio src='x'/><foo>One</foo><foo>two.</foo></speak>", AUTO, language="en", name="a", note=notes.append
    )
    assert [one.spoken for one in segments] == ["One two."]
    assert notes == ["tags of a without effect here: <audio>, <foo>"]


def test_the_name_makes_a_document() -> None:
    """A file that ends in .ssml is one without the first tag too; elsewhere the tag decides."""
    assert [one.spoken for one in read("<p>A &amp; *b*.</p>", "a.ssml")] == ["A & *b*."]
    assert [one.spoken for one in read("A *b* <foo>.", "a.txt")] == ["A b <foo>."]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<speak>\nOne </voice>", "a.txt:2:5: </voice>: </voice> closes nothing"),
        ("<speak>1 < 2</speak>", "a.txt:1:10: <: '<' begins no tag"),
        ("<speak><break time='x'/></speak>", "a.txt:1:8: <break time='x'/>: 'x' is not a length"),
    ],
)
def test_what_is_not_well_formed_is_told(text: str, told: str) -> None:
    """With file, line and column."""
    with pytest.raises(UsageFault) as fault:
        read(text)
    assert fault.value.message.startswith(told)
