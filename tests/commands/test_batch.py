"""Runs of a batch: only what changed, never twice, and what fails is told while the rest goes on."""

import json
import os
import shutil
import wave
from pathlib import Path

from support.batch_runs import (
    asked,
    batch,
    numbered,
    outputs,
    pcm_for,
    sentence,
    speaking,
    speaks_text,
    write_rows,
)
from support.command_line import environment, lightning
from support.fake_server import Exchange

REFUSED, SOME_FAILED, BUDGET, OUTPUT, STALE = 3, 7, 8, 9, 10


def frames_of(path: Path) -> bytes:
    """Read a WAV file."""
    with wave.open(str(path)) as file:
        frames: bytes = file.readframes(file.getnframes())
    return frames


def test_only_what_changed_is_spoken(tmp_path: Path) -> None:
    """A second run sends nothing; an edited sentence costs one request; order, deletion and damage cost none."""
    first, second = "Here is the first sentence of it.", "And here comes the second one."
    source = write_rows(tmp_path / "s.csv", [(f"{first} {second}", "a.wav"), (sentence(1), "b.flac")])
    with speaking() as server:
        assert batch(source, tmp_path, server).code == 0
        assert frames_of(tmp_path / "out" / "a.wav").startswith(pcm_for(first)[:2000])
        made = outputs(tmp_path)
        assert batch(source, tmp_path, server).code == 0
        assert asked(server) == {first: 1, second: 1, sentence(1): 1}

        (tmp_path / "out" / "b.flac").unlink()
        (tmp_path / "out" / "a.wav").write_bytes(b"")
        write_rows(source, [(sentence(1), "b.flac"), (f"{first} {second}", "a.wav")])
        done = batch(source, tmp_path, server)
        assert done.code == 0
        assert outputs(tmp_path) == made
        assert len(server.requests) == 3
        assert "[2/2] a.wav" in done.stderr

        write_rows(source, [(f"{first} But here comes another one.", "a.wav"), (sentence(1), "b.flac")])
        assert batch(source, tmp_path, server).code == 0
        assert asked(server)["But here comes another one."] == 1
        assert len(server.requests) == 4
        assert outputs(tmp_path)["b.flac"] == made["b.flac"]
        assert outputs(tmp_path)["a.wav"] != made["a.wav"]
        assert batch(source, tmp_path, server, "--force").code == 0
        assert len(server.requests) == 7


def test_a_touched_output_stays(tmp_path: Path) -> None:
    """A checkout changes times and not bytes: such outputs are up to date, also without a cache."""
    source = numbered(tmp_path / "s.csv", 2)
    with speaking() as server:
        batch(source, tmp_path, server)
        shutil.rmtree(tmp_path / "cache")
        os.utime(tmp_path / "out" / "00000.wav", (1, 1))
        assert batch(source, tmp_path, server, "--check").code == 0
        done = batch(source, tmp_path, server)
        assert (done.code, "up to date  2" in done.stderr) == (0, True)
        assert len(server.requests) == 2


def test_settings_make_outputs_stale(tmp_path: Path) -> None:
    """Whatever shapes the sound makes an output stale; what does not, leaves it."""
    source = numbered(tmp_path / "s.csv", 1)
    with speaking() as server:
        batch(source, tmp_path, server)
        assert batch(source, tmp_path, server, "--check", "--session-id", "s1", "-j", "3").code == 0
        for change in ("-v=emily", "--pause-sentence=10", "-r=8000"):
            assert batch(source, tmp_path, server, "--check", *change.split("=")).code == STALE
        assert len(server.requests) == 1
        with speaking() as other:
            # What one address has spoken is not passed off as another's.
            assert batch(source, tmp_path, other).code == 0
            assert len(other.requests) == 1


