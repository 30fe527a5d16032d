"""Tracks made to a clock: where each sound begins, and what becomes of what is too long."""

import json
import re
import struct
import subprocess
import wave
from itertools import pairwise
from pathlib import Path

import pytest
from support.batch_runs import asked, batch, speaking
from support.fake_server import Exchange, speech_events

RATE = 8000
MS = RATE // 1000
SOUND = 4000


def speaks_lengths(exchange: Exchange) -> None:
    """Answer with 150 ms of silence, as long a sound as the text says in ms, divided by the speed, and 300 ms more."""
    wanted = exchange.request.json
    length = sum(map(int, re.findall(r"\d+", wanted["text"]))) / wanted.get("speed", 1.0)
    sound = struct.pack("<h", SOUND) * round(length * MS)
    exchange.stream(speech_events(bytes(2 * 150 * MS) + sound + bytes(2 * 300 * MS), size=4096))


def stamp(at_ms: int) -> str:
    """Return a time as SRT writes it."""
    return f"{at_ms // 3600000:02}:{at_ms // 60000 % 60:02}:{at_ms // 1000 % 60:02},{at_ms % 1000:03}"


def subtitles(path: Path, cues: list[tuple[int, int, str]]) -> Path:
    """Write subtitles."""
    blocks = [f"{n}\n{stamp(start)} --> {stamp(end)}\n{text}\n" for n, (start, end, text) in enumerate(cues, start=1)]
    path.write_text("\n".join(blocks))
    return path


def onsets(path: Path) -> tuple[list[float], float]:
    """Return where each sound begins, in ms, and how long the file is."""
    with wave.open(str(path)) as file:
        samples = memoryview(file.readframes(file.getnframes())).cast("h")
    starts = [index for index in range(len(samples)) if samples[index] and (index == 0 or not samples[index - 1])]
    return [index / MS for index in starts], len(samples) / MS


def track(tmp_path: Path, cues: list[tuple[int, int, str]], *more: str) -> tuple[list[float], float, str, list[float]]:
    """Make a track; return onsets, length, what was told, and the speeds that were asked for."""
    source = subtitles(tmp_path / "talk.srt", cues)
    with speaking(speaks_lengths) as server:
        where = ("--book", "track.wav", "-r", str(RATE), "--report", "r.json")
        done = batch(source.name, tmp_path, server, *where, *more)
        speeds = [request.json.get("speed", 1.0) for request in server.requests if request.method == "POST"]
    assert done.code == 0, done.lines
    found, length = onsets(tmp_path / "track.wav")
    return found, length, "\n".join(done.lines), speeds


def test_sixty_cues_begin_at_their_times(tmp_path: Path) -> None:
    """Every onset is within 10 ms of its cue, whatever silence the service puts before; the end is the last cue's."""
    cues = [(500 + 1700 * n + 37 * (n % 7), 500 + 1700 * n + 1500, f"Cue of {400 + 15 * n} ms.") for n in range(60)]
    found, length, _, _ = track(tmp_path, cues, "--jobs", "4")
    assert len(found) == len(cues)
    assert max(abs(at - start) for at, (start, _, _) in zip(found, cues, strict=True)) <= 10
    assert length == cues[-1][1]


