"""Texts as people write them, spoken offline: every part is heard."""

import pytest
from support.offline_speech import LINES, RATE, audible, spoken, synthesiser

from lightning_cli.local.chunks import FIRST_LIMIT_CHARS, pieces
from lightning_cli.local.offline_voices import ESPEAK_LANGUAGES
from lightning_cli.local.scripts import speakable, split

# Taking a word away shortens the audio by at least this, or the word was not in it.
_SHORTEST_WORD_S = 0.05


def seconds(pcm: bytes) -> float:
    """Return the duration."""
    return len(pcm) / 2 / RATE


@pytest.mark.parametrize(("text", "language"), LINES)
def test_every_run_of_a_line_is_audible_and_the_line_as_long_as_its_runs(text: str, language: str | None) -> None:
    """No run is silent alone, and none shrinks inside the line; only the silence at the joints may."""
    runs = [run for run in split(text, language) if speakable(run.spoken)]
    # Alone, a run of digits or of Latin letters still needs the line's language; kana and Urdu are known by script.
    alone = [
        spoken(run.source, language or (run.language if run.language in ESPEAK_LANGUAGES else None)) for run in runs
    ]
    assert all(audible(pcm) for pcm in alone), [
        run.source for run, pcm in zip(runs, alone, strict=True) if not audible(pcm)
    ]
    together = seconds(spoken(text, language))
    parts = sum(seconds(pcm) for pcm in alone)
    # Alone, a run has up to 0.7 s of silence more at its end than in the line.
    assert parts - 0.7 * len(runs) < together < parts + 0.3 * len(runs)


@pytest.mark.parametrize(("text", "language"), LINES)
def test_no_number_symbol_or_foreign_word_is_dropped_within_a_line(text: str, language: str | None) -> None:
    """Without it the line is shorter; a word left out silently would change nothing."""
    whole = seconds(spoken(text, language))
    words = text.split()
    dropped = []
    for index, word in enumerate(words):
        rest = " ".join(words[:index] + words[index + 1 :])
        if word.isascii() and word.strip(".,!?").isalpha():
            continue
        if speakable(word) and speakable(rest) and whole - seconds(spoken(rest, language)) < _SHORTEST_WORD_S:
            dropped.append(word)
    assert dropped == []


def test_six_hundred_words_without_punctuation_start_at_once() -> None:
    """The first block needs one short piece, not the whole; the rest follows complete."""
    text = "word " * 600
    assert len(next(pieces(text, first_limit_chars=FIRST_LIMIT_CHARS)).text.rstrip()) <= FIRST_LIMIT_CHARS
    with synthesiser().synthesise(text, voice_id="heart", sample_rate=RATE) as speech:
        blocks = [speech.take(30) or b""]
        assert not speech.complete
        blocks += list(speech)
    assert seconds(b"".join(blocks)) == pytest.approx(160, rel=0.15)


def test_five_thousand_words_are_spoken_whole() -> None:
    """As long as a hundred times the paragraph, by the quick engine; and the neural one has its first block at once."""
    paragraph = "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background, 42 times. " * 3
    words = len(paragraph.split())
    count = -(-5000 // words)
    one, ten = (seconds(spoken(paragraph * times, voice_id="espeak-en")) for times in (1, 10))
    per_paragraph = (ten - one) / 9
    assert seconds(spoken(paragraph * count, voice_id="espeak-en")) == pytest.approx(
        one + per_paragraph * (count - 1), rel=0.002
    )
    with synthesiser().synthesise(paragraph * count, voice_id="heart", sample_rate=RATE) as speech:
        assert len(speech.take(30) or b"") == RATE * 160 // 1000 * 2


def test_a_word_of_five_hundred_letters_is_spoken_to_its_end() -> None:
    """Twice as long as half of it."""
    assert seconds(spoken("ab" * 250)) == pytest.approx(2 * seconds(spoken("ab" * 125)), rel=0.15)


def test_a_line_of_emoji_is_as_long_as_its_names() -> None:
    """Each is said."""
    assert seconds(spoken("🍕🚀🎉")) == pytest.approx(seconds(spoken("pizza, rocket, party popper")), rel=0.1)


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_speed_changes_every_run_alike(speed: float) -> None:
    """A line of both engines keeps to the factor."""
    text = "I said नमस्ते दुनिया, आप कैसे हैं to you and 你好 to them."
    assert seconds(spoken(text, speed=speed)) * speed == pytest.approx(seconds(spoken(text)), rel=0.08)
