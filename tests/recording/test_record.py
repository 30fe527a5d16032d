"""``say --record`` and ``--replay``: whatever the service did comes again, byte for byte, without it."""

import base64
import itertools
import json
import os
import re
import resource
import signal
import stat
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.command_line import COMMAND, KEY, Done, environment, keyed, lightning
from support.fake_server import (
    Exchange,
    Responder,
    SpeechServer,
    audio_event,
    ramp,
    refuses,
    serving,
    speaks,
    speech_events,
)
from support.service_client import HELLO

from lightning_cli.cli.say.replaying import Replaying, options_of
from lightning_cli.client.routes import RouteMemory
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.errors import LightningError, UsageFault
from lightning_cli.recording.record import Recorder
from lightning_cli.recording.recording_file import Recording
from lightning_cli.recording.replay import PATIENT, Replay

PCM = ramp(6_000)
TEXT = "This is the first sentence. Here comes the second one!"

# The client alone: what it makes of an answer, and what it makes of the recorded one.


def _heard(client: SpeechClient) -> list[object]:
    """Return all that one request leads to: the audio, and what went wrong."""
    heard = b""
    with client:
        try:
            with client.stream(HELLO) as stream:
                answer: object = stream.answer
                for pcm in stream:
                    heard += pcm
        except LightningError as fault:
            return [heard, type(fault), fault.message, fault.hint, vars(fault).get("transient")]
    return [heard, answer]


def _recorded(url: str, path: Path, transport: str, timeouts: Timeouts) -> list[object]:
    known = ServiceSettings(base_url=url, key=KEY, transport=transport, timeouts=timeouts)
    lines: list[bytes] = []
    recorder = Recorder(lines.append)
    recorder.begin({})
    heard = _heard(SpeechClient(known, tape=recorder))
    recorder.done(0, complete=True)
    path.write_bytes(b"".join(lines))
    return heard


def _replayed(url: str, path: Path, transport: str, *, in_real_time: bool = False) -> list[object]:
    known = ServiceSettings(base_url=url, transport=transport, timeouts=PATIENT)
    with Recording(str(path)) as recording:
        return _heard(SpeechClient(known, tape=Replay(recording, in_real_time=in_real_time)))


@pytest.fixture(scope="module")
def scripted() -> Iterator[tuple[SpeechServer, list[Responder]]]:
    """Return a server that answers as the list's last entry says."""
    plan: list[Responder] = []

    def answer(exchange: Exchange) -> None:
        plan[-1](exchange)

    with serving(answer) as server:
        yield server, plan


EVENTS = b"".join(speech_events(PCM[:1200], size=500))
WAV = (
    b"RIFF"
    + (36 + 1200).to_bytes(4, "little")
    + b"WAVEfmt \x10\0\0\0\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0data"
)
WAV += (1200).to_bytes(4, "little") + PCM[:1200]


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(st.integers(0, len(EVENTS)), max_size=6),
    length=st.integers(0, len(EVENTS)) | st.just(len(EVENTS)),
    framing=st.sampled_from(["chunked", "close", "length"]),
    ends=st.sampled_from(["well", "hang up", "reset"]),
    transport=st.sampled_from(["sse", "sync"]),
)
def test_any_cut_of_any_answer_is_heard_again(
    scripted: tuple[SpeechServer, list[Responder]],
    tmp_path_factory: pytest.TempPathFactory,
    cuts: list[int],
    length: int,
    framing: str,
    ends: str,
    transport: str,
) -> None:
    """Wherever an answer is cut into pieces and wherever it breaks off, its recording leads to the same."""
    server, plan = scripted
    body = (EVENTS if transport == "sse" else WAV)[:length]
    places = sorted({0, len(body), *(place for place in cuts if place < len(body))})

    def answer(exchange: Exchange) -> None:
        kind = "text/event-stream" if transport == "sse" else "audio/wav"
        told = len(EVENTS if transport == "sse" else WAV)
        how = {
            "chunked": "Transfer-Encoding: chunked",
            "close": "Connection: close",
            "length": f"Content-Length: {told}",
        }
        exchange.head(kind=kind, extra=(how[framing], "X-Request-Id: one"))
        for begin, end in itertools.pairwise(places):
            (exchange.chunk if framing == "chunked" else exchange.send)(body[begin:end])
        if framing == "chunked" and ends == "well":
            exchange.end_chunks()
        elif ends == "reset":
            exchange.reset()
        else:
            exchange.hang_up()

    plan.append(answer)
    path = tmp_path_factory.mktemp("any") / "a.rec"
    patient = Timeouts(connect_s=20.0, first_byte_s=20.0, idle_s=20.0)
    first = _recorded(server.url, path, transport, patient)
    assert _replayed(server.url, path, transport) == first
    assert KEY.encode() not in path.read_bytes()


