"""Text to segments: not a character lost, whatever the text, its script and the pace at which it is written."""

import random
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.cuts import cut, places, singles

from lightning_cli.text.segmenter import _REMEMBERED, Boundary, Segment, Segmenter, segments_of

WORD, CLAUSE, SENTENCE, PARAGRAPH, _HEADING = Boundary


def fed(
    pieces: Sequence[str], *, language: str | None = None, max_chars: int = 250, live: bool = False
) -> list[Segment]:
    """Feed pieces as a writer would."""
    segmenter = Segmenter(language=language, max_chars=max_chars, live=live)
    return [segment for piece in pieces for segment in segmenter.feed(piece)] + segmenter.finish()


def sources(text: str, language: str | None = None) -> list[str]:
    """Cut a whole text and check what always holds."""
    segments = segments_of(text, language=language)
    assert "".join(segment.source for segment in segments) == text
    return [segment.source.strip() for segment in segments]


SCRIPTS = [
    *'Hello there, Dr. Smith. |It is 3.50 now! |Really?! |No. 5|"Hi," she said. |(yes.) |...|…|—|.|!|a|।'.split("|"),
    *"नमस्ते, आप कैसे हैं। |தமிழ் மொழி. |你好，世界。|まいど。ありがとう！|Привет, мир. |مرحبا بالعالم؟ |。".split("|"),
    *"😀👩‍👩‍👧‍👦 |🇮🇳🏽|e\u0301\u0323 |www.a.b/c.d?e=f. ".split("|"),
    *(
        "\n",
        "\n\n",
        "\r\n\r\n",
        "\n \t\n",
        "  ",
        "\t",
        "\u3000",
        "\u00a0",
        "\u200b",
        "\u2028",
        "\x85",
        "\ufeff",
        "\x00",
    ),
    "x" * 40,
]
texts = st.lists(st.sampled_from(SCRIPTS) | st.text(max_size=12), max_size=25).map("".join)
languages = st.sampled_from([None, "auto", "en", "hi", "zh", "ja", "ta", "ar", "de", "no"])


@settings(deadline=None, max_examples=300)
@given(text=texts, where=places, language=languages, max_chars=st.sampled_from([1, 7, 20, 60, 250]), live=st.booleans())
@example(text="a" + "\u0301" * 40, where=[], language=None, max_chars=7, live=False)
def test_nothing_is_lost(*, text: str, where: list[int], language: str | None, max_chars: int, live: bool) -> None:
    """Return every character back exactly once and in order, and never more than a request may hold."""
    for pieces in ([text], cut(text, where), singles(text)):
        segments = fed(pieces, language=language, max_chars=max_chars, live=live)
        assert "".join(segment.source for segment in segments) == text
        assert all(len(segment.spoken) <= max_chars for segment in segments)
        assert all(segment.source for segment in segments)


@settings(deadline=None, max_examples=150)
@given(text=texts, where=places, pauses=st.sets(st.integers(0, 12)), live=st.booleans())
def test_nothing_is_lost_when_the_writer_pauses(*, text: str, where: list[int], pauses: set[int], live: bool) -> None:
    """The same holds when pauses come anywhere."""
    segmenter = Segmenter(live=live)
    segments = []
    for number, piece in enumerate(cut(text, where)):
        segments += segmenter.feed(piece)
        if number in pauses:
            segments += segmenter.flush_complete()
    segments += segmenter.finish()
    assert "".join(segment.source for segment in segments) == text
    assert segmenter.finish() == []


@settings(deadline=None)
@given(texts)
def test_spoken_is_the_source_without_its_white_space(text: str) -> None:
    """Send the text's own words; only white space is made even."""
    for segment in segments_of(text):
        assert segment.spoken == ("" if segment.mute else " ".join(segment.source.split()))
        assert not segment.mute or not any(sign.isalnum() for sign in segment.source)


