"""Books: every text in one file, in order, with pauses between them and subtitles for the whole."""

import json
import subprocess
import wave
from pathlib import Path
from typing import Any

import pytest
from support.batch_runs import SILENCE, asked, batch, numbered, pcm_for, sentence, speaking, speaks_text, write_rows
from support.command_line import Done, keyed, lightning
from support.fake_server import Exchange, SpeechServer

from lightning_cli.narration.cache import SpeechCache, Usage
from lightning_cli.narration.ffmpeg import measure, raw_input
from lightning_cli.narration.pace import Stop

USAGE, SOME_FAILED, STALE = 2, 7, 10
PAUSE_MS = 500
PAUSE_FRAMES = 22_050


def bind(source: Path, directory: Path, server: SpeechServer | None, *more: str) -> Done:
    """Make ``book.wav`` with subtitles."""
    url = server.url if server else "http://127.0.0.1:9"
    return lightning(
        "batch",
        str(source),
        "--book",
        "book.wav",
        "--subtitles",
        "book.srt",
        "--pause-text",
        str(PAUSE_MS),
        "--cache",
        "cache",
        "--base-url",
        url,
        *more,
        env=keyed(),
        cwd=directory,
    )


def test_a_book_has_every_text_in_order(tmp_path: Path) -> None:
    """The audio is the rows' own with the pause between; cues stand where their text does; a re-run does nothing."""
    source = numbered(tmp_path / "s.csv", 3)
    with speaking() as server:
        done = bind(source, tmp_path, server, "-j", "2")
        assert done.code == 0, done.stderr
        assert bind(source, tmp_path, server).code == 0
        assert len(server.requests) == 3
    spoken = [pcm_for(sentence(number)) for number in range(3)]
    with wave.open(str(tmp_path / "book.wav")) as file:
        assert file.readframes(file.getnframes()) == bytes(2 * PAUSE_FRAMES).join(spoken)
    second_ms = round((len(spoken[0]) // 2 + PAUSE_FRAMES) / 44.1)
    cues = (tmp_path / "book.srt").read_text().split("\n\n")
    assert cues[1].startswith(f"2\n00:00:00,{second_ms:03} --> ")
    assert sentence(1) in cues[1].replace("\n", " ")
    assert len(SILENCE) < PAUSE_FRAMES


def test_a_book_goes_stale(tmp_path: Path) -> None:
    """Edits, order and lost subtitles make it stale; it is made again from what is kept."""
    source = numbered(tmp_path / "s.csv", 3)
    with speaking() as server:
        bind(source, tmp_path, server)
        (tmp_path / "book.srt").unlink()
        check = bind(source, tmp_path, server, "--check")
        assert (check.code, check.stdout) == (STALE, b"book.wav\n")
        assert bind(source, tmp_path, server).code == 0
        assert bind(source, tmp_path, server, "--check").code == 0
        assert (tmp_path / "book.srt").exists()
        before = (tmp_path / "book.wav").read_bytes()
        write_rows(source, [(sentence(number), "") for number in (2, 1, 0)])
        assert bind(source, tmp_path, server, "--check").code == STALE
        assert bind(source, tmp_path, server).code == 0
        assert (tmp_path / "book.wav").read_bytes() != before
        write_rows(source, [(sentence(number), "") for number in (2, 5, 0)])
        assert bind(source, tmp_path, server).code == 0
        assert sum(asked(server).values()) == 4


def test_no_book_without_every_text(tmp_path: Path) -> None:
    """A failed text leaves the old book as it is; slices and mixed rates are refused before anything is sent."""
    source = numbered(tmp_path / "s.csv", 2)
    with speaking(lambda exchange: exchange.refuse("400 Bad Request", {"error": "no"})) as server:
        (tmp_path / "book.wav").write_text("old")
        assert bind(source, tmp_path, server).code == SOME_FAILED
        assert (tmp_path / "book.wav").read_text() == "old"
        assert not (tmp_path / "book.srt").exists()
        count = len(server.requests)
        assert bind(source, tmp_path, server, "--shard", "1/2").code == USAGE
        write_rows(source, [("One.", "8000"), ("Two.", "16000")], header=("text", "sample_rate"))
        mixed = bind(source, tmp_path, server)
        assert (mixed.code, len(server.requests)) == (USAGE, count)
        write_rows(source, [("One.", "a.wav"), ("Two.", "b.opus")])
        beside = bind(source, tmp_path, server, "-d", "out")
        write_rows(source, [("One.", "a.wav")])
        opus = bind(source, tmp_path, server, "-d", "out", "--book", "all.opus")
        assert (beside.code, opus.code, len(server.requests)) == (USAGE, USAGE, count)
    assert mixed.lines[0].endswith("s.csv:3: 16000 Hz, and the book began with 8000 Hz")
    assert beside.lines[0].endswith("s.csv:3: 24000 Hz, and the book began with 44100 Hz")
    assert opus.lines[0].endswith("s.csv:2: 44100 Hz, and the book is opus, which does not take it")


def test_a_book_whose_audio_went_meanwhile(tmp_path: Path) -> None:
    """A segment that another process has removed is asked for again, and the book is whole."""
    source = numbered(tmp_path / "s.csv", 3)

    def prunes(exchange: Exchange) -> None:
        if "number 2" in exchange.request.json["text"] and not gone:
            gone.append(SpeechCache(tmp_path / "cache").prune(0))
        speaks_text(exchange)

    gone: list[Usage] = []
    with speaking(prunes) as server:
        assert bind(source, tmp_path, server).code == 0
        assert asked(server) == {sentence(0): 2, sentence(1): 2, sentence(2): 1}
    assert gone[0].entries == 2
    with wave.open(str(tmp_path / "book.wav")) as file:
        spoken = bytes(2 * PAUSE_FRAMES).join(pcm_for(sentence(number)) for number in range(3))
        assert file.readframes(file.getnframes()) == spoken


def test_a_book_beside_its_parts(tmp_path: Path) -> None:
    """With -d the texts are written one by one as well, from the same audio."""
    source = numbered(tmp_path / "s.csv", 2)
    with speaking() as server:
        done = batch(source, tmp_path, server, "--book", "all.mp3")
        assert done.code == 0, done.stderr
        assert len(server.requests) == 2
        assert (tmp_path / "all.mp3").stat().st_size > 1000
        assert (tmp_path / "out" / "00001.wav").exists()
        (tmp_path / "out" / "00001.wav").unlink()
        assert batch(source, tmp_path, server, "--book", "all.mp3").code == 0
        assert (tmp_path / "out" / "00001.wav").exists()
        assert len(server.requests) == 2


def test_a_bitrate_of_rows(tmp_path: Path) -> None:
    """Rows in a format that has bitrates get theirs; another one makes them anew from the audio that is there."""
    (source := tmp_path / "s.csv").write_text("text\nThis sentence is spoken once.\n")
    rows = ("--format", "mp3", "--bitrate")
    with speaking() as server:
        assert batch(source, tmp_path, server, *rows, "32k").code == 0
        small = (tmp_path / "out" / "s-0001.mp3").stat().st_size
        assert batch(source, tmp_path, server, *rows, "320k", "--check").code == 10
        assert batch(source, tmp_path, server, *rows, "320k").code == 0
        assert (tmp_path / "out" / "s-0001.mp3").stat().st_size > 2 * small
        refused = batch(source, tmp_path, server, "--bitrate", "64k")
        assert (refused.code, "no output has a bitrate" in refused.stderr) == (2, True)
        assert len(server.requests) == 1


def probed(path: Path) -> dict[str, Any]:
    """Return what ffprobe tells of a file."""
    words = ("ffprobe", "-v", "error", "-show_chapters", "-show_format", "-show_streams", "-of", "json", str(path))
    told: dict[str, Any] = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
    return told


def test_a_finished_book(tmp_path: Path) -> None:
    """Chapters, tags, cover, pauses and sidecars; the report has the chapters also when nothing was to do."""
    rows = [(sentence(0), "# x", "300"), (sentence(1), "Two; = #", ""), (sentence(2), "Three", "")]
    source = write_rows(tmp_path / "s.csv", rows, header=("text", "title", "pause_after"))
    cover = tmp_path / "c.png"
    picture = ("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=c=red:s=16x16", "-frames:v", "1", str(cover))
    subprocess.run(picture, check=True)
    finish = ("--title", "A title", "--author", "An author", "--cover", "c.png", "--pad", "200,400")
    sidecars = ("--chapters", "c.json", "--chapters", "c.txt", "--bitrate", "48k", "--report", "r.json")
    rate = 44_100
    spoken_s = [len(pcm_for(sentence(number))) / 2 / rate for number in range(3)]
    starts = [0.2, 0.2 + spoken_s[0] + 0.3, 0.2 + sum(spoken_s[:2]) + 0.3 + 0.5]
    report: dict[str, Any] = {}
    with speaking() as server:
        for book in ("book.m4b", "book.mp3"):
            for _ in range(2):
                done = bind(source, tmp_path, server, "--book", book, *finish, *sidecars)
                assert done.code == 0, done.stderr
                report = json.loads((tmp_path / "r.json").read_text())["book"]
                assert [one["title"] for one in report["chapters"]] == ["# x", "Two; = #", "Three"]
                assert [one["start_seconds"] for one in report["chapters"]] == pytest.approx(starts, abs=0.002)
            assert report["status"] == "current"
            told = probed(tmp_path / book)
            assert [one["tags"]["title"] for one in told["chapters"]] == ["# x", "Two; = #", "Three"]
            assert [float(one["start_time"]) for one in told["chapters"]][1:] == pytest.approx(starts[1:], abs=0.002)
            tags = {name.lower(): value for name, value in told["format"]["tags"].items()}
            assert (tags["title"], tags["artist"]) == ("A title", "An author")
            assert {one["codec_type"] for one in told["streams"]} >= {"audio", "video"}
        assert len(server.requests) == 3
        assert bind(source, tmp_path, server, "--book", "book.mp3", *finish, "--check").code == STALE
        assert bind(source, tmp_path, server, "--book", "book.wav", *finish).code == USAGE
    assert (tmp_path / "c.txt").read_text().startswith("0:00 # x\n")
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_the_loudness_of_a_book(tmp_path: Path) -> None:
    """One gain brings it to the target, told and reported."""
    source = numbered(tmp_path / "s.csv", 40)
    with speaking() as server:
        done = bind(source, tmp_path, server, "--loudness", "-23", "--pause-text", "0", "--report", "r.json")
    assert done.code == 0, done.stderr
    told = json.loads((tmp_path / "r.json").read_text())["book"]["loudness"]
    assert told["limited_db"] == 0
    assert told["measured_lufs"] + told["gain_db"] == pytest.approx(-23, abs=0.01)
    assert "loudness: " in done.stderr
    with wave.open(str(tmp_path / "book.wav")) as file:
        frames = file.readframes(file.getnframes())
    (tmp_path / "raw").write_bytes(frames)
    assert measure(raw_input(tmp_path / "raw", 44_100), Stop()).integrated == pytest.approx(-23, abs=0.3)
