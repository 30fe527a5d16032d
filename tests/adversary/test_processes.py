"""The command in a hostile house: signals at any moment, closed descriptors, full disks, missing directories."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.broken_answers import heard
from support.command_line import COMMAND, TIMEOUT_S, keyed, lightning
from support.fake_server import Exchange, audio_event, ramp, serving, speaks, speech_events
from support.null_sink import SoundCard
from support.service_client import client_of
from support.signal_storm import Hit, storm, was_killed

from lightning_cli.cli.say import text_source

PCM = ramp(20_000)


def unhurried(exchange: Exchange) -> None:
    """Answer in pieces with time between them, so that a signal finds something to interrupt."""
    exchange.head(extra=("Transfer-Encoding: chunked",))
    for event in speech_events(PCM, size=8192):
        exchange.chunk(event)
        time.sleep(0.01)
    exchange.end_chunks()


def test_signals_at_any_moment(tmp_path: Path) -> None:
    """Whatever is hit, whenever: it dies by the signal without a word, and a file is whole or not there."""
    target = tmp_path / "a.wav"

    def look(hit: Hit) -> None:
        left = [path.name for path in tmp_path.iterdir()]
        if not was_killed(hit):
            assert left in ([], [target.name]), f"{left} after {hit}"
        if target.exists():
            assert target.stat().st_size == 44 + len(PCM), hit
        for path in tmp_path.iterdir():
            path.unlink()

    with serving(unhurried) as server:
        storm(("say", "Hello.", "--base-url", server.url, "-o", str(target)), keyed(), 8, seed=9, look=look)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams(closed: str, tmp_path: Path) -> None:
    """A file is written whole whatever the shell closed, and no connection stands where messages would go."""
    target = tmp_path / "a.wav"
    with serving(speaks(PCM)) as server:
        words = " ".join((*COMMAND, "say", "Hello.", "--base-url", server.url, "-o", str(target), closed))
        assert subprocess.run(("bash", "-c", words), env=keyed(), timeout=60, check=False).returncode == 0
    assert target.read_bytes()[44:] == PCM


def test_nothing_takes_the_place_of_a_closed_stream() -> None:
    """A descriptor below three is never a socket or a file of ours."""
    code = (
        "import atexit, os, sys\nsys.argv[1:] = ['--version']\nfrom lightning_cli.__main__ import run\n"
        "def report():\n"
        "    open(sys.orig_argv[-1], 'w').write(' '.join(os.readlink(f'/proc/self/fd/{n}') for n in range(3)))\n"
        "atexit.register(report)\nrun()\n"
    )
    reader, writer = os.pipe()
    shell = f'exec {sys.executable} -c "$1" /dev/fd/{writer} <&- >&- 2>&-'
    done = subprocess.run(("bash", "-c", shell, "bash", code), pass_fds=(writer,), timeout=60, check=False)
    os.close(writer)
    with os.fdopen(reader) as told:
        assert (done.returncode, told.read()) == (0, "/dev/null /dev/null /dev/null")


def test_standard_input_that_cannot_be_read(tmp_path: Path) -> None:
    """Name a standard input that is open for writing only; exit 2."""
    with (tmp_path / "x").open("wb") as written:
        for command in (["say", "-o", str(tmp_path / "a.wav")], ["batch", "-", "-d", str(tmp_path)]):
            done = lightning(*command, stdin=written.fileno(), env=keyed())
            assert done.code == 2, done.stderr
            assert "standard input cannot be read (Bad file descriptor)" in done.stderr


def test_a_working_directory_that_is_gone(tmp_path: Path) -> None:
    """Refuse a relative output there; an absolute one works."""
    gone, target = tmp_path / "gone", tmp_path / "a.wav"
    with serving(speaks(PCM)) as server:
        for output, code in (("a.wav", 9), (str(target), 0)):
            gone.mkdir()
            words = " ".join((*COMMAND, "say", "Hello.", "--base-url", server.url, "-o", output))
            shell = f"cd {gone} && rmdir {gone} && exec {words}"
            done = subprocess.run(("bash", "-c", shell), env=keyed(), capture_output=True, timeout=60, check=False)
            assert done.returncode == code, done.stderr
            assert b"this is a bug" not in done.stderr
    assert target.read_bytes()[44:] == PCM


@pytest.mark.parametrize("limit", ["ulimit -n 16", "ulimit -v 400000", "umask 777", "ulimit -f 16"])
def test_limits(limit: str, tmp_path: Path) -> None:
    """Work within a limit or say what is in the way; never leave a part of a file."""
    target = tmp_path / "a.wav"
    with serving(speaks(PCM)) as server:
        words = " ".join((*COMMAND, "say", "Hello.", "--base-url", server.url, "-o", str(target)))
        done = subprocess.run(
            ("bash", "-c", f"{limit}; exec {words}"), env=keyed(), capture_output=True, timeout=60, check=False
        )
    if done.returncode == 0:
        assert target.stat().st_size == 44 + len(PCM)
        assert [path.name for path in tmp_path.iterdir()] == [target.name]
    else:
        assert done.returncode == 9, done.stderr
        assert not list(tmp_path.iterdir())


def test_text_behind_many_descriptors() -> None:
    """Read text from a descriptor beyond the thousandth, where select cannot look."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    reader, writer = os.pipe()
    high = os.dup2(reader, 1500)
    try:
        os.write(writer, b"Hello.")
        os.close(writer)
        assert b"".join(text_source._blocks(high, 1.0)) == b"Hello."
    finally:
        os.close(high)
        os.close(reader)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("option", "value"),
    [("--connect-timeout", "nan"), ("--first-byte-timeout", "inf"), ("--idle-timeout", "1e400"), ("--max-wait", "nan")],
)
def test_times_that_no_clock_counts(option: str, value: str) -> None:
    """Refuse what is not a number, and more seconds than any clock has."""
    done = lightning("say", "Hello.", "-o", os.devnull, "--format", "pcm", option, value, env=keyed())
    assert done.code == 2, done.stderr
    assert "is not a number of seconds" in done.stderr


