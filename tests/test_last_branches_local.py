"""The offline engine where something is wrong with it: each fault says what to do next, and no sound is lost."""

import json
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NoReturn

import hibari
import numpy as np
import pytest
import requests
from hibari import g2p
from support.offline_speech import RATE, spoken, synthesiser

from lightning_cli.errors import EngineError
from lightning_cli.local import neural
from lightning_cli.local.adapter import LocalAdapter
from lightning_cli.local.neural import NeuralVoice
from lightning_cli.local.offline_voices import NEURAL_HINT, SERVICE_HINT, spoken_language
from lightning_cli.local.pcm_blocks import RateConverter
from lightning_cli.local.validation import InvalidBody, read_request

ROUTE = "local://engine/waves/v1/tts/live"
ORDER = {"text": "Hello.", "voice_id": "espeak-en", "sample_rate": RATE, "output_format": "pcm"}


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """Open a session whose local:// is the engine."""
    with requests.Session() as made:
        made.mount("local://", LocalAdapter(synthesiser()))
        yield made


def audio_of(session: requests.Session, **fields: object) -> bytes:
    """Ask for speech and return the answer's body."""
    answer = session.post(ROUTE, json={**ORDER, **fields}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.content


def fault_of(voice: NeuralVoice) -> EngineError:
    """Speak with a voice that cannot, and return its fault."""
    with pytest.raises(EngineError) as told:
        list(voice.render("Hello."))
    voice.close()
    return told.value


def test_hibari_that_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What went wrong in the loading threads is told to whoever wants to speak."""

    def broken(*_: object, **_how: object) -> NoReturn:
        raise RuntimeError("the model is broken")

    monkeypatch.setattr(hibari, "Hibari", broken)
    monkeypatch.setattr(g2p, "G2P", broken)
    fault = fault_of(NeuralVoice())
    assert (fault.message, fault.hint) == ("hibari cannot be loaded: the model is broken", NEURAL_HINT)


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


def test_operators_are_read_offline_too(session: requests.Session) -> None:
    """With math notation "2 + 2" is said as it is written out, also by a caller who sends text for a body."""
    written = audio_of(session, text="2 plus 2", language="en")
    assert audio_of(session, text="2 + 2", language="en", math_notation=True) == written
    told = json.dumps({**ORDER, "text": "2 + 2", "language": "en", "math_notation": True})
    assert session.post(ROUTE, data=told, timeout=30).content == written
    assert session.post(ROUTE, timeout=30).status_code == 400


def test_a_body_is_read_as_files_are(session: requests.Session) -> None:
    """It says that it can be read, and gives nothing to whoever asks for nothing."""
    answer = session.post(ROUTE, json=ORDER, stream=True, timeout=30)
    body: Any = answer.raw._fp
    assert body.readable()
    assert body.read1(0) == b""
    assert answer.content == audio_of(session)


def test_a_language_that_nobody_knows() -> None:
    """The service may have learnt it."""
    with pytest.raises(EngineError, match=r"^cannot speak xx offline$") as told:
        spoken_language("xx")
    assert told.value.hint == SERVICE_HINT


def test_an_id_without_a_character() -> None:
    """Both rules that it breaks are named, as the service names them."""
    with pytest.raises(InvalidBody) as told:
        read_request(json.dumps({**ORDER, "session_id": ""}).encode())
    assert [issue["code"] for issue in told.value.answer["error"]] == ["too_small", "invalid_string"]


def test_sound_of_two_rates_in_one_stream() -> None:
    """What comes at the rate that is wanted passes unchanged, behind the rest of what did not."""
    stream = RateConverter(RATE)
    ramp = np.linspace(-0.5, 0.5, 2400, dtype=np.float32)
    first = stream.feed(ramp[:1200], RATE // 2)
    then = stream.feed(ramp, RATE)
    assert np.array_equal(then[-len(ramp) :], ramp)
    assert abs(len(first) + len(then) - len(ramp) - 2400) <= 2
    assert len(stream.flush()) == 0


def test_a_pause_among_words_is_kept() -> None:
    """A piece of a text that is punctuation alone is silent for a while, and what follows is said."""
    assert len(spoken("Hello. … … … World.")) > len(spoken("Hello. World."))
