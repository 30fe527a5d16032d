"""The commands config path, show, get and edit."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from support.command_line import COMMAND, environment, lightning
from support.config_files import config_home, configure
from support.pty_session import terminal

from lightning_cli.cli.app import root_command
from lightning_cli.errors import ConfigError, ExitCode, UsageFault

SECRET = "sk_0123456789abcdefgh"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command in this process and return what it writes to standard output."""
    root_command().main(args=list(arguments), prog_name="lightning-tts", standalone_mode=False)
    return capsys.readouterr().out


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, list[Any]]:
    """Run config show --json and give value, source and place by key."""
    rows = json.loads(run(capsys, "config", "show", "--json", *arguments))
    return {row["key"]: [row["value"], row["source"], row["where"]] for row in rows}


def test_path() -> None:
    """Print where the file is, which a variable may change, and say when it is not there."""
    done = lightning("config", "path")
    assert (done.code, done.stdout.decode()) == (0, f"{config_home()}/config.toml\n")
    assert done.lines == ["note: this file does not exist; create it with lightning-tts config edit"]
    done = lightning("config", "path", env=environment(LIGHTNING_TTS_CONFIG="/dev/null"))
    assert (done.stdout, done.stderr) == (b"/dev/null\n", "")


def test_show(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell every value and what set it; one row more for a command that differs."""
    path = str(
        configure(
            'profile = "p"\nvoice = "all"\nspeed = 1.5\nretries = 1\nkeyring = true\ndict = ["a", "b"]\n'
            '[say]\nretries = 5\n[serve]\nport = 9000\n[profiles.p]\nspeed = 2\nkey-command = ["pass", "smallest"]\n'
        )
    )
    monkeypatch.setenv("LIGHTNING_TTS_VOLUME", "50")
    rows = shown(capsys)
    assert rows["voice"] == ["all", "config", path]
    assert rows["speed"] == [2.0, "profile", "p"]
    assert rows["volume"] == [50, "environment", "LIGHTNING_TTS_VOLUME"]
    assert rows["max-chars"] == [250, "default", None]
    assert rows["model"] == [None, "default", None]
    assert rows["dict"] == [["a", "b"], "config", path]
    assert [rows["retries"], rows["say.retries"]] == [[1, "config", path], [5, "config", path]]
    assert [rows["serve.port"], rows["serve.concurrency"]] == [[9000, "config", path], [1, "default", None]]
    assert rows["profile"] == ["p", "config", path]
    assert rows["key-command"] == [["pass", "smallest"], "profile", "p"]
    assert rows["keyring"] == [True, "config", path]
    assert rows["api-key"] == ["hidden", "key", "the key-command"]
    assert "batch.voice" not in rows
    assert shown(capsys, "--profile", "")["speed"] == [1.5, "config", path]
    assert shown(capsys, "--profile", "p")["profile"] == ["p", "flag", "--profile"]
    monkeypatch.setenv("LIGHTNING_TTS_PROFILE", "p")
    assert shown(capsys)["profile"] == ["p", "environment", "LIGHTNING_TTS_PROFILE"]
    monkeypatch.delenv("LIGHTNING_TTS_PROFILE")
    lines = run(capsys, "config", "show").splitlines()
    assert f"voice\tall\tconfig\t{path}" in lines
    assert "model\t-\tdefault\t-" in lines


def test_show_never_shows_a_key(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell the place of the key and not the key, wherever somebody has put one."""
    path = configure(f'api-key-file = "/nowhere"\nkey-command = "echo {SECRET}"\n')
    for arguments in (("show",), ("show", "--json"), ("get", "key-command"), ("get", "api-key")):
        assert SECRET not in run(capsys, "config", *arguments)
    rows = shown(capsys)
    assert rows["api-key-file"] == ["/nowhere", "config", str(path)]
    assert rows["api-key"] == ["hidden", "key", "the key file /nowhere"]
    monkeypatch.setenv("SMALLEST_API_KEY", SECRET)
    assert shown(capsys)["api-key"] == ["hidden", "key", "SMALLEST_API_KEY"]
    monkeypatch.setenv("LIGHTNING_TTS_API_KEY_FILE", "/elsewhere")
    rows = shown(capsys)
    assert rows["api-key-file"] == ["/elsewhere", "environment", "LIGHTNING_TTS_API_KEY_FILE"]
    assert rows["api-key"] == ["hidden", "key", "the key file /elsewhere"]


def test_get(capsys: pytest.CaptureFixture[str]) -> None:
    """Print one value: a list one a line, nothing for what is not set, and JSON when asked."""
    configure('voice = "all"\ndict = ["a", "b"]\nexpire-content = true\n[batch]\njobs = 4\n')
    expected = {
        "voice": "all\n",
        "say.voice": "all\n",
        "dict": "a\nb\n",
        "expire_content": "true\n",
        "jobs": "1\n",
        "batch.jobs": "4\n",
        "model": "",
        "max-wait": "60.0\n",
    }
    assert {key: run(capsys, "config", "get", key) for key in expected} == expected
    assert [run(capsys, "config", "get", key, "--json") for key in ("dict", "model")] == ['["a", "b"]\n', "null\n"]
    with pytest.raises(UsageFault, match="unknown setting vioce") as fault:
        run(capsys, "config", "get", "vioce")
    assert fault.value.hint == "did you mean voice?"


def test_show_checks_the_whole_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Refuse a wrong name in the table of any command."""
    configure("[cache]\nvoice = 'x'\n")
    with pytest.raises(ConfigError, match=r"voice in \[cache\] is not a key of the command cache"):
        run(capsys, "config", "show")


def editor(tmp_path: Path, code: str) -> dict[str, str]:
    """Return an environment whose editor is a Python program; ``path`` is the file it is to edit."""
    program = tmp_path / "editor.py"
    program.write_text(f"import sys\nfrom pathlib import Path\npath = Path(sys.argv[-1])\n{code}\n")
    return environment(VISUAL=f"{sys.executable} '{program}' --wait", EDITOR="false")


def append(line: str) -> str:
    """Return the code of an editor that adds a line."""
    return f"path.write_text(path.read_text() + {line!r})"


def test_edit_begins_with_a_list_of_keys(tmp_path: Path) -> None:
    """Make the file, for this user alone, from what the editor leaves of the template."""
    done = lightning("config", "edit", env=editor(tmp_path, append('\nvoice = "new"\n')))
    path = config_home() / "config.toml"
    assert (done.code, done.stdout, done.stderr) == (0, b"", f"{path} is saved\n")
    text = path.read_text()
    assert "\n# sample-rate = 44100\n" in text
    assert text.endswith('voice = "new"\n')
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["config.toml"]


def test_edit_keeps_link_and_permissions(tmp_path: Path) -> None:
    """Replace what a link leads to, with its permissions, and leave the link."""
    kept = tmp_path / "dotfiles.toml"
    kept.write_text("# mine\n")
    kept.chmod(0o640)
    link = config_home() / "config.toml"
    link.parent.mkdir()
    link.symlink_to(kept)
    assert lightning("config", "edit", env=editor(tmp_path, append("volume = 5\n"))).code == 0
    assert link.is_symlink()
    assert kept.read_text() == "# mine\nvolume = 5\n"
    assert kept.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (append("[batch]\njbos = 4\n"), "config.toml:3: jbos in [batch] is not a key of the command batch"),
        ("sys.exit(7)", "ended with status 7"),
        (append("retries = 1\n") + "\n(path.parent / 'config.toml').write_text('# other\\n')", "another program"),
    ],
    ids=["name", "editor", "race"],
)
def test_edit_saves_nothing_bad(tmp_path: Path, code: str, problem: str) -> None:
    """Leave the file as it was, end with 3, and keep what was written in a file that is named."""
    path = configure("# comment\n")
    done = lightning("config", "edit", env=editor(tmp_path, code))
    assert done.code == ExitCode.CONFIG
    assert problem in done.lines[0]
    assert path.read_text() in {"# comment\n", "# other\n"}
    kept = Path(done.lines[0].rpartition(" is as it was, yours is in ")[2])
    assert kept.read_text().startswith("# comment\n")
    assert kept.suffix == ".toml"


def test_edit_of_nothing(tmp_path: Path) -> None:
    """Say so when nothing changed, and say which editor cannot be run."""
    path = configure("# comment\n")
    done = lightning("config", "edit", env=editor(tmp_path, "pass"))
    assert (done.code, done.stderr) == (0, "nothing changed\n")
    done = lightning("config", "edit", env=environment(EDITOR="/no/such/editor"))
    assert (done.code, "the editor /no/such/editor cannot be run" in done.stderr) == (3, True)
    assert os.listdir(path.parent)[0]
    assert path.read_text() == "# comment\n"


def test_edit_works_on_a_bad_file_and_asks_again_on_a_terminal(tmp_path: Path) -> None:
    """Open what is wrong again as often as the person likes."""
    path = configure("volume = 'loud'\n")
    code = "text = path.read_text()\npath.write_text('volume = 9\\n' if 'quiet' in text else \"volume = 'quiet'\\n\")"
    with terminal([*COMMAND, "config", "edit"], editor(tmp_path, code)) as shell:
        shell.wait_for("volume must be a whole number, not 'quiet'")
        shell.wait_for("Enter opens it again")
        shell.press("\n")
        assert shell.end() == 0
        assert f"{path} is saved" in shell.text.replace("\r\n", "")
    assert path.read_text() == "volume = 9\n"
