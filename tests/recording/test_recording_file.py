"""What a recording's file may hold, and what is said of one that was changed, cut or made by another program."""

import base64
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fake_server import (
    audio_event,
    ramp,
)
from support.recorded_run import recorded_by_client
from support.service_client import HELLO

from lightning_cli.cli.say.replaying import ReplayedRun, options_of
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import LightningError, UsageFault
from lightning_cli.recording.recording_file import Recording
from lightning_cli.recording.replay import PATIENT, Replay

PCM = ramp(6_000)


@pytest.fixture(scope="module")
def kept() -> bytes:
    """Return a recording."""
    return recorded_by_client()


def _replaced(number: int, line: bytes) -> Callable[[bytes], bytes]:
    def change(kept: bytes) -> bytes:
        lines = kept.split(b"\n")
        lines[number - 1] = line
        return b"\n".join(lines)

    return change


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "line 1: the file is empty"),
    "binary": (lambda _: bytes(range(256)) * 9, "line 1: it is not JSON"),
    "something else": (lambda _: b'{"a": 1}\n', "line 1: this is not a recording"),
    "from tomorrow": (
        lambda kept: kept.replace(b'recording":1', b'recording":2'),
        "line 1: version 2 is not supported, only 1",
    ),
    "no options": (_replaced(1, b'{"lightning_tts_recording":1}'), "line 1: the options are missing"),
    "a wild option": (lambda kept: kept.replace(b'"max_chars":250', b'"max_chars":0'), "line 1: the option max_chars"),
    "another service": (lambda kept: kept.replace(b'"base_url":"http', b'"base_url":"ftp'), "line 1: 'ftp://"),
    "broken JSON": (_replaced(3, b'{"event":"request",'), "line 3: it is not JSON"),
    "deep": (_replaced(3, b"[" * 100_000), "line 3: it is not JSON"),
    "a list": (_replaced(3, b"[]"), "line 3: it is not a JSON object"),
    "an unknown event": (_replaced(3, b'{"event":"sing"}'), "line 3: it has no known event"),
    "no base64": (_replaced(5, b'{"event":"data","at_ms":1,"base64":"!"}'), "line 5: base64 is missing or wrong"),
    "never": (_replaced(5, b'{"event":"end","at_ms":1e999}'), "line 5: at_ms is missing or wrong"),
    "an order of its own": (_replaced(2, b'{"event":"end","at_ms":1}'), "line 2: end does not belong here"),
    "cut": (lambda kept: kept[:-2], "it breaks off"),
    "cut between lines": (
        lambda kept: b"\n".join(kept.split(b"\n")[:-2]) + b"\n",
        "the recording breaks off behind it",
    ),
    "more": (lambda kept: kept + b"{}\n", "it has no known event"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_is_no_recording_is_refused_by_its_line(tmp_path: Path, kept: bytes, how: str) -> None:
    """Nothing is played, and the line is named."""
    change, says = BROKEN[how]
    (tmp_path / "a.rec").write_bytes(change(kept))
    with pytest.raises(UsageFault, match="line ") as caught, Recording(str(tmp_path / "a.rec")) as recording:
        ReplayedRun(recording, options_of(recording), in_real_time=False).settings()
    assert says in caught.value.message
    assert caught.value.exit_code == 2


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_damage_is_a_bug(kept: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Bytes changed, lines moved or lost: it is refused, or it plays as far as it goes."""
    path = tmp_path_factory.mktemp("damaged") / "a.rec"
    lines = kept.split(b"\n")
    if data.draw(st.booleans(), "by lines"):
        damaged = b"\n".join(
            data.draw(st.permutations(lines)) if data.draw(st.booleans()) else lines[:: data.draw(st.integers(1, 3))]
        )
    else:
        at = data.draw(st.integers(0, len(kept) - 1))
        damaged = kept[:at] + data.draw(st.binary(max_size=4)) + kept[at + data.draw(st.integers(0, 5)) :]
    path.write_bytes(damaged)
    try:
        with Recording(str(path)) as recording:
            known = ServiceSettings(base_url="http://127.0.0.1:1", timeouts=PATIENT)
            with SpeechClient(known, tape=Replay(recording, in_real_time=False)) as client:
                request = HELLO._replace(text="This is the first sentence.")
                with client.stream(request) as stream:
                    list(stream)
    except LightningError:
        pass


def test_a_huge_line_takes_no_memory(tmp_path: Path, kept: bytes) -> None:
    """A gigabyte without a line end is refused as soon as a line is too long."""
    path = tmp_path / "a.rec"
    path.write_bytes(kept.split(b"\n")[0] + b"\n")
    os.truncate(path, 1 << 30)
    tracemalloc.start()
    try:
        with pytest.raises(UsageFault, match="line 2: it is too long"):
            Recording(str(path))
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
        path.unlink()


def test_a_long_recording_takes_no_memory(tmp_path: Path, kept: bytes) -> None:
    """What is played is read as it is needed, however much there is."""
    path = tmp_path / "a.rec"
    head, *lines = kept.split(b"\n")
    at = next(number for number, line in enumerate(lines) if b'"event":"data"' in line)
    piece = b'{"event":"data","at_ms":1,"base64":"' + base64.b64encode(audio_event(ramp(8_000))) + b'"}'
    path.write_bytes(b"\n".join([head, *lines[:at], *[piece] * 500, *lines[at:]]))
    tracemalloc.start()
    try:
        known = ServiceSettings(base_url="http://127.0.0.1:1", timeouts=PATIENT)
        with Recording(str(path)) as recording:
            client = SpeechClient(known, tape=Replay(recording, in_real_time=False))
            request = HELLO._replace(text="This is the first sentence.")
            with client, client.stream(request) as stream:
                assert sum(map(len, stream)) == 500 * 16_000 + len(PCM)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