@pytest.mark.parametrize("name", ["t.m4b", "t.mp3", "t.opus"])
def test_a_coded_track_keeps_its_times(tmp_path: Path, name: str) -> None:
    """As players decode it, too."""
    cues = [(700, 1500, "Lasts 500."), (2015, 2500, "Lasts 300."), (3333, 4000, "Lasts 600.")]
    source = subtitles(tmp_path / "talk.srt", cues)
    with speaking(speaks_lengths) as server:
        done = batch(source.name, tmp_path, server, "--book", name, "-r", str(RATE))
    assert done.code == 0, done.lines
    words = ["ffmpeg", "-v", "error", "-i", str(tmp_path / name), "-f", "s16le", "-ar", str(RATE), "-"]
    samples = memoryview(subprocess.run(words, check=True, capture_output=True).stdout).cast("h")
    loud = [index / MS for index, sample in enumerate(samples) if abs(sample) > SOUND // 2]
    found = [at for before, at in pairwise([-1000.0, *loud]) if at - before > 100]
    # An end is a step as well, in Opus, which has no constant part.
    assert max(min(abs(one - at) for one in found) for at, _, _ in cues) <= 10
    assert found[0] == pytest.approx(700, abs=10)


def test_what_is_too_long_borrows_then_speeds_up_then_is_told(tmp_path: Path) -> None:
    """Silence behind a cue is used first; then the speed rises to what is needed, at most the highest allowed."""
    cues = [
        (1000, 1500, "Lasts 1900."),  # borrows
        (3000, 3500, "Lasts 1150."),  # needs 1.22 with what a service may be off
        (4000, 4500, "Lasts 1500."),  # does not fit at 1.25
        (5000, 5500, "Lasts 300."),  # is late
        (7000, 7500, "Lasts 300."),
    ]
    found, _, told, speeds = track(tmp_path, cues)
    assert sorted(set(speeds)) == [1.0, 1.22, 1.25]
    assert [round(at) for at in found[:3]] == [1000, 3000, 4000]
    assert 5000 + 200 <= found[3] <= 5000 + 250
    assert round(found[4]) == 7000
    assert "talk.srt: cue at 0:00:04.000: runs 0.23 s over at speed 1.25" in told
    assert "talk.srt: cue at 0:00:05.000: begins after its time at speed 1, 0.24 s late" in told
    cells = json.loads((tmp_path / "r.json").read_text())["book"]["cues"]
    assert [cell["speed"] for cell in cells] == [1.0, 1.22, 1.25, 1.0, 1.0]
    assert [bool(cell["excess_s"]) for cell in cells] == [False, False, True, False, False]


def test_a_track_is_current_until_a_time_moves(tmp_path: Path) -> None:
    """A second run sends nothing; a cue that moves makes the track anew without a request; so does --max-speed."""
    cues = [(1000, 1500, "Lasts 1200."), (2000, 2500, "Lasts 300.")]
    where = ("--book", "track.wav", "-r", str(RATE))
    with speaking(speaks_lengths) as server:
        batch(subtitles(tmp_path / "talk.srt", cues).name, tmp_path, server, *where)
        assert asked(server) == {"Lasts 1200.": 2, "Lasts 300.": 1}
        for moved, more, current in ((0, (), True), (100, (), False), (100, ("--max-speed", "1.2"), False)):
            source = subtitles(tmp_path / "talk.srt", [(at + moved, end + moved, text) for at, end, text in cues])
            sent = len(server.requests)
            done = batch(source.name, tmp_path, server, *where, *more)
            assert ("track.wav" not in "\n".join(done.lines)) is current
            assert len(server.requests) - sent == (1 if more else 0)
    assert [round(at) for at in onsets(tmp_path / "track.wav")[0]] == [1100, 2140]


def test_a_track_has_one_source(tmp_path: Path) -> None:
    """Two clocks cannot be told apart."""
    subtitles(tmp_path / "b.srt", [(0, 500, "Lasts 300.")])
    source = subtitles(tmp_path / "a.srt", [(0, 500, "Lasts 300.")])
    done = batch(source.name, tmp_path, None, "b.srt", "--book", "track.wav")
    assert done.code == 2
    assert "a track takes one subtitle file" in "\n".join(done.lines)


def test_a_track_takes_no_times_of_its_own(tmp_path: Path) -> None:
    """Its cues set every time: an option that would be ignored is refused."""
    source = subtitles(tmp_path / "a.srt", [(0, 500, "Lasts 300.")])
    for option in (("--pad", "500,500"), ("--chapters", "a.txt")):
        done = batch(source.name, tmp_path, None, "--book", "track.wav", *option)
        assert done.code == 2
        assert "cannot be combined with a track" in "\n".join(done.lines)
