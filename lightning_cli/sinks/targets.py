"""What ``-o TARGET`` names: standard output, an open descriptor, a stream with a path, or a file."""

import os
import stat
from pathlib import Path

STDOUT_FD = 1
_NAMED = {"-": STDOUT_FD, "/dev/stdin": 0, "/dev/stdout": STDOUT_FD, "/dev/stderr": 2}
_NUMBERED = ("/dev/fd/", "/proc/self/fd/")
_DIGITS = 9


def descriptor_of(target: str) -> int | None:
    """Give the descriptor that ``target`` stands for, or None.

    ``/dev/fd/N`` and its like are taken for the open descriptor itself: opening the path anew would write over the
    start of a file that the shell opened with ``>>``, and fails for a socket.
    """
    # Every run comes by here: a regular expression would take longer to compile than all else takes.
    number = next((target.removeprefix(place) for place in _NUMBERED if target.startswith(place)), "")
    return int(number) if number.isdecimal() and len(number) <= _DIGITS else _NAMED.get(target)


def is_stream(target: str) -> bool:
    """Say whether ``target`` is written straight: an open descriptor, or anything that exists and is not a file.

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
    """Say whether who this process acts as, where the system can tell, may access ``path`` so (``os.W_OK``...)."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)
