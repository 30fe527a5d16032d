"""The edge of the program: the one place where a failure becomes a message and an exit code.

A terminating signal becomes ``Interrupted`` in the main thread, so that every ``finally`` runs; then the process dies
by that same signal, so that a shell's loop stops too. A second one does not wait for the first, but files that
are half written are removed all the same.
"""

import atexit
import contextlib
import errno
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

# Typer keeps its copy of click private; its usage errors are reported here in our own form. The version is bound.
from typer._click.exceptions import ClickException

from lightning_cli.cli.app import root_command
from lightning_cli.cli.names import PROGRAM
from lightning_cli.cli.terminal.console import Console
from lightning_cli.errors import ExitCode, Interrupted, LightningError, ReaderGone

if TYPE_CHECKING:
    from types import FrameType

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; a signal or a closed pipe ends the process instead."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Made now: a frozen sound server keeps standard error redirected.
    console = Console()
    _catch_signals()
    if any(one.startswith(_STATS) for one in arguments) or _STATS_VARIABLE in os.environ:
        _record()
    try:
        code = int(root_command().main(args=arguments, prog_name=PROGRAM, standalone_mode=False) or 0)
    except Interrupted as stopped:
        _die_by(stopped.signum)
    except ReaderGone:
        _die_by(signal.SIGPIPE)
    except Exception as fault:  # noqa: BLE001 - the edge: whatever was not foreseen is a bug and is told as one
        _die_if_stopped()
        return _told(console, fault, arguments)
    _die_if_stopped()
    return code


def _told(console: Console, fault: Exception, arguments: Sequence[str]) -> int:
    """Report what went wrong and return the exit code."""
    code: int = ExitCode.UNEXPECTED
    problem: tuple[str, str | None] = (f"unexpected {type(fault).__name__}: {fault}", _BUG_HINT)
    if isinstance(fault, LightningError):
        from lightning_cli.cli.terminal.suggest import one_dash_hint

        fault.hint = one_dash_hint(root_command(), arguments) or fault.hint
        console.fault(fault)
        _show_traceback(console, arguments)
        _write_json(arguments, fault, (fault.message, fault.hint))
        return fault.exit_code
    if isinstance(fault, ClickException):
        from lightning_cli.cli.terminal.suggest import one_dash_hint, usage_problem

        code, problem = fault.exit_code, usage_problem(fault, PROGRAM, arguments)
        problem = (problem[0], one_dash_hint(root_command(), arguments) or problem[1])
    elif isinstance(fault, OSError) and fault.errno in _UNWRITABLE and fault.filename is None:
        # The framework writes help and versions by itself.
        code, problem = ExitCode.OUTPUT, (f"standard output cannot be written ({fault.strerror})", _OUTPUT_HINT)
    else:
        problem = _limit(fault) or problem
    console.error(*problem)
    if code == ExitCode.UNEXPECTED:
        _show_traceback(console, arguments)
    _write_json(arguments, fault, problem)
    return code


def _limit(fault: BaseException | None) -> tuple[str, str] | None:
    """Return what to say where the system has refused a file, a thread or memory; None for another fault."""
    while fault is not None:
        told = str(fault)
        if isinstance(fault, OSError) and fault.errno in {errno.EMFILE, errno.ENFILE}:
            return "too many open files", "raise the limit, as in: ulimit -n 1024"
        # Libraries turn what the loader or the system says into an error of their own.
        has_no_memory = isinstance(fault, MemoryError) or (isinstance(fault, OSError) and fault.errno == errno.ENOMEM)
        if has_no_memory or "failed to map segment" in told or "annot allocate memory" in told:
            return "out of memory", "free some, or raise the limit: ulimit -v unlimited"
        if "can't start new thread" in told:
            return "cannot start a thread", "raise the limits of memory and processes: ulimit -v, ulimit -u"
        fault = fault.__cause__ or fault.__context__
    return None


def _write_json(arguments: Sequence[str], fault: Exception, told: tuple[str, str | None]) -> None:
    if "--json" in arguments:
        from lightning_cli.cli.say.json_result import write_failure

        write_failure(arguments, fault, told)


