"""``--json``: what a script learns of a run, of a failure, and from every list."""

import json
import os
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

from support.batch_runs import batch, speaking, write_rows
from support.command_line import Done, environment, keyed, lightning
from support.fake_server import Exchange, ramp, refuses, serving, speaks, speech_events

PCM = ramp(6_000)
TEXT = "This is the first sentence. Here comes the second one!"
KEYS = [
    *("ok", "exit_code", "error", "backend", "replayed", "voice", "model", "language", "played"),
    *("outputs", "subtitles", "segments", "figures", "warnings"),
]


def _object(done: Done) -> dict[str, Any]:
    """Parse the one line on stdout; its keys are always the same."""
    assert done.stdout.count(b"\n") == 1
    told = json.loads(done.stdout)
    assert list(told) == KEYS
    assert (told["exit_code"], told["ok"]) == (done.code, done.code == 0)
    assert (told["error"] is None) == told["ok"]
    return dict(told)


def _cut(exchange: Exchange) -> None:
    exchange.stream(speech_events(PCM)[:-1])


def test_what_a_run_made(tmp_path: Path) -> None:
    """Files with their sizes, segments with their places, numbers and warnings."""
    wav, srt = tmp_path / "é.wav", tmp_path / "a.srt"
    again = speaks(PCM, extra=("X-Request-Id: two", "X-External-Request-Id: other"))
    with serving(speaks(PCM, extra=("X-Request-Id: one",)), _cut, again) as server:
        done = lightning(
            *("say", TEXT, "--json", "-o", str(wav), "-o", "b.mp3", "--subtitles", str(srt)),
            *("--request-id", "mine", "-r", "24000", "-l", "en", "--base-url", server.url, "--record", "a.rec"),
            env=keyed(),
            cwd=tmp_path,
        )
    told = _object(done)
    with wave.open(str(wav)) as file:
        frames = file.getnframes()
    length = {"frames": frames, "seconds": round(frames / 24000, 6), "sample_rate": 24000}
    assert told["outputs"] == [
        {"path": str(wav), "container": "wav", "bytes": wav.stat().st_size, **length},
        {"path": "b.mp3", "container": "mp3", "bytes": (tmp_path / "b.mp3").stat().st_size, **length},
    ]
    first, second = told["segments"]
    assert [TEXT[one["start_character"] : one["end_character"]].strip() for one in (first, second)] == [
        first["text"],
        second["text"],
    ]
    assert (first["start_frame"], first["end_frame"], second["end_frame"]) == (0, 6000, frames)
    assert second["start_frame"] == frames - 6000
    assert [(one["request_id"], one["retries"]) for one in (first, second)] == [("one", 0), ("two", 1)]
    assert {"session_id", "echoed_request_id", "echoed_session_id"} <= first.keys()
    assert (told["backend"], told["voice"], told["model"], told["language"]) == (
        *("service", "daniel", "lightning_v3.1", "en"),
    )
    assert (told["played"], told["replayed"], told["subtitles"]) == (False, False, [str(srt)])
    assert told["warnings"] == ["the answer carries request id other, but mine-2 was sent"]
    figures = told["figures"]
    assert (figures["characters"], figures["segments"], figures["requests"], figures["retries"]) == (53, 2, 3, 1)
    assert 0 < figures["request_seconds"] <= figures["first_byte_seconds"] <= figures["total_seconds"]
    again_told = _object(lightning("say", "--replay", "a.rec", "--json", "-o", "b.wav", "--quiet", cwd=tmp_path))
    assert (again_told["replayed"], again_told["segments"]) == (True, told["segments"])
    assert again_told["warnings"] == told["warnings"]


def test_the_offline_engine_says_so() -> None:
    """No model is claimed for it; what was written straight has no size to look up."""
    told = _object(lightning("say", "--local", "-v", "espeak-de", "Hallo", "--json", "-o", "/dev/null"))
    assert [(one["path"], one["container"], one["bytes"]) for one in told["outputs"]] == [("/dev/null", "pcm", None)]
    assert (told["backend"], told["voice"], told["model"]) == ("offline", "espeak-de", None)


def test_a_failure_is_told_with_what_was_done(tmp_path: Path) -> None:
    """The error stands beside the segments that were complete, on stderr as ever, and no output is named."""
    refused = refuses("400 Bad Request", {"error": "no \x1b[31m\u202e luck"}, "X-Request-Id: three")
    with serving(speaks(PCM), refused) as server:
        done = lightning(
            "say", TEXT, "--json", "-o", str(tmp_path / "a.wav"), "--base-url", server.url, env=keyed(), cwd=tmp_path
        )
    told = _object(done)
    assert done.code == 4
    assert b"\x1b" not in done.stdout
    assert told["error"] == {
        "kind": "ServiceError",
        "message": "the service refused the request (400 Bad Request): no \x1b[31m\u202e luck [request three]",
        "hint": "change what was refused and try again",
        "exit_code": 4,
        "status": 400,
        "request_id": "three",
    }
    assert [one["text"] for one in told["segments"]] == ["This is the first sentence."]
    assert told["outputs"] == []
    assert told["figures"]["requests"] == 2
    assert done.lines[-2].startswith("error: the service refused the request (400 Bad Request): no \\x1b[31m\\u202e")
    assert os.listdir(tmp_path) == []


