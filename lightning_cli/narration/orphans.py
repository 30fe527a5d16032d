"""Outputs that no row names any more: found by the lock file, removed where they are as a run has written them."""

import contextlib
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePath
from typing import Protocol

from lightning_cli.narration.lock_file import LockFile


class _Console(Protocol):
    def note(self, text: str) -> None: ...

    def warn(self, text: str) -> None: ...


def find_orphans(record: LockFile, names: Collection[str], kept: Iterable[Path]) -> list[str]:
    """Return the recorded outputs below the directory that are neither among ``names`` nor in ``kept``.

    The lock file may come from a stranger: what lies outside the directory, or behind a link, is none of ours.
    """
    root = os.path.realpath(record.directory)
    others = {os.path.realpath(path) for path in kept}
    found = []
    for name in sorted(set(record.names) - set(names), key=os.fsencode):
        parts = PurePath(name)
        place = os.path.join(root, name)  # noqa: PTH118 - compared as text
        is_below = not parts.is_absolute() and ".." not in parts.parts and "\0" not in name
        if is_below and os.path.realpath(place) == os.path.normpath(place) and place not in others:
            found.append(name)
    return found


def remove_orphans(record: LockFile, names: Sequence[str], console: _Console) -> None:
    """Remove outputs, and directories that become empty; one that was changed by hand stays and is told."""
    gone = []
    for name in names:
        path = record.directory / name
        if os.path.lexists(path) and record.content_of(name) is None:
            console.warn(f"keeping {str(path)!r}, which no row names any more: it was changed by hand")
            continue
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            console.note(f"removed {str(path)!r}")
            gone.append(name)
            for folder in list(PurePath(name).parents)[:-1]:
                (record.directory / folder).rmdir()
    record.forget(gone)
