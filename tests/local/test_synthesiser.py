"""The synthesiser: blocks as they come, at every rate and speed, the same each time, stopped at once."""

import gc
import threading
from typing import Any

import numpy as np
import pytest
from support.offline_samples import SAMPLES
from support.offline_speech import MIXED, RATE, audible, python, samples, spoken, synthesiser

from lightning_cli.errors import EngineError
from lightning_cli.local import espeak
from lightning_cli.local import synthesiser as module
from lightning_cli.local.offline_voices import (
    ESPEAK_LANGUAGES,
    default_voice,
    is_offline_voice,
    voice_language,
)
from lightning_cli.local.speech import Speech
from lightning_cli.request import SAMPLE_RATES
from lightning_cli.system.install import install_command


def threads() -> list[str]:
    """Name the computing threads that run."""
    return [thread.name for thread in threading.enumerate() if thread.name == "lightning-synth"]


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_blocks_last_160_ms_at_every_rate(rate: int) -> None:
    """All but the last, and the duration does not depend on the rate."""
    with synthesiser().synthesise(MIXED, voice_id="heart", sample_rate=rate) as speech:
        blocks = list(speech)
        assert speech.complete
    assert {len(block) for block in blocks[:-1]} == {rate * 160 // 1000 * 2}
    assert 0 < len(blocks[-1]) <= len(blocks[0])
    assert len(b"".join(blocks)) / 2 / rate == pytest.approx(len(spoken(MIXED)) / 2 / RATE, abs=0.01)


def test_equal_text_gives_equal_bytes() -> None:
    """Both engines, also when other text was spoken between."""
    first = spoken(MIXED)
    spoken("Something else, कुछ और.", speed=1.3)
    assert spoken(MIXED) == first


def test_speeches_at_the_same_time_do_not_mix() -> None:
    """Three listeners by turns hear what each hears alone."""
    texts = [MIXED, "नमस्ते दुनिया, आप कैसे हैं? " * 5, "The quick brown fox. " * 5]
    alone = [spoken(text) for text in texts]
    speeches = [synthesiser().synthesise(text, voice_id="heart", sample_rate=RATE) for text in texts]
    heard = [b""] * 3
    open_speeches = set(range(3))
    while open_speeches:
        for index in sorted(open_speeches):
            block = speeches[index].take(30)
            heard[index] += block or b""
            if block is None:
                open_speeches.discard(index)
    assert heard == alone


@pytest.mark.parametrize("speed", [0.5, 0.7, 1.3, 1.5, 2.0])
@pytest.mark.parametrize(
    ("text", "voice"), [("The quick brown fox jumps over the dog.", "heart"), ("नमस्ते दुनिया कैसे हैं", "espeak-hi")]
)
def test_the_speed_is_exact_within_a_percent(text: str, voice: str, speed: float) -> None:
    """Measured from the first sound to the last."""

    def sounding(pcm: bytes) -> int:
        loud = np.flatnonzero(np.abs(samples(pcm)) > 300)
        return int(loud[-1] - loud[0])

    normal = sounding(spoken(text, voice_id=voice))
    # The edges of what is loud move by a few milliseconds of their own.
    assert sounding(spoken(text, voice_id=voice, speed=speed)) * speed == pytest.approx(
        normal, rel=0.01, abs=0.03 * RATE
    )


def test_the_engines_are_about_equally_loud() -> None:
    """Within 3 dB of each other."""

    def level_db(pcm: bytes) -> float:
        audio = samples(pcm) / 32768
        return float(20 * np.log10(np.sqrt(np.mean(np.square(audio)))))

    neural = level_db(spoken("The birch canoe slid on the smooth planks."))
    formant = level_db(spoken("The birch canoe slid on the smooth planks.", voice_id="espeak-en"))
    assert abs(neural - formant) < 3


def test_the_first_sound_comes_without_long_silence() -> None:
    """The model's 300 ms of lead are cut to 60."""
    loud = np.flatnonzero(np.abs(samples(spoken("Hello there."))) > 300)
    assert loud[0] / RATE < 0.1


def test_blocks_are_handed_on_while_the_rest_is_computed() -> None:
    """The first block of a long text is there while the thread still works; closing then stops it."""
    speech = synthesiser().synthesise("word " * 3000, voice_id="heart", sample_rate=RATE)
    assert speech.take(30)
    assert threads() == ["lightning-synth"]
    speech.close()
    assert threads() == []
    assert speech.take(1) is None
    assert not speech.complete


def test_a_listener_that_leaves_stops_the_engine_inside_a_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pieces after it are not computed."""
    rendered: list[str] = []
    real = synthesiser()._neural.render

    def render(text: str, _words: object) -> object:
        rendered.append(text)
        return real(text)

    monkeypatch.setattr(synthesiser()._neural, "render", render)
    with synthesiser().synthesise("word " * 3000, voice_id="heart", sample_rate=RATE) as speech:
        speech.take(30)
    assert 1 <= len(rendered) < 10


def test_a_forgotten_speech_frees_its_thread() -> None:
    """Dropping the object is enough."""
    speech = synthesiser().synthesise("word " * 3000, voice_id="heart", sample_rate=RATE)
    speech.take(30)
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "lightning-synth"]
    del speech
    gc.collect()
    thread.join(30)
    assert not thread.is_alive()


def test_close_wakes_a_listener_in_another_thread() -> None:
    """A thread that waits for a block gets the end."""
    started = threading.Event()
    release = threading.Event()

    def produce(_channel: object) -> None:
        started.set()
        release.wait(30)

    speech = Speech(produce)
    taken: list[bytes | None] = []
    listener = threading.Thread(target=lambda: taken.append(speech._channel.take()))
    listener.start()
    started.wait(30)
    speech._channel.close()
    listener.join(30)
    release.set()
    speech.close()
    assert taken == [None]


def test_a_fault_of_the_engine_comes_behind_the_sound_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was spoken is heard; then the error comes."""
    whole = spoken("A good long sentence first.")
    real = synthesiser()._neural.render

    def render(text: str, _words: object) -> object:
        if "first" not in text:
            raise EngineError("broken on purpose")
        return real(text)

    def fail(*_: object) -> None:
        raise EngineError("broken too")

    monkeypatch.setattr(synthesiser()._neural, "render", render)
    monkeypatch.setattr(module, "_render_espeak", fail)
    heard: list[bytes] = []
    speech = synthesiser().synthesise("A good long sentence first. Now break.", voice_id="heart", sample_rate=RATE)
    with pytest.raises(EngineError, match="broken"):
        heard.extend(speech)
    speech.close()
    assert len(b"".join(heard)) > 0.8 * len(whole)
    assert not speech.complete


def test_silence_from_one_engine_is_spoken_by_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """And when both are silent, the signs are spelled out."""
    plain = spoken("Hello.", voice_id="espeak-en")
    monkeypatch.setattr(synthesiser()._neural, "render", lambda *_: iter(()))
    assert spoken("Hello.", voice_id="heart") == plain
    monkeypatch.undo()
    assert audible(spoken("|", voice_id="heart"))
    assert audible(spoken("^", voice_id="espeak-de"))


@pytest.mark.parametrize("text", ["", " \n ", "...", "?! —", "()"])
def test_nothing_to_speak_is_an_error(text: str) -> None:
    """Silence is never the answer to a request."""
    with pytest.raises(EngineError, match="nothing"):
        synthesiser().synthesise(text, voice_id="heart")


def test_punctuation_between_words_is_a_pause_not_an_error() -> None:
    """A line of dots between paragraphs."""
    assert audible(spoken("One.\n\n...\n\nTwo."))


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"voice_id": "daniel"}, "daniel"),
        ({"voice_id": "espeak-ja"}, "espeak-ja"),
        ({"voice_id": "heart", "language": "ja"}, "Japanese"),
    ],
)
def test_what_only_the_service_has_is_named(arguments: dict[str, str], names: str) -> None:
    """With the variable that holds its key."""
    with pytest.raises(EngineError, match=names) as caught:
        synthesiser().synthesise("Hello.", **arguments)  # type: ignore[arg-type] # only texts, chosen above
    assert "SMALLEST_API_KEY" in (caught.value.hint or "")


