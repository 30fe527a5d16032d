"""The turn to play: of all processes of a user on a machine one plays at a time, in the order they came.

    mouth                  locked by the one that plays
    ticket-RANK-TIME-...   locked by one that waits; what sorts before it goes first

Both are locks of the kernel (flock), so whatever ends a process ends its claim. No process ever waits inside a lock: a
process that is stopped at the worst moment holds others up by its own turn alone. A ticket that is not locked belongs
to a process that died, and the next that meets it removes it. Who finds their own ticket removed was sent away.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from lightning_cli.system.file_lock import try_lock
from lightning_cli.system.paths import check_private, private_runtime_dir, runtime_dir
from lightning_cli.system.watchdog import sleep

_DIRECTORY = "turn"
_MOUTH, _TICKET, _DASHES = "mouth", "ticket-", 4
# Behind all times, to turn their order around: of those that go first the latest does.
_LATEST_NS = 10**19
# How often the first of the queue looks, soon and in the long run, and how often those behind it do.
_SOON_S, _LATER_S, _BEHIND_S = 0.005, 0.02, 0.05
_SOON_FOR_S = 5.0
_CREATE = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
# Without a wait, whatever lies under the name.
_LOOK = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


# Why a turn did not come.
Missed = Literal["late", "sent away"]


def directory_path() -> Path:
    """Return the path of the directory of turns, which may not exist yet."""
    return runtime_dir() / _DIRECTORY


@contextlib.contextmanager
def directory_of_turns() -> Iterator[int]:
    """Open the directory of turns for the block; raise what ``open_directory`` raises."""
    directory = open_directory()
    try:
        yield directory
    finally:
        os.close(directory)


def open_directory() -> int:
    """Return a descriptor of the directory of turns; raise ``OSError`` where there can be none.

    Raise ``NotPrivate`` for one that other users could use. What is done through the descriptor follows no link that
    is put in its place later.
    """
    path = private_runtime_dir() / _DIRECTORY
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    descriptor = os.open(path, _LOOK | getattr(os, "O_DIRECTORY", 0))
    try:
        check_private(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def waiting(directory: int) -> int:
    """Return how many wait for their turn."""
    return sum(not _is_abandoned(directory, name) for name in _tickets(directory))


def send_away(directory: int) -> int:
    """Make all who wait give up and return how many they are."""
    count = 0
    for name in _tickets(directory):
        if not _is_abandoned(directory, name):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=directory)
                count += 1
    return count


class Turn:
    """The turn of one who wants to play; ``goes_first`` puts it before all who wait.

    ``directory`` is a descriptor of ``open_directory``, which stays the caller's. One thread takes it; any may give
    it back.
    """

    def __init__(self, directory: int, *, goes_first: bool = False) -> None:
        self._directory = directory
        self._goes_first = goes_first
        self._arrived_ns = time.monotonic_ns()
        # Locked while they are there: the mouth, our ticket and, not by us, the ticket before ours.
        self._mouth: int | None = None
        self._ticket: int | None = None
        self._ahead: tuple[int, str] | None = None
        self._name = ""

    def take(self) -> bool:
        """Take the turn if it has come, else a place in the queue, and return which; raise ``OSError``."""
        if self._mouth is not None:
            return True
        if not self._is_behind() and self._open_mouth():
            self._leave_queue()
            return True
        if self._ticket is None:
            self._join_queue()
        return False

    def wait(self, within_s: float | None, waits: Callable[[float], None]) -> Missed | None:
        """Wait for the turn and return None once it has come, else why it did not within ``within_s`` seconds.

        ``waits`` is called again and again meanwhile, with the seconds so far. Raise ``OSError``.
        """
        waited_s = 0.0
        try:
            while not self._was_sent_away():
                if self.take():
                    return None
                if within_s is not None and waited_s >= within_s:
                    return "late"
                waits(waited_s)
                nap_s = _BEHIND_S if self._ahead is not None else _SOON_S if waited_s < _SOON_FOR_S else _LATER_S
                waited_s += sleep(nap_s if within_s is None else min(nap_s, within_s - waited_s))
            return "sent away"
        finally:
            self._leave_queue()

    def release(self) -> None:
        """Release the turn, or the place in the queue; idempotent."""
        mouth, self._mouth = self._mouth, None
        _close(mouth)
        self._leave_queue()

    @property
    def is_mine(self) -> bool:
        """Return whether the turn is taken."""
        return self._mouth is not None

    @property
    def is_next(self) -> bool:
        """Return whether no other that waits goes first, as far as was last seen."""
        return self._ahead is None

    def _is_behind(self) -> bool:
        """Return whether another process goes first; a process that died does not."""
        if self._ahead is not None:
            ahead, name = self._ahead
            if not try_lock(ahead, shared=True) and os.fstat(ahead).st_nlink > 0 and not _is_stopped_owner(name):
                return True
            self._ahead = None
            os.close(ahead)
        own = self._name or self._key()
        for name in sorted((name for name in _tickets(self._directory) if name < own), reverse=True):
            # One that was stopped keeps its place, and does not hold others up until it goes on.
            ticket = None if _is_stopped_owner(name) else _open_live(self._directory, name)
            if ticket is not None:
                self._ahead = ticket, name
                return True
        return False

    def _open_mouth(self) -> bool:
        mouth = os.open(_MOUTH, _CREATE, 0o600, dir_fd=self._directory)
        try:
            # One that was removed meanwhile locks no other process out.
            taken = try_lock(mouth) and os.fstat(mouth).st_nlink > 0
        except BaseException:
            os.close(mouth)
            raise
        if taken:
            self._mouth = mouth
        else:
            os.close(mouth)
        return taken

    def _key(self) -> str:
        time_ns = _LATEST_NS - self._arrived_ns if self._goes_first else self._arrived_ns
        return f"{_TICKET}{'ab'[not self._goes_first]}-{time_ns:020}-"

    def _join_queue(self) -> None:
        while self._ticket is None:
            name = f"{self._key()}{os.getpid()}-{os.urandom(4).hex()}"
            ticket = os.open(name, _CREATE | os.O_EXCL, 0o600, dir_fd=self._directory)
            # Before it was locked another process may have taken it for abandoned, or be looking at it.
            if try_lock(ticket) and os.fstat(ticket).st_nlink > 0:
                self._ticket, self._name = ticket, name
            else:
                os.close(ticket)
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=self._directory)

    def _leave_queue(self) -> None:
        ticket, self._ticket = self._ticket, None
        ahead, self._ahead = self._ahead, None
        if ticket is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._name, dir_fd=self._directory)
        self._name = ""
        _close(ticket)
        if ahead is not None:
            _close(ahead[0])

    def _was_sent_away(self) -> bool:
        return self._ticket is not None and os.fstat(self._ticket).st_nlink == 0


def is_stopped(pid: int | str) -> bool:
    """Return whether a process is known to be stopped, as by Ctrl-Z."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2][:1] in {b"T", b"t"}
    except OSError:
        return False


