"""Nothing is written through a link that another user has planted, whatever writes it; one's own links work."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command_line import keyed, lightning
from support.fake_server import ramp, serving, speaks
from support.planted_links import planted

from lightning_cli.errors import OutputError
from lightning_cli.narration.cache import Entry, SpeechCache
from lightning_cli.narration.output_index import OutputIndex
from lightning_cli.sinks import open_sink
from lightning_cli.sinks.containers import WAV
from lightning_cli.sinks.files import FileSink
from lightning_cli.sinks.links import follow_links

PRINT = "6c" * 32


def _lock(place: Path) -> None:
    with SpeechCache(place.parent).locked("a", time.sleep):
        raise AssertionError("it was locked")


def _put(place: Path) -> None:
    SpeechCache(place.parent).put(PRINT, Entry(b"\1\2", 24000))


WRITERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a file": ("a.wav", lambda place: FileSink(str(place), WAV)),
    "below a directory": ("out", lambda place: FileSink(str(place / "a.wav"), WAV)),
    "a sink": ("a.wav", lambda place: open_sink(str(place), WAV)),
    "a cache": ("cache", lambda place: SpeechCache(place).put(PRINT, Entry(b"\1\2", 24000))),
    "a folder of a cache": ("6c", _put),
    "locks of a cache": ("locks", _lock),
}


@pytest.mark.parametrize(("name", "write"), WRITERS.values(), ids=WRITERS)
def test_planted(tmp_path: Path, name: str, write: Callable[[Path], object]) -> None:
    """Refused, and nothing is made where it leads."""
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(OutputError, match="another user has made this link"):
        write(planted(tmp_path / "shared", name, target))
    assert list(target.iterdir()) == []


def test_a_planted_link_to_a_device(tmp_path: Path) -> None:
    """What is written straight is looked at too."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="another user has made this link"):
        open_sink(str(planted(tmp_path / "shared", "a.pcm", tmp_path / "pipe")), WAV)


def test_an_index_is_not_kept_through_one(tmp_path: Path) -> None:
    """It can be made again."""
    target = tmp_path / "target"
    target.mkdir()
    planted(tmp_path / "shared", "outputs", target)
    index = OutputIndex(tmp_path / "shared")
    index.put("a.wav", tmp_path.stat(), "x")
    index.save()
    assert list(target.iterdir()) == []


def test_pruning_stays_in_the_cache(tmp_path: Path) -> None:
    """What other programs have left unfinished where a link leads is theirs."""
    theirs = tmp_path / "downloads"
    theirs.mkdir()
    for name in (PRINT, "film.mkv.part"):
        (theirs / name).touch()
        os.utime(theirs / name, (1, 1))
    root = tmp_path / "cache"
    root.mkdir()
    (root / "6c").symlink_to(theirs)
    SpeechCache(root).prune(0)
    assert len(list(theirs.iterdir())) == 2


def test_from_the_command(tmp_path: Path) -> None:
    """A recording, subtitles and a report are files like any other."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    shared = tmp_path / "shared"
    (tmp_path / "a.csv").write_text("text,output\nHello.,a.wav\n")
    lines = {
        "a.rec": ("say", "Hello.", "-o", "x.wav", "--record"),
        "a.srt": ("say", "Hello.", "-o", "x.wav", "--subtitles"),
        "a.json": ("batch", "a.csv", "-d", "out", "--report"),
    }
    with serving(speaks(ramp(100))) as server:
        for name, line in lines.items():
            link = planted(shared, name, victim)
            done = lightning(*line, str(link), "--base-url", server.url, env=keyed(), cwd=tmp_path)
            assert (done.code, "another user has made this link" in done.stderr) == (9, True), done.stderr
    assert victim.read_text() == "precious"


def test_ones_own(tmp_path: Path) -> None:
    """Followed, however many; a circle is told."""
    (tmp_path / "real").mkdir()
    (tmp_path / "a").symlink_to("real")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert FileSink(str(tmp_path / "b" / "x.wav"), WAV).final_path == tmp_path / "real" / "x.wav"
    with contextlib.chdir(tmp_path / "b"):
        assert follow_links("../b/./x") == tmp_path / "real" / "x"
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(OutputError, match="circle"):
        follow_links(str(tmp_path / "round"))
