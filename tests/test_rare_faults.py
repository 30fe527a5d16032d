"""What hardly ever goes wrong, made to go wrong: each ends in words, a False or an error of the tree, never a bug."""

import errno
import json
import os
import platform
import re
import resource
import socket
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from support.batch_runs import asked, batch, pcm_for, speaking, speaks_text
from support.command_line import COMMAND, keyed, lightning
from support.fake_server import Exchange, ramp, refuses, serving, speaks, speech_events
from support.null_sink import SoundCard
from support.pty_session import terminal

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.cli.terminal.console import Console
from lightning_cli.client.preconnect.dial import Dial
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import ConfigError, ExitCode
from lightning_cli.local import dictionary_store
from lightning_cli.narration.run import WorkerPool
from lightning_cli.playback import devices
from lightning_cli.serve import runtime
from lightning_cli.settings import key_programs
from lightning_cli.settings.key_store import remove_key, store_key
from lightning_cli.settings.keys import stored_path
from lightning_cli.sinks.playback_sink import InteractiveSink, PlaybackSink, PlayerOptions
from lightning_cli.system import store as storage

SOON = RetryPolicy(base_s=0.001)


def test_a_bug_shows_where_it_is() -> None:
    """Print the traceback of what was not foreseen when --debug asks for it, and exit with 1."""
    code = (
        "import sys\nfrom lightning_cli.cli import run\nrun.root_command = lambda: 1 // 0\n"
        "sys.exit(run.main(sys.argv[1:]))"
    )
    done = subprocess.run(
        (sys.executable, "-c", code, "say", "--debug"), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == ExitCode.UNEXPECTED
    assert done.stderr.startswith("error: unexpected ZeroDivisionError: ")
    assert "run again with --debug" in done.stderr
    assert "Traceback (most recent call last):" in done.stderr


def test_devices_and_gaps(sound_card: SoundCard) -> None:
    """List the devices for programs, and tell after playing whether there were gaps."""
    env = keyed(**sound_card.environment)
    (listed, *_) = json.loads(lightning("devices", "--json", env=env).stdout)
    assert list(listed) == ["index", "name", "host_api", "channels", "default_rate", "default"]
    with serving(speaks(ramp(4410))) as server:
        done = lightning("say", "Hi", "--stats", "--base-url", server.url, env=env)
    assert done.code == 0, done.stderr
    assert re.search(r"gaps +\d+ underruns?, \S+ ms of silence put in", done.stderr), done.stderr


def test_a_label_too_long() -> None:
    """Refuse a host that no name server can be asked about."""
    done = lightning("say", "Hi", "-o", "/dev/null", "--format", "pcm", "--base-url", f"https://{'a' * 70}.invalid")
    assert done.code == ExitCode.CONFIG
    assert done.lines[0] == f"error: cannot make the request ({'a' * 70}.invalid, label empty or too long)"


def test_small_files(tmp_path: Path) -> None:
    """Say that a file could not be replaced, and leave nothing behind."""
    assert not storage.write_json(tmp_path, {})
    (tmp_path / "taken").mkdir()
    assert not storage.write_json(tmp_path / "taken", {})
    assert os.listdir(tmp_path) == ["taken"]


def test_the_note_of_a_server() -> None:
    """Say that it could not be left, and leave that of another server alone."""
    path = runtime.note_path()
    path.mkdir(parents=True)
    assert not runtime.write_note("http://127.0.0.1:1", None)
    assert os.listdir(path.parent) == [path.name]
    path.rmdir()
    path.write_text(json.dumps({"pid": os.getpid() + 1}))
    runtime.remove_note()
    assert path.exists()


def test_programs_that_know_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell of a program that does not take what it is told, and of a library that is missing."""
    with pytest.raises(ConfigError, match="it does not listen"):
        key_programs._run(["true"], "it", 30, bytes(1024 * 1024))
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match="keyring, which is not installed"):
        key_programs.keyring_get("key")


def test_a_directory_in_the_place_of_the_key() -> None:
    """Neither replace nor remove it, and send nobody to a command that would not either."""
    (stored_path(None) / "below").mkdir(parents=True)
    for refused in (
        lambda: store_key("x" * 20, None, in_keyring=False),
        lambda: remove_key(None, look_in_keyring=False),
    ):
        with pytest.raises(ConfigError) as told:
            refused()
        assert told.value.hint == "remove it by hand"


def test_sinks_that_were_not_started() -> None:
    """Misuse is a bug, and told as one."""

    class Nobody:
        def start(self, deck: object) -> None: ...
        def stop(self) -> None: ...

    interactive = InteractiveSink(PlayerOptions(), Nobody())
    for sink in (PlaybackSink(PlayerOptions()), interactive):
        with pytest.raises(RuntimeError, match="the sink was not started"):
            sink.write(b"")
    interactive.abort()
    assert PcmFormat(8000).frame_bytes == 2


def test_addresses_that_cannot_even_be_tried() -> None:
    """Raise what the system says at once, and what it says when it has no more descriptors."""
    broadcast = Dial("255.255.255.255", 9)
    broadcast.resolve()
    with pytest.raises(OSError, match=r"unreachable|denied|not permitted"):
        broadcast.finish(time.monotonic() + 30)
    dial = Dial("127.0.0.1", 9)
    dial.resolve()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as first:
        lowest = first.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
            dial.finish(time.monotonic() + 30)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_call_is_tried_again() -> None:
    """Ask again where nothing was changed, after a wait; what would be carried out twice is asked once."""
    busy = refuses("503 Service Unavailable", {})

    def answers(exchange: Exchange) -> None:
        exchange.answer(b'{"ok": true}', kind="application/json")

    with serving(busy, answers, busy) as server:
        settings = ServiceSettings(base_url=server.url, key=None, retry=SOON)
        with SpeechClient(settings) as client:
            assert client.call("GET", "/x") == {"ok": True}
            with pytest.raises(Exception, match="503"):
                client.call("POST", "/x", {})
        assert len(server.requests) == 3


@pytest.mark.parametrize(("system", "told"), [("Darwin", "brew install portaudio"), ("Plan 9", "libportaudio.so.2")])
def test_systems_without_portaudio(system: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the package, also on systems that do not say what they are."""

    def unknown() -> dict[str, str]:
        raise OSError

    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "freedesktop_os_release", unknown)
    assert told in (devices.portaudio_missing().hint or "")
    assert "libasound2" not in devices._no_device_hint()


