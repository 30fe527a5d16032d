"""What the controlling commands make of their arguments, and how little a hotkey loads."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from lightning_cli.__main__ import run
from lightning_cli.cli import controlling
from lightning_cli.cli.controlling import sound_message
from lightning_cli.errors import UsageFault


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """Handle Ctrl-C as a new process does, and afterwards as before."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["volume=80%", "rate=1.5"], {"volume": 80, "rate": 1.5}),
        (["volume=+10", "rate=-0.1"], {"volume_step": 10, "rate_step": -0.1}),
        (["volume=0"], {"volume": 0}),
    ],
)
def test_settings(given: list[str], message: dict[str, Any]) -> None:
    """A value or a step of each."""
    assert sound_message(given) == {"do": "set", **message}


@pytest.mark.parametrize(
    "given",
    [
        "volume",
        "volume=",
        "volume=loud",
        "volume=401",
        "volume=+401",
        "volume=1_0",
        "volume=\u0665",
        "rate=0.4",
        "rate=nan",
        "pitch=1",
    ],
)
def test_settings_that_are_none(given: str) -> None:
    """List what can be set, and to what."""
    with pytest.raises(UsageFault) as fault:
        sound_message([given])
    assert fault.value.hint is not None
    assert "volume" in fault.value.hint or "rate" in fault.value.hint


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("stop", 0, "nothing is playing"),
        ("status", 0, "nothing is playing"),
        ("again", 6, "nothing is playing"),
        ("set volume=80", 6, "nothing is playing"),
        ("set volume", 2, "'volume' needs a value"),
        ("set volume 50", 2, "did you mean volume=50?"),
        ("set speed=2", 2, "did you mean rate?"),
        ("set pitch=2", 2, "unknown setting 'pitch'\n"),
    ],
)
def test_a_hotkey(
    words: str, code: int, told: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without options a command goes past what parses them, and says the same."""
    monkeypatch.setattr(sys, "argv", ["lightning-tts", *words.split()])
    with pytest.raises(SystemExit) as left:
        run()
    assert left.value.code == code
    # One that waits for a suspended player ends without a traceback.
    assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    assert told in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("did", "status", "told"),
    [
        ("pause", {"position_s": 3725.9}, "paused at 1:02:05"),
        ("skip", {"complete": True, "position_s": 9.0, "arrived_s": 9.0}, "went to the end"),
        ("skip", {"complete": True, "position_s": 8.0, "arrived_s": 9.0}, "went to the next sentence"),
        ("skip", {"complete": False, "position_s": 9.0, "arrived_s": 9.0}, "went to the next sentence"),
    ],
)
def test_what_was_done(did: str, status: dict[str, Any], told: str) -> None:
    """As it is: an hour is one, and behind the last sentence there is no next one."""
    assert controlling._told(did, status) == told


def test_a_hotkey_does_not_wait_for_typer() -> None:
    """Nor for the libraries of the network."""
    code = "import sys; sys.argv[1:] = ['stop']\nfrom lightning_cli.__main__ import run\nimport atexit\n"
    code += "atexit.register(lambda: print(*sorted(sys.modules)))\nrun()"
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("nothing is playing\n")
    assert not {"typer", "click", "requests", "numpy", "rich"} & set(done.stdout.split())
