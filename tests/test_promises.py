"""What the written promises say, tried on the command line where nobody had: places, tracebacks, words told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import COMMAND, TIMEOUT_S, lightning
from support.config_files import configure
from support.serve_process import running

from lightning_cli.cli.app import root_command
from lightning_cli.cli.names import PROGRAM
from lightning_cli.cli.terminal.console import Console
from lightning_cli.cli.terminal.suggest import usage_problem
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.client.slots import Slots
from lightning_cli.errors import ConfigError, MissingKey, UsageFault
from lightning_cli.request import SAMPLE_RATES
from lightning_cli.sinks.containers import CONTAINERS, Container
from lightning_cli.sinks.targets import PathRegistry


def run(*arguments: str) -> object:
    """Run a command line in this process; what it raises passes through."""
    return root_command().main(args=list(arguments), prog_name=PROGRAM, standalone_mode=False)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Work among a person's files, and return their contents; whatever happens to them is seen."""
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("Hello.")
    Path("rows.csv").write_text("text,output\nHello.,a.wav\n")
    Path("text.wav").write_text("Hello.")
    Path("over.csv").write_text("file,output\ntext.wav,b.wav\ntext.wav,text.wav\nlinked.wav,linked.wav\n")
    Path("self.jsonl").write_text('{"text": "Hello.", "output": "self.wav"}\n')
    Path("self.wav").symlink_to("self.jsonl")
    Path("linked.txt").symlink_to("text.txt")
    Path("linked.wav").symlink_to("text.wav")
    return {path.name: path.read_bytes() for path in Path().iterdir()}


ONE_PLACE = {
    "standard output is to be the audio twice": "say Hello -o - -o /dev/stdout",
    "./a.wav is to be the audio twice": "say Hello -o a.wav -o ./a.wav",
    "linked.txt is to be the text and the audio": "say -f text.txt -o linked.txt --format wav",
    "s.srt is to be the subtitles twice": "say Hello -o a.wav --subtitles s.srt --subtitles s.srt",
    "text.txt is to be the text and the recording": "say -f text.txt -o a.wav --record text.txt",
    "text.txt is to be the recording and the audio": "say --replay text.txt -o text.txt --format wav",
    "--echo cannot be combined with -o -": "say Hello --echo -o /dev/stdout",
    "rows.csv is to be the source and the report": "batch rows.csv -d . --report rows.csv",
    "b.wav is to be the book and the report": "batch rows.csv --book b.wav --report b.wav",
}


@pytest.mark.parametrize("says", ONE_PLACE)
def test_no_place_is_written_twice_or_over_what_is_read(kept: dict[str, bytes], says: str) -> None:
    """Refuse before anything is made, whatever name leads to the place."""
    with pytest.raises(UsageFault, match=f"^{says}$"):
        run(*ONE_PLACE[says].split())
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == kept


def test_no_row_is_written_over_what_is_read(kept: dict[str, bytes], capsys: pytest.CaptureFixture[str]) -> None:
    """Name every row whose output is the manifest, a text, the book or the report."""
    for line in (
        "batch over.csv -d . --format wav",
        "batch self.jsonl -d ../{here} --format wav",
        "batch rows.csv -d . --book a.wav",
        "batch rows.csv -d . --report a.wav",
    ):
        with pytest.raises(UsageFault, match=r"problems? in the sources"):
            run(*line.format(here=Path.cwd().name).split())
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")] == [
        "error: over.csv:3: the output 'text.wav' is also the text of over.csv:2",
        "error: over.csv:4: the output 'linked.wav' is also the text of over.csv:2",
        "error: self.jsonl:1: the output 'self.wav' is also the source",
        "error: rows.csv:2: the output 'a.wav' is also the book",
        "error: rows.csv:2: the output 'a.wav' is also the report",
    ]
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == kept


def test_places_that_nothing_is_lost_in(tmp_path: Path) -> None:
    """Take the null device as often as it is named, and leave what is no name to whoever opens it."""
    places = PathRegistry()
    places.read(str(tmp_path), "the text")
    for name in ("/dev/null", "/dev/null", "a\0b", "a\0b", str(tmp_path)):
        places.write(name, "the audio")
    assert places.use_of(str(tmp_path)) == "the audio"


def test_an_output_without_a_name() -> None:
    """Say so, as a script's empty variable makes one."""
    for arguments in (["-o", ""], ["-o", "", "--format", "wav"]):
        with pytest.raises(UsageFault, match=r"^an output has no name$"):
            run("say", "Hello", *arguments)


