"""What the system's error numbers mean to someone who asked for a file."""

import errno
import os
from pathlib import Path

from lightning_cli.errors import OutputError

_CAUSES = {
    errno.ENOENT: ("there is no such directory", "make the directory first, as in: mkdir -p {directory}"),
    errno.ENOTDIR: ("a part of the path is a file, not a directory", "check the path"),
    errno.EEXIST: ("something that is no directory has the name", "choose another name, or remove it"),
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
    return OutputError(
        f"cannot write {shown or repr(target)}: {cause}",
        hint=hint.format(directory=repr(str(path.parent)), inside=repr(str(path / "speech.wav"))),
    )


def fault_of(code: int, target: str) -> OutputError:
    """Give the ``OutputError`` for an error number that no system call has raised."""
    return output_fault(OSError(code, os.strerror(code)), target)
