"""Command lines that cannot be carried out: each is refused with its own words, before anything is sent or made."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.command_line import COMMAND, environment, lightning, run_here
from support.config_files import configure

from lightning_cli.errors import (
    CannotConnect,
    ConfigError,
    EngineError,
    ExitCode,
    InvalidRequest,
    LightningError,
    MissingKey,
    UsageFault,
)
from lightning_cli.local import offline_voices
from lightning_cli.system.install import install_command


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ("say x --local --cloud", UsageFault, "--local cannot be combined with --cloud or --base-url"),
        ("say x --transport ws", MissingKey, "--transport ws needs the smallest.ai service"),
        ("say x --local -l en --number-language hi -o x.wav", EngineError, "reads numbers in the language of the text"),
        ("say x --local --field emotion=calm -o x.wav", EngineError, "--field needs the smallest.ai service"),
        ("say x --local --curl", UsageFault, "curl cannot reach the offline engine"),
        ("say --dry-run -f empty.txt", InvalidRequest, "no text to speak"),
        ("say x --format wav", UsageFault, "--format needs -o"),
        ("voices -o x.wav", UsageFault, "-o needs --preview"),
        ("batch t.txt -d out --book -", UsageFault, "--book needs a file name"),
        ("batch t.txt -d out --subtitles s.srt", UsageFault, "--subtitles needs --book"),
    ],
)
def test_options(
    arguments: str, kind: type[LightningError], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Name the option that is wrong, or what it excludes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.txt").write_text("Hello.\n")
    (tmp_path / "empty.txt").touch()
    with pytest.raises(kind) as refused:
        run_here(*arguments.split())
    assert type(refused.value) is kind
    assert message in refused.value.message
    assert refused.value.hint
    assert sorted(os.listdir(tmp_path)) == ["empty.txt", "t.txt"]


@pytest.mark.parametrize("words", ["say x", "say x -o x.wav", "batch t.txt -d out", "voices --preview daniel -o x.wav"])
def test_neither_a_key_nor_an_engine(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A base install says what is missing and how this install gets it, and leaves nothing; no voice is blamed."""
    for engine in ("neural", "espeak"):
        monkeypatch.setattr(offline_voices, f"{engine}_installed", lambda: False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.txt").write_text("Hello.\n")
    with pytest.raises(MissingKey) as refused:
        run_here(*words.split())
    assert refused.value.message == "no API key, and no offline engine is installed"
    assert str(refused.value.hint) == (
        f"install the offline voice: {install_command('local')}, or set SMALLEST_API_KEY"
    )
    assert capsys.readouterr().err == ""
    assert not list(tmp_path.rglob("*.wav*"))
    if words == "say x":
        with pytest.raises(MissingKey) as german:
            run_here("say", "x", "-l", "de")
        assert f"offline voice: {install_command('espeak')}, or your system's package" in str(german.value.hint)
        with pytest.raises(CannotConnect) as lost:
            run_here("say", "x", "--base-url", "http://127.0.0.1:9", "--retries", "0", "-o", "x.wav")
        assert lost.value.hint == "check the network and --base-url"
        with pytest.raises(MissingKey, match=r"^no offline engine is installed$"):
            run_here("say", "x", "--local")


def test_what_the_configuration_says_of_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The engine that is configured, or whose voice is, is announced no more; a flag counts before it."""
    monkeypatch.chdir(tmp_path)
    run_here("say", "x", "-o", "x.wav")
    assert "no API key; using the offline voice" in capsys.readouterr().err
    for line in ("local = true", 'voice = "heart"'):
        configure(line)
        run_here("say", "x", "-o", "x.wav")
        assert "no API key" not in capsys.readouterr().err, line
    configure('local = true\nbase-url = "http://127.0.0.1:9"')
    run_here("say", "x", "-o", "x.wav")
    with pytest.raises(CannotConnect):
        run_here("say", "x", "-o", "x.wav", "--base-url", "http://127.0.0.1:9", "--retries", "0")
    with pytest.raises(MissingKey, match="no API key found"):
        run_here("say", "x", "-o", "x.wav", "--cloud")
    monkeypatch.setenv("LIGHTNING_TTS_BASE_URL", "http://127.0.0.1:9")
    run_here("say", "x", "-o", "x.wav", "--local")


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.jsonl", '{"text": 5, "output": "a.wav"}', "text"),
        ("a.jsonl", '{"text": "x", "output": "a.wav", "voice": 5}', "voice"),
        ("a.jsonl", '{"text": "x", "output": "a.wav", "speed": true}', "speed"),
        ("a.jsonl", '{"text": "x", "output": "a.wav", "dict": [1]}', "dict"),
        ("a.jsonl", '{"text": " ", "output": "a.wav"}', "text"),
        ("gone.txt", None, "cannot be read (No such file or directory)"),
    ],
)
def test_rows(
    name: str,
    text: str | None,
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Name the place of a row that is wrong, and what is wrong about it; nothing is sent."""
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path(name).write_text(text)
    with pytest.raises(UsageFault, match="1 problem in the sources"):
        run_here("batch", name, "-d", "out", "--local")
    told = capsys.readouterr().err
    assert name in told
    assert problem in told


@pytest.mark.parametrize("group", ["cache", "config"])
def test_a_group_alone_shows_its_help(group: str) -> None:
    """Show what a group has to offer, as a mistake."""
    done = lightning(group)
    assert (done.code, done.stdout) == (ExitCode.USAGE, b"")
    assert done.lines[0].strip().startswith(f"Usage: lightning-tts {group}")


@pytest.mark.parametrize("arguments", [("login",), ("batch", "-", "-d", "out")])
def test_closed_standard_input(arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Report that there is nothing to read from."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(LightningError, match="standard input is closed"):
        run_here(*arguments)


def test_editors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Name the editor that cannot be parsed, and report a missing one."""
    path = configure("# mine\n")
    monkeypatch.setenv("VISUAL", "vi 'x")
    with pytest.raises(ConfigError, match="the editor vi 'x cannot be understood"):
        run_here("config", "edit")
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="no editor found"):
        run_here("config", "edit")
    assert path.read_text() == "# mine\n"


def test_a_value_that_is_there_already(capsys: pytest.CaptureFixture[str]) -> None:
    """Leave the configuration alone where it says so already, also where a value is to go that is not there."""
    path = configure("volume = 5\n")
    before = path.stat().st_mtime_ns
    run_here("config", "set", "volume", "5")
    run_here("config", "unset", "voice")
    assert capsys.readouterr().err.count("nothing changed") == 2
    assert path.stat().st_mtime_ns == before


def test_a_traceback_is_asked_for_in_the_configuration() -> None:
    """Show where a failure came from when the configuration says debug."""
    configure("debug = true\n")
    done = lightning("say", "-f", "gone.txt", "--dry-run", env=environment())
    assert done.code == ExitCode.USAGE
    assert "Traceback (most recent call last):" in done.stderr


def test_a_label_too_long() -> None:
    """Refuse a host that no name server can be asked about."""
    done = lightning("say", "Hi", "-o", "/dev/null", "--format", "pcm", "--base-url", f"https://{'a' * 70}.invalid")
    assert done.code == ExitCode.CONFIG
    assert done.lines[0] == f"error: cannot make the request ({'a' * 70}.invalid, label empty or too long)"


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
    "standard output cannot be the audio twice": "say Hello -o - -o /dev/stdout",
    "./a.wav cannot be the audio twice": "say Hello -o a.wav -o ./a.wav",
    "linked.txt cannot be both the text and the audio": "say -f text.txt -o linked.txt --format wav",
    "s.srt cannot be the subtitles twice": "say Hello -o a.wav --subtitles s.srt --subtitles s.srt",
    "text.txt cannot be both the text and the recording": "say -f text.txt -o a.wav --record text.txt",
    "text.txt cannot be both the recording and the audio": "say --replay text.txt -o text.txt --format wav",
    "--echo cannot be combined with -o -": "say Hello --echo -o /dev/stdout",
    "rows.csv cannot be both the source and the report": "batch rows.csv -d . --report rows.csv",
    "b.wav cannot be both the book and the report": "batch rows.csv --book b.wav --report b.wav",
}


@pytest.mark.parametrize("says", ONE_PLACE)
def test_no_place_is_written_twice_or_over_what_is_read(kept: dict[str, bytes], says: str) -> None:
    """Refuse before anything is made, whatever name leads to the place."""
    with pytest.raises(UsageFault, match=f"^{says}$"):
        run_here(*ONE_PLACE[says].split())
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
            run_here(*line.format(here=Path.cwd().name).split())
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")] == [
        "error: over.csv:3: the output 'text.wav' is also the text of over.csv:2",
        "error: over.csv:4: the output 'linked.wav' is also the text of over.csv:2",
        "error: self.jsonl:1: the output 'self.wav' is also the source",
        "error: rows.csv:2: the output 'a.wav' is also the book",
        "error: rows.csv:2: the output 'a.wav' is also the report",
    ]
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == kept


def test_an_output_without_a_name() -> None:
    """Refuse an empty value, as a script's empty variable makes one."""
    for arguments in (["-o", ""], ["-o", "", "--format", "wav"]):
        with pytest.raises(UsageFault, match=r"^the name of an output is empty$"):
            run_here("say", "Hello", *arguments)


def test_names_of_files_where_a_text_belongs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that names a file is asked about; behind -- and among other words it is a text."""
    monkeypatch.chdir(tmp_path)
    for name in ("chapter.md", "my notes.txt", "done", "out.wav"):
        (tmp_path / name).touch()
    for words, message, hint in (
        (["chapter.md"], "'chapter.md' is a file", "with -f chapter.md, or its name behind --"),
        (["chapter.md", "my notes.txt"], "'chapter.md' is a file", "with -f chapter.md -f 'my notes.txt', or"),
        (["out.wav"], "'out.wav' is audio, not a text", "to write to it: -o out.wav"),
    ):
        with pytest.raises(UsageFault) as refused:
            run_here("say", "--dry-run", *words)
        assert refused.value.message == message
        assert hint in str(refused.value.hint)
    for words in (["--", "chapter.md"], ["Read", "chapter.md"], ["done"], ["gone.md"]):
        run_here("say", "--dry-run", *words)


def test_what_is_probably_not_meant(tmp_path: Path) -> None:
    """Standard output that stays empty in a file of its own, and flags of playback beside a file, are told."""
    for redirected, told in ((">x.wav", True), (">>x.log", False), (">/dev/null", False), ("| cat", False)):
        words = ("say", "Hi", "--voice", "espeak-en", "--device", "no such device")
        command = f"{shlex.join((*COMMAND, *words))} {redirected}"
        done = subprocess.run(
            ("sh", "-c", command), capture_output=True, text=True, env=environment(), cwd=tmp_path, check=False
        )
        assert ("note: the speech is played; nothing is written to standard output" in done.stderr) == told, redirected
    written = lightning(
        "say", "Hi", "--local", "--voice", "espeak-en", "-o", "y.wav", "--keys", "--overlap", cwd=tmp_path
    )
    assert written.lines == [
        "warning: --keys and --overlap have no effect on what is written; add --play to hear it too"
    ]
