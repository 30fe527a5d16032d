"""A signal where it hurts: between any two steps of a file's life, inside the tidying up, and right after another."""

import signal
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from support import opcode_interrupts
from support.batch_runs import arguments, numbered, speaking
from support.command_line import KEY, keyed
from support.fake_server import Exchange, ramp, serving, speech_events

PCM_HEARD = ramp(20_000)


def test_between_any_two_steps(tmp_path: Path) -> None:
    """Wherever a signal comes, in the tidying up too, there is a whole file under its name, or nothing."""
    command = (sys.executable, opcode_interrupts.__file__, str(tmp_path))
    done = subprocess.run(command, capture_output=True, timeout=120, check=False, text=True)
    assert done.returncode == 0, done.stderr
    assert len(opcode_interrupts.WORKS) == len(done.stdout.split())
    assert min(map(int, done.stdout.split())) > 50


def half_an_answer(exchange: Exchange) -> None:
    """Answer a half and break off."""
    exchange.head(extra=("Transfer-Encoding: chunked",))
    for event in speech_events(PCM_HEARD)[:5]:
        exchange.chunk(event)
    exchange.hang_up()


FIRST = (
    "write = FileSink.write\n"
    "def write_and_be_hit(self, pcm):\n    write(self, pcm)\n    signal.raise_signal(signal.{0})\n"
    "FileSink.write = write_and_be_hit\n"
)
SECOND = (
    "step = FileSink.{2}\n"
    "def be_hit_and_step(self):\n    {1}\n    signal.raise_signal(signal.{0})\n    step(self)\n"
    "FileSink.{2} = be_hit_and_step\n"
)
LATE = "time.sleep(0.2)"


@pytest.mark.parametrize(
    ("hits", "dies_by", "options"),
    [
        (SECOND.format("SIGTERM", "pass", "_close"), "SIGTERM", ""),
        (FIRST.format("SIGINT") + SECOND.format("SIGTERM", "pass", "_close"), "SIGINT", ""),
        (FIRST.format("SIGHUP") + SECOND.format("SIGHUP", "pass", "_cut_torn_frame"), "SIGHUP", "--keep-partial"),
        (FIRST.format("SIGTERM") + SECOND.format("SIGHUP", LATE, "_close"), "SIGHUP", ""),
    ],
    ids=["after a fault", "twice", "twice, kept", "another later"],
)
def test_a_signal_while_it_tidies_up(hits: str, dies_by: str, options: str, tmp_path: Path) -> None:
    """Half a file goes whatever comes while it goes; what is to be kept is completed when two signals are one wish."""
    code = (
        "import signal, sys, time\nfrom lightning_cli.sinks.files import FileSink\n"
        + hits
        + "sys.argv[1:] = sys.argv[2:]\n"
        "from lightning_cli.__main__ import run\nrun()\n"
    )
    with serving(half_an_answer) as server:
        words = ["say", "Hello.", "--base-url", server.url, "--retries", "0", "-o", str(tmp_path / "a.wav")]
        done = subprocess.run(
            (sys.executable, "-c", code, "--", *words, *options.split()),
            env=keyed(),
            capture_output=True,
            timeout=60,
            check=False,
            text=True,
        )
    assert done.returncode == -signal.Signals[dies_by], done.stderr
    assert "Traceback" not in done.stderr
    assert KEY not in done.stderr
    left = list(tmp_path.iterdir())
    if not options:
        assert left == []
        return
    with wave.open(str(left[0])) as kept:
        assert kept.readframes(10**6) == PCM_HEARD[: 2 * kept.getnframes()] != b""


def test_a_signal_in_a_destructor_is_not_lost(tmp_path: Path) -> None:
    """Python throws away what is raised there; the command ends all the same, and without a word."""
    code = (
        "import signal, sys\nfrom lightning_cli.sinks.files import FileSink\n"
        "class Dying:\n    def __del__(self):\n        signal.raise_signal(signal.SIGINT)\n"
        "write = FileSink.write\ndef write_and_be_hit(self, pcm):\n    write(self, pcm)\n    Dying()\n"
        "FileSink.write = write_and_be_hit\nsys.argv[1:] = sys.argv[2:]\n"
        "from lightning_cli.__main__ import run\nrun()\n"
    )

    def responder(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        exchange.chunk(speech_events(PCM_HEARD)[0])
        exchange.stall()

    with serving(responder) as server:
        words = ("say", "Hello.", "--base-url", server.url, "-o", str(tmp_path / "a.wav"))
        done = subprocess.run(
            (sys.executable, "-c", code, "--", *words), env=keyed(), capture_output=True, timeout=20, check=False
        )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")
    assert not list(tmp_path.iterdir())


def test_a_signal_while_it_loads() -> None:
    """Ctrl-C before there is anything to tidy up ends the process without a word, from the first module on."""
    code = (
        "import signal, sys\n"
        "class Finder:\n    @staticmethod\n    def find_spec(name, *_):\n"
        "        name == 'lightning_cli.client.preconnect' and signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder)\nfrom lightning_cli.__main__ import run\nrun()\n"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")


def test_a_batch_that_does_not_wait_for_its_threads(tmp_path: Path) -> None:
    """A file that a thread is still writing when the process ends goes with it."""
    code = (
        "import os, signal, sys, time\nfrom lightning_cli.sinks.files import FileSink\n"
        "def hit_and_wait(self):\n    os.kill(os.getpid(), signal.SIGINT)\n    time.sleep(10)\n"
        "FileSink._finish_part = hit_and_wait\nsys.argv[1:] = sys.argv[2:]\n"
        "from lightning_cli.__main__ import run\nrun()\n"
    )
    source = numbered(tmp_path / "rows.csv", 1)
    with speaking() as server:
        command = (sys.executable, "-c", code, "--", *arguments(source, tmp_path, server))
        done = subprocess.run(command, env=keyed(), capture_output=True, timeout=20, check=False)
    assert done.returncode == -signal.SIGINT, done.stderr
    assert not list((tmp_path / "out").glob("*.wav*"))
    assert not list((tmp_path / "out").glob(".*.part"))
