"""The edge of the program: the one place where a failure becomes words and an exit code.

A terminating signal becomes ``Interrupted`` in the main thread, so that every ``finally`` runs; then the process dies
by that very signal, which tells a shell's loop to stop too. A second one does not wait for the first.
"""

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

# Typer keeps its copy of click private; its usage errors are reported here in our own form. The version is bound.
from typer._click.exceptions import ClickException

from lightning_cli.cli.app import PROGRAM, root_command
from lightning_cli.console import Console
from lightning_cli.errors import ExitCode, Interrupted, LightningError, ReaderGone

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; a signal or a closed pipe ends the process instead."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _catch_signals()
    try:
        return int(root_command().main(args=arguments, prog_name=PROGRAM, standalone_mode=False) or 0)
    except Interrupted as stopped:
        _die_by(stopped.signum)
    except ReaderGone:
        _die_by(signal.SIGPIPE)
    except LightningError as fault:
        Console().fault(fault)
        _show_traceback(arguments)
        return fault.exit_code
    except ClickException as fault:
        Console().error(fault.format_message().rstrip("."), _usage_hint(fault, arguments))
        return fault.exit_code
    except Exception as bug:  # noqa: BLE001 - the edge: whatever was not foreseen is a bug and is told as one
        Console().error(f"unexpected {type(bug).__name__}: {bug}", _BUG_HINT)
        _show_traceback(arguments)
        return ExitCode.UNEXPECTED


_BUG_HINT = "this is a bug; run again with --debug and report what it prints"


def _show_traceback(arguments: Sequence[str]) -> None:
    if "--debug" in arguments or os.environ.get("LIGHTNING_TTS_DEBUG"):
        # Locals stay out: one of them is the key.
        Console().error("traceback follows")
        for line in traceback.format_exc().splitlines():
            Console().note(line)


def _usage_hint(fault: ClickException, arguments: Sequence[str]) -> str:
    ctx: Any = getattr(fault, "ctx", None)
    path = ctx.command_path if ctx is not None else PROGRAM
    if "No such option" in fault.format_message() and "--" not in arguments:
        return f"text that starts with a dash goes after --; {path} --help lists the options"
    return f"{path} --help"


def _catch_signals() -> None:
    for name in _SIGNALS:
        signum = getattr(signal, name, None)
        # A signal that was ignored before us stays ignored: that is what nohup and background jobs ask for.
        if signum is not None and signal.getsignal(signum) in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(signum, _interrupt)


def _interrupt(signum: int, _frame: object) -> NoReturn:
    signal.signal(signum, signal.SIG_DFL)
    raise Interrupted(signum)


def _die_by(signum: int) -> NoReturn:
    """End by ``signum``, as if it had never been caught."""
    signal.signal(signum, signal.SIG_DFL)
    os.kill(os.getpid(), signum)
    # Only reached where the signal is blocked; the shell's own convention is what is left.
    os._exit(128 + signum)
