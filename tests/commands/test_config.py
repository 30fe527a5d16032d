"""The commands config path, show, get and edit."""

import os
from pathlib import Path

import pytest
from support.command_line import COMMAND, environment, lightning
from support.config_files import config_home, configure
from support.pty_session import terminal
from support.scripted_editor import append, editor

from lightning_cli.cli.app import root_command
from lightning_cli.errors import ExitCode, UsageFault


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command in this process and return what it writes to standard output."""
    root_command().main(args=list(arguments), prog_name="lightning-tts", standalone_mode=False)
    return capsys.readouterr().out


def test_path() -> None:
    """Print where the file is, which a variable may change, and say when it is not there."""
    done = lightning("config", "path")
    assert (done.code, done.stdout.decode()) == (0, f"{config_home()}/config.toml\n")
    assert done.lines == ["note: this file does not exist; create it with lightning-tts config edit"]
    done = lightning("config", "path", env=environment(LIGHTNING_TTS_CONFIG="/dev/null"))
    assert (done.stdout, done.stderr) == (b"/dev/null\n", "")


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
    with pytest.raises(UsageFault, match="unknown setting 'vioce'") as fault:
        run(capsys, "config", "get", "vioce")
    assert fault.value.hint == "did you mean voice?"


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
    kept = Path(done.lines[0].rpartition(" is unchanged; your edits are in ")[2])
    assert kept.read_text().startswith("# comment\n")
    assert kept.suffix == ".toml"


def test_edit_of_nothing(tmp_path: Path) -> None:
    """Report that nothing changed, and name the editor that cannot be run."""
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
        assert f"saved {path}" in shell.text.replace("\r\n", "")
    assert path.read_text() == "volume = 9\n"