def _stalls(exchange: Exchange) -> None:
    exchange.head(extra=("Transfer-Encoding: chunked",))
    exchange.chunk(audio_event(PCM))
    exchange.stall()


def _stalls_unframed(exchange: Exchange) -> None:
    exchange.head(extra=("Connection: close",))
    exchange.send(audio_event(PCM))
    exchange.stall()


def _mumbles(exchange: Exchange) -> None:
    exchange.head("503 Service Unavailable", "application/json", ("Content-Length: 1000",))
    exchange.send(b'{"error": "half of wh')
    exchange.hang_up()


@pytest.mark.parametrize(
    "responder",
    [
        _stalls,
        _stalls_unframed,
        lambda exchange: exchange.stall(),
        lambda exchange: exchange.hang_up(),
        lambda exchange: exchange.send(b"SSH-2.0-nonsense\r\n"),
        _mumbles,
        refuses("401 Unauthorized", {"error": f"the key {KEY} is unknown"}),
        refuses("400 Bad Request", {"error": "no voice \x1b[31m"}),
        refuses("301 Moved", {}, "Location: https://elsewhere.example"),
        refuses("200 OK", {"error": "not today"}),
        lambda exchange: exchange.stream([audio_event(PCM), b'event: error\ndata: {"error": "ran dry"}\n\n']),
        lambda exchange: exchange.answer(b"\x1f\x8b\x08 broken", extra=("Content-Encoding: gzip",)),
    ],
    ids="stall unframed silence nothing nonsense half-refusal key voice redirect json-200 error-event gzip".split(),
)
def test_every_failure_comes_again(tmp_path: Path, responder: Responder) -> None:
    """Clocks that ran out, broken connections and refusals are told as they were, and at once."""
    path = tmp_path / "a.rec"
    with serving(responder) as server:
        first = _recorded(server.url, path, "sse", Timeouts(connect_s=20.0, first_byte_s=0.3, idle_s=0.3))
    again = _replayed(server.url, path, "sse")
    # What the service told of the key is blotted out.
    assert again == [part.replace(KEY, "*" * len(KEY)) if isinstance(part, str) else part for part in first]
    assert len(first) > 2


def test_a_key_that_is_no_secret_harms_nothing(tmp_path: Path) -> None:
    """Servers of one's own take any key, one letter too; it may be part of anything."""
    path = tmp_path / "a.rec"
    with serving(speaks(PCM)) as server:
        known = ServiceSettings(base_url=server.url, key="a")
        lines: list[bytes] = []
        recorder = Recorder(lines.append)
        recorder.begin({})
        first = _heard(SpeechClient(known, tape=recorder))
        recorder.done(0, complete=True)
        path.write_bytes(b"".join(lines))
    assert first[0] == PCM
    assert _replayed(server.url, path, "sse") == first


def test_no_connection_comes_again(tmp_path: Path) -> None:
    """Where nobody listened there is nothing but the fault."""
    with serving() as server:
        url = server.url
    first = _recorded(url, tmp_path / "a.rec", "sse", Timeouts())
    assert _replayed(url, tmp_path / "a.rec", "sse") == first
    assert "CannotConnect" in str(first[1])


