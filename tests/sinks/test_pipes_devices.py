"""Devices, sockets, descriptors and terminals, and the door that chooses between files and pipes."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sink_parts import ALL, FMT, Pipe, feed, named, noise, open_descriptors, open_pipe, write_on

from lightning_cli.errors import OutputError, UsageFault
from lightning_cli.sinks import SinkOptions, open_sink
from lightning_cli.sinks.containers import PCM, WAV, Container
from lightning_cli.sinks.files import FileSink
from lightning_cli.sinks.pipes import PipeSink, check_not_terminal


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Return a pipe."""
    with open_pipe() as ends:
        yield ends


@pytest.mark.parametrize("container", ALL, ids=named)
def test_dev_null_takes_everything(container: Container) -> None:
    """A device is written straight and stays a device."""
    feed(open_sink("/dev/null", container), FMT, [noise(30_000)])
    assert Path("/dev/null").is_char_device()


def test_socket_is_a_pipe() -> None:
    """A socket as a descriptor works, and its end is noticed."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sink = open_sink(f"/dev/fd/{ours.fileno()}", PCM)
        sink.start(FMT)
        sink.write(noise(100))
        assert theirs.recv(1000) == noise(100)
        theirs.close()
        with pytest.raises(OutputError, match="left"):
            write_on(sink)
        sink.abort()


def test_socket_file_cannot_be_opened(tmp_path: Path) -> None:
    """A socket in the file system is an output error, not a file to replace."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        sink = open_sink(str(tmp_path / "socket"), PCM)
        with pytest.raises(OutputError):
            sink.start(FMT)


def test_full_device() -> None:
    """A full device is an output error at the first write."""
    sink = open_sink("/dev/full", PCM)
    sink.start(FMT)
    with pytest.raises(OutputError, match="space"):
        sink.write(noise(10))
    sink.abort()


def test_full_device_at_the_end() -> None:
    """An encoder's last bytes that find no room fail the run, and the device is closed."""
    before = open_descriptors()
    sink = open_sink("/dev/full", WAV)
    sink.start(FMT)
    with pytest.raises(OutputError, match="space"):
        sink.finish()
    assert open_descriptors() == before


def test_closed_descriptor(pipe: Pipe) -> None:
    """A descriptor that is not open is refused before any audio is made."""
    os.close(pipe.reader)
    with pytest.raises(OutputError, match="closed"):
        open_sink(f"/dev/fd/{pipe.reader}", PCM)


def test_descriptor_for_reading(pipe: Pipe) -> None:
    """The wrong end of a pipe is an output error."""
    sink = open_sink(f"/dev/fd/{pipe.reader}", PCM)
    sink.start(FMT)
    with pytest.raises(OutputError, match="not open for writing"):
        sink.write(b"ab")


def test_terminal_is_refused(tmp_path: Path) -> None:
    """Audio never reaches a terminal, by its descriptor or by its path; a pipe may pass."""
    ours, theirs = os.openpty()
    try:
        for refused in (lambda: check_not_terminal(theirs), lambda: open_sink(f"/dev/fd/{theirs}", PCM)):
            with pytest.raises(UsageFault, match="terminal") as caught:
                refused()
            assert "-o" in str(caught.value.hint)
        sink = open_sink(os.ttyname(theirs), PCM)
        with pytest.raises(UsageFault, match="terminal"):
            sink.start(FMT)
    finally:
        os.close(ours)
        os.close(theirs)
    with (tmp_path / "file").open("wb") as file:
        check_not_terminal(file.fileno())


def test_door_chooses_the_sink(tmp_path: Path) -> None:
    """Files and new names get a file's care, everything else a pipe's, and the options reach them."""
    (tmp_path / "old.wav").write_bytes(b"old")
    (tmp_path / "link.wav").symlink_to("old.wav")
    (tmp_path / "null.wav").symlink_to("/dev/null")
    for name in ("new.wav", "old.wav", "link.wav"):
        assert isinstance(open_sink(str(tmp_path / name), WAV), FileSink)
    assert isinstance(open_sink(str(tmp_path / "null.wav"), WAV), PipeSink)
    for refused in (tmp_path, tmp_path / "no" / "a.wav", Path("a\0b")):
        with pytest.raises(OutputError):
            open_sink(str(refused), WAV)
    with pytest.raises(UsageFault):
        open_sink(str(tmp_path / "old.wav"), WAV, SinkOptions(clobber=False))
    held = open_sink("/dev/null", WAV, SinkOptions(hold_segments=True))
    held.start(FMT)
    held.write(b"ab")
    assert held.can_rewind()
    held.abort()
    kept = open_sink(str(tmp_path / "new.wav"), WAV, SinkOptions(keep_partial=True))
    kept.start(FMT)
    kept.write(b"ab")
    kept.abort()
    assert isinstance(kept, FileSink)
    assert kept.partial_path is not None


def test_path_through_a_file(tmp_path: Path) -> None:
    """A path that cannot be looked up is an output error."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        open_sink(str(tmp_path / "file" / "a.wav"), WAV)
