"""Where a path leads that is written, through no link that another user has planted.

The kernel refuses to open a link that another user has put into a sticky directory such as /tmp
(fs.protected_symlinks). A file that is replaced by rename is never opened, so the same rule is kept here.
"""

import errno
import os
import stat
from collections import deque
from pathlib import Path

from lightning_cli.errors import OutputError
from lightning_cli.sinks.targets import output_fault

_MAX_LINKS = 40


def follow_links(path: str) -> Path:
    """Return where a path leads, whether or not something is there.

    Raises ``OutputError`` for a link that another user has put into a directory where everyone may write.
    """
    try:
        return _followed(path)
    except OSError as fault:
        raise output_fault(fault, path) from fault


def _followed(path: str) -> Path:
    # An absolute path works where the working directory is gone. Joined by hand: ".." is kept as it stands.
    whole = path if os.path.isabs(path) else os.path.join(os.getcwd(), path)  # noqa: PTH109, PTH117, PTH118 - as above
    todo = deque(whole.split("/"))
    here, links = os.sep, 0
    while todo:
        part = todo.popleft()
        if part in {"", os.curdir}:
            continue
        if part == os.pardir:
            here = os.path.dirname(here)  # noqa: PTH120 - the path is a string all the way
            continue
        place = os.path.join(here, part)  # noqa: PTH118 - the path is a string all the way
        try:
            found = os.lstat(place)
        except (FileNotFoundError, NotADirectoryError):
            here = place
            continue
        if not stat.S_ISLNK(found.st_mode):
            here = place
            continue
        links += 1
        if links > _MAX_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        _check_planted(here, place, found)
        target = os.readlink(place)  # noqa: PTH115 - the path is a string all the way
        if os.path.isabs(target):  # noqa: PTH117 - the path is a string all the way
            here = os.sep
        todo.extendleft(reversed(target.split("/")))
    return Path(here)


def _check_planted(directory: str, link: str, found: os.stat_result) -> None:
    about = os.stat(directory)  # noqa: PTH116 - the path is a string all the way
    is_open = about.st_mode & stat.S_ISVTX and about.st_mode & stat.S_IWOTH
    if is_open and found.st_uid not in {os.geteuid(), about.st_uid}:
        raise OutputError(
            f"refusing to follow {link!r}: another user has made this link",
            hint="remove it, or choose another directory",
        )