def test_check_and_diff_send_nothing(tmp_path: Path) -> None:
    """--check names what is stale and exits 10; --diff lists the segments to speak, each once, and their characters."""
    source = write_rows(
        tmp_path / "s.csv", [(f"{sentence(1)} {sentence(2)}", "a.wav"), (sentence(1), "b.wav"), (sentence(3), "c.wav")]
    )
    with speaking() as server:
        write_rows(tmp_path / "first.csv", [(sentence(3), "c.wav")])
        batch(tmp_path / "first.csv", tmp_path, server)
        before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
        check = batch(source, tmp_path, server, "--check")
        diff = batch(source, tmp_path, server, "--diff")
        both = batch(source, tmp_path, server, "--diff", "--check")
        assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == before
        assert len(server.requests) == 1
        assert (check.code, check.stdout.decode().split()) == (STALE, ["a.wav", "b.wav"])
        length = str(len(sentence(1)))
        assert diff.stdout.decode().splitlines() == [
            "\t".join(("a.wav", length, sentence(1))),
            "\t".join(("a.wav", length, sentence(2))),
        ]
        assert (diff.code, both.code) == (0, STALE)
        assert diff.stderr.startswith(f"2 files to build, 2 segments, {2 * int(length)} characters")
        assert batch(source, tmp_path, server).code == 0
        assert batch(source, tmp_path, server, "--check").code == 0


def test_check_needs_no_key(tmp_path: Path) -> None:
    """A build without secrets can check what the service is to speak: --cloud needs no key when nothing is sent."""
    source = numbered(tmp_path / "s.csv", 1)
    with speaking() as server:
        batch(source, tmp_path, server)
    made = ("batch", str(source), "-d", str(tmp_path / "out"), "--cache", str(tmp_path / "none"), "--check")
    assert lightning(*made).code == 0, "the lock file says who made them"
    assert not (tmp_path / "none").exists()
    assert lightning(*made, "--local").code == STALE
    shutil.rmtree(tmp_path / "out")
    places = ("batch", str(source), "-d", str(tmp_path / "out"), "--cloud")
    assert lightning(*places, "--check").code == STALE
    assert lightning(*places).code == REFUSED
    assert not (tmp_path / "out").exists()


def test_failures_are_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    """A refused text fails its row alone: exit 7, the reason on stderr and in the report, nothing under its name."""

    def refuses_one(exchange: Exchange) -> None:
        if "number 1" in exchange.request.json["text"]:
            exchange.refuse("400 Bad Request", {"error": "bad \x1b[31mtext"})
        else:
            speaks_text(exchange)

    source = numbered(tmp_path / "s.csv", 3)
    with speaking(refuses_one) as server:
        done = batch(source, tmp_path, server, "--report", "run.json")
    assert done.code == SOME_FAILED
    assert sorted(outputs(tmp_path)) == ["00000.wav", "00002.wav"]
    assert any(line.startswith(f"error: {source}:3: 00001.wav: ") for line in done.lines)
    assert "\x1b" not in done.stderr
    report = json.loads((tmp_path / "run.json").read_text())
    assert {item["output"]: item["status"] for item in report["items"]} == {
        "00000.wav": "built",
        "00001.wav": "failed",
        "00002.wav": "built",
    }
    assert report["totals"]["requests"] == 3
    assert report["exit_code"] == SOME_FAILED
    built = report["items"][0]
    assert built["characters"] == len(sentence(0))
    assert built["first_byte_seconds"] >= 0


def test_what_cannot_be_written_is_not_asked_for(tmp_path: Path) -> None:
    """An output that is a directory fails its row before a character is spent; a directory that cannot be made, all."""
    source = numbered(tmp_path / "s.csv", 2)
    (tmp_path / "out" / "00000.wav").mkdir(parents=True)
    with speaking() as server:
        done = batch(source, tmp_path, server)
        assert (done.code, asked(server)) == (SOME_FAILED, {sentence(1): 1})
        assert done.lines[0].endswith("00000.wav': it is a directory")
        (tmp_path / "file").write_text("x")
        assert batch(source, tmp_path, server, "-d", "file/in").code == OUTPUT
        assert len(server.requests) == 1


