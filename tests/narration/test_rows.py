"""Rows: files that they name, within their directory and beyond, pipes, pages, and notes on encodings."""

import os
import threading
from pathlib import Path

from support.batch_runs import batch

from lightning_cli.narration.manifest import read_sources
from lightning_cli.narration.rows import Reading, ReadingOptions


def manifest(path: Path, file: str, *, allow: bool = False) -> Reading:
    """Read a manifest of one row that names a file."""
    path.write_text(f"file,output\n{file},a.wav\n")
    return read_sources([str(path)], iter([]), ReadingOptions(allow_outside=allow))


def test_a_file_outside_the_directory_needs_leave(tmp_path: Path) -> None:
    """Absolute paths, .. and links that lead out are refused, unless the person says otherwise."""
    home = tmp_path / "book"
    home.mkdir()
    (tmp_path / "secret.txt").write_text("Secret words.")
    (home / "inside.txt").write_text("Words.")
    (home / "link.txt").symlink_to(tmp_path / "secret.txt")
    (home / "own.txt").symlink_to("inside.txt")
    for file in ("/proc/self/environ", "../secret.txt", "link.txt", str(tmp_path / "secret.txt")):
        (problem,) = manifest(home / "m.csv", file).problems
        assert "m.csv:2: " in problem
        assert "add --allow-outside" in problem
    for file in ("inside.txt", "own.txt", "../book/inside.txt"):
        assert [row.read() for row in manifest(home / "m.csv", file).rows] == ["Words."]
    assert [row.read() for row in manifest(home / "m.csv", "link.txt", allow=True).rows] == ["Secret words."]
    assert len(manifest(tmp_path / "m.csv", "bookish/../../x.txt").problems) == 1
    # The same for a file that a directory shows.
    (problem,) = read_sources([str(home)], iter([])).problems
    assert "link.txt" in problem


def test_the_flag_reaches_the_reader(tmp_path: Path) -> None:
    """``--allow-outside`` on the command line."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "words.txt").write_text("Words.")
    (tmp_path / "sub" / "m.csv").write_text("file\n../words.txt\n")
    refused = batch("sub/m.csv", tmp_path, None, "--diff")
    assert refused.code == 2
    assert "--allow-outside" in refused.stderr
    assert batch("sub/m.csv", tmp_path, None, "--diff", "--allow-outside").code == 0


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    """The writer of a pipe writes once: what was read is what is planned and spoken."""
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_text("From a pipe."), name="writer")
    writer.start()
    (row,) = manifest(tmp_path / "m.csv", "pipe").rows
    writer.join(10)
    assert [row.read(), row.read()] == ["From a pipe."] * 2
    assert row.file is None


def test_a_page_gives_its_words(tmp_path: Path) -> None:
    """HTML that a row or a directory names is read for its words."""
    (tmp_path / "page.html").write_text("<html><head><title>T</title></head><body><h1>One</h1><p>Two &amp; three.")
    assert [row.read() for row in manifest(tmp_path / "m.csv", "page.html").rows] == ["# One\n\nTwo & three."]
    rows = read_sources([str(tmp_path)], iter([])).rows
    assert [(row.stem, row.read()) for row in rows] == [("page", "# One\n\nTwo & three.")]
    assert read_sources([str(tmp_path / "page.html")], iter([])).rows[0].read() == "# One\n\nTwo & three."


def test_encodings_are_told_once_for_all_files(tmp_path: Path) -> None:
    """Ten files of one encoding are one note."""
    for number in range(10):
        (tmp_path / f"{number}.txt").write_bytes("It’s fine – really.".encode("cp1252"))
    reading = read_sources([str(tmp_path)], iter([]))
    assert len(reading.rows) == 10
    (note,) = reading.notes
    assert note.endswith("2.txt and 7 more: read as windows-1252")


def test_files_that_cannot_be_read_are_told_by_the_plan(tmp_path: Path) -> None:
    """Once, with the row's place."""
    reading = manifest(tmp_path / "m.csv", "absent.txt")
    assert (reading.problems, len(reading.rows)) == ([], 1)
    done = batch("m.csv", tmp_path, None, "--diff")
    assert done.code == 2
    assert sum("absent.txt cannot be read" in line for line in done.lines) == 1