def test_a_recording_that_fails_takes_no_output_away(tmp_path: Path) -> None:
    """What was written is named though the run as a whole did not end well."""
    with serving(speaks(PCM)) as server:

        def spoils(exchange: Exchange) -> None:
            # Where the recording is to get its name there is a directory by then.
            (tmp_path / "a.rec").mkdir()
            speaks(PCM)(exchange)

        server.responders = [spoils]
        done = lightning(
            *("say", "Hello", "--json", "-o", "a.wav", "--record", "a.rec", "--base-url", server.url),
            env=keyed(),
            cwd=tmp_path,
        )
    told = _object(done)
    assert done.code == 9
    assert told["error"]["kind"] == "OutputError"
    assert [one["path"] for one in told["outputs"]] == ["a.wav"]


EARLY: dict[str, tuple[list[str], int, str]] = {
    "stdout is taken": (["Hi", "-o", "-"], 2, "UsageFault"),
    "the same by another name": (["Hi", "-o", "/dev/stdout"], 2, "UsageFault"),
    "the text is passed on": (["Hi", "--echo", "-o", "a.wav"], 2, "UsageFault"),
    "nothing is to be sent": (["Hi", "--dry-run"], 2, "UsageFault"),
    "no such option": (["Hi", "--nope"], 2, "UsageFault"),
    "no such value": (["Hi", "--retries", "many"], 2, "UsageFault"),
    "an impossible speed": (["Hi", "--speed", "9", "-o", "a.wav"], 2, "InvalidRequest"),
    "no key": (["Hi", "--cloud", "-o", "a.wav"], 3, "MissingKey"),
    "no directory": (["Hi", "-o", "none/a.wav"], 9, "OutputError"),
    "no network": (["Hi", "-o", "a.wav", "--base-url", "http://127.0.0.1:1", "--retries", "0"], 5, "CannotConnect"),
}


# Several command lines in one process, each with what it leaves.
_RUNS = """
import contextlib, io, json, sys
from lightning_cli.cli.run import main
left = []
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    left.append([code, out.getvalue(), err.getvalue()])
print(json.dumps(left))
"""


def test_a_failure_before_the_first_word_has_the_same_shape(tmp_path: Path) -> None:
    """Also what the command line itself gets wrong; the exit code is that of a run without --json."""
    lines = [["say", "--json", *arguments] for arguments, _, _ in EARLY.values()]
    run = (sys.executable, "-c", _RUNS, json.dumps(lines))
    left = subprocess.run(run, env=environment(), cwd=tmp_path, capture_output=True, check=True, timeout=60)
    for (code, out, err), (why, (_, expected, kind)) in zip(json.loads(left.stdout), EARLY.items(), strict=True):
        told = _object(Done(code, out.encode(), err))
        assert (code, told["error"]["kind"]) == (expected, kind), why
        # The words are those that a person gets.
        assert f"error: {told['error']['message']}" in err.splitlines()
        assert told["error"]["hint"] is None or f"hint: {told['error']['hint']}" in err.splitlines()
    assert os.listdir(tmp_path) == []


def test_other_commands_keep_their_own_json(tmp_path: Path) -> None:
    """An object stands for a run of say alone; text that looks like the flag is text."""
    assert lightning("voices", "say", "--json", "--model", "none").stdout == b""
    assert lightning("say", "--nope", "--", "--json").stdout == b""


def test_stale_rows_and_segments_as_json(tmp_path: Path) -> None:
    """A batch lists for programs what it lists for people."""
    rows = [("This is the first row of all.", "a.wav"), ("This is\u202ethe second row.", "b.wav")]
    source = write_rows(tmp_path / "rows.csv", rows)
    with speaking() as server:
        check, diff = (batch(source, tmp_path, server, flag, "--json") for flag in ("--check", "--diff"))
        run = batch(source, tmp_path, server, "--json")
        assert not server.requests
    assert (check.code, json.loads(check.stdout)) == (10, [{"output": "a.wav"}, {"output": "b.wav"}])
    assert json.loads(diff.stdout) == [
        {"output": output, "characters": len(text), "text": text} for text, output in rows
    ]
    assert b"\\u202e" in diff.stdout
    assert (run.code, run.stdout) == (2, b"")
    assert "--json needs --check or --diff" in run.stderr
