"""Targets of ``-o``: standard output, an open descriptor, a stream with a path, or a file.

``PathRegistry`` follows names to their places, so that a run neither writes one place twice nor over what it reads.
``output_fault`` maps the system's error numbers to messages and hints.
"""

import errno
import os
import stat
from pathlib import Path

from lightning_cli.errors import OutputError, UsageFault

STDOUT_FD = 1
_NAMED = {"-": STDOUT_FD, "/dev/stdin": 0, "/dev/stdout": STDOUT_FD, "/dev/stderr": 2}
_NUMBERED = ("/dev/fd/", "/proc/self/fd/")
_DIGITS = 9


def descriptor_of(target: str) -> int | None:
    """Return the descriptor that ``target`` stands for, or None.

    ``/dev/fd/N`` and its like are taken for the open descriptor itself: opening the path anew would write over the
    start of a file that the shell opened with ``>>``, and fails for a socket.
    """
    # Every run comes by here: a regular expression would take longer to compile than all else takes.
    number = next((target.removeprefix(place) for place in _NUMBERED if target.startswith(place)), "")
    return int(number) if number.isdecimal() and len(number) <= _DIGITS else _NAMED.get(target)


def is_stream(target: str) -> bool:
    """Return whether ``target`` is written straight: an open descriptor, or anything that exists and is not a file.

    A directory counts as a file here: it is refused where files are. Raises ``OSError`` when the path cannot be
    looked up for another reason than that nothing is there.
    """
    if descriptor_of(target) is not None:
        return True
    try:
        mode = Path(target).stat().st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def may_write(path: Path, mode: int) -> bool:
    """Return whether who this process acts as, where the system can tell, may access ``path`` so (``os.W_OK``...)."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


class PathRegistry:
    """The places that a run reads and writes, links followed.

    A use is a noun for messages, as in "the audio"; names that cannot be followed fail when they are opened.
    """

    def __init__(self) -> None:
        self._uses: dict[str, str] = {}
        # Thousands of outputs share few directories.
        self._directories: dict[str, str] = {}

    def read(self, name: str, use: str) -> None:
        """Register a file that is read, and must not be written."""
        place = self._place_of(name)
        if place is not None and os.path.isfile(place):  # noqa: PTH113 - a Path for each row of a batch takes longer
            self._uses.setdefault(place, use)

    def use_of(self, name: str) -> str | None:
        """Return what the place of ``name`` is used for already; None for nothing."""
        place = self._place_of(name)
        return None if place is None else self._uses.get(place)

    def write(self, name: str, use: str) -> None:
        """Register a place that is written; raises ``UsageFault`` when it has another use, or the same one."""
        other = self.use_of(name)
        if other is not None:
            shown = "standard output" if descriptor_of(name) == STDOUT_FD else name
            both = f"{use} twice" if other == use else f"both {other} and {use}"
            raise UsageFault(f"{shown} cannot be {both}", hint="use different names")
        place = self._place_of(name)
        if place is not None:
            self._uses[place] = use

    def _place_of(self, name: str) -> str | None:
        if name == os.devnull or "\0" in name:
            return None
        descriptor = descriptor_of(name)
        if descriptor is not None:
            return os.path.realpath(f"/dev/fd/{descriptor}")
        if os.path.islink(name):  # noqa: PTH114 - as above
            return os.path.realpath(name)
        directory, base = os.path.split(name)
        if directory not in self._directories:
            try:
                self._directories[directory] = os.path.realpath(directory)
            except FileNotFoundError:
                # The working directory was removed: no name in it leads anywhere.
                return None
        return os.path.join(self._directories[directory], base)  # noqa: PTH118 - as above


_CAUSES = {
    errno.ENOENT: ("no such directory", "make the directory first, as in: mkdir -p {directory}"),
    errno.ENOTDIR: ("a part of the path is a file, not a directory", "check the path"),
    errno.EEXIST: ("another file has this name", "choose another name, or remove it"),
    errno.EISDIR: ("it is a directory", "name a file in it, as in: -o {inside}"),
    errno.EACCES: ("permission denied", "choose a place you may write to, or change its permissions"),
    errno.EPERM: ("the system does not permit it", "choose a place you may write to"),
    errno.EROFS: ("the file system is read-only", "choose another directory"),
    errno.ENOSPC: ("no space is left on the device", "free some space, or choose another directory"),
    errno.EDQUOT: ("the disk quota is used up", "free some space, or choose another directory"),
    errno.EFBIG: ("the file would be larger than is allowed", "see ulimit -f and the file system's limit"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter name"),
    errno.ELOOP: ("its symbolic links go in a circle", "check the links with ls -l"),
    errno.EBADF: ("it is closed, or not open for writing", "leave it open, or write to a file with -o FILE"),
    errno.EPIPE: ("its reader has left", "look at what the reading program says"),
    errno.ECONNRESET: ("its reader has left", "look at what the reading program says"),
    errno.ENXIO: ("nothing is there to take the audio", "start the reading program first"),
    errno.EIO: ("the device reports an input/output error", "check the disk, and the system log"),
}


def output_fault(fault: OSError, target: str, *, shown: str | None = None) -> OutputError:
    """Turn a system error about ``target`` into an ``OutputError`` with a hint.

    ``shown`` replaces the quoted path in the message. The path is quoted as Python quotes it, so that a name with
    control characters cannot reach a terminal.
    """
    cause, hint = _CAUSES.get(fault.errno or 0, (fault.strerror or str(fault), "choose another place with -o"))
    path = Path(target)
    if "://" in target and not path.parent.exists():
        cause, hint = "it is a URL, not a file", "write to standard output and send that, as in: -o - | curl -T - URL"
    return OutputError(
        f"cannot write {shown or repr(target)}: {cause}",
        hint=hint.format(directory=repr(str(path.parent)), inside=repr(str(path / "speech.wav"))),
    )


def fault_of(code: int, target: str) -> OutputError:
    """Return the ``OutputError`` for an error number that no system call has raised."""
    return output_fault(OSError(code, os.strerror(code)), target)