SENTENCES: dict[str, tuple[str | None, list[str]]] = {
    "two": (None, ["This is the first sentence.", "And this is the second one!", "Is there a third one here?"]),
    "titles": (None, ["Dr. Smith met Mrs. Jones and Prof. Brown yesterday.", "They talked about St. Paul for hours."]),
    "decimals": (
        None,
        ["It costs $3.50 or 2.75 euros at version 2.0.1 of it.", "That is about 1,000.25 in all of them."],
    ),
    "initials": (None, ["J. R. R. Tolkien wrote about hobbits and rings.", "George R. R. Martin wrote of dragons."]),
    "abbreviations": (
        None,
        ["He likes fruit, e.g. apples, i.e. the red ones.", "She prefers pears, plums vs. peaches."],
    ),
    "months": (None, ["We met on Jan. 5 and parted on Feb. 7 in the rain.", "It never stopped raining in those days."]),
    "URLs": (None, ["Look at https://example.com/a.b?c=d.e for all of it.", "Write to some.body@example.com or call."]),
    "quotes": (None, ['"Stop right there, please!" he said to all of us.', '"Why should I stop here?" she asked him.']),
    "numbered": (None, ["Is it No. 5 or No. 6 that we were looking for?", "Nobody among us could really say that."]),
    "Hindi": ("hi", ["यह एक लंबा वाक्य है जो चलता है।", "और यह दूसरा वाक्य है जो आता है।", "क्या यह सब ठीक है तुम्हारे लिए?"]),
    "Hindi in an English text": (None, ["यह एक लंबा वाक्य है जो चलता है।", "This is an English one behind it."]),
    "Tamil": ("ta", ["இது ஒரு நீளமான வாக்கியம் ஆகும்.", "இது இரண்டாவது வாக்கியம் ஆகும்."]),
    "German": ("de", ["Das ist z. B. ein recht langer Satz von mir.", "Und das ist noch ein anderer Satz davon."]),
    "Arabic": ("ar", ["هل هذه جملة طويلة بما يكفي لنا؟", "نعم هذه جملة أخرى طويلة جدا."]),
}


@pytest.mark.parametrize(("language", "expected"), SENTENCES.values(), ids=SENTENCES.keys())
def test_sentences(language: str | None, expected: list[str]) -> None:
    """Cut at sentence ends, and at nothing that merely looks like one; all at once and letter by letter."""
    text = " ".join(expected)
    assert sources(text, language) == expected
    segments = fed(singles(text), language=language)
    assert [segment.source.strip() for segment in segments] == expected
    assert {segment.boundary for segment in segments} == {SENTENCE}


def test_ideographic_stops() -> None:
    """Cut at full-width stops, which no space follows."""
    first, second = "你好，我是一个很长的句子，真的很长很长很长。", "第二个句子也是这样的，非常非常长的一个句子！"
    assert sources(first + second, "zh") == [first, second]
    assert [segment.source for segment in fed(singles(first + second), language="zh")] == [first, second]
    first, second = (
        "これはとても長い文章で、まだまだ続いていきます。",
        "次の文章もとても長くて、読むのに時間がかかります。",
    )
    assert sources(first + second, "ja") == [first, second]


def test_short_sentences_stand_alone() -> None:
    """Put each sentence into a segment of its own, so that the chosen pause stands between all of them."""
    text = "Hi. Yes. No. This one is a longer sentence. Ok."
    expected = ["Hi.", "Yes.", "No.", "This one is a longer sentence.", "Ok."]
    assert sources(text) == expected
    assert [segment.spoken for segment in fed(singles(text))] == expected
    assert {segment.boundary for segment in segments_of(text)} == {SENTENCE}


def test_paragraphs() -> None:
    """Recognise where a paragraph ends, and never join or pause across it wrongly."""
    text = (
        "\n\nA Title\n\nThis is the first sentence. This is the second one.\n \nThe third sentence is here.\r\n\r\nEnd."
    )
    expected = [
        ("\n\nA Title\n\n", PARAGRAPH),
        ("This is the first sentence. ", SENTENCE),
        ("This is the second one.\n \n", PARAGRAPH),
        ("The third sentence is here.\r\n\r\n", PARAGRAPH),
        ("End.", SENTENCE),
    ]
    for pieces in ([text], singles(text)):
        segments = fed(pieces)
        assert "".join(segment.source for segment in segments) == text
        # Which segment a line end goes with may depend on the writer's pace; what is spoken and paused does not.
        assert [(segment.spoken, segment.boundary) for segment in segments] == [
            (" ".join(source.split()), boundary) for source, boundary in expected
        ]


