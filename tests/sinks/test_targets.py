"""Files that cannot be: refused early, explained, and nothing left behind."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from support.sink_parts import FMT, OLD, feed, named, noise, open_descriptors, unprivileged

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import OutputError, UsageFault
from lightning_cli.sinks.containers import FLAC, OPUS, WAV, Container
from lightning_cli.sinks.files import FileSink
from lightning_cli.sinks.targets import PathRegistry, fault_of


def missing_directory(tmp_path: Path) -> str:
    """Name a file in a directory that is not there."""
    return str(tmp_path / "no" / "a.wav")


def under_a_file(tmp_path: Path) -> str:
    """Name a file under a file."""
    (tmp_path / "file").touch()
    return str(tmp_path / "file" / "a.wav")


def a_directory(tmp_path: Path) -> str:
    """Name a directory."""
    (tmp_path / "a.wav").mkdir()
    return str(tmp_path / "a.wav")


def new_directory(tmp_path: Path) -> str:
    """Name a directory that is not there, by its slash."""
    return str(tmp_path / "new") + "/"


def circle(tmp_path: Path) -> str:
    """Name a link to itself."""
    (tmp_path / "a.wav").symlink_to("a.wav")
    return str(tmp_path / "a.wav")


def broken_link(tmp_path: Path) -> str:
    """Name a link into a directory that is not there."""
    (tmp_path / "a.wav").symlink_to("no/a.wav")
    return str(tmp_path / "a.wav")


def zero_byte(tmp_path: Path) -> str:
    """Name something no system can name."""
    return str(tmp_path / "a\0.wav")


def a_device(_tmp_path: Path) -> str:
    """Name a device, which is not this sink's business."""
    return "/dev/null"


@pytest.mark.parametrize(
    "place", [missing_directory, under_a_file, a_directory, new_directory, circle, broken_link, zero_byte, a_device]
)
def test_impossible_place(place: Callable[[Path], str], tmp_path: Path) -> None:
    """What cannot work is refused before any audio is made, with a hint, and nothing is left."""
    path = place(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError) as caught:
        FileSink(path, WAV)
    assert caught.value.hint
    assert sorted(tmp_path.rglob("*")) == before


def test_missing_directory_hint(tmp_path: Path) -> None:
    """The hint can be pasted into a shell."""
    with pytest.raises(OutputError) as caught:
        FileSink(str(tmp_path / "no" / "a.wav"), WAV)
    assert caught.value.hint == f"make the directory first, as in: mkdir -p '{tmp_path}/no'"


def test_permission_is_checked_first() -> None:
    """A directory or a file that may not be written is refused at once; a file's protection is not renamed away."""
    with unprivileged() as directory:
        path = directory / "a.wav"
        path.write_bytes(OLD)
        path.chmod(0o444)
        with pytest.raises(OutputError, match="permission"):
            FileSink(str(path), WAV)
        path.chmod(0o644)
        directory.chmod(0o555)
        with pytest.raises(OutputError, match="permission"):
            FileSink(str(directory / "b.wav"), WAV)
        directory.chmod(0o755)
        feed(FileSink(str(path), WAV), FMT, [noise(10)])
        assert path.stat().st_size == 64


def test_directory_that_vanishes(tmp_path: Path) -> None:
    """A directory removed before the start is an output error."""
    directory = tmp_path / "d"
    directory.mkdir()
    sink = FileSink(str(directory / "a.wav"), WAV)
    directory.rmdir()
    with pytest.raises(OutputError, match="directory"):
        sink.start(FMT)
    sink.abort()


def test_rate_is_checked_at_the_start(tmp_path: Path) -> None:
    """A rate that the container does not take leaves nothing behind."""
    sink = FileSink(str(tmp_path / "a.opus"), OPUS)
    with pytest.raises(UsageFault):
        sink.start(PcmFormat(44100))
    sink.abort()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("container", [WAV, FLAC], ids=named)
@pytest.mark.parametrize("stage", range(5))
def test_abort_leaves_nothing(container: Container, stage: int, tmp_path: Path) -> None:
    """Stopped at any point, twice over, the old file is untouched, no part stays and no descriptor."""
    path = tmp_path / "a"
    path.write_bytes(OLD)
    before = open_descriptors()
    sink = FileSink(str(path), container)
    if stage > 0:
        sink.start(FMT)
    if stage > 1:
        sink.write(noise(5000))
    if stage > 2:
        sink.commit()
    if stage > 3:
        sink.write(noise(5000))
    sink.abort()
    sink.abort()
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == OLD
    assert open_descriptors() == before
    assert sink.partial_path is None


def test_abort_after_finish_does_nothing(tmp_path: Path) -> None:
    """The owner may abort every sink when another has failed late."""
    path = tmp_path / "a.wav"
    sink = FileSink(str(path), WAV, keep_partial=True)
    feed(sink, FMT, [noise(10)])
    sink.abort()
    assert list(tmp_path.iterdir()) == [path]
    assert sink.partial_path is None


def test_finish_without_start_is_a_bug(tmp_path: Path) -> None:
    """Misuse is told apart from failure."""
    with pytest.raises(RuntimeError):
        FileSink(str(tmp_path / "a.wav"), WAV).finish()


def test_finish_that_cannot_rename(tmp_path: Path) -> None:
    """A directory that came under the name is an output error, and the part goes."""
    path = tmp_path / "a.wav"
    sink = FileSink(str(path), WAV)
    sink.start(FMT)
    sink.write(noise(10))
    path.mkdir()
    with pytest.raises(OutputError, match="directory"):
        sink.finish()
    assert list(tmp_path.iterdir()) == [path]


def test_places_that_nothing_is_lost_in(tmp_path: Path) -> None:
    """Take the null device as often as it is named, and leave an invalid name to the call that opens it."""
    places = PathRegistry()
    places.read(str(tmp_path), "the text")
    for name in ("/dev/null", "/dev/null", "a\0b", "a\0b", str(tmp_path)):
        places.write(name, "the audio")
    assert places.use_of(str(tmp_path)) == "the audio"


def test_a_directory_whose_name_is_taken() -> None:
    """The hint names no option: ``batch`` has no -o."""
    fault = fault_of(errno.EEXIST, "out")
    assert fault.message == "cannot write 'out': another file has this name"
    assert fault.hint == "choose another name, or remove it"
