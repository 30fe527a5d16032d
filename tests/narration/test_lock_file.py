"""``narration.lock``: what is up to date, what git makes of it, and what strangers put under its name."""

import dataclasses
import hashlib
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.recorded_outputs import A, B, C, recorded

from lightning_cli.narration import lock_file
from lightning_cli.narration.lock_file import NAME, LockFile, OutputRecord

LONG_S = 20.0


def test_an_output_is_known_by_what_it_was(tmp_path: Path) -> None:
    """Another fingerprint is stale, another content is edited, another time alone is neither."""
    path = tmp_path / "a.wav"
    path.write_bytes(b"audio")
    lock = LockFile(tmp_path)
    assert lock.look("a.wav", (A,)) == (False, False)
    lock.record("a.wav", A)
    lock.close()
    lock.close()
    for again in (lock, LockFile(tmp_path), LockFile(tmp_path, read_only=True)):
        path.write_bytes(b"audio")
        assert again.look("a.wav", (B, A)) == (True, False)
        assert again.look("a.wav", (B,)) == (False, False)
        os.utime(path, (1, 1))
        assert again.look("a.wav", (A,)).is_current
        path.write_bytes(b"audix")
        assert again.look("a.wav", (A,)) == (True, True)
        path.write_bytes(b"another length")
        assert again.look("a.wav", (B,)) == (False, True)
        assert again.content_of("a.wav") is None
        path.write_bytes(b"")
        assert again.look("a.wav", (A,)) == (False, False), "what a crash has emptied is made again"
    path.unlink()
    assert LockFile(tmp_path).look("a.wav", (A,)) == (False, False)


def test_a_file_that_is_only_read_stays(tmp_path: Path) -> None:
    """Neither looking nor closing touches it, and reading only never writes."""
    path = recorded(tmp_path, {"a.wav": A})
    before = (path.stat().st_ino, path.stat().st_mtime_ns)
    for read_only in (False, True):
        lock = LockFile(tmp_path, read_only=read_only)
        lock.note_engine("https://other.example", {"d": A})
        assert lock.look("a.wav", (A,)).is_current
        lock.close()
    lock = LockFile(tmp_path, read_only=True)
    lock.record("a.wav", B)
    lock.close()
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == before


def test_it_is_sorted_text_with_relative_names(tmp_path: Path) -> None:
    """One order whatever came first; engine, dictionaries and books have lines of their own; no time, no directory."""
    lock = LockFile(tmp_path)
    lock.note_engine("https://api.smallest.ai/waves/v1", {"d2": B, "d1": A}, "0.1")
    lock.note_array((1, 1, 8))
    for name in ("b.wav", "a/b.wav", "a.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
        lock.record(name, A, is_book=name == "b.wav")
    lock.close()
    content = hashlib.sha256(b"x").hexdigest()
    lines = (tmp_path / NAME).read_text().splitlines()
    assert lines[2:] == [
        "version 1",
        "service https://api.smallest.ai/waves/v1",
        "engine 0.1",
        "slurm-array 1 1 8",
        "",
        *("dictionary d1", f"  {A}", "", "dictionary d2", f"  {B}", ""),
        *("output a.wav", f"  {A} 1 {content}", "", "output a/b.wav", f"  {A} 1 {content}", ""),
        *("book b.wav", f"  {A} 1 {content}", ""),
        "# end",
    ]
    lock = LockFile(tmp_path)
    assert (lock.service, lock.engine, lock.array) == ("https://api.smallest.ai/waves/v1", "0.1", (1, 1, 8))
    assert (dict(lock.dictionaries), set(lock.names)) == ({"d1": A, "d2": B}, {"a.wav", "a/b.wav"})
    lock.forget(["a.wav"])
    lock.close()
    assert set(LockFile(tmp_path).names) == {"a/b.wav"}


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=12).filter(lambda raw: b"\0" not in raw), max_size=5, unique=True))
def test_any_name_comes_back(names: list[bytes]) -> None:
    """Line ends, spaces at the ends, percent signs, bytes that are not UTF-8."""
    from lightning_cli.narration.lock_file import OutputRecord, _State

    state, again = _State(), _State()
    state.outputs = {os.fsdecode(name): (OutputRecord(A, 1, B),) for name in names}
    again.read(state.text().encode("utf-8", "surrogateescape"))
    assert again.outputs == state.outputs


