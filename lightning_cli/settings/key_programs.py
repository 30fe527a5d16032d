"""Programs that know the key: the key-command of the configuration, and the system keyring in a process of its own.

A keyring's backends are plug-ins that ask desktop services, may wait for ever and raise whatever they like; in a
process they can be given a time. Nothing that a program prints on standard output is ever repeated.
"""

import contextlib
import importlib.util
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import IO, NamedTuple, cast

from lightning_cli.errors import ConfigError

COMMAND_TIMEOUT_S = 30.0
# Long enough to type the password that unlocks it.
KEYRING_TIMEOUT_S = 60.0
KEYRING_SERVICE = "lightning-tts"
_LIMIT_BYTES = 64 * 1024
_ABSENT = 44
# A killed program is gone at once, unless the kernel itself holds it.
_KILLED_S = 5.0
_GET = f"found = keyring.get_password(*sys.argv[1:])\nsys.exit({_ABSENT}) if found is None else sys.stdout.write(found)"
_SET = "keyring.set_password(*sys.argv[1:], sys.stdin.read())"
_DELETE = (
    "import keyring.errors\ntry:\n    keyring.delete_password(*sys.argv[1:])\n"
    f"except keyring.errors.PasswordDeleteError:\n    sys.exit({_ABSENT})"
)


class ProgramResult(NamedTuple):
    """The result of a program: its status, its standard output, the last line of its standard error."""

    status: int
    output: bytes
    complaint: str


def first_line_of(command: str | Sequence[str], name: str, timeout_s: float = COMMAND_TIMEOUT_S) -> str:
    """Run a command, through /bin/sh when it is one text, and return the first line of its output.

    Raises ``ConfigError``, with the last line of its standard error, when it fails, takes longer or prints nothing.
    """
    words = ["/bin/sh", "-c", command] if isinstance(command, str) else command
    ended = _run(words, name, timeout_s)
    if ended.status:
        end = f"died of signal {-ended.status}" if ended.status < 0 else f"failed with status {ended.status}"
        raise ConfigError(_with_complaint(f"{name} {end}", ended), hint="run it by hand to see what it needs")
    line = ended.output.strip().partition(b"\n")[0].decode("utf-8", "replace").strip()
    if not line:
        raise ConfigError(_with_complaint(f"{name} printed nothing", ended), hint="it must print the key")
    return line


def keyring_get(user: str) -> str | None:
    """Return a key from the keyring; None when it has none. Raises ``ConfigError`` when it cannot be asked."""
    ended = _keyring(_GET, user)
    return None if ended.status == _ABSENT else ended.output.decode("utf-8", "replace").strip()


def keyring_set(user: str, value: str) -> None:
    """Store a key in the keyring; raises ``ConfigError`` when it cannot."""
    _keyring(_SET, user, value.encode())


def keyring_delete(user: str) -> bool:
    """Remove a key from the keyring; False when it has none. Raises ``ConfigError`` when it cannot be asked."""
    return _keyring(_DELETE, user).status == 0


def keyring_is_installed() -> bool:
    """Return whether the library is there; whether it finds a keyring shows when it is asked."""
    return importlib.util.find_spec("keyring") is not None


def _keyring(code: str, user: str, stdin: bytes = b"") -> ProgramResult:
    if not keyring_is_installed():
        from lightning_cli.system.install import install_command

        raise ConfigError("the system keyring needs keyring, which is not installed", hint=install_command("keyring"))
    # -P keeps a keyring.py of the current directory out.
    words = [sys.executable, "-P", "-c", f"import sys, keyring\n{code}", KEYRING_SERVICE, user]
    ended = _run(words, "the system keyring", KEYRING_TIMEOUT_S, stdin)
    if ended.status not in {0, _ABSENT}:
        raise ConfigError(
            _with_complaint("the system keyring cannot be used", ended),
            hint="run lightning-tts login without --keyring to store the key in a private file",
        )
    return ended


def _with_complaint(text: str, ended: ProgramResult) -> str:
    return f"{text}: {ended.complaint}" if ended.complaint else text


def _run(words: Sequence[str], name: str, timeout_s: float, stdin: bytes = b"") -> ProgramResult:
    """Run a program to its end and to the end of its output, as a shell's ``$(...)`` does."""
    deadline = time.monotonic() + timeout_s
    late = ConfigError(f"{name} took longer than {timeout_s:g} s", hint="run it by hand to see what it waits for")
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise ConfigError(f"cannot run {name}: {words[0]}: {reason}", hint="check the configuration") from fault
    streams = [stream for stream in (process.stdin, process.stdout, process.stderr) if stream is not None]
    try:
        if process.stdin is not None:
            # A key is shorter than what a pipe holds.
            process.stdin.write(stdin)
            process.stdin.close()
        output, complaints = _read_all(cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stderr), deadline)
        status = process.wait(timeout=max(0.0, deadline - time.monotonic()))
    except BrokenPipeError as fault:
        raise ConfigError(f"{name} does not listen", hint="run it by hand to see what it says") from fault
    except (TimeoutError, subprocess.TimeoutExpired) as fault:
        raise late from fault
    finally:
        if process.poll() is None:
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_KILLED_S)
        for stream in streams:
            stream.close()
    lines = complaints.decode("utf-8", "replace").strip().splitlines()
    return ProgramResult(status, output, lines[-1].strip() if lines else "")


def _read_all(output: IO[bytes], complaints: IO[bytes], deadline: float) -> tuple[bytes, bytes]:
    """Read two pipes to their ends; raises ``TimeoutError``. Of the first the start is kept, of the second the end."""
    start, end = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ, start)
        selector.register(complaints, selectors.EVENT_READ, end)
        while selector.get_map():
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            for key, _ in selector.select(left_s):
                piece = os.read(key.fd, 4096)
                key.data.extend(piece)
                if not piece:
                    selector.unregister(key.fileobj)
            del start[_LIMIT_BYTES:], end[:-_LIMIT_BYTES]
    return bytes(start), bytes(end)
