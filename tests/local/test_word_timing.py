"""When words are heard: eSpeak NG's own events led back to the text, and estimates where an engine tells nothing."""

from array import array
from functools import cache
from itertools import pairwise

import pytest

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.local import espeak
from lightning_cli.local.chunks import pieces
from lightning_cli.local.synthesiser import Synthesiser
from lightning_cli.local.word_times import SpokenPart, TimeMark
from lightning_cli.local.word_timing import TimedWord, Word, WordClock, timed, words_of
from lightning_cli.serve.utterance import Utterance
from lightning_cli.serve.voice_mapping import VoiceMapping

RATE = 16_000
LOUD = 300


@cache
def synthesiser() -> Synthesiser:
    """Return one for all."""
    return Synthesiser()


def told(
    text: str, part: VoiceMapping, *, rate: int = RATE, speed: float = 1.0, asked: str | None = None
) -> tuple[bytes, list[TimedWord], WordClock]:
    """Speak a text, looking for the words of ``asked`` if that is another, and return the audio and the times."""
    clock = WordClock(asked or text, text, rate)
    heard, words, at = b"", [], 0
    for piece in pieces(text):
        utterance = Utterance(synthesiser(), piece.text, part, rate, speed, tells_words=True)
        pcm = b"".join(iter(utterance.take, None))
        words += clock.tell(at, pcm, utterance.said)
        heard, at = heard + pcm, at + len(piece.text)
        utterance.close()
    return heard, words, clock


def is_loud(pcm: bytes, start_s: float, end_s: float, rate: int = RATE) -> bool:
    """Return whether there is sound in a stretch."""
    return max(map(abs, array("h", pcm)[round(start_s * rate) : round(end_s * rate)]), default=0) > LOUD


TEXTS = [
    ("en", "Hello, world! I have 42 apples, of the best, for $3.50 each. 😀 It is 2024.", None),
    ("de", "Äpfel und Öl kosten 12,50 Euro. Schön!", None),
    ("hi", "नमस्ते दुनिया, आप कैसे हैं?", None),
    # With marks of their own, and a space that is part of the word before it in no language.
    ("fr", "Le cafe\u0301 est pret, n'est-ce pas\u00a0?", ["Le", "cafe\u0301", "est", "pret,", "n'est-ce", "pas"]),
    ("ru", "Привет, мир! Это hello world.", None),
    # Two signs are one event where eSpeak NG bends their tones together.
    ("zh", "你好世界，今天很好。", ["你好", "世", "界，", "今", "天", "很好。"]),
]


