"""``--install-completion``: what it writes, that it writes it once, and that the shells then complete."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import shellingham
from support.command_line import lightning
from support.shells import BASH_COMPLETION, bash, fish, surroundings, zsh

from lightning_cli.cli.completion import completion_install


def files_below(home: Path) -> Mapping[str, str]:
    """Read every file of a home directory and of the directories that the environment names."""
    return {
        str(path.relative_to(home.parent)): path.read_text()
        for path in sorted(home.parent.rglob("*"))
        if path.is_file() and path.name not in {".bash_history", ".zcompdump"}
    }


def install(shell: str) -> list[str]:
    """Install for a shell, twice; returns what was said the first time."""
    done = lightning("--install-completion", shell)
    assert (done.code, done.stdout) == (0, b"")
    return done.lines


@pytest.fixture
def home(private_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home in which the usual places are used."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "ZDOTDIR", "BASH_COMPLETION_USER_DIR"):
        monkeypatch.delenv(name, raising=False)
    return private_environment


def test_bash(home: Path) -> None:
    """Without the package bash-completion a line in .bashrc loads the script, and there is only ever one."""
    (home / ".bashrc").write_text("X=1")
    said = install("bash")
    written = files_below(home)
    script = home / ".local/share/bash-completion/completions/lightning-tts"
    assert said == [
        f"{script} is written",
        f"{home}/.bashrc has new lines at its end",
        "completion works in every new bash",
    ]
    assert (home / ".bashrc").read_text() == f"X=1\n# lightning-tts completion\n. {script}\n"
    assert install("bash")[0] == f"{script} is up to date"
    assert files_below(home) == written
    with bash(environment=surroundings(), options=()) as prompt:
        assert prompt.completed("lightning-tts dicts sy") == "lightning-tts dicts sync "


def test_bash_with_the_package(home: Path) -> None:
    """Where the package bash-completion is in use the script's place is enough."""
    before = f"source {BASH_COMPLETION}\n"
    (home / ".bashrc").write_text(before)
    assert "the package bash-completion loads it" in install("bash")
    assert (home / ".bashrc").read_text() == before
    with bash(environment=surroundings(), options=()) as prompt:
        assert prompt.completed("lightning-tts dicts sy") == "lightning-tts dicts sync "


@pytest.mark.parametrize("before", ["", "autoload -Uz compinit && compinit -u\n"], ids=["bare", "with compinit"])
def test_zsh(home: Path, before: str) -> None:
    """Whether .zshrc starts the completion system or not, the lines at its end make ours known, once."""
    (home / ".zshrc").write_text(before)
    install("zsh")
    written = files_below(home)
    assert written["home/.zshrc"].startswith(before + "# lightning-tts completion\n")
    install("zsh")
    assert files_below(home) == written
    (home / "bin").symlink_to(Path(sys.executable).parent)
    with zsh(environment=surroundings(), options=()) as prompt:
        assert prompt.completed("~/bin/lightning-tts dicts sy") == "~/bin/lightning-tts dicts sync "
        assert prompt.completed("lightning-tts dicts sy") == "lightning-tts dicts sync "


def test_fish(home: Path) -> None:
    """Fish finds the script by its place; a script of an older version is replaced."""
    script = home / ".config/fish/completions/lightning-tts.fish"
    script.parent.mkdir(parents=True)
    script.write_text("# old\n")
    assert install("fish")[0] == f"{script} is written"
    assert fish(["lightning-tts dicts sy"], surroundings())[0][0][0] == "sync"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_is_found_out(home: Path, shell: str) -> None:
    """Without a name the shell that runs the program is meant, whatever SHELL says."""
    done = subprocess.run(
        (shell, "-c", "lightning-tts --install-completion; true"),
        env=surroundings(SHELL="/bin/false"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr.endswith(f"completion works in every new {shell}\n")


def test_refusals(home: Path) -> None:
    """A shell without completion, one that is not changed from here, and a place that cannot be written are told."""
    unknown = lightning("--install-completion", "zhs")
    assert (unknown.code, unknown.lines) == (
        2,
        ["error: unknown shell 'zhs'", "hint: did you mean zsh?"],
    )
    powershell = lightning("--install-completion", "powershell")
    assert powershell.code == 2
    assert "$PROFILE" in powershell.lines[1]
    (home / ".zfunc").touch()
    blocked = lightning("--install-completion", "zsh")
    assert (blocked.code, blocked.lines[0]) == (9, f"error: {home}/.zfunc cannot be written (File exists)")
    assert not (home / ".zshrc").exists()
    assert lightning("--show-completion", "tcsh").code == 2


def test_a_shell_that_cannot_be_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take the login shell; without bash, nothing of bash loads by itself."""

    def unknown() -> tuple[str, str]:
        raise shellingham.ShellDetectionFailure

    monkeypatch.setattr(shellingham, "detect_shell", unknown)
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert completion_install._running_shell() == "fish"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not completion_install._bash_loads_by_itself()