def test_findings_in_colour(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Paint the state alone."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    Console().finding("ok", "text")
    assert re.fullmatch(r"\x1b\[[\d;]+mok   \x1b\[0mtext\n", capsys.readouterr().out)


def test_a_bug_in_a_thread_of_a_batch() -> None:
    """Raise it where the results are waited for."""

    class RunContext:
        class stop:  # noqa: N801 - it stands for an attribute
            reasons: list[str] = []  # noqa: RUF012 - one test's

            @classmethod
            def now(cls, reason: str) -> None:
                cls.reasons.append(reason)

    def connect() -> AbstractContextManager[Any]:
        raise AssertionError

    crew: WorkerPool[int] = WorkerPool(RunContext(), 1, connect)  # type: ignore[arg-type] # what a crew needs of it
    with pytest.raises(ZeroDivisionError):
        list(crew.run([lambda _: 1 // 0]))
    assert RunContext.stop.reasons == ["interrupted"]


def test_a_store_of_dictionaries_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take no more than it has room for, and leave a text alone that asks for none."""
    store = dictionary_store.DictionaryStore()
    assert store.respell("SQL", []) == "SQL"
    monkeypatch.setattr(dictionary_store, "_STORE_LIMIT_BYTES", 86)
    assert not store._change("one", {"id": "one", "items": [{"word": "SQL", "pronunciation": "sequel"}]})
    assert store._change("one", {"id": "one", "items": [{"word": "a", "pronunciation": "b"}]})


def test_a_batch_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell of a row that fails, beside the bar, of one without audio, and of a book; ids are numbered by segment."""
    rows = tmp_path / "rows.jsonl"
    told = [
        {"text": "Refuse me, please.", "output": "a.wav"},
        {"text": "Say nothing at all.", "output": "b.wav"},
        {"text": "This is the first one. And here comes another.", "output": "c.wav", "request_id": "mine"},
    ]
    rows.write_text("\n".join(map(json.dumps, told)))

    def answer(exchange: Exchange) -> None:
        text = exchange.request.json["text"]
        if text.startswith("Refuse"):
            exchange.refuse("400 Bad Request", {"message": "no"})
        elif text.startswith("Say nothing"):
            exchange.stream(speech_events(b""))
        else:
            speaks_text(exchange)

    with speaking(answer) as server:
        words = ("batch", str(rows), "-d", "out", "--cache", "cache", "--base-url", server.url, "--retries", "0")
        monkeypatch.chdir(tmp_path)
        with terminal([*COMMAND, *words], keyed()) as shell:
            assert shell.end() == ExitCode.SOME_FAILED
        assert "the service answered with no audio at all" in shell.text
        assert "400 Bad Request" in shell.text
        ids = {one.json["text"]: one.json.get("request_id") for one in server.requests}
        assert ids["This is the first one."] == "mine-1"
        assert ids["And here comes another."] == "mine-2"
        rows.write_text(json.dumps({"text": "One.", "output": "1.wav"}))
        more = ("--book", "book.wav", "--pause-text", "0", "--report", "report.json")
        assert batch(rows, tmp_path, server, *more).code == 0
        assert asked(server)["One."] == 1
    assert json.loads((tmp_path / "report.json").read_text())["book"]["status"] == "built"
    assert pcm_for("One.") in (tmp_path / "book.wav").read_bytes()