def test_a_remembered_route_is_part_of_the_recording(tmp_path: Path) -> None:
    """What the recorded run knew of the service's routes is not looked up, and nothing is remembered from a replay."""
    path = tmp_path / "a.rec"
    with serving(speaks(PCM)) as server:
        key = f"{ServiceSettings(base_url=server.url).api_root} sse"
        RouteMemory().record(key, other=True)
        first = _recorded(server.url, path, "sse", Timeouts())
        (request,) = server.requests
    assert request.path == "/waves/v1/tts/live"
    RouteMemory().record(key, other=False)
    assert _replayed(server.url, path, "sse") == first
    assert not RouteMemory().recall(key)
    with serving(refuses("404 Not Found", {}), speaks(PCM)) as server:
        first = _recorded(server.url, path, "sse", Timeouts())
    key = f"{ServiceSettings(base_url=server.url).api_root} sse"
    assert RouteMemory().recall(key)
    RouteMemory().record(key, other=False)
    assert _replayed(server.url, path, "sse") == first
    assert not RouteMemory().recall(key)


def test_real_speed_takes_its_time(tmp_path: Path) -> None:
    """A stall lasts as long as it did."""
    path = tmp_path / "a.rec"
    with serving(_stalls) as server:
        first = _recorded(server.url, path, "sse", Timeouts(connect_s=20.0, first_byte_s=20.0, idle_s=0.3))
    begun = time.monotonic()
    assert _replayed(server.url, path, "sse", in_real_time=True) == first
    # At least: the rest is the machine's.
    assert time.monotonic() - begun > 0.3


# The command.


def _record(server: SpeechServer, path: Path, *arguments: str, stdin: bytes | None = None) -> Done:
    fed: dict[str, Any] = {} if stdin is None else {"stdin": stdin}
    return lightning("say", *arguments, "--record", str(path), "--base-url", server.url, env=keyed(), **fed)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def _cut(exchange: Exchange) -> None:
    exchange.stream(speech_events(PCM)[:-1], extra=("X-Request-Id: cut-1",))


def test_a_run_is_played_again(tmp_path: Path) -> None:
    """A switch of routes, a retry and several sentences: the same file and the same words, without key or network."""
    path = tmp_path / "a.rec"
    path.write_text("old")
    path.chmod(0o644)
    gone = refuses("404 Not Found", {"error": "gone"})
    again = speaks(PCM, extra=("X-Request-Id: two",))
    given = ("-v", "avery", "--field", "emotion=calm")
    with serving(gone, speaks(PCM), _cut, again) as server:
        done = _record(server, path, TEXT, *given, "-r", "24000", "-o", str(tmp_path / "a.wav"), "--verbose")
    assert done.code == 0, done.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for same in ([], [TEXT, *given]):
        # The environment is about other runs.
        env = environment(LIGHTNING_TTS_VOICE="liam", LIGHTNING_TTS_SAMPLE_RATE="8000")
        played = lightning("say", *same, "--replay", str(path), "-o", str(tmp_path / "b.wav"), "--verbose", env=env)
        assert (played.code, played.stderr) == (0, done.stderr)
        assert (tmp_path / "b.wav").read_bytes() == (tmp_path / "a.wav").read_bytes()
    kept = _lines(path)
    assert all(line["body"]["emotion"] == "calm" for line in kept if line.get("event") == "request")
    assert [line["body"]["text"] for line in kept if line.get("event") == "request"] == [
        *(["This is the first sentence."] * 2),
        *(["Here comes the second one!"] * 2),
    ]
    assert b"uthorization" not in path.read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["a.rec", "a.wav", "b.wav"]