@pytest.mark.parametrize("value", ["0", "false", "", " No "])
def test_a_variable_that_says_no_asks_for_no_traceback(
    value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Take a variable for what its option takes it for."""
    from lightning_cli.cli import run as edge

    monkeypatch.setenv("LIGHTNING_TTS_DEBUG", value)
    edge._show_traceback(Console(), [])
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("LIGHTNING_TTS_DEBUG", "1")
    edge._show_traceback(Console(), [])
    assert "traceback follows" in capsys.readouterr().err


def test_a_configuration_that_says_no_asks_for_no_traceback() -> None:
    """Be silent when the file says so in as many words."""
    configure("debug = false\n")
    done = lightning("say", "-f", "gone.txt", "--dry-run")
    assert done.code == 2
    assert "traceback" not in done.stderr.lower()


def test_a_missing_choice_is_told_on_one_line() -> None:
    """Name the choices as a sentence does: a line end of the framework's would be shown escaped."""
    with pytest.raises(Exception, match=r"SHELL|Missing") as caught:
        run("completion")
    message, hint = usage_problem(caught.value, PROGRAM, ["completion"])
    assert message == "Missing argument 'SHELL'. Choose from: bash, zsh, fish, powershell"
    assert hint == "lightning-tts completion --help"


def test_a_number_is_told_as_one() -> None:
    """Speak of the number that is none, and not of a range."""
    with pytest.raises(Exception, match=r"many") as caught:
        run("say", "Hello", "--retries", "many")
    message, _ = usage_problem(caught.value, PROGRAM, ["say"])
    assert message.endswith("'many' is not a valid int")


@pytest.mark.parametrize("text", ["voice = 3\n", "profiles = 1\n", "[say]\nspeed = 'fast'\n", "volume = 'a\\u0000b'\n"])
def test_whatever_is_wrong_with_the_configuration_has_a_hint(text: str) -> None:
    """Say what to do next, whichever rule a value breaks."""
    configure(text)
    with pytest.raises(ConfigError) as caught:
        run("say", "Hello", "--dry-run")
    assert caught.value.hint


def test_a_preview_without_a_key_ends_as_speech_without_one_does(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit with 3, as the table of codes has it for a missing key."""
    for line in ("voices --preview avery -o a.wav", "say Hello --voice avery -o a.wav", "say Hello --cloud -o a.wav"):
        with pytest.raises(MissingKey) as caught:
            run(*line.split())
        assert caught.value.exit_code == 3
    assert capsys.readouterr().out == ""


def test_an_editor_that_is_not_there_leaves_no_draft(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep a draft only where somebody could have written in it."""
    directory = configure("voice = 'heart'\n").parent
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "/no/such/editor --wait")
    with pytest.raises(ConfigError, match=r"the editor /no/such/editor cannot be run \(no such program\)"):
        run("config", "edit")
    assert [path.name for path in directory.iterdir()] == ["config.toml"]
    broken = tmp_path / "editor"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(broken))
    with pytest.raises(ConfigError, match="cannot be run"):
        run("config", "edit")


@pytest.mark.parametrize(
    ("words", "code"), [(["--version"], 9), (["voices", "--offline"], 9), (["say", "x", "-o", "a.zzz", "--json"], 2)]
)
def test_a_full_standard_output_as_a_person_has_it(words: list[str], code: int) -> None:
    """End with our code, not with Python's 120 for what is left in its buffer, and say nothing behind the hint."""
    assert "PYTHONUNBUFFERED" not in os.environ
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            (*COMMAND, *words), stdout=full, stderr=subprocess.PIPE, timeout=TIMEOUT_S, check=False, text=True
        )
    assert done.returncode == code, done.stderr
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["error", "hint"]


def test_no_other_voice_speaks_without_a_key(tmp_path: Path) -> None:
    """A voice or a model that only the service has is an error, also where a server of the person's own is found."""
    for words in (["--voice", "daniel"], ["--model", "lightning_v3.1_pro"]):
        with pytest.raises(MissingKey, match=f"'{words[1]}' needs the smallest.ai service, but no API key is set"):
            run("say", "Hello", "--local", "-o", str(tmp_path / "a.wav"), *words)
    with running():
        found = lightning("say", "Hello", "-q", "-o", "a.wav", "--voice", "daniel", cwd=tmp_path)
    assert (found.code, found.lines[0]) == (
        3,
        "error: voice 'daniel' needs the smallest.ai service, but no API key is set",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_system_without_locks_takes_no_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the service without a turn where there is nothing to take turns by."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    assert Slots(ServiceSettings(base_url="https://example.org", key="sk_none")).take() is None


def test_a_standing_format_lets_speech_be_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format of the configuration or a variable waits for a file; as a flag without one it is a mistake."""

    def problem(*words: str) -> str:
        with pytest.raises(MissingKey) as caught:
            run("say", "Hello", "--cloud", *words)
        return caught.value.message

    configure("format = 'mp3'\n")
    assert problem() == "no API key found"
    configure("")
    monkeypatch.setenv("LIGHTNING_TTS_FORMAT", "mp3")
    assert problem() == "no API key found"
    with pytest.raises(UsageFault, match="--format needs -o"):
        run("say", "Hello", "--cloud", "--format", "mp3")


@pytest.mark.parametrize("container", [one for one in CONTAINERS.values() if one.sample_rates])
def test_the_rate_that_a_container_advises_is_one_of_the_service(container: Container) -> None:
    """Name a rate that leads on: most of those that Opus takes the service refuses."""
    with pytest.raises(UsageFault) as caught:
        container.check_rate(1)
    advised = str(caught.value.hint).removeprefix("use -r ").partition(",")[0]
    assert int(advised) in SAMPLE_RATES
    assert container.takes_rate(int(advised))
