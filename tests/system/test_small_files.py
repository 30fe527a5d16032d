"""Small files: read up to a limit, and replaced whole or not at all."""

import os
import stat
from pathlib import Path

import pytest
from support.size_limits import files_of

from lightning_cli.system.small_files import TooLong, make_private, read_small, replace_file


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    """One byte more is refused, also where a device has no end."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 1000)
    assert read_small(path, 1000) == b"x" * 1000
    for endless in (path, Path("/dev/zero")):
        with pytest.raises(TooLong):
            read_small(endless, 999)


def test_a_file_of_our_own_is_a_plain_one(tmp_path: Path) -> None:
    """What lies under its name and is none counts as unreadable."""
    for other in (tmp_path, Path("/dev/null")):
        with pytest.raises(OSError, match=r"plain file|Is a directory"):
            read_small(other, 10, own=True)


def test_a_file_is_replaced_with_its_permissions(tmp_path: Path) -> None:
    """Private unless something else is asked for; the directory is made."""
    for mode, made in ((0o600, 0o600), (0o644, 0o644)):
        path = tmp_path / str(mode) / "a"
        for content in (b"old", b"new"):
            replace_file(path, content, mode=mode, synced=content == b"new")
        assert path.read_bytes() == b"new"
        assert stat.S_IMODE(path.stat().st_mode) == made
        assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_replaced_stays(tmp_path: Path) -> None:
    """A full disk leaves the old one, and no part of the new one."""
    path = tmp_path / "a"
    replace_file(path, b"old")
    with files_of(10), pytest.raises(OSError, match="File too large"):
        replace_file(path, bytes(1000))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_directories_of_ours_are_private(tmp_path: Path, umask: int) -> None:
    """Each that was missing, whatever the umask; one that is there stays as it is."""
    tmp_path.chmod(0o755)
    (tmp_path / "file").touch()
    before = os.umask(umask)
    try:
        make_private(tmp_path / "a" / "b" / "c")
        replace_file(tmp_path / "d" / "e" / "f", b"x")
        make_private(tmp_path / "a")
        with pytest.raises(FileExistsError):
            make_private(tmp_path / "file")
        with pytest.raises(NotADirectoryError):
            make_private(tmp_path / "file" / "x" / "y")
    finally:
        os.umask(before)
    made = [tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "c", tmp_path / "d", tmp_path / "d" / "e"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