def test_kanji_is_refused_and_kana_is_spoken() -> None:
    """A word of kana in English is read; Japanese text is not read wrongly."""
    assert audible(spoken("すし"))
    with pytest.raises(EngineError, match="今日は"):
        synthesiser().synthesise("Hello 今日は", voice_id="heart")


def test_the_voice_decides_the_language_when_the_request_does_not() -> None:
    """The same bytes with and without it."""
    assert spoken("Bonjour", voice_id="espeak-fr") == spoken("Bonjour", "fr", voice_id="espeak-fr")
    assert spoken("Bonjour", voice_id="espeak-fr") != spoken("Bonjour", voice_id="espeak-de")


def test_auto_guesses_the_language_and_marathi_is_told_from_hindi() -> None:
    """The same bytes as with the language named; without ``auto`` Latin text is English."""
    greeting = SAMPLES["fr"]
    assert spoken(greeting, "auto") == spoken(greeting, "fr")
    assert spoken(greeting) == spoken(greeting, "en")
    assert spoken(SAMPLES["mr"]) == spoken(SAMPLES["mr"], "mr")


def test_a_long_first_sentence_is_cut_only_where_the_start_is_to_be_quick() -> None:
    """Later sentences of a run are computed whole: a cut is heard as a jump of pitch."""
    text = (
        "The report that the committee wrote last year, which only a few of us have read to the end, "
        "says that it is time to go home."
    )

    def pieces_of(*, quick: bool) -> int:
        with synthesiser().synthesise(text, sample_rate=RATE, tells_words=True, starts_quickly=quick) as speech:
            list(speech)
            return len(speech.said)

    assert (pieces_of(quick=True), pieces_of(quick=False)) == (2, 1)


