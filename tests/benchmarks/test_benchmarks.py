"""The benchmarks measure what they say, refuse to leave a cell empty, and can find that a goal is missed."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import goals, profiling
from benchmarks.faults import BenchmarkFault, PeerMissing
from benchmarks.goals import PROMISED
from benchmarks.lab import Lab, scrubbed_environment
from benchmarks.network import FAR, NEAR, Network, check
from benchmarks.peers import machine
from benchmarks.plot import draw
from benchmarks.processes import Child
from benchmarks.registry import ROWS
from benchmarks.report import BEGIN, END, Result, markdown, placed, summary, table
from benchmarks.results import Goal, Measure, Series, ahead, at_most, no_more_than
from benchmarks.rows.promptness import passed_on_ms
from benchmarks.serving import speech_service

ROOT = Path(__file__).resolve().parent.parent.parent


def benchmarks(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run the command."""
    return subprocess.run(
        (sys.executable, "-m", "tests.benchmarks", *arguments),
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def measured(ours: float, peers: float, goal: Goal) -> Measure:
    """Make a measure of one sample each."""
    return Measure(what="a | b", unit="ms", ours=Series((ours,)), peer_name="p", peer=Series((peers,)), goal=goal)


@pytest.mark.parametrize(
    ("measure", "reached"),
    [
        (measured(115, 100, at_most(1.15)), True),
        (measured(116, 100, at_most(1.15)), False),
        (measured(100, 300, ahead(3)), True),
        (measured(101, 300, ahead(3)), False),
        (measured(3, 1, no_more_than(3)), True),
        (measured(3.1, 100, no_more_than(3)), False),
    ],
)
def test_goals(measure: Measure, reached: bool) -> None:  # noqa: FBT001 - a column of the table above
    """A goal is reached at its limit and missed beyond it."""
    assert measure.reached is reached


def test_series() -> None:
    """Median, minimum and quartiles do not follow one bad moment."""
    series = Series((5.0, 1.0, 2.0, 3.0, 1000.0))
    assert (series.median, series.least, series.spread) == (3.0, 1.0, 3.0)
    assert series.shifted(1).scaled(2).median == 8.0
    with pytest.raises(RuntimeError, match="without a peer"):
        Measure(what="x", unit="ms", ours=series, goal=at_most(1))


def test_reports() -> None:
    """Both tables name the peer, the ratio and whether the goal was reached; a README folds the rest away."""
    beside = Measure(what="x", unit="s", ours=Series((1.0, 2.0)), peer_name="q", peer=Series((4.0,)), note="slow")
    lines = {"row": [measured(2, 1, at_most(1.1)), measured(1, 3, ahead(3)), measured(3, 1, no_more_than(4))]}
    lines["other"] = [beside, beside]
    result = Result(lines=lines, date="2026-01-01", runs=1, machine=machine(), versions={"typer": "0.28"})
    assert "2x (min 2x) <= 1.1x NOT reached" in " ".join(table("row", lines["row"]).split())
    assert summary(result) == "2 of 3 goals reached; medians of 1 runs, interleaved (fewer than 7: no verdict)"
    shown, _, rest = markdown(result).partition("<details>")
    assert "| row: a \\| b | 2 ms | p: 1 ms | 2x (min 2x) | <= 1.1x | NOT reached |" in shown
    assert "| <= 4 ms | reached |" in shown
    assert "other" not in shown
    one = "q: 4 s, 0.38x (min 0.25x)"
    assert f"| other: x | 1.50 s (min 1, iqr 0.50) | {one}; {one} |\n\n</details>" in rest
    assert rest.count("- other, x: slow") == 1
    assert "typer 0.28" in rest


def test_no_goal_can_go_missing() -> None:
    """Every figure that was promised belongs to a row of the usual run, and a row that loses one fails."""
    assert {row: len(promised) for row, promised in PROMISED.items()} == {
        "startup": 3,
        "wire": 3,
        "promptness": 3,
        "first-sound": 4,
        "round-trips": 1,
        "cpu": 8,
        "memory": 3,
        "playback": 2,
        "interrupt": 2,
        "offline": 1,
        "serving": 1,
        "long-text": 2,
        "batch": 5,
    }
    assert all(ROWS[row].by_default for row in PROMISED)
    (connections, _), (gaps, _) = PROMISED["long-text"]
    lines = [
        Measure(what=connections, unit="", ours=Series((1.0,)), goal=no_more_than(1)),
        Measure(what=gaps, unit="ms", ours=Series((0.0,)), goal=no_more_than(1)),
    ]
    goals.check("long-text", lines)
    with pytest.raises(BenchmarkFault, match=r"long-text no longer has the goal: connections <= 1$"):
        goals.check("long-text", lines[1:])


def test_a_table_without_a_promised_row_is_an_error(tmp_path: Path) -> None:
    """A README gets no table that lacks a row with a goal."""
    readme = tmp_path / "README.md"
    readme.write_text(f"{BEGIN}{END}")
    done = benchmarks("playback", "--readme", str(readme))
    assert done.returncode == 2
    assert "would be missing" in done.stderr
    assert "measuring" not in done.stderr


def test_the_table_in_a_document() -> None:
    """The table stands between the two marks, whatever stood there before, and nothing else is touched."""
    document = f"# A\n\n{BEGIN}\nold\n{END}\n\nMore.\n"
    written = placed(document, "| new |")
    assert written == f"# A\n\n{BEGIN}\n\n| new |\n{END}\n\nMore.\n"
    assert placed(written, "| new |") == written
    for without in ("# A\n", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"):
        with pytest.raises(ValueError, match="not there once"):
            placed(without, "")


def test_a_document_without_marks_is_an_error(tmp_path: Path) -> None:
    """Where the table is to go is looked at before anything is measured."""
    readme = tmp_path / "README.md"
    readme.write_text("# A\n")
    done = benchmarks("--readme", str(readme))
    assert done.returncode == 2
    assert f"error: {readme}: {BEGIN}" in done.stderr
    assert "measuring" not in done.stderr


def test_nothing_to_draw_is_an_error(tmp_path: Path) -> None:
    """A plot of rows that have no place in one is refused, and no empty picture written."""
    result = Result({"row": [measured(1, 1, at_most(1))]}, "2026-01-01", 1, machine(), {})
    with pytest.raises(BenchmarkFault, match="nothing to draw"):
        draw(result, tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()


def test_a_missing_peer_is_an_error(tmp_path: Path) -> None:
    """What is not there is named, nothing is measured, and the exit code is 2."""
    done = benchmarks("first-byte", PATH=str(tmp_path))
    assert done.returncode == 2
    assert "curl is not on PATH: apt-get install curl" in done.stderr
    assert not done.stdout


def test_an_unknown_row_is_an_error() -> None:
    """A row that does not exist is a usage error."""
    done = benchmarks("nothing")
    assert done.returncode == 2
    assert "there is no row nothing" in done.stderr


def test_a_row_is_written_everywhere(tmp_path: Path) -> None:
    """A real row prints its table and writes JSON with every sample, and Markdown."""
    written, told = tmp_path / "result.json", tmp_path / "result.md"
    done = benchmarks("long-text", "--runs", "1", "--json", str(written), "--markdown", str(told))
    assert done.returncode == 0, done.stderr
    result = json.loads(written.read_text())
    assert {line["what"] for line in result["lines"]} == {"connections", "worst error of 199 gaps"}
    assert all(line["reached"] for line in result["lines"])
    assert result["versions"]["lightning-tts"]
    assert "| 2,000 words: connections |" in told.read_text()
    assert "2 of 2 goals reached" in done.stdout


def test_a_held_event_is_noticed(tmp_path: Path) -> None:
    """A client that keeps the first event until the second misses the goal, and the run does not hang."""
    with speech_service() as service:
        lab = Lab(1, 1, tmp_path, scrubbed_environment(tmp_path), service)
        script = lab.reference("typer_requests", "Hello", service.stream_url)
        assert passed_on_ms(lab, "close", script) == 1000.0
        assert passed_on_ms(lab, "close", lab.say("-o", "-")) < 1000.0


def test_where_the_time_goes(tmp_path: Path) -> None:
    """The parts of the way to the request add up to all of it, and every part is found in both contestants."""
    with speech_service() as service:
        lab = Lab(1, 1, tmp_path, scrubbed_environment(tmp_path), service)
        for parts in profiling.timed(lab):
            whole = parts[profiling.WHOLE]
            assert sum(parts.values()) - whole == pytest.approx(whole)
            loading = {"import the standard library", "import typer", "import requests"}
            working = {"start Python", "make the options", "parse", "build and send the request", "run everything else"}
            assert {*loading, *working} <= parts.keys()


def test_the_environment_of_runs(tmp_path: Path) -> None:
    """Runs see none of the caller's variables, so that .pyc files are written and no proxy stands between."""
    with Child(["/usr/bin/env"], scrubbed_environment(tmp_path), piped=True) as child:
        names = {line.partition("=")[0] for line in child.output().decode().splitlines()}
        child.wait()
    assert not {name for name in names if name.startswith("PYTHON") or name.lower().endswith("_proxy")}
    assert "HOME" in names


def test_round_trips() -> None:
    """Packets between the two sides are as late as was asked for, those that open a connection too."""
    refusal = ""
    try:
        check()
    except PeerMissing as fault:
        refusal = str(fault)
    if refusal:
        # Where it may not be made, that is said before anything is measured.
        assert "run as root" in refusal
        return
    with Network() as network:
        with network.far():
            listener = socket.create_server((FAR, 0))
        with listener, network.near(), network.round_trips(60):
            began = time.monotonic()
            with socket.create_connection(listener.getsockname(), timeout=30), listener.accept()[0] as served:
                assert time.monotonic() - began >= 0.06
                assert served.getpeername()[0] == NEAR