@pytest.mark.parametrize(("language", "text", "expected"), TEXTS, ids=[language for language, _, _ in TEXTS])
def test_words_are_the_engines_own(language: str, text: str, expected: list[str] | None) -> None:
    """Every word once and verbatim, in order, inside the audio; the first begins with the first sound."""
    pcm, words, clock = told(text, VoiceMapping(f"espeak-{language}", None))
    assert not clock.has_guessed
    assert [word.word for word in words] == (expected or [word for word in text.split() if word != "\U0001f600"])
    assert [word.place for word in words] == list(range(len(words)))
    times = [moment for word in words for moment in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert times[-1] <= PcmFormat(RATE).seconds(len(pcm))
    assert all(word.end_s > word.start_s for word in words)
    assert not is_loud(pcm, 0, words[0].start_s)
    assert is_loud(pcm, words[0].start_s, words[0].start_s + 0.08)
    assert all(is_loud(pcm, word.start_s, word.end_s) for word in words)


def test_the_pause_at_a_comma_is_nobodys() -> None:
    """Between two clauses nothing is heard, and no word claims it."""
    pcm, words, _ = told("Hello, world", VoiceMapping("espeak-en", None))
    hello, world = words
    assert world.start_s - hello.end_s > 0.1
    assert not is_loud(pcm, hello.end_s + 0.03, world.start_s - 0.03)


@pytest.mark.parametrize("rate", [8_000, 44_100])
@pytest.mark.parametrize(("speed", "pitch"), [(1.0, 1.0), (1.5, 1.0), (0.75, 1.0), (1.0, 1.25)])
def test_times_follow_the_rate_the_speed_and_the_pitch(rate: int, speed: float, pitch: float) -> None:
    """The events of the engine, scaled as the audio is, and each on a sample."""
    text = "Hello, world! These are some words."
    pcm, words, _ = told(text, VoiceMapping("espeak-en", None, pitch), rate=rate, speed=speed)
    plain, plainly, _ = told(text, VoiceMapping("espeak-en", None), rate=RATE)
    scale = (len(pcm) / rate) / (len(plain) / RATE)
    for word, other in zip(words, plainly, strict=True):
        assert word.start_s == pytest.approx(other.start_s * scale, abs=0.09)
        assert word.start_s * rate == pytest.approx(round(word.start_s * rate), abs=0.03)
    hello, world, *_ = words
    assert not is_loud(pcm, hello.end_s + 0.04, world.start_s - 0.04, rate)


def test_the_events_are_the_librarys() -> None:
    """At the engine's own rate the times are its events, moved by what was cut off the beginning."""
    marks: list[espeak.WordMark] = []
    espeak.shared().speak("Good morning, everybody", "en", 1.0, lambda _: True, marks)
    _, words, _ = told("Good morning, everybody", VoiceMapping("espeak-en", None), rate=44_100)
    rate = espeak.shared().sample_rate
    cut_s = marks[0].start / rate - words[0].start_s
    for mark, word in zip(marks, words, strict=True):
        assert word.start_s == pytest.approx(mark.start / rate - cut_s, abs=1 / 22_050)
        assert word.end_s == pytest.approx(mark.end / rate - cut_s, abs=1 / 22_050)


def test_words_of_a_respelled_text_are_the_clients() -> None:
    """What a dictionary or mathematics put in stays behind the word that the client wrote."""
    asked, spoken = "SQL costs 5 x 7 today.", "sequel costs 5 times 7 today."
    _, words, _ = told(spoken, VoiceMapping("espeak-en", None), asked=asked)
    assert [word.word for word in words] == asked.split()
    assert all(word.end_s > word.start_s for word in words)


def test_the_words_of_the_neural_voice_are_its_own() -> None:
    """A run of another script inside its sentence is told by the other engine; nothing is guessed."""
    text = "I said \u043f\u0440\u0438\u0432\u0435\u0442 to you for $5.50."
    pcm, words, clock = told(text, VoiceMapping("heart", None))
    assert not clock.has_guessed
    assert [word.word for word in words] == text.split()
    times = [moment for word in words for moment in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert times[-1] <= len(pcm) / 2 / RATE
    assert all(is_loud(pcm, word.start_s, word.end_s) for word in words)


def test_words_said_in_one_breath_share_the_time() -> None:
    """A word without an event of its own follows the one before it; one before the first event goes with that."""
    words = words_of("so of the best")
    marks = [TimeMark(3, 1.0, 2.0), TimeMark(10, 2.0, 3.0)]
    spans = [(word.word, start, end) for word, start, end in timed(words, marks)]
    assert [word for word, _, _ in spans] == ["so", "of", "the", "best"]
    assert spans[0][1] == 1.0
    assert [spans[index][2] for index in (0, 1)] == [spans[index][1] for index in (1, 2)]
    assert spans[2][2] == spans[3][1] == 2.0


def test_words_without_a_sign_of_them() -> None:
    """Nothing is claimed beside the marks of an engine; without any, letters count, and silence is shared out whole."""
    assert list(timed([Word(0, "one")], [])) == []
    said = list(timed(words_of("你好！！再见"), [TimeMark(0, 0.0, 1.0), TimeMark(2, 1.0, 1.1), TimeMark(4, 1.2, 2.0)]))
    assert [word.word for word, _, _ in said] == ["你好", "再见"]
    clock = WordClock("one three", "1 3", 8000)
    shared = clock.tell(0, bytes(16_000), [SpokenPart(0, 3, 0.0, 1.0, None)])
    assert [(word.word, word.end_s) for word in shared] == [("one", 0.375), ("three", 1.0)]
    clock = WordClock("Hush", "Hush", 8000)
    (word,) = clock.tell(0, bytes(16_000), [SpokenPart(0, 4, 0.0, 1.0, None)])
    assert (word.start_s, word.end_s) == (0.0, 1.0)
    assert clock.has_guessed


def test_the_pauses_of_the_neural_voice_are_found() -> None:
    """Each comma that the voice pauses at is told where the silence is: no sample there is loud."""
    text = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of folly."
    speech = Synthesiser().synthesise(text, voice_id="heart", sample_rate=RATE, tells_words=True)
    pcm = b"".join(speech)
    words = WordClock(text, text, RATE).tell(0, pcm, speech.said)
    samples = memoryview(pcm).cast("h")
    loudest = max(samples)
    for before, after in pairwise(words):
        if before.word.endswith(","):
            pause = samples[round((before.end_s + 0.02) * RATE) : round((after.start_s - 0.02) * RATE)]
            assert len(pause) > 0.1 * RATE
            assert max(pause) < loudest / 20
