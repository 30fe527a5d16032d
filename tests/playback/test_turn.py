"""The turn to play: who goes first, who is left out, and that every way to end frees it at once."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.pty_session import until

from lightning_cli.playback import turn as turns
from lightning_cli.playback.turn import Missed, Turn, open_directory, send_away, waiting
from lightning_cli.system.file_lock import try_lock
from lightning_cli.system.paths import NotPrivate, private_runtime_dir

ROOT = Path(__file__).resolve().parents[2]
# Takes the turn, or stands in the queue for it, until it is killed.
HOLDER = """
import sys, time
from lightning_cli.playback.turn import Turn, open_directory
turn = Turn(open_directory())
print(turn.take(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def directory() -> Iterator[int]:
    """Return the directory of turns, of this test alone."""
    descriptor = open_directory()
    yield descriptor
    os.close(descriptor)


def names() -> list[str]:
    """Return what is in the directory of turns."""
    return sorted(os.listdir(private_runtime_dir() / "turn"))


def test_one_after_the_other(directory: int) -> None:
    """A turn that is free is had at once; the others have theirs in the order they came, and nothing is left."""
    first, second, third = (Turn(directory) for _ in range(3))
    assert first.take()
    assert first.take()
    assert not second.take()
    assert not third.take()
    assert waiting(directory) == 2
    first.release()
    first.release()
    assert not third.take()
    assert second.take()
    assert not third.take()
    assert waiting(directory) == 1
    second.release()
    # One that comes now does not overtake it, and one that leaves delays no other.
    fourth = Turn(directory)
    assert not fourth.take()
    fourth.release()
    assert third.take()
    third.release()
    assert names() == ["mouth"]


def test_who_goes_first(directory: int) -> None:
    """One that goes first stands before all who wait, and the latest of those before the others."""
    holder, patient = Turn(directory), Turn(directory)
    assert holder.take()
    assert not patient.take()
    hasty = [Turn(directory, goes_first=True) for _ in range(2)]
    assert not any(one.take() for one in hasty)
    holder.release()
    order = []
    left = [patient, *hasty]
    while left:
        (one,) = [one for one in left if one.take()]
        order.append(one)
        left.remove(one)
        one.release()
    assert order == [hasty[1], hasty[0], patient]
    assert names() == ["mouth"]


def test_a_wait_of_so_many_seconds(directory: int) -> None:
    """Who gives up leaves no place behind; no seconds at all means to look once."""
    holder, hasty = Turn(directory), Turn(directory)
    assert holder.take()
    told: list[float] = []
    assert hasty.wait(0, told.append) == "late"
    assert told == []
    assert hasty.wait(0.02, told.append) == "late"
    assert told[0] == 0.0
    assert names() == ["mouth"]
    holder.release()
    assert hasty.wait(0, told.append) is None
    assert hasty.is_mine
    hasty.release()


def test_a_wait_that_is_interrupted(directory: int) -> None:
    """Ctrl-C in the middle of it gives up the place too."""
    holder, other = Turn(directory), Turn(directory)
    assert holder.take()

    def interrupt(_waited_s: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        other.wait(None, interrupt)
    assert names() == ["mouth"]
    holder.release()


def test_all_who_wait_are_sent_away(directory: int) -> None:
    """They learn why; the one that plays is none of them."""
    holder, other = Turn(directory), Turn(directory)
    assert holder.take()
    missed: list[Missed | None] = []
    thread = threading.Thread(target=lambda: missed.append(other.wait(None, lambda _: None)))
    thread.start()
    until(lambda: waiting(directory) == 1, "nobody waits")
    assert send_away(directory) == 1
    thread.join(20)
    assert missed == ["sent away"]
    assert send_away(directory) == 0
    assert holder.is_mine
    holder.release()


def hold() -> subprocess.Popen[str]:
    """Start another process that wants the turn."""
    return subprocess.Popen(
        (sys.executable, "-c", HOLDER), stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )


def test_whatever_ends_a_process_frees_its_turn_and_its_place(directory: int) -> None:
    """Kill -9 leaves a ticket that counts for nothing, and that the next one removes."""
    with hold() as holder, hold() as second:
        try:
            assert holder.stdout is not None
            assert second.stdout is not None
            assert sorted([holder.stdout.readline(), second.stdout.readline()]) == ["False\n", "True\n"]
            own = Turn(directory)
            assert not own.take()
            assert waiting(directory) == 2
            # Stopped, each keeps what it has.
            holder.send_signal(signal.SIGSTOP)
            second.send_signal(signal.SIGSTOP)
            assert not own.take()
            for process in (holder, second):
                process.kill()
                process.wait(20)
            assert own.take()
            assert names() == ["mouth"]
            own.release()
        finally:
            holder.kill()
            second.kill()


def test_a_ticket_that_was_not_locked_yet(directory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that another took for abandoned in that moment is made anew."""
    holder, other, onlooker = Turn(directory), Turn(directory), Turn(directory)
    assert holder.take()
    real = try_lock
    looked: list[int] = []

    def interrupted(descriptor: int, *, shared: bool = False) -> bool:
        if not shared and "ticket-" in str(Path(f"/proc/self/fd/{descriptor}").readlink()) and not looked:
            looked.append(descriptor)
            assert waiting(directory) == 0
        return real(descriptor, shared=shared)

    monkeypatch.setattr(turns, "try_lock", interrupted)
    assert not other.take()
    assert looked
    assert waiting(directory) == 1
    assert not onlooker.take()
    holder.release()
    assert not onlooker.take()
    assert other.take()
    other.release()
    assert onlooker.take()
    onlooker.release()


@pytest.mark.parametrize("what", ["open", "link"])
def test_a_directory_that_others_could_use(what: str) -> None:
    """Refuse it, and follow no link."""
    path = private_runtime_dir() / "turn"
    if what == "open":
        path.mkdir()
        path.chmod(0o755)
        with pytest.raises(NotPrivate):
            open_directory()
    else:
        (path.parent / "other").mkdir(mode=0o700)
        path.symlink_to(path.parent / "other")
        with pytest.raises(OSError, match=r"symbolic links|Not a directory"):
            open_directory()


def test_a_link_in_the_place_of_the_lock(directory: int) -> None:
    """Nothing is opened through it."""
    (private_runtime_dir() / "turn" / "mouth").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic links"):
        Turn(directory).take()


def test_a_pipe_in_the_place_of_a_ticket(directory: int) -> None:
    """It is no one's, and is not waited for."""
    name = f"ticket-a-{0:020}-1-pipe"
    os.mkfifo(name, dir_fd=directory)
    own = Turn(directory)
    assert own.take()
    own.release()
    assert names() == ["mouth"]
