"""Edit the configuration: a copy is opened, checked, and takes the file's place only when it can be used."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lightning_cli.cli.config.config_report import check_all
from lightning_cli.cli.config.config_template import template
from lightning_cli.cli.terminal.console import Console, is_terminal
from lightning_cli.errors import ConfigError
from lightning_cli.settings.config_file import LIMIT_BYTES, parse_config, too_long
from lightning_cli.system import paths
from lightning_cli.system.file_lock import locked
from lightning_cli.system.small_files import TooLong, make_private, read_small, replace_file

_LOCK_WAIT_S = 10.0
_EDITORS = ("sensible-editor", "nano", "vi")


def edit(console: Console, path: Path) -> None:
    """Open the file at ``path``, or where a link leads, in the user's editor; raises ``ConfigError``.

    What cannot be used is opened again on a terminal, and kept beside the file elsewhere.
    """
    # A link stays one: what it leads to is replaced.
    target = target_of(path)
    before = content(target)
    # A missing file is reported before there is a draft.
    _editor()
    draft = draft_of(target, template().encode() if before is None else before)
    try:
        edited = _edited(console, path, draft)
        if edited == before:
            draft.unlink()
            console.note("nothing changed")
            return
        with turn():
            save(target, edited, before)
        draft.unlink()
    except ConfigError as fault:
        yours = f"; your edits are in {draft}" if draft.exists() else ""
        raise ConfigError(f"{fault.message}; {path} is unchanged{yours}", hint=fault.hint) from fault
    console.note(f"saved {path}")


def _edited(console: Console, path: Path, draft: Path) -> bytes:
    """Open the draft until it is valid or the user gives up, and return its content."""
    while True:
        _open(_editor(), draft)
        edited = content(draft)
        if edited is None:
            raise ConfigError("the editor left no file behind", hint="set EDITOR to one that keeps the file's name")
        try:
            check_all(parse_config(path, edited))
        except ConfigError as fault:
            if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
                raise
            console.fault(fault)
            console.note("Enter opens it again; n and Enter leaves the file as it was")
            # The answer may take any time.
            if sys.stdin.readline().strip().lower() != "":
                raise
        else:
            return edited


def _editor() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    try:
        words = shlex.split(named) if named else []
    except ValueError as fault:
        raise ConfigError(
            f"the editor {named} cannot be understood ({fault})", hint="check VISUAL and EDITOR"
        ) from fault
    usual = next((editor for editor in _EDITORS if shutil.which(editor)), None)
    if not words and usual is None:
        raise ConfigError("no editor found", hint="set EDITOR")
    if words and shutil.which(words[0]) is None:
        raise ConfigError(f"the editor {words[0]} cannot be run (no such program)", hint="set EDITOR")
    return words or [str(usual)]


def _open(editor: list[str], draft: Path) -> None:
    # The terminal's Ctrl-C is the editor's while it runs; a handler, unlike SIG_IGN, does not pass on to it.
    held = signal.signal(signal.SIGINT, lambda _signum, _frame: None)
    try:
        status = subprocess.call([*editor, str(draft)])
    except OSError as fault:
        raise ConfigError(f"the editor {editor[0]} cannot be run ({fault.strerror})", hint="set EDITOR") from fault
    finally:
        signal.signal(signal.SIGINT, held)
    if status:
        raise ConfigError(f"the editor {editor[0]} ended with status {status}", hint="nothing was saved")


def target_of(path: Path) -> Path:
    """Follow links to the file; one that leads to itself is left for ``content`` to refuse."""
    return Path(os.path.realpath(path))


def content(path: Path) -> bytes | None:
    """Read a file; None when there is none. Raises ``ConfigError``, for one too long to be a configuration too."""
    try:
        return read_small(path, LIMIT_BYTES)
    except FileNotFoundError:
        return None
    except TooLong as fault:
        raise too_long(path) from fault
    except OSError as fault:
        raise ConfigError(f"{path} cannot be read ({fault.strerror})", hint="check its permissions") from fault


def draft_of(target: Path, content: bytes) -> Path:
    """Write the copy into the directory of the file, with an extension that editors know."""
    draft: Path | None = None
    try:
        make_private(target.parent)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=".toml")
        draft = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as fault:
        if draft is not None:
            draft.unlink(missing_ok=True)
        raise ConfigError(f"{target} cannot be written ({fault.strerror})", hint="check its directory") from fault
    return draft


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """Serialise commands that save at once, where there are locks: the change of one would be lost unseen."""
    with locked(paths.state_dir() / "config.lock", _LOCK_WAIT_S):
        yield


def save(target: Path, edited: bytes, before: bytes | None) -> None:
    """Replace the file inside a ``turn``, if it still holds what it held ``before``; its permissions stay.

    Raises ``ConfigError``.
    """
    if content(target) != before:
        raise ConfigError("the file was changed by another program while you were editing", hint="compare the two")
    try:
        mode = 0o600 if before is None else target.stat().st_mode & 0o777
        replace_file(target, edited, mode=mode, synced=True)
    except OSError as fault:
        raise ConfigError(f"cannot write {target} ({fault.strerror})", hint="check its directory") from fault
