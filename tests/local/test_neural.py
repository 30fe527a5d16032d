"""hibari: offline for certain, deterministic, and with nothing left out."""

import re
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import hibari
import numpy as np
import pytest
from hibari import g2p
from hypothesis import given, settings
from hypothesis import strategies as st
from support.offline_speech import python

from lightning_cli.errors import EngineError
from lightning_cli.local import neural
from lightning_cli.local.english import read_english
from lightning_cli.local.neural import GAIN, SAMPLE_RATE, NeuralVoice
from lightning_cli.local.offline_voices import neural_hint
from lightning_cli.system.install import install_command

_VOICE = NeuralVoice()


def phonemes(text: str) -> str:
    """Return what hibari is about to say."""
    _VOICE._loaded()
    return " ".join(neural._pieces(neural._spelled(_VOICE._tokens(read_english(text, _VOICE.knows)))))


def test_equal_text_gives_equal_samples_in_any_order() -> None:
    """The seed is per piece, so what came before does not matter."""
    first = list(_VOICE.render("The second one."))
    list(_VOICE.render("The first sentence."))
    again = list(_VOICE.render("The second one."))
    assert len(first) == 1
    assert np.array_equal(first[0], again[0])


def test_loudness_is_lifted_without_clipping() -> None:
    """A paragraph comes near -21.5 dBFS and its peak stays below full scale."""
    audio = np.concatenate(list(_VOICE.render("The birch canoe slid on the smooth planks. Glue the sheet to it.")))
    level_db = 20 * np.log10(np.sqrt(np.mean(np.square(audio))))
    assert -25 < level_db < -18
    assert float(np.abs(audio).max()) <= 0.99
    assert GAIN > 1


def test_the_gain_gives_way_to_a_loud_peak() -> None:
    """However loud the model is, no sample is clipped."""

    class Loud:
        def ids(self, _phonemes: str) -> list[int]:
            return [0, 1, 0]

        def from_ids(self, *_: object) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
            return np.array([0.0, 0.9, -0.3], np.float32)

        def split_sentences(self, text: str) -> list[str]:
            return [text]

    _VOICE._loaded()
    voice = NeuralVoice()
    voice._threads, voice._rules, voice._alphabet = [threading.Thread()], _VOICE._rules, _VOICE._alphabet
    voice._threads[0].start()
    voice._model = Loud()
    (audio,) = voice.render("Hello.")
    assert float(np.abs(audio).max()) == pytest.approx(0.98)
    assert audio[2] / audio[1] == pytest.approx(-1 / 3)


def test_only_the_bundled_voice_is_taken() -> None:
    """The other four would be downloaded."""
    with pytest.raises(EngineError, match="emma"):
        NeuralVoice("emma")


def test_nothing_is_asked_of_the_network() -> None:
    """A process that may not open a socket speaks all the same."""
    source = """
import sys
def watch(event, arguments):
    if event.startswith(("socket.", "urllib.")):
        raise RuntimeError(event)
sys.addaudithook(watch)
from lightning_cli.local.neural import NeuralVoice
print(sum(map(len, NeuralVoice().render("Hello there, Nguyen."))) > 10000)
"""
    assert python(source).strip() == "True"


def test_the_runtime_collects_no_usage_data(private_environment: Path) -> None:
    """It would keep a device id and a database of events in the user's cache."""
    source = """
import os
from lightning_cli.local.neural import NeuralVoice
voice = NeuralVoice()
print(sum(map(len, voice.render("Hello."))) > 1000)
voice.close()
"""
    assert python(source).strip() == "True"
    kept = {path.name for path in (private_environment.parent / "xdg_cache_home").rglob("*")}
    assert kept >= {"lightning-tts", "engine"}
    assert not kept & {"Microsoft", "deviceid", "onnxruntime.db"}


def test_without_hibari_the_error_says_what_to_install() -> None:
    """No import error reaches the user."""
    source = """
import sys
sys.modules["hibari"] = None
from lightning_cli.errors import EngineError
from lightning_cli.local.neural import NeuralVoice
try:
    next(NeuralVoice().render("Hello."))
except EngineError as fault:
    print(fault.message, "|", fault.hint)
"""
    assert install_command("local") in python(source)


def test_the_loading_threads_are_named_and_joined() -> None:
    """Nothing is left running after close."""
    voice = NeuralVoice()
    voice.preload()
    voice.preload()
    assert voice._threads[0].name == "lightning-neural-load"
    voice.close()
    assert not any(thread.name.startswith("lightning-neural") for thread in threading.enumerate())
    assert voice._model is not None
    assert voice._rules is not None


