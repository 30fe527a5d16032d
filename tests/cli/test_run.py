"""The edge of the program: tracebacks, signals that were ignored, faults in destructors."""

import errno
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.command_line import COMMAND, lightning
from support.config_files import configure

from lightning_cli.cli import run as edge
from lightning_cli.cli.terminal.console import Console
from lightning_cli.errors import ExitCode


def test_faults_in_destructors_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are told as ever; only a signal is sent anew."""
    seen: list[object] = []
    monkeypatch.setattr(edge, "_others_hook", seen.append)
    fault: Any = SimpleNamespace(exc_value=ValueError("x"))
    edge._raise_anew(fault)
    assert seen == [fault]


def test_a_script_that_ignores_ctrl_c() -> None:
    """So do the commands in it, from their first line on."""
    code = (
        "import atexit, signal, sys\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "sys.argv = ['lightning-tts', '--version']\n"
        "atexit.register(lambda: print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, flush=True))\n"
        "import lightning_cli.__main__ as program\nprogram.run()"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines()[-1] == "True", done
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def test_nothing_is_freed_at_the_end() -> None:
    """Wait for threads and run exit functions, as Python does; objects go with the process, which is sooner."""
    code = (
        "import atexit, sys, threading\n"
        "class Kept:\n    def __del__(self): print('freed', flush=True)\n"
        "kept, may_end = Kept(), threading.Event()\n"
        "atexit.register(print, 'exit functions')\n"
        "threading._register_atexit(may_end.set)\n"
        "threading.Thread(target=lambda: (may_end.wait(), print('thread', flush=True))).start()\n"
        "sys.argv = ['lightning-tts', '--version']\n"
        "import lightning_cli.__main__ as program\nprogram.run()"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines()[1:] == ["thread", "exit functions"], done


def test_a_signal_inside_the_import_system_waits_for_its_end() -> None:
    """What it raises there could leave a lock taken, for which a thread that loads something would wait for ever."""
    code = (
        "import importlib, signal, time\nfrom types import SimpleNamespace\n"
        "from lightning_cli.cli import run\nfrom lightning_cli.errors import Interrupted\n"
        "run._catch_signals()\nrun._send_anew = lambda _, again=run._send_anew: (print('not there'), again(_))\ntry:\n"
        "    run._interrupt(signal.SIGINT, SimpleNamespace(f_code=importlib._bootstrap._get_module_lock.__code__))\n"
        "    time.sleep(60)\n"
        "except Interrupted as stopped:\n    print(stopped.signum == signal.SIGINT)\n"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == ["not there", "True"], done


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


@pytest.mark.parametrize("value", ["0", "false", "", " No "])
def test_a_variable_that_says_no_asks_for_no_traceback(
    value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Take a variable for what its option takes it for."""
    from lightning_cli.cli import run as edge

    monkeypatch.setenv("LIGHTNING_TTS_DEBUG", value)
    edge._show_traceback(Console(), [])
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("LIGHTNING_TTS_DEBUG", "1")
    edge._show_traceback(Console(), [])
    assert "traceback follows" in capsys.readouterr().err


def test_a_configuration_that_says_no_asks_for_no_traceback() -> None:
    """Print nothing when the file sets quiet."""
    configure("debug = false\n")
    done = lightning("say", "-f", "gone.txt", "--dry-run")
    assert done.code == 2
    assert "traceback" not in done.stderr.lower()


def test_a_signal_that_was_lost_still_ends_the_run() -> None:
    """What a signal raises may be replaced by what a clean-up raises; it ends the process all the same."""
    code = (
        "import signal, sys\nfrom lightning_cli.cli import run\n"
        "class Command:\n    def main(self, **_):\n"
        "        try:\n            signal.raise_signal(signal.SIGTERM)\n"
        "        except BaseException:\n            raise RuntimeError('in the way') from None\n"
        "run.root_command = Command\nrun.main([])\n"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGTERM, b"")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "too many open files"),
        (MemoryError(), "out of memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "out of memory"),
        (ImportError("libopenblas.so: failed to map segment from shared object"), "out of memory"),
        (RuntimeError("can't start new thread"), "cannot start a thread"),
    ],
    ids=repr,
)
def test_limits_of_the_system(fault: Exception, told: str) -> None:
    """They are told as such, also where a library has wrapped them; nothing else is."""
    wrapped = ValueError("a library's words")
    wrapped.__cause__ = fault
    for one in (fault, wrapped):
        problem = edge._limit(one)
        assert problem is not None
        assert problem[0] == told
    assert edge._limit(ValueError("x")) is None


def test_too_few_descriptors(tmp_path: Path) -> None:
    """A limit of the shell's is not a bug."""
    command = f"ulimit -n 5; exec {shlex.join((*COMMAND, 'say', 'Hi', '--local', '-o', 'x.wav'))}"
    done = subprocess.run(("sh", "-c", command), capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        ["error: too many open files", "hint: raise the limit, as in: ulimit -n 1024"],
    )