def test_names_that_are_no_text(tmp_path: Path) -> None:
    """Files whose names are not UTF-8, or hold control characters, are narrated and told safely."""
    texts = tmp_path / "texts"
    texts.mkdir()
    Path(os.fsdecode(os.fsencode(texts) + b"/caf\xe9\x1b[1m.txt")).write_text(sentence(1))
    with speaking() as server:
        done = batch(texts, tmp_path, server, "--report", "r.json", "--shard", "1/1")
        assert (done.code, "\x1b" in done.stderr) == (0, False)
        assert os.listdir(os.fsencode(tmp_path / "out")) != []
        assert batch(texts, tmp_path, server).stderr.startswith("built       0")
        assert len(server.requests) == 1
    assert json.loads((tmp_path / "r.json").read_text())["items"][0]["status"] == "built"


def test_a_refused_key_stops_the_run(tmp_path: Path) -> None:
    """A key that is refused once is not sent for every row: exit 3."""
    source = numbered(tmp_path / "s.csv", 5)
    with speaking(lambda exchange: exchange.refuse("401 Unauthorized", {"error": "no"})) as server:
        done = batch(source, tmp_path, server)
        assert len(server.requests) == 1
    assert done.code == REFUSED
    assert "not done    4" in done.stderr


def test_a_service_that_is_away_is_not_asked_for_ever(tmp_path: Path) -> None:
    """After three segments in a row without an answer the rest is left for the next run: exit 7."""
    source = numbered(tmp_path / "s.csv", 9)
    with speaking(lambda exchange: exchange.refuse("503 Service Unavailable", {"error": "away"})) as server:
        done = batch(source, tmp_path, server, "--retries", "0")
        assert len(server.requests) == 3
    assert done.code == SOME_FAILED
    assert "not done    6 (the service does not answer" in done.stderr


def test_the_budget_is_never_exceeded(tmp_path: Path) -> None:
    """The run stops before the first text that does not fit, exit 8, and a later one goes on from there."""
    source = numbered(tmp_path / "s.csv", 5)
    with speaking() as server:
        done = batch(source, tmp_path, server, "--budget", str(2 * len(sentence(0)) + 3))
        assert done.code == BUDGET
        assert len(server.requests) == 2
        assert len(outputs(tmp_path)) == 2
        assert "not done    3 (the budget is used up)" in done.stderr
        assert batch(source, tmp_path, server, "--budget", "1000").code == 0
        assert set(asked(server).values()) == {1}
        assert batch(source, tmp_path, server, "--budget", "0").code == 0


def test_dictionaries_count_by_content(tmp_path: Path) -> None:
    """A dictionary whose words change at the service makes its rows stale; --check goes by what was heard last."""
    words = ["one"]

    def answers(exchange: Exchange) -> None:
        if exchange.request.method == "GET":
            items = [{"word": "a", "pronunciation": words[0]}]
            exchange.answer(json.dumps([{"id": "d1", "items": items}]).encode(), kind="application/json")
        else:
            speaks_text(exchange)

    source = numbered(tmp_path / "s.csv", 1)
    with speaking(answers) as server:
        for _ in range(2):
            assert batch(source, tmp_path, server, "--dict", "d1").code == 0
        assert asked(server) == {sentence(0): 1}
        words[0] = "two"
        assert batch(source, tmp_path, None, "--dict", "d1", "--check").code == STALE  # another address
        assert batch(source, tmp_path, server, "--dict", "d1").code == 0
        assert asked(server) == {sentence(0): 2}
        assert batch(source, tmp_path, server, "--dict", "d1", "--check").code == 0


def test_the_offline_engine_narrates_too(tmp_path: Path) -> None:
    """Without a key the embedded engine speaks, and its audio is kept apart from the service's."""
    source = write_rows(tmp_path / "s.csv", [("Hello from the offline engine.", "a.wav")])
    places = ("batch", str(source), "-d", str(tmp_path / "out"), "--cache", str(tmp_path / "cache"))
    done = lightning(*places, env=environment())
    assert done.code == 0, done.stderr
    assert "using the offline voice" in done.lines[0]
    assert len(frames_of(tmp_path / "out" / "a.wav")) > 40_000
    again = lightning(*places, "--jobs", "4", env=environment())
    assert (again.code, "up to date  1" in again.stderr) == (0, True)
    assert "offline" not in again.stderr
    with speaking() as server:
        batch(source, tmp_path, server)
        assert len(server.requests) == 1
