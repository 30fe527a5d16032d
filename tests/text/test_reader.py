"""Texts with marks, whole and growing: the segments, their pauses and deliveries, and that cuts change nothing."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lightning_cli.errors import InvalidRequest, UsageFault
from lightning_cli.text import marks
from lightning_cli.text.marks import Delivery
from lightning_cli.text.reader import Reader
from lightning_cli.text.reading import MarkPolicy, Reading, TextStart
from lightning_cli.text.segmenter import Boundary, Segment
from lightning_cli.text.whole_text import read_whole

AUTO = Reading("auto")
Said = list[tuple[str, str, float | None, float | None, dict[str, object]]]


def said(segments: list[Segment]) -> Said:
    """Return what is to be heard of segments."""
    return [
        (one.spoken, one.written, one.pause_s, one.pause_after_s, one.delivery.fields if one.delivery else {})
        for one in segments
        if one.counts
    ]


def in_pieces(text: str, size: int, told: list[str] | None = None, reading: Reading = AUTO) -> Said:
    """Read a text in pieces."""
    told = [] if told is None else told
    reader = Reader(reading, language="en", name="a.txt", marks=MarkPolicy(tell=told.append))
    segments = [one for at in range(0, len(text), size) for one in reader.feed(text[at : at + size])]
    return said(segments + reader.finish())


def test_marks_shape_segments() -> None:
    """A mark ends the segment before it; a pause stands before what follows, or at the end of all."""
    segments = read_whole(
        "[pause:1]Hello there. [pause:1.5s][pause:500ms] Now [voice:emily]I speak [speed:1.2]so. [voice] Back [speed]"
        "again. [pause:2]",
        AUTO,
        language="en",
    )
    assert said(segments) == [
        ("Hello there.", "Hello there.", 1.0, None, {}),
        ("Now", "Now", 2.0, None, {}),
        ("I speak", "I speak", None, None, {"voice_id": "emily"}),
        ("so.", "so.", None, None, {"voice_id": "emily", "speed": 1.2}),
        ("Back", "Back", None, None, {"speed": 1.2}),
        ("again.", "again.", None, 2.0, {}),
    ]
    assert segments[1].boundary is Boundary.CLAUSE
    assert segments[0].boundary is Boundary.SENTENCE


def test_what_is_written_and_what_is_spoken() -> None:
    """A substitute is part of its sentence, within markup too."""
    (segment,) = read_whole("I live in **[sub:NYC|New York City]**, you know.", AUTO, language="en")
    assert segment.spoken == "I live in New York City, you know."
    assert segment.written == "I live in NYC, you know."


def test_a_substitute_over_several_segments() -> None:
    """What is written is shown with the first of them."""
    segments = read_whole(
        "Read [sub:it|One sentence that is long. Another one that is long.] now.", AUTO, language="en"
    )
    assert "Another" in segments[1].spoken
    assert [one.written for one in segments] == ["Read it", "now."]


def test_items_and_headings_keep_their_marks() -> None:
    """The full stop that an item gets does not wander behind the mark."""
    segments = read_whole("- one [pause:1s]\n- two\n\n# Title [pause:2s]\n\nText", AUTO, language="en")
    assert [(one.spoken, one.pause_s) for one in segments] == [
        ("one", None),
        ("two.", 1.0),
        ("Title", None),
        ("Text", 2.0),
    ]


def test_marks_may_stay() -> None:
    """Without marks, and without markup, they are text."""
    for reading in (AUTO._replace(marks=False), Reading("none")):
        assert [one.spoken for one in read_whole("So [pause:1s] it.", reading, language="en")] == ["So [pause:1s] it."]


def test_a_whole_text_is_cut_at_marks_alone() -> None:
    """Each stretch is one request."""
    reading = AUTO._replace(whole=True)
    segments = read_whole("One. Two. [pause:1s] Three. Four.", reading, language="en")
    assert [one.spoken for one in segments] == ["One. Two.", "Three. Four."]


def test_wrong_marks_and_voices() -> None:
    """In a whole text they are faults with their place; in a growing one they are told once and dropped."""

    def resolve(delivery: Delivery) -> Delivery:
        if delivery.voice == "nobody":
            raise InvalidRequest("voice_id", "unknown voice 'nobody'")
        return delivery._replace(voice="resolved")

    for mark in ("[voice:nobody]", "[pause:x]"):
        text = f"One.\n  {mark}Two. {mark}Three."
        with pytest.raises(UsageFault, match=r"^a\.txt:2:3: ") as fault:
            read_whole(text, AUTO, language="en", name="a.txt", resolve=resolve)
        assert "--no-marks" in str(fault.value.hint)
        told: list[str] = []
        reader = Reader(AUTO, language="en", name="a.txt", marks=MarkPolicy(resolve, told.append))
        segments = reader.feed(text) + reader.finish()
        assert " ".join(one.spoken for one in segments if one.spoken) == "One. Two. Three."
        assert len(told) == 1
        assert told[0].startswith(f"a.txt:2:3: dropped {mark}: ")
    (segment,) = read_whole("[lang:hi]Namaste.", AUTO, language="en", resolve=resolve)
    assert segment.delivery == Delivery(voice="resolved", language="hi")


def test_texts_one_after_the_other() -> None:
    """Each has a name and a way of its own, and begins with the run's voice; a paragraph ends between them."""
    reader = Reader(AUTO, language="en", name="a.txt")
    pieces = [
        "[voice:emily]One ",
        TextStart.of("\n\n", "b.ssml"),
        "<p>Two &amp; x</p>",
        TextStart.of("\n\n", "c"),
        "*3*.",
    ]
    segments = [one for piece in pieces for one in reader.feed(piece)] + reader.finish()
    assert [(one.spoken, bool(one.delivery)) for one in segments if one.spoken] == [
        ("One", True),
        ("Two & x", False),
        ("3.", False),
    ]