def leave(code: int) -> NoReturn:
    """End the process with ``code``; a signal now ends it silently, a frozen sound server is not waited for."""
    for name in _SIGNALS:
        signum = getattr(signal, name, None)
        if signum is not None and signal.getsignal(signum) is _interrupt:
            signal.signal(signum, signal.SIG_DFL)
    # In sys.modules only when something was played.
    watchdog: Any = sys.modules.get("lightning_cli.system.watchdog")
    if watchdog is None or not watchdog.is_stuck():
        if code:
            _give_up_output()
        if not sys.flags.dev_mode:
            _leave_at_once(code)
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _leave_at_once(code: int) -> None:
    """End the process as Python does, but without freeing every object, which takes a tenth of what a short run takes.

    Return where standard output takes no more, which Python's own end reports.
    """
    threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 - it has no public name
    atexit._run_exitfuncs()  # noqa: SLF001 - the same
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return
    os._exit(code)


def _give_up_output() -> None:
    """Redirect standard output to the null device if it takes no more: Python's end would fail on it, with 120."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# Recorded from the start when the flag is there, long before it is parsed; where it is not a flag nothing is shown.
_STATS, _STATS_VARIABLE = "--stats", "LIGHTNING_TTS_STATS"


def _record() -> None:
    from lightning_cli import IMPORTED_AT
    from lightning_cli.system import trace

    ready = time.monotonic()
    trace.start()
    trace.mark(trace.IMPORTS, IMPORTED_AT, ready)


_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
_OUTPUT_HINT = "check what it leads to"
_BUG_HINT = "this is a bug; run again with --debug and report what it prints"


# The values of a variable that the framework reads as no.
_OFF = frozenset({"", "0", "f", "false", "n", "no", "off"})


def _show_traceback(console: Console, arguments: Sequence[str]) -> None:
    if "--debug" in arguments or os.environ.get("LIGHTNING_TTS_DEBUG", "").strip().lower() not in _OFF:
        # Locals stay out: one of them is the key.
        console.error("traceback follows")
        for line in traceback.format_exc().splitlines():
            console.note(line)


def _catch_signals() -> None:
    for name in _SIGNALS:
        signum = getattr(signal, name, None)
        # A signal that was ignored before us stays ignored: that is what nohup and background jobs ask for.
        if signum is not None and signal.getsignal(signum) in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(signum, _interrupt)
    sys.unraisablehook = _raise_anew


# The signal that stopped the run: what it raises can be lost, in a destructor or behind another failure.
_stopped_by: list[int] = []


# timeout(1) and a terminal that closes send theirs twice, one right after the other: that is one request.
_SIGNAL_REPEAT_S = 0.1
_stopped_at: list[float] = []
_lost: list[int] = []
_LOST_S = 0.005
_others_hook = sys.unraisablehook


def _raise_anew(unraisable: "sys.UnraisableHookArgs") -> None:
    """Send the signal again whose exception ended in a destructor, where it stops nothing."""
    stopped = unraisable.exc_value
    if not isinstance(stopped, Interrupted):
        _others_hook(unraisable)
        return
    _send_anew(stopped.signum)


def _send_anew(signum: int) -> None:
    """Send a signal to the main thread again, soon: here what it raises would be lost, or do harm."""
    main_thread = threading.main_thread().ident or 0

    def send() -> None:
        _lost.append(signum)
        # To that thread: it may be waiting for the network.
        signal.pthread_kill(main_thread, signum)

    timer = threading.Timer(_LOST_S, send)
    timer.name, timer.daemon = "lightning-signal", True
    timer.start()


# Raised between taking a lock of the import system and its block, it would keep the lock, for which other threads wait.
_IMPORT_SYSTEM = "<frozen importlib._bootstrap>"


def _interrupt(signum: int, frame: "FrameType | None") -> None:
    if _lost:
        signum = _lost.pop()
    elif _stopped_by:
        if time.monotonic() - _stopped_at[0] > _SIGNAL_REPEAT_S:
            _die_by(signum)
        return
    else:
        _stopped_at.append(time.monotonic())
        _stopped_by.append(signum)
    if frame is not None and frame.f_code.co_filename == _IMPORT_SYSTEM:
        _send_anew(signum)
        return
    raise Interrupted(signum)


def _die_if_stopped() -> None:
    if _stopped_by:
        _die_by(_stopped_by[0])


def _die_by(signum: int) -> NoReturn:
    """End by ``signum``, as if it had never been caught."""
    # In sys.modules only when something was written, and incomplete if the signal came during the import.
    sinks: Any = sys.modules.get("lightning_cli.sinks.base")
    if sinks is not None and hasattr(sinks, "undo_all"):
        sinks.undo_all()
    signal.signal(signum, signal.SIG_DFL)
    os.kill(os.getpid(), signum)
    # Only reached where the signal is blocked; the shell's own convention is what is left.
    os._exit(128 + signum)
