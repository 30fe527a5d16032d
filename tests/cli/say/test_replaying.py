"""`say --replay` of recordings that were changed: the line is named, and what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.command_line import run_here
from support.fake_server import ramp
from support.recorded_run import TEXT, Lines, recorded, written

from lightning_cli.errors import UsageFault


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """Return the lines of a recorded run."""
    return recorded(tmp_path_factory.mktemp("kept"))


def changed(lines: Lines, at: int, **fields: object) -> Lines:
    """Set fields of one line, None to leave one out."""
    made = {name: value for name, value in {**lines[at], **fields}.items() if value is not None}
    return [*lines[:at], made, *lines[at:][1:]]


def without_second_request(lines: Lines) -> Lines:
    """Leave out what was asked for the second segment."""
    second = [at for at, line in enumerate(lines) if line.get("event") == "request"][1]
    return [*lines[:second], lines[-1]]


def blank_first(lines: Lines) -> Lines:
    """Make the first segment white space, which is not spoken."""
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
        run_here("say", "--replay", path, "-o", output, *more)
        assert ramp(600) in output.read_bytes()
        return
    with pytest.raises(UsageFault) as fault:
        run_here("say", "--replay", path, "-o", output, *more)
    assert fault.value.message.removeprefix(f"{path}").startswith(told)
    assert fault.value.hint
    assert not output.exists()


def test_an_echo_of_a_replayed_text(kept: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """White space around what is spoken is compared with nothing, and comes through."""
    text = f"\n\n{TEXT}\n\n\n"
    run_here("say", text, "--replay", written(tmp_path, kept), "--echo", "-o", tmp_path / "again.wav")
    assert capsys.readouterr().out.strip() == TEXT
