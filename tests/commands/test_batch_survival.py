"""Several workers, several processes, kills and full disks: nothing is lost, and nothing spoken twice."""

import signal
import subprocess
import threading
from pathlib import Path

from support.batch_kills import survive
from support.batch_runs import (
    Gate,
    arguments,
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
from support.command_line import COMMAND, keyed
from support.fake_server import Exchange, audio_event


def test_a_cache_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    """Audio that cannot be kept is paid for once, not for every row: exit 9."""
    source = numbered(tmp_path / "s.csv", 5)
    (tmp_path / "cache").write_text("a file where a directory belongs")
    with speaking() as server:
        done = batch(source, tmp_path, server)
        assert server.requests == []
    assert done.code == 9
    assert "hint: choose another directory with --cache" in done.lines


def test_jobs_work_at_the_same_time(tmp_path: Path) -> None:
    """With --jobs 3 three requests are under way together, each over a connection that is kept."""
    source = numbered(tmp_path / "s.csv", 9)
    with speaking(Gate(3)) as server:
        done = batch(source, tmp_path, server, "--jobs", "3")
        assert (len(server.requests), server.connections) == (9, 3)
    assert done.code == 0, done.stderr
    assert len(outputs(tmp_path)) == 9


def test_a_busy_account_slows_everybody_down(tmp_path: Path) -> None:
    """An account that takes one request at a time refuses few of four jobs' requests, and every row is made."""
    taken = threading.Lock()
    refused = []

    def one_at_a_time(exchange: Exchange) -> None:
        if not taken.acquire(blocking=False):
            refused.append(exchange.request.json["text"])
            exchange.refuse("429 Too Many Requests", {"error": "busy"})
            return
        try:
            speaks_text(exchange)
        finally:
            taken.release()

    source = numbered(tmp_path / "s.csv", 24)
    with speaking(one_at_a_time) as server:
        done = batch(source, tmp_path, server, "--jobs", "4")
        assert len(server.requests) == 24 + len(refused)
    assert done.code == 0, done.stderr
    assert len(outputs(tmp_path)) == 24
    # Each refusal takes one request at a time away, and three are enough.
    assert len(refused) <= 6


def test_an_interrupt_leaves_nothing_half_done(tmp_path: Path) -> None:
    """Ctrl-C in the middle of an answer dies by SIGINT with no part file; the next run asks for that row again only."""
    source = numbered(tmp_path / "s.csv", 3)
    book = tmp_path / "book.wav"
    half = threading.Event()

    def stalls_once(exchange: Exchange) -> None:
        if "number 1" in exchange.request.json["text"] and not half.is_set():
            exchange.head(extra=("Content-Length: 1000000",))
            exchange.send(audio_event(pcm_for("x")[:1000]))
            half.set()
            exchange.stall()
        else:
            speaks_text(exchange)

    with speaking(stalls_once) as server:
        process = subprocess.Popen(
            (*COMMAND, *arguments(source, tmp_path, server, "--book", str(book))), env=keyed(), stderr=subprocess.PIPE
        )
        assert half.wait(30)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=30)[1].decode()
        assert process.returncode == -signal.SIGINT
        assert f"{book} was not written; run the same command again to continue" in told
        assert not book.exists()
        assert list(outputs(tmp_path)) == ["00000.wav"]
        assert batch(source, tmp_path, server).code == 0
        assert asked(server) == {sentence(0): 1, sentence(1): 2, sentence(2): 1}


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    """Parts of an output that is built anew go; those of others, and what only looks alike, stay."""
    source = numbered(tmp_path / "s.csv", 1)
    (tmp_path / "out").mkdir()
    names = (f".00000.wav.{'0' * 16}.part", f".other.wav.{'0' * 16}.part", ".00000.wav.mine.part")
    for name in names:
        (tmp_path / "out" / name).write_text("x")
    with speaking() as server:
        assert batch(source, tmp_path, server).code == 0
    assert sorted(outputs(tmp_path)) == sorted(["00000.wav", *names[1:]])


def test_kills_lose_nothing(tmp_path: Path) -> None:
    """Six times kill -9 at a random moment, then a run to the end: the same bytes, a request more per kill at most."""
    survive(tmp_path, rows=60, kills=6, seed=20)


def test_gnu_parallel_shares_one_cache(tmp_path: Path) -> None:
    """Four processes of GNU parallel, on the same rows or on slices of them, never ask twice for the same text."""
    source = numbered(tmp_path / "s.csv", 40)
    write_rows(tmp_path / "t.csv", [(sentence(number), f"again-{number}.flac") for number in range(40, 60)])
    with speaking() as server:
        quoted = " ".join((*COMMAND, *arguments(source, tmp_path, server), "--concurrency", "0", "--shard", "{}/4"))
        slices = subprocess.run(
            ("parallel", "--will-cite", "-j", "4", quoted, ":::", "1", "2", "3", "4"),
            env=keyed(),
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert slices.returncode == 0, slices.stderr
        assert set(asked(server).values()) == {1}
        assert len(outputs(tmp_path)) == 40
        assert batch(source, tmp_path, server, "--check").code == 0
        quoted = " ".join((*COMMAND, *arguments(tmp_path / "t.csv", tmp_path, server), "--concurrency", "0"))
        same = subprocess.run(
            ("parallel", "--will-cite", "-j", "4", "-N0", quoted, ":::", "1", "2", "3", "4"),
            env=keyed(),
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert same.returncode == 0, same.stderr
        assert set(asked(server).values()) == {1}
        assert len(outputs(tmp_path)) == 60
    assert not any(path.name.endswith(".part") for path in tmp_path.rglob("*"))


def test_a_slurm_array_needs_no_flag(tmp_path: Path) -> None:
    """Each task of an array takes its slice and says so; together they are the whole, and a book is never cut."""
    source = numbered(tmp_path / "s.csv", 12)
    with speaking() as server:
        for task in range(1, 4):
            array = {"ID": str(task), "MIN": "1", "STEP": "1", "COUNT": "3"}
            done = batch(
                source, tmp_path, server, **{f"SLURM_ARRAY_TASK_{name}": value for name, value in array.items()}
            )
            assert done.code == 0
            assert f"slice {task} of 3" in done.stderr
            assert task == 3 or 0 < len(outputs(tmp_path)) < 12
        assert len(outputs(tmp_path)) == 12
        assert set(asked(server).values()) == {1}
        done = batch(
            source, tmp_path, server, "--book", "book.wav", SLURM_ARRAY_TASK_ID="1", SLURM_ARRAY_TASK_COUNT="3"
        )
        assert (done.code, "slice" in done.stderr) == (0, False)