def git(directory: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run git under a made-up name."""
    who = ("-c", "user.name=n", "-c", "user.email=a@b")
    return subprocess.run(("git", *who, *words), cwd=directory, check=check, capture_output=True, text=True)


def test_git_merges_what_two_branches_change(tmp_path: Path) -> None:
    """Neighbours that two branches change do not conflict; where both add at one place, both are read all the same."""
    names = ("a.wav", "b.wav", "c.wav")
    recorded(tmp_path, dict.fromkeys(names, A))
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    git(tmp_path, "checkout", "-qb", "other")
    recorded(tmp_path, {"b.wav": B, "d.wav": B})
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    git(tmp_path, "checkout", "-q", "main")
    recorded(tmp_path, {"a.wav": C, "c.wav": C})
    git(tmp_path, "commit", "-qam", "x")
    assert git(tmp_path, "merge", "-q", "other", check=False).returncode == 0
    lock = LockFile(tmp_path)
    expected = {"a.wav": C, "b.wav": B, "c.wav": C, "d.wav": B}
    assert all(lock.look(name, (made,)) == (True, False) for name, made in expected.items())
    git(tmp_path, "checkout", "-qb", "third")
    recorded(tmp_path, {"e.wav": B})
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    git(tmp_path, "checkout", "-q", "main")
    recorded(tmp_path, {"f.wav": C})
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    git(tmp_path, "merge", "-q", "third", check=False)
    lock = LockFile(tmp_path)
    assert lock.look("e.wav", (B,)).is_current
    assert lock.look("f.wav", (C,)).is_current
    lock.record("a.wav", C)
    lock.close()
    assert "<<<" not in (tmp_path / NAME).read_text()
    assert set(LockFile(tmp_path).names) == {*expected, "e.wav", "f.wav"}


def test_many_record_at_once(tmp_path: Path) -> None:
    """What several runs record, and sort, at the same time is all there."""
    names = [[f"{run}-{number}.wav" for number in range(30)] for run in range(4)]
    threads = [
        threading.Thread(target=recorded, args=(tmp_path, dict.fromkeys(some, A)), name=f"run-{some[0]}")
        for some in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    lock = LockFile(tmp_path)
    assert all(lock.look(name, (A,)).is_current for some in names for name in some)
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_what_another_run_has_added_is_seen(tmp_path: Path) -> None:
    """Once it is refreshed, and whether the other has sorted the file or not."""
    mine = LockFile(tmp_path)
    theirs = LockFile(tmp_path)
    for name, closes in (("a.wav", False), ("b.wav", True)):
        (tmp_path / name).write_text("x")
        theirs.record(name, A)
        if closes:
            theirs.close()
        assert not mine.look(name, (A,)).is_current
        mine.refresh()
        assert mine.look(name, (A,)).is_current


@pytest.mark.parametrize("is_dangling", [False, True])
def test_a_link_under_its_name_is_replaced(tmp_path: Path, *, is_dangling: bool) -> None:
    """What a planted link leads to is neither read, nor written, nor made."""
    target = tmp_path / "target"
    out = tmp_path / "out"
    path = recorded(out, {"a.wav": A})
    content = path.read_bytes()
    if not is_dangling:
        target.write_bytes(content)
    path.unlink()
    path.symlink_to(target)
    assert not LockFile(out).look("a.wav", (A,)).is_current
    lock = LockFile(out)
    lock.note_engine("local://engine", {}, "0.1")
    (out / "b.wav").write_bytes(b"b.wav")
    lock.record("b.wav", B)
    lock.close()
    assert (LockFile(out).service, LockFile(out).engine) == ("local://engine", "0.1")
    assert path.is_file()
    assert not path.is_symlink()
    assert LockFile(out).look("b.wav", (B,)).is_current
    assert (target.read_bytes() == content) if not is_dangling else not target.exists()


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe counts as no lock file, and makes way for one; a hard link's other names keep their content."""
    os.mkfifo(tmp_path / NAME)
    assert not LockFile(tmp_path, read_only=True).look("a.wav", (A,)).is_current
    recorded(tmp_path, {"a.wav": A})
    assert LockFile(tmp_path).look("a.wav", (A,)).is_current
    other = tmp_path / "other"
    os.link(tmp_path / NAME, other)
    before = other.read_bytes()
    recorded(tmp_path, {"b.wav": B})
    assert other.read_bytes() == before


def test_what_says_nothing_is_skipped(tmp_path: Path) -> None:
    """Lines of another version, half lines and nonsense."""
    path = recorded(tmp_path, {"a.wav": A})
    text = path.read_text()
    path.write_bytes(
        b"\xff\xfe\0nonsense\noutput\noutput x\n  1 2 3\n  \nmagic y\n  z\n" + text.encode() + b"output z.wav\n  ab"
    )
    lock = LockFile(tmp_path)
    assert lock.look("a.wav", (A,)).is_current
    assert set(lock.names) == {"a.wav"}


def test_an_output_that_is_recorded_very_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last ways count, and each line is compared with so many at most: a stranger's file may have any number."""
    path = recorded(tmp_path, {"a.wav": A})
    made = [line for line in path.read_text().splitlines() if line.startswith("  ")]
    others = [f"  {number:064x} 1 {number:064x}" for number in range(1_000)]
    path.write_text("\n".join(["version 1", "output a.wav", *others, *made]))
    compared: list[object] = []

    def counted(one: OutputRecord, **parts: Any) -> OutputRecord:
        compared.append(one)
        return dataclasses.replace(one, **parts)

    monkeypatch.setattr(lock_file, "replace", counted)
    assert LockFile(tmp_path).look("a.wav", (A,)).is_current
    assert len(compared) < 1_000 * 60
