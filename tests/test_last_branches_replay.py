"""Recordings that were changed, cut or made by somebody else: what a replay says of them, in this process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.command_line import KEY
from support.fake_server import Exchange, ramp, serving, speaks
from support.size_limits import files_of

from lightning_cli.cli.app import root_command
from lightning_cli.cli.say.recording_mode import Counted, Recording
from lightning_cli.cli.terminal.console import Console
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import OutputError, ServiceError, Unavailable, UsageFault
from lightning_cli.recording import recording_file
from lightning_cli.recording.record import Recorder
from lightning_cli.recording.replay import Replay, _Clock, _ReplayBody

TEXT = "This is the first sentence. Here comes the second one!"
Lines = list[dict[str, Any]]


def run(*arguments: object) -> None:
    """Run a command line in this process; what it raises passes through."""
    root_command().main(args=[*map(str, arguments)], prog_name="lightning-tts", standalone_mode=False)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """Return the lines of a recorded run of two segments."""
    directory = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch, serving(speaks(ramp(600))) as server:
        patch.setenv("SMALLEST_API_KEY", KEY)
        patch.setenv("HOME", str(directory))
        run("say", TEXT, "-o", directory / "x.wav", "--record", directory / "x.jsonl", "--base-url", server.url)
    return [json.loads(line) for line in (directory / "x.jsonl").read_text().splitlines()]


def written(directory: Path, lines: Lines) -> Path:
    """Write a recording."""
    path = directory / "r.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def changed(lines: Lines, at: int, **fields: object) -> Lines:
    """Set fields of one line, None to leave one out."""
    made = {name: value for name, value in {**lines[at], **fields}.items() if value is not None}
    return [*lines[:at], made, *lines[at:][1:]]


def without_second_request(lines: Lines) -> Lines:
    """Leave out what was asked for the second segment."""
    second = [at for at, line in enumerate(lines) if line.get("event") == "request"][1]
    return [*lines[:second], lines[-1]]


def blank_first(lines: Lines) -> Lines:
    """Make the first segment white space, which nobody speaks."""
    return changed(lines, 1, source="  ")


CHANGES: dict[str, tuple[Callable[[Lines], Lines], list[str], str]] = {
    "no base URL": (lambda lines: changed(lines, 0, base_url=None), [], ", line 1: the base URL is missing"),
    "a count of segments": (
        lambda lines: changed(lines, 0, segments=1),
        [],
        ", line 1: the number of segments is wrong",
    ),
    "a request less": (without_second_request, [], " has one request, and one more was asked for"),
    "no request": (
        lambda lines: [*lines[:2], lines[-1]],
        [],
        " has no request, and one was asked for",
    ),
    "a stopped run of live text": (
        lambda lines: changed(changed(lines, 0, segments=None), -1, complete=False),
        [],
        ": the recorded run was stopped behind segment 2",
    ),
    "a segment of white space": (blank_first, [], ", line 3: text was"),
    "the same text": (lambda lines: lines, [TEXT], ""),
    "another text": (lambda lines: lines, ["This is another."], "the number of segments was '2'"),
    "a text behind the recorded one": (
        lambda lines: changed([*without_second_request(lines)[:-2], lines[-1]], -1, complete=False),
        [TEXT],
        " has one request, and one more was asked for",
    ),
}


@pytest.mark.parametrize("how", CHANGES)
def test_a_recording_that_was_changed(how: str, kept: Lines, tmp_path: Path) -> None:
    """Name the line, and what to do; where nothing differs, all of it is heard."""
    change, more, told = CHANGES[how]
    path, output = written(tmp_path, change(kept)), tmp_path / "again.wav"
    if not told:
        run("say", "--replay", path, "-o", output, *more)
        assert ramp(600) in output.read_bytes()
        return
    with pytest.raises(UsageFault) as fault:
        run("say", "--replay", path, "-o", output, *more)
    assert fault.value.message.removeprefix(f"{path}").startswith(told)
    assert fault.value.hint
    assert not output.exists()


def test_nothing_reads_on_for_ever(kept: Lines, tmp_path: Path) -> None:
    """An answer is over for whoever goes on reading, and what nobody read of it is passed over."""
    settings = ServiceSettings(base_url="https://x.invalid")
    with recording_file.Recording(str(written(tmp_path, kept))) as recording:
        replay = Replay(recording, in_real_time=False)
        with (
            SpeechClient(settings, tape=replay) as client,
            pytest.raises(UsageFault, match="a recording has speech only"),
        ):
            client.call("GET", "/pronunciation-dicts")
        assert replay.tries_again_after_s() is None
        recording.close()


def test_speech_alone_is_recorded() -> None:
    """What is asked for beside it leaves no line."""

    def answers(exchange: Exchange) -> None:
        exchange.answer(b"[]", kind="application/json")

    lines: list[bytes] = []
    recorder = Recorder(lines.append)
    with serving(answers) as server:
        settings = ServiceSettings(base_url=server.url, key=KEY)
        with SpeechClient(settings, tape=recorder) as client:
            assert client.call("GET", "/pronunciation-dicts") == []
    assert lines == []
    # What follows the end of an answer is none of it.
    number = recorder.request("POST", "/x", {}, {})
    recorder.end(number)
    written = len(lines)
    recorder.data(number, b"late")
    recorder.end(number)
    recorder.fault(number, ServiceError("late"))
    recorder.leave(number)
    assert len(lines) == written


def test_a_disk_that_is_full(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The recording is given up once, with a warning, and there is no file; what failed besides is told first."""
    recording = Recording(str(tmp_path / "x.jsonl"), Console(), clobber=True)
    recording.start()
    with files_of(100_000):
        for number in range(1, 4):
            assert recording.tape.request("POST", "/x", {}, {"text": "x" * 90_000}) == number
    with pytest.raises(OutputError, match="the file would be larger than is allowed"):
        recording.end(None)
    assert capsys.readouterr().err.count("warning: recording stopped") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_and_whose_recording_cannot_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run's own fault is raised by who ran it; the other is a warning."""
    path = tmp_path / "x.jsonl"
    recording = Recording(str(path), Console(), clobber=False)
    recording.start()
    recording.tape.request("POST", "/x", {}, {})
    path.write_text("somebody else's")
    recording.end(ServiceError("refused"))
    assert "warning: no recording was written: " in capsys.readouterr().err
    assert path.read_text() == "somebody else's"