def test_live_text_is_played_again(tmp_path: Path) -> None:
    """What came through a pipe is cut as it was, and can be passed on."""
    with serving(speaks(PCM)) as server:
        done = _record(server, tmp_path / "a.rec", "-o", "-", "--join", "raw", stdin=TEXT.encode())
    assert (done.code, done.stdout) == (0, PCM + PCM)
    played = lightning("say", "--replay", str(tmp_path / "a.rec"), "-o", "-")
    assert (played.code, played.stdout, played.stderr) == (0, PCM + PCM, "")
    echoed = lightning("say", "--replay", str(tmp_path / "a.rec"), "--echo", "-o", str(tmp_path / "b.pcm"))
    assert (echoed.code, echoed.stdout) == (0, TEXT.encode())
    assert (tmp_path / "b.pcm").read_bytes() == PCM + PCM


def test_a_failed_run_fails_again(tmp_path: Path) -> None:
    """Exit code, message and the bytes that had left a pipe are the same."""
    with serving(speaks(PCM), _cut) as server:
        done = _record(server, tmp_path / "a.rec", TEXT, "-o", "-")
    assert done.code == 5
    assert done.stdout
    played = lightning("say", "--replay", str(tmp_path / "a.rec"), "-o", "-")
    assert (played.code, played.stdout, played.stderr) == (5, done.stdout, done.stderr)


def test_a_busy_service_is_waited_for_again(tmp_path: Path) -> None:
    """What is said of a wait is said again."""
    busy = refuses("429 Too Many Requests", {"error": "busy"})
    with serving(busy, speaks(PCM)) as server:
        done = _record(server, tmp_path / "a.rec", "Hello", "-o", str(tmp_path / "a.pcm"))
    assert done.code == 0
    played = lightning(
        "say", "--replay", str(tmp_path / "a.rec"), "-o", str(tmp_path / "b.pcm"), "--replay-speed", "real"
    )
    assert (played.code, played.stderr) == (0, done.stderr)
    assert (tmp_path / "b.pcm").read_bytes() == PCM


def test_the_offline_engine_can_be_recorded(tmp_path: Path) -> None:
    """What was spoken without a service is played again without the engine."""
    path = tmp_path / "a.rec"
    spoken = ("say", "--local", "-v", "espeak-de", "Guten Tag", "-o", str(tmp_path / "a.pcm"), "--record", str(path))
    assert lightning(*spoken).code == 0
    played = lightning("say", "--replay", str(path), "-o", str(tmp_path / "b.pcm"))
    assert (played.code, played.stderr) == (0, "")
    assert (tmp_path / "a.pcm").read_bytes() == (tmp_path / "b.pcm").read_bytes()


# Several command lines in one process: each says what it is refused for.
_REFUSALS = """
import json, sys
from lightning_cli.cli.app import root_command
from lightning_cli.errors import OutputError, UsageFault
said = []
for arguments in json.loads(sys.argv[1]):
    try:
        root_command().main(args=arguments, prog_name="lightning-tts", standalone_mode=False)
    except (OutputError, UsageFault) as fault:
        said.append(fault.message)
print(json.dumps(said))
"""


def _refused(command_lines: list[list[str]], directory: Path) -> list[str]:
    """Return what each command line is refused for."""
    command = (sys.executable, "-c", _REFUSALS, json.dumps(command_lines))
    done = subprocess.run(command, env=keyed(), cwd=directory, capture_output=True, check=True, timeout=60)
    said = json.loads(done.stdout)
    assert len(said) == len(command_lines), done.stderr
    return [str(message) for message in said]


@pytest.fixture(scope="module")
def kept() -> bytes:
    """Return a good recording of two sentences."""
    lines: list[bytes] = []
    recorder = Recorder(lines.append)
    absent = "model speed language session_id request_id number_language math_notation wire_format".split()
    options: dict[str, object] = dict.fromkeys(absent)
    options |= {"voice": "daniel", "sample_rate": 24000, "dicts": [], "expire_content": False, "route": "auto"}
    options |= {"transport": "sse", "whole": False, "max_chars": 250, "markup": "auto", "join": "natural"}
    options |= {"pause_sentence": 350, "pause_paragraph": 700}
    with serving(speaks(PCM)) as server:
        recorder.begin({"base_url": server.url, "options": options, "segments": 2})
        with SpeechClient(ServiceSettings(base_url=server.url), tape=recorder) as client:
            for text in ("This is the first sentence.", "Here comes the second one!"):
                recorder.segment(text, 2)
                with client.stream(HELLO._replace(text=text)) as stream:
                    assert b"".join(stream) == PCM
    recorder.done(0, complete=True)
    return b"".join(lines)