def made_a_directory(target: Path) -> None:
    """Put a directory where the file is to be."""
    target.mkdir()


def directory_removed(target: Path) -> None:
    """Take the directory away with all that is in it."""
    shutil.rmtree(target.parent)


def replaced(target: Path) -> None:
    """Write something else there."""
    target.write_bytes(b"something else")


@pytest.mark.parametrize(
    ("change", "code"), [(made_a_directory, 9), (directory_removed, 9), (replaced, 0)], ids=["made", "removed", "other"]
)
def test_the_place_changes_meanwhile(change: Callable[[Path], None], code: int, tmp_path: Path) -> None:
    """Whatever happens to the place while the audio is made: a whole file of ours there, or none and exit 9."""
    target = tmp_path / "inner" / "a.wav"
    target.parent.mkdir()

    def responder(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        events = speech_events(PCM)
        exchange.chunk(b"".join(events[:3]))
        change(target)
        exchange.chunk(b"".join(events[3:]))
        exchange.end_chunks()

    with serving(responder) as server:
        done = lightning("say", "Hello.", "--base-url", server.url, "-o", str(target), env=keyed())
    assert done.code == code, done.stderr
    assert "this is a bug" not in done.stderr
    if code == 0:
        assert target.read_bytes()[44:] == PCM
    elif target.parent.exists():
        assert [path.name for path in target.parent.iterdir()] == [target.name]


def apart(kind: str, *lines: str) -> "subprocess.CompletedProcess[bytes]":
    """Run shell commands with mounts (``m``) and a network (``n``) of their own."""
    return subprocess.run(
        ("unshare", f"-r{kind}", "bash", "-ec", "\n".join(lines)),
        env=keyed(),
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_a_disk_that_fills_up(name: str, tmp_path: Path) -> None:
    """On a disk of 64 KiB the run ends with 9 and leaves the disk as it was."""
    with serving(speaks(os.urandom(120_000))) as server:
        words = " ".join((*COMMAND, "say", "Hello.", "--base-url", server.url, "-o", str(tmp_path / name)))
        done = apart(
            "m",
            f"mount -t tmpfs -o size=64k tmpfs {tmp_path}",
            f"code=0; {words} || code=$?",
            f"ls -A {tmp_path}; exit $code",
        )
    assert (done.returncode, done.stdout) == (9, b""), done.stderr
    assert b"no space is left" in done.stderr


@pytest.mark.parametrize("url", ["https://speech.example", "http://speech.example --insecure-http"])
def test_a_name_server_that_says_nothing(url: str, tmp_path: Path) -> None:
    """The clock for connecting counts the look-up of the name too, though nothing can stop that."""
    (tmp_path / "resolv").write_text("nameserver 127.0.0.77\noptions timeout:30 attempts:3\n")
    (tmp_path / "nsswitch").write_text("hosts: files dns\n")
    # The loop-back interface is down at first (SIOCSIFFLAGS, IFF_UP).
    code = (
        "import fcntl, socket, struct, subprocess, sys\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "fcntl.ioctl(s, 0x8914, struct.pack('16sH14x', b'lo', 1))\ns.bind(('127.0.0.77', 53))\n"
        "sys.exit(subprocess.run(sys.argv[1:]).returncode)"
    )
    words = (*COMMAND, "say", "Hello.", "--base-url", url, "--connect-timeout", "0.5")
    begun = time.monotonic()
    done = apart(
        "mn",
        f"mount --bind {tmp_path / 'resolv'} /etc/resolv.conf",
        f"mount --bind {tmp_path / 'nsswitch'} /etc/nsswitch.conf",
        f'exec {sys.executable} -c "{code}" {" ".join(words)} --retries 0 -o {tmp_path / "a.wav"}',
    )
    assert done.returncode == 5, done.stderr
    assert b"timed out connecting to" in done.stderr
    assert time.monotonic() - begun < 20


@contextlib.contextmanager
def stopped(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Stop a process for the time of the block."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def test_stopped_for_longer_than_the_clocks_allow(tmp_path: Path) -> None:
    """Ctrl-Z and fg: the time a process was stopped counts on no clock, and nothing is asked for again."""
    half, going_on = threading.Event(), threading.Event()

    def responder(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        events = speech_events(PCM)
        exchange.chunk(events[0])
        half.set()
        assert going_on.wait(20)
        exchange.chunk(b"".join(events[1:]))
        exchange.end_chunks()

    target = tmp_path / "a.wav"
    with serving(responder) as server:
        command = ("say", "Hello.", "--base-url", server.url, "-o", str(target), "--idle-timeout", "1")
        with subprocess.Popen((*COMMAND, *command), env=keyed(), stderr=subprocess.PIPE) as process:
            assert half.wait(20)
            time.sleep(0.3)
            with stopped(process):
                time.sleep(2.5)
            time.sleep(0.2)
            going_on.set()
            told = process.communicate(timeout=20)[1]
        assert (process.returncode, told) == (0, b"")
        assert len(server.requests) == 1
    assert target.read_bytes()[44:] == PCM


def test_a_frozen_sound_server_holds_nothing_up(sound_card: SoundCard) -> None:
    """A sound server that answers nothing from the start: exit 6 in bounded time, not a process that stays."""
    code = (
        "import sys, lightning_cli.playback.deck as deck\ndeck.OPEN_S = 0.5\n"
        "from lightning_cli.__main__ import run\nsys.argv[1:] = sys.argv[2:]\nrun()\n"
    )
    with serving(speaks(PCM)) as server:
        command = (sys.executable, "-c", code, "--", "say", "Hello.", "--base-url", server.url)
        os.kill(sound_card.pid, signal.SIGSTOP)
        try:
            env = keyed(**sound_card.environment)
            done = subprocess.run(command, env=env, capture_output=True, timeout=20, check=False)
        finally:
            os.kill(sound_card.pid, signal.SIGCONT)
    assert done.returncode == 6, done.stderr
    assert b"did not open within" in done.stderr


def endless_trailers(exchange: Exchange) -> None:
    """Answer all, then trailers for ever."""
    exchange.head(extra=("Transfer-Encoding: chunked",))
    for event in speech_events(PCM):
        exchange.chunk(event)
    exchange.send(b"0\r\n")
    with contextlib.suppress(OSError):
        while True:
            exchange.send(b"X: y\r\n" * 100)
    exchange.hang_up()


def test_trailers_without_end() -> None:
    """What follows the end of the audio is waited for a moment, not as long as there is more of it."""
    with serving(endless_trailers, speaks(PCM)) as server, client_of(server) as client:
        begun = time.monotonic()
        assert heard(client) == (PCM, None)
        assert time.monotonic() - begun < 5
        assert heard(client) == (PCM, None)


def test_events_without_audio_for_ever() -> None:
    """Events that bring nothing do not keep an answer alive."""
    with contextlib.suppress(OSError):
        pause = threading.Event()

        def responder(exchange: Exchange) -> None:
            exchange.head(extra=("Transfer-Encoding: chunked",))
            exchange.chunk(audio_event(PCM[:1000]))
            while not exchange.server.closing.is_set():
                exchange.chunk(audio_event(b""))
                pause.wait(0.02)

        with serving(responder) as server, client_of(server, idle_s=0.5) as client:
            pcm, fault = heard(client)
        assert pcm == PCM[:1000]
        assert fault is not None
        assert "timed out waiting for more audio" in fault.message


def test_audio_for_ever(tmp_path: Path) -> None:
    """An answer that goes on and on is ended; the disk does not fill."""
    block = audio_event(bytes(48_000))

    def responder(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        while not exchange.server.closing.is_set():
            exchange.chunk(block)

    target = tmp_path / "a.pcm"
    with serving(responder) as server:
        command = ("say", "Hi.", "-r", "8000", "--base-url", server.url, "-o", str(target))
        done = lightning(*command, env=keyed())
    assert done.code == 5, done.stderr
    assert "the answer does not end" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--version"], 9),
        (["say", "--help"], 9),
        (["voices", "--offline"], 9),
        (["say", "x", "-o", "a.zzz", "--json"], 2),
    ],
)
def test_a_full_standard_output_as_a_person_has_it(words: list[str], code: int) -> None:
    """End with our code, not with Python's 120 for what is left in its buffer, and say nothing behind the hint."""
    assert "PYTHONUNBUFFERED" not in os.environ
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            (*COMMAND, *words), stdout=full, stderr=subprocess.PIPE, timeout=TIMEOUT_S, check=False, text=True
        )
    assert done.returncode == code, done.stderr
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["error", "hint"]