def test_a_run_without_a_request_leaves_no_recording(tmp_path: Path) -> None:
    """There is nothing in it to play."""
    recording = Recording(str(tmp_path / "x.jsonl"), Console(), clobber=True)
    recording.start()
    recording.end(None)
    assert list(tmp_path.iterdir()) == []


def test_an_answer_is_over_however_often_it_is_read(kept: Lines, tmp_path: Path) -> None:
    """Whoever reads by other means than the client does gets the same, and then nothing."""
    with recording_file.Recording(str(written(tmp_path, kept))) as recording:
        replay = Replay(recording, in_real_time=False)
        asked = replay.take_request()
        replay.take_of_answer()
        body = _ReplayBody(replay, _Clock(replay, asked.at_s), is_refusal=False)
        read = b"".join(iter(body.read, b""))
        assert read.endswith(b'"done":true}\n\n')
        assert body.read1() == b""
        recording.close()


def test_a_run_that_gives_in_tells_of_no_other_try() -> None:
    """There is no line for a wait that never was."""
    lines: list[bytes] = []
    retrier = Recorder(lines.append).retries(RetryPolicy(retries=0)).retrier()
    assert retrier.delay_after(Unavailable("busy", status=503)) is None
    assert lines == []


def test_an_echo_of_a_replayed_text(kept: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """White space around what is spoken is compared with nothing, and comes through."""
    text = f"\n\n{TEXT}\n\n\n"
    run("say", text, "--replay", written(tmp_path, kept), "--echo", "-o", tmp_path / "again.wav")
    assert capsys.readouterr().out.strip() == TEXT


def test_segments_are_taken_in_order() -> None:
    """No place among them can be asked for."""
    counted = Counted(iter([]), 0, None)
    with pytest.raises(RuntimeError, match="from the first to the last"):
        counted[0]