DIFFERENT = {
    "segment 2 was 'Here comes the second one!' when": ["This is the first sentence. Here comes another one!"],
    "the number of segments was '2' when it was recorded, and now is '1'": ["Only one."],
    "--voice was 'daniel' when it was recorded, and now is 'avery'": ["-v", "avery"],
    "--sample-rate was '24000' when it was recorded, and now is '44100'": ["-r", "44100"],
    "--field was absent when it was recorded, and now is 'emotion=calm'": ["--field", "emotion=calm"],
    "--language was absent when it was recorded, and now is 'hi'": ["--language", "hi"],
    "--replay cannot be combined with --base-url": ["--base-url", "http://127.0.0.1:1"],
    "--replay cannot be combined with --local": ["--local"],
    "--replay cannot be combined with --retries": ["--retries", "0"],
    "--replay cannot be combined with --dry-run": ["--dry-run"],
    "--record cannot be combined with --replay": ["--record", "b.rec"],
}


def test_a_replay_says_what_differs(tmp_path: Path, kept: bytes) -> None:
    """Whoever asks for something else is told what, and nothing is written."""
    (tmp_path / "a.rec").write_bytes(kept)
    lines = [["say", "--replay", "a.rec", *arguments, "-o", "b.wav"] for arguments in DIFFERENT.values()]
    for says, said in zip(DIFFERENT, _refused(lines, tmp_path), strict=True):
        assert says in said
    assert os.listdir(tmp_path) == ["a.rec"]


def test_a_changed_request_is_told_by_its_field(tmp_path: Path, kept: bytes) -> None:
    """A recording that was edited no longer fits itself."""
    (tmp_path / "a.rec").write_bytes(kept.replace(b'"text":"Here comes', b'"text":"There goes'))
    done = lightning("say", "--replay", "a.rec", "-o", "b.wav", cwd=tmp_path)
    assert done.code == 2
    # Which line it is depends on how many pieces the first answer came in.
    assert re.search(r"line \d+: text was 'There goes the second one!' when it was recorded", done.stderr)
    piped = lightning(
        "say", "--replay", "a.rec", "-o", "b.wav", "-", stdin=b"This is the first sentence.", cwd=tmp_path
    )
    assert piped.code == 2
    assert "segment 2 was 'Here comes the second one!' when it was recorded, and now is absent" in piped.stderr


UNUSABLE = {
    "combined with --transport ws": ["--record", "a.rec", "--transport", "ws", "-o", "x.wav"],
    "combined with --dry-run or --curl": ["--record", "a.rec", "--curl", "-o", "x.wav"],
    "the audio and the recording": ["--record", "a.rec", "-o", "./a.rec", "--format", "pcm"],
    "/dev/null is not a file": ["--record", "/dev/null", "-o", "x.wav"],
    "there is no such directory": ["--record", "none/a.rec", "-o", "x.wav"],
    "/dev/zero is not a file": ["--replay", "/dev/zero", "-o", "x.wav"],
    "No such file": ["--replay", "missing", "-o", "x.wav"],
    "--replay-speed needs --replay": ["--replay-speed", "full", "-o", "x.wav"],
}


def test_what_cannot_be_recorded_is_refused(tmp_path: Path) -> None:
    """Before anything is sent."""
    lines = [["say", "Hello", *arguments, "--base-url", "http://127.0.0.1:1"] for arguments in UNUSABLE.values()]
    for says, said in zip(UNUSABLE, _refused(lines, tmp_path), strict=True):
        assert says in said
    assert os.listdir(tmp_path) == []