def stopped_holder(directory: int) -> int | None:
    """Return the process that has the turn if it was stopped; None where it was not, or the system does not tell."""
    try:
        mouth = os.stat(_MOUTH, dir_fd=directory, follow_symlinks=False)
        locks = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return None
    # "1: FLOCK  ADVISORY  WRITE 4711 00:2d:1234 0 EOF"; the process is 0 where it has no number here.
    place = f"{os.major(mouth.st_dev):02x}:{os.minor(mouth.st_dev):02x}:{mouth.st_ino}"
    holders = (fields[4] for line in locks if (fields := line.split())[1] == "FLOCK" and fields[5] == place)
    return next((int(pid) for pid in holders if pid != "0" and is_stopped(pid)), None)


def _is_stopped_owner(ticket: str) -> bool:
    return is_stopped(ticket.split("-")[3])


def _tickets(directory: int) -> list[str]:
    return [name for name in os.listdir(directory) if name.startswith(_TICKET) and name.count("-") == _DASHES]


def _is_abandoned(directory: int, name: str) -> bool:
    descriptor = _open_live(directory, name)
    _close(descriptor)
    return descriptor is None


def _open_live(directory: int, name: str) -> int | None:
    """Return a descriptor of a ticket whose owner lives; remove the ticket and return None where it does not."""
    try:
        descriptor = os.open(name, _LOOK, dir_fd=directory)
    except OSError:
        return None
    if not try_lock(descriptor, shared=True):
        return descriptor
    # While it is locked: one that was only just made finds out when it is to be locked.
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=directory)
    os.close(descriptor)
    return None


def _close(descriptor: int | None) -> None:
    if descriptor is not None:
        with contextlib.suppress(OSError):
            os.close(descriptor)
