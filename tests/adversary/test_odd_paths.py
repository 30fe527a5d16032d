"""Names that cannot be looked up, links that lead to themselves, editors that leave nothing: told, never a bug."""

import os
from pathlib import Path

import pytest
from support.command_line import environment, lightning
from support.config_files import config_home, configure

from lightning_cli.errors import ExitCode

# More than a file system takes for one name.
TOO_LONG = "a text where the name of a file belongs " * 7


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("say", "-f", TOO_LONG, "--dry-run"), ExitCode.USAGE, "(File name too long)"),
        (("say", "Hi", "--record", TOO_LONG, "-o", "a.wav"), ExitCode.OUTPUT, "the name is too long"),
    ],
    ids=["text", "recording"],
)
def test_a_name_too_long(arguments: tuple[str, ...], code: ExitCode, told: str, tmp_path: Path) -> None:
    """Refuse it as any other name that nothing can be found under, and make nothing."""
    done = lightning(*arguments, cwd=tmp_path)
    assert done.code == code
    assert told in done.stderr
    assert os.listdir(tmp_path) == []


def test_a_configuration_that_leads_to_itself() -> None:
    """Refuse to edit a link that never comes to a file, and say that it cannot be looked at."""
    path = config_home() / "config.toml"
    path.parent.mkdir()
    path.symlink_to(path)
    for arguments in (("edit",), ("set", "volume", "5")):
        done = lightning("config", *arguments, env=environment(LIGHTNING_TTS_CONFIG=str(path), EDITOR="true"))
        assert (done.code, "Too many levels of symbolic links" in done.lines[0]) == (ExitCode.CONFIG, True)
    done = lightning("config", "path", env=environment(LIGHTNING_TTS_CONFIG=str(path)))
    assert (done.code, done.stdout) == (0, f"{path}\n".encode())
    assert done.lines == ["note: cannot read it (Too many levels of symbolic links)"]


def test_an_editor_that_leaves_nothing() -> None:
    """Report the failure, and leave the configuration as it was."""
    path = configure("# mine\n")
    done = lightning("config", "edit", env=environment(EDITOR="rm"))
    assert done.code == ExitCode.CONFIG
    assert done.lines[0] == f"error: the editor left no file behind; {path} is unchanged"
    assert path.read_text() == "# mine\n"
    assert os.listdir(path.parent) == [path.name]


def test_a_configuration_without_an_end() -> None:
    """Refuse a device that gives bytes for ever, before memory is full of them."""
    done = lightning("config", "set", "volume", "5", env=environment(LIGHTNING_TTS_CONFIG="/dev/zero"))
    assert (done.code, "/dev/zero is longer than" in done.lines[0]) == (ExitCode.CONFIG, True)


def test_a_home_whose_name_is_no_utf8(tmp_path: Path) -> None:
    """Write its name into a shell's start-up file as the system spells it."""
    home = tmp_path / os.fsdecode(b"caf\xe9")
    home.mkdir()
    done = lightning("--install-completion", "zsh", env=environment(HOME=str(home), ZDOTDIR=str(tmp_path)))
    assert (done.code, done.lines[-1]) == (0, "completion works in every new zsh")
    assert b"fpath+=('" + os.fsencode(home) + b"/.zfunc')\n" in (tmp_path / ".zshrc").read_bytes()