def test_a_full_disk_ends_the_recording_and_not_the_speech(tmp_path: Path) -> None:
    """The audio is complete, the recording is gone, and the exit code says so."""

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    with serving(speaks(PCM)) as server:
        done = subprocess.run(
            (*COMMAND, "say", "Hello", "-o", "-", "--record", "a.rec", "--base-url", server.url),
            preexec_fn=small,
            env=keyed(),
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stdout) == (9, PCM)
    assert b"warning: recording stopped: " in done.stderr
    assert b"error: cannot write 'a.rec': " in done.stderr
    assert os.listdir(tmp_path) == []


def test_a_stopped_run_is_recorded_up_to_there(tmp_path: Path) -> None:
    """Ctrl-C completes the recording; its replay ends where the run did."""

    def waits(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        exchange.chunk(audio_event(PCM))
        exchange.stall()

    with serving(waits) as server:
        command = (*COMMAND, "say", "Hello", "-o", "-", "--record", "a.rec", "--base-url", server.url)
        with subprocess.Popen(command, env=keyed(), cwd=tmp_path, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.read(len(PCM)) == PCM
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == -signal.SIGINT
    played = lightning("say", "--replay", "a.rec", "-o", "-", cwd=tmp_path)
    assert (played.code, played.stdout) == (2, PCM)
    assert f"line {len(_lines(tmp_path / 'a.rec')) - 1}: the recorded run was stopped here" in played.stderr


# What is no recording.


def _replaced(number: int, line: bytes) -> Callable[[bytes], bytes]:
    def change(kept: bytes) -> bytes:
        lines = kept.split(b"\n")
        lines[number - 1] = line
        return b"\n".join(lines)

    return change


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "line 1: the file is empty"),
    "binary": (lambda _: bytes(range(256)) * 9, "line 1: it is not JSON"),
    "something else": (lambda _: b'{"a": 1}\n', "line 1: this is no recording"),
    "from tomorrow": (lambda kept: kept.replace(b'recording":1', b'recording":2'), "line 1: it is of version 2, and 1"),
    "no options": (_replaced(1, b'{"lightning_tts_recording":1}'), "line 1: the options are missing"),
    "a wild option": (lambda kept: kept.replace(b'"max_chars":250', b'"max_chars":0'), "line 1: the option max_chars"),
    "another service": (lambda kept: kept.replace(b'"base_url":"http', b'"base_url":"ftp'), "line 1: ftp://"),
    "broken JSON": (_replaced(3, b'{"event":"request",'), "line 3: it is not JSON"),
    "deep": (_replaced(3, b"[" * 100_000), "line 3: it is not JSON"),
    "a list": (_replaced(3, b"[]"), "line 3: it is no JSON object"),
    "an unknown event": (_replaced(3, b'{"event":"sing"}'), "line 3: it tells no event"),
    "no base64": (_replaced(5, b'{"event":"data","at_ms":1,"base64":"!"}'), "line 5: base64 is missing or wrong"),
    "never": (_replaced(5, b'{"event":"end","at_ms":1e999}'), "line 5: at_ms is missing or wrong"),
    "an order of its own": (_replaced(2, b'{"event":"end","at_ms":1}'), "line 2: end does not belong here"),
    "cut": (lambda kept: kept[:-2], "it breaks off"),
    "cut between lines": (
        lambda kept: b"\n".join(kept.split(b"\n")[:-2]) + b"\n",
        "the recording breaks off behind it",
    ),
    "more": (lambda kept: kept + b"{}\n", "it tells no event"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_is_no_recording_is_refused_by_its_line(tmp_path: Path, kept: bytes, how: str) -> None:
    """Nothing is played, and the line is named."""
    change, says = BROKEN[how]
    (tmp_path / "a.rec").write_bytes(change(kept))
    with pytest.raises(UsageFault, match="line ") as caught, Recording(str(tmp_path / "a.rec")) as recording:
        Replaying(recording, options_of(recording), in_real_time=False).settings()
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
        with pytest.raises(UsageFault, match="line 2: it is longer than any"):
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