def test_importing_the_module_loads_no_numpy() -> None:
    """It is imported before there is anything to say."""
    source = "import sys, lightning_cli.local.synthesiser as s; s.Synthesiser(); print('numpy' in sys.modules)"
    assert python(source).strip() == "False"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[hello](world)", "world"),
        ("I met Nguyễn", "Nguyen"),
        ("I met Ễa", "Ea"),
        ("1,2,3", "two"),
        ("so $ it is", "dollars"),
        ("®", "registered"),
    ],
)
def test_what_hibari_leaves_out_is_said(text: str, part: str) -> None:
    """Each of these had lost the part: its sounds are there now."""
    from lightning_cli.local.scripts import split

    said = phonemes("".join(run.spoken for run in split(text)))
    plain = re.sub("[ˈˌ ]", "", said)
    assert re.sub("[ˈˌ ]", "", phonemes(part)).strip(".") in plain


@pytest.mark.parametrize("digits", [16, 40, 400])
def test_a_long_number_is_said_digit_by_digit(digits: int) -> None:
    """Beyond decillions hibari raised an error."""
    assert phonemes("7" * digits).count(phonemes("7")) == digits


def test_a_long_number_with_commas_is_said_digit_by_digit() -> None:
    """Commas do not save it."""
    assert phonemes(",".join(["777"] * 15)).count(phonemes("7")) == 45


def test_a_word_longer_than_the_net_is_said_to_its_end() -> None:
    """The net reads 24 letters and dropped the rest; known words stay whole."""
    twice = phonemes("wugblimport" * 3 + "snorg" * 3)
    assert len(twice.replace(" ", "")) > 30
    assert " " not in phonemes("supercalifragilisticexpialidocious")


def test_a_letter_without_a_sound_is_spelled_by_name() -> None:
    """The word that would have been silent is said as its name."""
    assert phonemes("glottal stop").split()[0] in phonemes("ʔ")


def test_punctuation_alone_makes_no_sound() -> None:
    """The model would breathe for it; the pause is the synthesiser's."""
    assert phonemes("...") == ""
    assert list(_VOICE.render("?!")) == []


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x17F), max_size=60))
@settings(deadline=None, max_examples=400)
def test_latin_text_with_a_letter_or_digit_always_has_phonemes(text: str) -> None:
    """Whatever is typed, nothing raises and nothing with a letter is silent."""
    from lightning_cli.local.scripts import split

    for run in split(text):
        said = phonemes(run.spoken)
        if any(sign.isalnum() for sign in run.spoken):
            assert any(sign.isalpha() for sign in said)


def test_the_sample_rate_is_the_models() -> None:
    """The constant spares an import."""
    import hibari

    assert hibari.SAMPLE_RATE == SAMPLE_RATE


def fault_of(voice: NeuralVoice) -> EngineError:
    """Speak with a voice that cannot, and return its fault."""
    with pytest.raises(EngineError) as told:
        list(voice.render("Hello."))
    voice.close()
    return told.value


def test_hibari_that_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure of the loading threads is raised by the call that speaks."""

    def broken(*_: object, **_how: object) -> NoReturn:
        raise RuntimeError("the model is broken")

    monkeypatch.setattr(hibari, "Hibari", broken)
    monkeypatch.setattr(g2p, "G2P", broken)
    fault = fault_of(NeuralVoice())
    assert (fault.message, fault.hint) == ("hibari cannot be loaded: the model is broken", neural_hint())


def test_hibari_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait has an end, and the person something to do."""
    monkeypatch.setattr(neural, "_LOAD_TIMEOUT_S", 0.0)
    go = threading.Event()
    voice = NeuralVoice()
    voice._threads = [threading.Thread(target=go.wait, name="lightning-neural-load")]
    voice._threads[0].start()
    fault = fault_of(voice)
    go.set()
    voice._threads[0].join()
    assert fault.message == "hibari did not load within 0 s"
    assert (
        fault.hint == "is the machine busy? try again, or take another voice: lightning-tts voices --offline lists them"
    )


def test_rules_that_stumble() -> None:
    """The text is named, up to its fortieth character, and another voice."""
    voice = NeuralVoice()
    voice._threads = [threading.Thread()]
    voice._threads[0].start()

    def stumbles(_text: str) -> NoReturn:
        raise IndexError

    voice._model, voice._rules = SimpleNamespace(split_sentences=stumbles), SimpleNamespace()
    voice._alphabet = frozenset("Helo")
    fault = fault_of(voice)
    assert fault.message == "hibari cannot read 'Hello.'"
    assert fault.hint == "put it in other words, or take another voice: lightning-tts voices --offline lists them"


def test_a_release_of_hibari_without_the_function_that_reads_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads them itself."""
    monkeypatch.delattr(g2p, "_load_json")
    monkeypatch.setattr(g2p, "G2P", lambda: "the rules")
    voice = NeuralVoice()
    voice._load_rules()
    assert voice._rules == "the rules"
    assert voice._threads == []
