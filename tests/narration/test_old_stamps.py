"""The database of versions before: read once, wherever the project lies now, and never as SQLite would open it."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from support.batch_runs import batch, numbered, outputs, speaking
from support.command_line import keyed, lightning
from support.old_stamps_sample import URL, put_old_stamps

from lightning_cli.narration.lock_file import LockFile
from lightning_cli.narration.old_stamps import NAME, read_old_stamps

STALE = 10


def made(directory: Path, *more: str) -> Path:
    """Make the outputs that the sample is about, and put the sample in the place of their lock file."""
    source = numbered(directory / "s.csv", 2)
    book = ("--book", "out/book.wav", "--subtitles", "out/book.srt")
    with speaking() as server:
        done = batch(source, directory, server, *(more or book))
    assert done.code == 0, done.stderr
    put_old_stamps(directory / "out", with_defaults=bool(more))
    return source


def look(source: Path, directory: Path, *more: str) -> tuple[int, bytes]:
    """Check without a server, as the old run's address would."""
    places = ("-d", "out", "--cache", "cache", "--base-url", URL)
    done = lightning("batch", str(source), *places, *more, env=keyed(), cwd=directory)
    return done.code, done.stdout


def test_what_an_old_version_made_is_up_to_date(tmp_path: Path) -> None:
    """Outputs and the book are; checking leaves the database, the first run replaces it by a lock file."""
    source = made(tmp_path)
    book = ("--book", "out/book.wav", "--subtitles", "out/book.srt")
    assert look(source, tmp_path, *book, "--check") == (0, b"")
    assert (tmp_path / "out" / NAME).exists()
    before = outputs(tmp_path)
    assert look(source, tmp_path, *book) == (0, b"")
    assert not (tmp_path / "out" / NAME).exists()
    assert look(source, tmp_path, *book, "--check") == (0, b"")
    before.pop(NAME)
    assert outputs(tmp_path) == before
    assert str(tmp_path) not in (tmp_path / "out" / "narration.lock").read_text()


def test_defaults_that_were_spelled_out(tmp_path: Path) -> None:
    """An old version took them for other requests: what it made is still up to date."""
    source = made(tmp_path, "-m", "lightning_v3.1", "-s", "1.0")
    assert look(source, tmp_path, "-m", "lightning_v3.1", "-s", "1.0", "--check") == (0, b"")
    assert look(source, tmp_path, "-v", "emily", "--check")[0] == STALE


def test_a_lock_file_goes_before_it(tmp_path: Path) -> None:
    """Where both lie, as after a merge with an old branch, the database says nothing."""
    put_old_stamps(tmp_path)
    assert set(LockFile(tmp_path).names) == {"00000.wav", "00001.wav"}
    (tmp_path / "narration.lock").write_text("version 1\n")
    assert set(LockFile(tmp_path).names) == set()


def test_a_journal_beside_it_deletes_nothing(tmp_path: Path) -> None:
    """A hot journal that names another file as its super-journal would have SQLite delete that file."""
    victim = tmp_path / "letters.txt"
    victim.write_text("dear")
    out = tmp_path / "out"
    out.mkdir()
    database = put_old_stamps(out)
    code = (
        "import os, sqlite3, sys\n"
        "a = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "a.execute('PRAGMA synchronous = FULL'); a.execute('PRAGMA cache_size = 1')\n"
        "a.execute('BEGIN'); a.execute('UPDATE stamp SET size = 1'); a.execute('PRAGMA cache_spill = 1')\n"
        "rows = [(b'%d' % n, 'f' * 3000, 'd') for n in range(300)]\n"
        "a.executemany('INSERT INTO stamp VALUES (?, ?, 1, 1, ?)', rows)\n"
        "os._exit(0)"
    )
    subprocess.run(("python3", "-c", code, str(database)), check=True)
    journal = out / f"{NAME}-journal"
    assert journal.exists()
    name = str(victim).encode()
    tail = name + len(name).to_bytes(4, "big") + (sum(name) & 0xFFFFFFFF).to_bytes(4, "big")
    with journal.open("ab") as file:
        file.write((1 << 20).to_bytes(4, "big") + tail + bytes.fromhex("d9d505f920a163d7"))
    kept = {path.name: path.read_bytes() for path in out.iterdir()}
    source = numbered(tmp_path / "s.csv", 2)
    for more in (("--check",), ("--diff",)):
        look(source, tmp_path, *more)
        assert {path.name: path.read_bytes() for path in out.iterdir()} == kept
    with speaking() as server:
        assert batch(source, tmp_path, server).code == 0
    assert victim.read_text() == "dear"


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE stamp (name BLOB PRIMARY KEY, other TEXT)",
        """CREATE VIEW stamp AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n)
        SELECT x name, 'f' fingerprint, 1 size, 'd' digest FROM n""",
        """CREATE TABLE stamp (name BLOB PRIMARY KEY, fingerprint TEXT, size INTEGER, mtime_ns INTEGER, digest TEXT)
        WITHOUT ROWID; CREATE VIEW other AS SELECT 1""",
    ],
)
def test_a_database_of_another_kind_says_nothing(tmp_path: Path, script: str) -> None:
    """Another schema is not even asked: a view could compute without end."""
    database = sqlite3.connect(tmp_path / NAME)
    database.executescript(script)
    database.close()
    assert read_old_stamps(tmp_path) is None
    (tmp_path / "a.wav").write_bytes(b"audio")
    lock = LockFile(tmp_path)
    lock.record("a.wav", "0" * 64)
    lock.close()
    assert LockFile(tmp_path).look("a.wav", ("0" * 64,)).is_current


def test_what_lies_under_its_name(tmp_path: Path) -> None:
    """A pipe is not waited for, a link not followed, a torn file not read, and rows of nonsense are left out."""
    os.mkfifo(tmp_path / NAME)
    assert read_old_stamps(tmp_path) is None
    (tmp_path / NAME).unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    whole = put_old_stamps(elsewhere)
    (tmp_path / NAME).symlink_to(whole)
    assert read_old_stamps(tmp_path) is None
    (tmp_path / NAME).unlink()
    for torn in (b"", b"torn " * 1000, whole.read_bytes()[:5000], b"SQLite format 3\0" + bytes(8000)):
        (tmp_path / NAME).write_bytes(torn)
        assert not read_old_stamps(tmp_path)
    shutil.copy(whole, tmp_path / NAME)
    database = sqlite3.connect(tmp_path / NAME)
    database.execute("INSERT INTO stamp VALUES (x'61', 'f', 'size', 1, 'd')")
    database.commit()
    database.close()
    found = read_old_stamps(tmp_path)
    assert found is not None
    assert len(found) == 4