def test_a_writer_who_pauses() -> None:
    """What may still become a mark waits for a long pause alone; what is complete leaves at a short one."""
    reader = Reader(AUTO, language="en", live=True)
    first = reader.feed("Well then. ") + reader.pause()
    assert [one.spoken for one in first] == ["Well then."]
    assert reader.feed("And [pau") == []
    assert [one.spoken for one in reader.settle()] == ["And [pau"]


def test_what_is_shown_follows_what_is_fed() -> None:
    """Put together it is the text without its marks, with what is written for substitutes."""
    shown: list[str] = []
    reader = Reader(AUTO, language="en", fed=lambda piece, _: shown.append(piece))
    text = "A *b* [pause:1s]c [sub:NYC|New York] d."
    segments = [one for sign in text for one in reader.feed(sign)] + reader.finish()
    assert "".join(shown) == "A *b* c NYC d."
    assert "".join(one.source for one in segments) == "A b c New York d."


ATOMS = st.sampled_from(
    "Hello there. ¦word ¦[pause:1s]¦[pause:¦x]¦[voice:a]¦[voice]¦[speed:2]¦[speed:9]¦[lang:hi]¦[lang]¦[sub:a|b c]¦"
    "[sub:¦|¦]¦[¦"
    "<break/>¦<break time='2s'/>¦<voice name='b'>¦</voice>¦<prosody rate='slow'>¦</prosody>¦<sub alias='x y'>z</sub>¦"
    "<¦>¦"
    "<say-as interpret-as='characters'>AB</say-as>¦<speak>¦</speak>¦<p>¦</p>¦<s>¦</s>¦&amp;¦&¦<!-- c -->¦<foo>¦"
    "**¦`¦```\n¦"
    "\n¦\n\n¦- ¦# ¦. ¦\\¦http://x.org¦(¦)¦\U00100000¦é ".split("¦")
)
TEXTS = st.lists(ATOMS, max_size=25).map("".join)


@settings(deadline=None, max_examples=400)
@given(st.one_of(TEXTS, TEXTS.map("<speak>{}".format)), st.integers(1, 7))
@example("<?xml version='1.0'?>\n<!-- a -> --> <speak>[pause:1s]", 1)
@example("<!-- c --><speak>[pause:1s]", 1)
@example("<!-- c <speak>[pause:1s]", 3)
@example(
    "So [sub:NYC|New York City. Really] it **[pause:1s]** <voice name='b'>is</voice> [speed:9]\n- x [pause:2]\n", 1
)
def test_cuts_change_nothing(text: str, size: int) -> None:
    """Wherever a text is cut, its segments are those of the whole, and so is what is told of its marks."""
    told: list[str] = []
    told_in_pieces: list[str] = []
    assert in_pieces(text, size, told_in_pieces) == in_pieces(text, len(text) + 1, told)
    assert told_in_pieces == told


@settings(deadline=None, max_examples=150)
@given(TEXTS)
def test_no_mark_is_spoken(text: str) -> None:
    """Nothing of a mark reaches a voice, nor the sign that stands for it; whole texts say what growing ones do."""
    if "\U00100000" in text:
        return  # a private sign of the text's own: it says nothing, with marks beside it or without
    try:
        whole = said(read_whole(text, AUTO, language="en", name="a.txt"))
    except UsageFault:
        return
    assert not any(sign >= "\U00100000" for spoken, *_ in whole for sign in spoken)
    assert [one[0] for one in whole if one[0]] == [one[0] for one in in_pieces(text, 10**6) if one[0]]


@pytest.mark.parametrize(
    "text", ["A. [pause:2s]B. {}[pause:3s]C.", "<speak>A. <break time='2s'/>B. {}<break time='3s'/>C."]
)
def test_more_marks_than_there_are_signs_for_them(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signs that stand for marks are used again: no mark is taken for a later one, in SSML of a whole book too."""
    monkeypatch.setattr(marks, "_COUNT", 6_000)  # a tenth, for speed
    segments = read_whole(text.format("<lang />" * 7_000), Reading("auto", whole=True), language="en")
    assert [(one.spoken, one.pause_s) for one in segments] == [("A.", None), ("B.", 2.0), ("C.", 3.0)]