def test_line_ends_are_no_paragraph_end() -> None:
    """Pause behind a line as behind any other sentence."""
    segments = segments_of("This is the first sentence.\nThis is the second one.\n")
    assert [segment.boundary for segment in segments] == [SENTENCE, SENTENCE]


def test_leading_blank_lines_are_no_paragraph_end() -> None:
    """Pause behind the first sentence as behind any other."""
    segments = segments_of("\n\nThis is the first sentence. This is the second one.")
    assert [segment.boundary for segment in segments] == [SENTENCE, SENTENCE]


def test_first_live_sentence_is_not_held() -> None:
    """Release the very first sentence however short it is, once the next has begun; the listener is waiting."""
    segmenter = Segmenter(live=True)
    assert segmenter.feed("Hi! ") == []
    assert [segment.source for segment in segmenter.feed("How ")] == ["Hi! "]
    assert segmenter.feed("are you? ") == []


def test_an_open_quote_holds_all_but_the_first_live_sentence() -> None:
    """Wait for the end of a quote that may hold several sentences, except when nothing was heard yet."""
    segmenter = Segmenter(live=True)
    assert [segment.spoken for segment in segmenter.feed('She said: "Stop! I am ')] == ['She said: "Stop!']
    assert segmenter.feed('tired." He said: "Wait! I am ') != []
    assert segmenter.feed("late. We ") == []
    assert [segment.spoken for segment in segmenter.feed('go." Then ')] == ['He said: "Wait! I am late. We go."']


def test_first_live_sentence_after_white_space() -> None:
    """Count no white space as the first sentence: many writers begin with a line end and then think."""
    segmenter = Segmenter(live=True)
    segmenter.feed("\n")
    blank = segmenter.flush_complete()
    assert [segment.spoken for segment in [*blank, *segmenter.feed("Hi! How ")] if segment.spoken] == ["Hi!"]


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("This is a whole sentence. ", True),
        ("This is a whole sentence!\n", True),
        ("A title\n\n", True),
        ("यह एक वाक्य है। ", True),
        ("This is not ", False),
        ("This is not", False),
        ("Perhaps it goes on.", False),
        ("He met Dr. ", False),
        ("", True),
        (" \n", True),
    ],
)
def test_flush_complete(text: str, *, complete: bool) -> None:
    """Release what looks complete when the writer pauses, and nothing else."""
    segmenter = Segmenter(live=False)
    early = segmenter.feed(text) + segmenter.flush_complete()
    assert "".join(segment.source for segment in early) == (text if complete else "")
    assert "".join(segment.source for segment in segmenter.finish()) == ("" if complete else text)


def test_a_line_is_complete_when_the_writer_rests() -> None:
    """Take a whole line for an utterance, as those of a log are, and half of one for nothing."""
    segmenter = Segmenter(live=True)
    assert segmenter.feed("worker 1 finished job") + segmenter.flush_complete() == []
    segments = segmenter.feed("\n") + segmenter.flush_complete()
    assert [(segment.spoken, segment.boundary) for segment in segments] == [("worker 1 finished job", SENTENCE)]


