"""Commands where hardly anybody goes, in this process: what they write, and what they leave."""

import getpass
import io
import json
import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import shellingham
from support.command_line import KEY
from support.config_files import configure
from support.fake_server import SpeechServer, ramp, refuses, serving, speaks
from support.size_limits import files_of

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.cli.app import root_command
from lightning_cli.cli.commands import login
from lightning_cli.cli.completion import completion_install, completion_values
from lightning_cli.cli.config import config_edit
from lightning_cli.cli.say import json_result
from lightning_cli.cli.say.captions import Captions
from lightning_cli.cli.terminal import listing, stats
from lightning_cli.cli.terminal.console import Console
from lightning_cli.errors import (
    ConfigError,
    ExitCode,
    KeyRefused,
    LightningError,
    MissingKey,
    OutputError,
    ServiceError,
)
from lightning_cli.pipeline.metrics import Ledger
from lightning_cli.sinks import SinkOptions
from lightning_cli.system import trace
from tools import generate


def run(*arguments: object) -> None:
    """Run a command line in this process; what it raises passes through."""
    root_command().main(args=[*map(str, arguments)], prog_name="lightning-tts", standalone_mode=False)


@pytest.fixture(scope="module")
def server() -> Iterator[SpeechServer]:
    """Return a server that speaks whatever it is sent."""
    with serving(speaks(ramp(600))) as made:
        yield made


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Be a person with a key, in a directory of their own."""
    monkeypatch.setenv("SMALLEST_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)


def refused(*arguments: object) -> LightningError:
    """Run a command that fails, and return its fault."""
    with pytest.raises(LightningError) as told:
        run(*arguments)
    return told.value


@pytest.mark.usefixtures("key")
def test_g711_where_nobody_has_seen_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Warn that it is taken for PCM, and say what gives it."""
    run("say", "Hi", "--wire-format", "ulaw", "--dry-run")
    assert "ulaw has never been seen in event streams; treating the audio as PCM" in capsys.readouterr().err


@pytest.mark.usefixtures("key")
def test_a_whole_text_is_echoed(server: SpeechServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Markup and all, though the request has none."""
    run("say", "**Hi** there.", "--whole", "--markup", "markdown", "--echo", "-o", "x.wav", "--base-url", server.url)
    assert capsys.readouterr().out == "**Hi** there."
    assert server.requests[-1].json["text"].strip() == "Hi there."


def test_numbers_of_a_run_that_never_spoke(capsys: pytest.CaptureFixture[str]) -> None:
    """There are none, and nothing is claimed."""
    try:
        fault = refused("say", "Hi", "--stats", "--cloud", "-o", "x.wav")
        assert isinstance(fault, MissingKey)
        ledger = Ledger()
        stats.show(Console(), ledger, stats.SUMMARY)
        assert capsys.readouterr() == ("", "")
        assert next(name for name, _ in ledger.timeline()) == "interpreter"
    finally:
        trace.stop()  # a command ends with its process


@pytest.mark.usefixtures("key")
def test_ids_that_come_back(capsys: pytest.CaptureFixture[str]) -> None:
    """One's own are told and no more; another's are a warning."""
    told = []
    for echoed in ("mine", "theirs"):
        with serving(speaks(ramp(60), extra=[f"X-External-Request-Id: {echoed}"])) as made:
            run("say", "Hi.", "--request-id", "mine", "--verbose", "-o", "x.wav", "--base-url", made.url)
        told.append(capsys.readouterr().err)
    assert "your request id as mine" in told[0]
    assert "warning" not in told[0]
    assert "warning: the answer carries request id theirs, but mine was sent" in told[1]


@pytest.mark.parametrize(
    ("words", "body", "hint"),
    [
        (["--voice", "qqqqzzzz"], {"message": "unknown voice"}, None),
        (["--model", "future_9"], {"message": "unknown model"}, "the models are lightning_v3.1"),
        (["--model", "future_9"], {"message": "no"}, None),
    ],
)
@pytest.mark.usefixtures("key")
def test_names_that_the_service_does_not_know(words: list[str], body: object, hint: str | None) -> None:
    """Name what is close, or what there is, and guess nothing."""
    with serving(refuses("400 Bad Request", body)) as made:
        fault = refused("say", "Hi.", *words, "-o", "x.wav", "--base-url", made.url)
    assert isinstance(fault, ServiceError)
    assert "did you mean" not in (fault.hint or "")
    assert hint is None or (fault.hint or "").startswith(hint)


@pytest.mark.parametrize(("flag", "named"), [("--age", "ages here: "), ("--use-case", "uses here: ")])
def test_filters_that_leave_nothing(flag: str, named: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Say what there would be."""
    run("voices", flag, "nobody")
    out, err = capsys.readouterr()
    assert out == ""
    assert named in err


def test_an_empty_list_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No header stands over nothing."""
    master, slave = pty.openpty()
    with os.fdopen(master, "rb"), os.fdopen(slave, "w") as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", terminal)
        listing.write_list(Console(), ("id",), [])
        terminal.flush()
        os.set_blocking(master, False)
        with pytest.raises(BlockingIOError):
            os.read(master, 1)


@pytest.mark.usefixtures("key")
def test_a_key_is_refused_for_every_dictionary() -> None:
    """The second is not even asked for."""
    with serving(refuses("401 Unauthorized", {"error": "Unauthorized"})) as made:
        fault = refused("dicts", "delete", "a1", "b2", "--base-url", made.url)
        assert isinstance(fault, KeyRefused)
        assert len(made.requests) == 1


def test_the_files_that_follow_from_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is written where it belongs, and named."""
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "TABLE", tmp_path / "data" / "commands.json")
    monkeypatch.setattr(generate, "MANPAGE", tmp_path / "docs" / "lightning-tts.1")
    monkeypatch.setattr(generate, "REFERENCE", tmp_path / "docs" / "reference.md")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "reference.md").write_text("<!-- help:begin -->\n<!-- help:end -->\n")
    assert generate.main(["completions"]) == 0
    assert generate.main(["docs"]) == 0
    named = capsys.readouterr().err.splitlines()
    assert "docs/lightning-tts.1" in named
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == {*named}