def test_a_paragraph_is_followed_by_a_longer_pause() -> None:
    """A text in one request keeps them too."""
    sentence, paragraph = (spoken(f"It was late.{space}We went home.") for space in (" ", "\n\n"))
    assert (len(paragraph) - len(sentence)) / 2 / RATE == pytest.approx(0.35, abs=0.05)


@pytest.mark.parametrize("voice", ["espeak-en", "espeak-hi", "heart"])
def test_the_wave_stands_around_zero(voice: str) -> None:
    """What is slower than any voice is not a sound, and pushes a loudspeaker aside."""
    wave = samples(spoken(SAMPLES[voice_language(voice) or "en"], voice_id=voice)).astype(float)
    assert abs(wave.mean()) < 3


def test_the_voices_are_listed_once_each() -> None:
    """The neural one and one for each language."""
    voices = synthesiser().voices()
    assert [voice.id for voice in voices][:2] == ["heart", "espeak-en"]
    assert len({voice.id for voice in voices}) == len(voices) == 1 + len(ESPEAK_LANGUAGES)
    assert all(is_offline_voice(voice.id) for voice in voices)
    assert {voice.engine for voice in voices} == {"hibari", "espeak"}


def test_the_default_voice_is_the_languages_own() -> None:
    """English and no language are spoken by the neural voice."""
    assert [default_voice(code) for code in (None, "auto", "en", "hi")] == ["heart", "heart", "heart", "espeak-hi"]
    with pytest.raises(EngineError, match="Japanese"):
        default_voice("ja")
    assert audible(spoken("Hello", voice_id=None))


def test_misuse_is_a_bug() -> None:
    """The rate and the speed are checked where the request is taken."""
    with pytest.raises(RuntimeError):
        synthesiser().synthesise("Hello.", sample_rate=22_050)
    with pytest.raises(RuntimeError):
        synthesiser().synthesise("Hello.", speed=4.5)


WITHOUT = """
import sys
from lightning_cli.errors import EngineError
from lightning_cli.local import espeak, espeak_library, offline_voices as catalogue
{hide}
from lightning_cli.local.synthesiser import Synthesiser
made = Synthesiser()
def speak(text, **arguments):
    try:
        with made.synthesise(text, sample_rate=8000, **arguments) as speech:
            return len(b"".join(speech)) > 1000
    except EngineError as fault:
        return fault.message + " | " + str(fault.hint)
print([voice.id for voice in made.voices()][:2])
for text, arguments in {calls!r}:
    print(speak(text, **arguments))
"""
NO_NEURAL = 'sys.modules["hibari"] = None'
NO_ESPEAK = "espeak_library.locate = espeak.locate = lambda: None"


def test_without_hibari_english_is_spoken_by_espeak() -> None:
    """The default voice changes; the missing one is never imitated."""
    calls = [("Hello.", {}), ("Hello नमस्ते", {}), ("Hello.", {"voice_id": "heart"})]
    lines = python(WITHOUT.format(hide=NO_NEURAL, calls=calls)).splitlines()
    assert lines[:3] == ["['espeak-en', 'espeak-hi']", "True", "True"]
    assert install_command("local") in lines[3]


def test_without_espeak_only_english_is_spoken() -> None:
    """Other scripts say what to install, before anything is computed."""
    calls = [("Hello.", {}), ("Hello नमस्ते", {}), ("Hola", {"language": "es"}), ("你好", {"voice_id": "heart"})]
    lines = python(WITHOUT.format(hide=NO_ESPEAK, calls=calls)).splitlines()
    assert lines[:2] == ["['heart']", "True"]
    assert "Hindi" in lines[2]
    assert all(install_command("espeak") in line for line in lines[2:])


def test_without_any_engine_the_error_says_what_to_install() -> None:
    """The neural one is proposed."""
    lines = python(WITHOUT.format(hide=f"{NO_NEURAL}; {NO_ESPEAK}", calls=[("Hello.", {})])).splitlines()
    assert lines[0] == "[]"
    assert install_command("local") in lines[1]


def test_the_shared_library_is_one() -> None:
    """A process can hold only one."""
    assert espeak.shared() is espeak.shared()


def test_a_text_that_kills_espeak_is_spoken_by_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The listener hears the words, and is told."""
    engine = espeak.shared()
    whole = engine.speak
    asked: list[str] = []

    def fragile(text: str, *how: Any) -> None:
        asked.append(text)
        if "(" in text:
            raise espeak.EngineCrash("eSpeak NG crashes on it")
        whole(text, *how)

    monkeypatch.setattr(engine, "speak", fragile)
    with synthesiser().synthesise("xin (chào", language="vi", voice_id="espeak-vi", sample_rate=RATE) as speech:
        pcm = b"".join(speech)
        assert speech.take_notes() == ["eSpeak NG crashes on it; its words are spoken without their punctuation"]
        assert speech.take_notes() == []
    assert audible(pcm)
    assert asked[1].strip() == "xin chào"


def test_a_pause_among_words_is_kept() -> None:
    """A piece of a text that is punctuation alone is silent for a while, and what follows is said."""
    assert len(spoken("Hello. … … … World.")) > len(spoken("Hello. World."))