@pytest.mark.parametrize("letters", ["word ", "x", "中", "word, ", "no. ", "é\u0301"])
def test_text_without_end_is_bounded(letters: str) -> None:
    """Keep a bounded part of a text that never ends its sentence, and release the rest while it grows."""
    segmenter = Segmenter(live=True)
    text = letters * (40_000 // len(letters))
    given_back, held = 0, 0
    for piece in (text[at : at + 100] for at in range(0, len(text), 100)):
        given_back += sum(len(segment.source) for segment in segmenter.feed(piece))
        held = max(held, len(segmenter._text))
    assert held <= 2 * 250 + 100 + 2 * _REMEMBERED
    assert given_back >= len(text) - held - 100
    assert sum(len(segment.source) for segment in segmenter.finish()) == len(text) - given_back


def test_long_sentences_are_cut_at_clauses() -> None:
    """Cut at the last clause end that fits, then at words, then anywhere; and say which it was."""
    first, second, third = "a" * 25 + ",", "b" * 20, "c" * 30
    assert [
        (segment.source, segment.boundary) for segment in segments_of(f"{first} {second} {third}", max_chars=30)
    ] == [
        (first + " ", CLAUSE),
        (second + " ", WORD),
        (third, SENTENCE),
    ]
    assert [segment.source for segment in segments_of("x" * 65, max_chars=30)] == ["x" * 30, "x" * 30, "x" * 5]
    assert [segment.boundary for segment in segments_of("x" * 65, max_chars=30)] == [WORD, WORD, SENTENCE]


@pytest.mark.parametrize("mark", [", ", "; ", ": ", ") ", " — ", " – ", "，", "、", "；", "، ", "… ", ",” "])
def test_clause_ends(mark: str) -> None:
    """Recognise the clause ends of several scripts."""
    text = "A" * 20 + mark + "b" * 15
    segments = segments_of(text, max_chars=30)
    assert [segment.source.strip() for segment in segments] == [("A" * 20 + mark).strip(), "b" * 15]
    assert segments[0].boundary is CLAUSE


def test_no_clause_end_within_a_word_or_number() -> None:
    """Cut at no comma that nothing follows: 1,000,000 is one word."""
    text = "aaaaaaaaaa bbbbb 1,000,000,000 " + "c" * 10
    assert [segment.source.strip() for segment in segments_of(text, max_chars=24)] == [
        "aaaaaaaaaa bbbbb",
        "1,000,000,000 " + "c" * 10,
    ]


CLUSTERS = [
    *"a|e\u0301|o\u0302\u0323\u0304|中|か\u3099|x\u20dd|1️⃣|👩‍👩‍👧‍👦|🏳️‍🌈|👍🏽|\U0001f9d1\u200d\U0001f680".split("|"),
    *"नि|क्|தமி|ക്ഷി|กำ|เก้|বাং|తె|ಕೃ|ગુ|ଓଡ଼ି|ਪੰ|עִ|بِّ".split("|"),
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(CLUSTERS), min_size=12, max_size=60), st.integers(12, 40))
def test_hard_cuts_never_part_a_character(clusters: list[str], max_chars: int) -> None:
    """Cut between what a reader sees as characters: marks, joiners and skin tones stay with theirs."""
    text = "".join(clusters)
    for segment in segments_of(text, max_chars=max_chars)[1:]:
        first, before = segment.source[0], text[: text.index(segment.source)][-1:]
        assert not unicodedata.category(first).startswith("M"), segment
        assert first not in "\u200d🏻🏼🏽🏾🏿", segment
        assert before != "\u200d", segment


def test_hard_cuts_fill_the_limit() -> None:
    """Make no crumbs of a long word, not even of one made of nothing but marks."""
    for word in ("तमिल" * 40, "தமிழ்மொழி" * 20, "മലയാളം" * 30, "y" * 160, "z" + "\u0301" * 160):
        pieces = segments_of(word, max_chars=40)
        assert len(pieces) <= len(word) // 30 + 1, word


def test_any_language_code_works() -> None:
    """Cut in every language the API knows, and in ones it does not."""
    text = "This is the first sentence. And this is the second one!"
    for code in (None, "auto", "en", "or", "no", "vi", "zz", "", "en-GB"):
        assert sources(text, code) == ["This is the first sentence.", "And this is the second one!"], code


def test_pace_does_not_change_what_is_said() -> None:
    """Cut a long text the same way at every pace, in many random cuts."""
    generator = random.Random(7)
    parts = [" ".join(expected) for _, expected in SENTENCES.values()]
    parts += [
        "This one goes on and on, " * 40 + "until it ends. Then comes another.",
        "word " * 150 + "end. Another one is here.",
    ]
    text = "\n\n".join(parts)
    whole = [segment.spoken for segment in segments_of(text)]
    for _ in range(20):
        where = [generator.randrange(len(text)) for _ in range(200)]
        assert [segment.spoken for segment in fed(cut(text, where))] == whole