def test_subtitles_that_cannot_be_written(tmp_path: Path) -> None:
    """Say so; the name leads to a full device."""
    (tmp_path / "x.vtt").symlink_to("/dev/full")
    captions = Captions([str(tmp_path / "x.vtt")], SinkOptions())
    with pytest.raises(OutputError, match="no space is left on the device"):
        captions.write(PcmFormat(8000))


def test_the_end_of_input_in_the_place_of_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-D is no key."""

    def ends(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", ends)
    assert login._asked() == ""


def test_a_shell_that_cannot_be_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take the login shell; without bash, nothing of bash loads by itself."""

    def unknown() -> tuple[str, str]:
        raise shellingham.ShellDetectionFailure

    monkeypatch.setattr(shellingham, "detect_shell", unknown)
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert completion_install._running_shell() == "fish"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not completion_install._bash_loads_by_itself()


def test_completion_without_what_it_reads(tmp_path: Path) -> None:
    """What is not there, or is something else, completes to nothing."""
    (tmp_path / "list").write_text("[]")
    for path in (tmp_path / "nothing", tmp_path / "list", tmp_path):
        assert completion_values._read(str(path)) == {}
    cache = Path(os.environ["XDG_CACHE_HOME"], "lightning-tts", "dictionaries.json")
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text(
        json.dumps({"version": 1, "dictionaries": {"a": [1, {"id": 2}, {"id": "x", "words": 3}], "b": None}})
    )
    assert completion_values._dictionaries({}, {}) == [("x", "")]


def test_a_bug_as_json() -> None:
    """Its class is its kind."""
    told = json_result._error_of(ZeroDivisionError("x"), ("unexpected", "report it"))
    assert (told["kind"], told["exit_code"], told["hint"]) == ("ZeroDivisionError", ExitCode.UNEXPECTED, "report it")


def test_a_slice_that_the_machine_knows(capsys: pytest.CaptureFixture[str]) -> None:
    """A configuration may ask for it on a machine that has none."""
    run("config", "set", "batch.shard", "auto")
    run("config", "get", "batch.shard")
    assert capsys.readouterr().out.strip() == "auto"
    with pytest.raises(LightningError):
        run("config", "set", "batch.shard", "3/2")


def test_an_edit_that_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anything but Enter leaves the file as it was; Enter opens the draft again."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "no toml" >> "$1"\n')
    editor.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(editor))
    monkeypatch.setattr(config_edit, "is_terminal", lambda _: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\nn\n"))
    path = configure('voice = "sophia"\n')
    fault = refused("config", "edit")
    assert isinstance(fault, ConfigError)
    assert "is as it was" in fault.message
    assert path.read_text() == 'voice = "sophia"\n'
    assert capsys.readouterr().err.count("Enter opens it again") == 2


def test_a_draft_that_finds_no_room(tmp_path: Path) -> None:
    """Say so, and leave no part of it behind."""
    with files_of(10), pytest.raises(ConfigError, match="cannot be written"):
        config_edit.draft_of(tmp_path / "config.toml", bytes(1000))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "taken.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        config_edit.save(tmp_path / "taken.toml", b"", None)
