"""The installation of a shell's completion script where the shell finds it; idempotent."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from lightning_cli.cli.completion.completion_scripts import SCRIPTS
from lightning_cli.cli.terminal.console import Console
from lightning_cli.errors import OutputError, UsageFault
from lightning_cli.system.close_words import did_you_mean
from lightning_cli.system.small_files import replace_file

DETECT = "auto"
_HINT = "lightning-tts completion SHELL prints the script, SHELL being bash, zsh, fish or powershell"
# How long a person's own start-up files may take.
_BASH_S = 10.0
_ZSH_LINES = (
    "fpath+=(DIRECTORY)",
    "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }",
    "autoload -Uz _lightning-tts && compdef _lightning-tts lightning-tts",
)


def shell_named(name: str) -> str:
    """Return a shell that there is a script for; ``auto`` stands for the one that runs this. Raises ``UsageFault``."""
    shell = _running_shell() if name == DETECT else name.lower()
    shell = "powershell" if shell == "pwsh" else shell
    if shell not in SCRIPTS:
        said = f"unknown shell {shell!r}" if shell else "cannot tell which shell this is"
        raise UsageFault(said, hint=did_you_mean(shell, SCRIPTS) or _HINT)
    return shell


def _running_shell() -> str:
    import shellingham

    try:
        found: tuple[str, str] = shellingham.detect_shell()
    except (shellingham.ShellDetectionFailure, NotImplementedError, OSError):
        return Path(os.environ.get("SHELL", "")).name
    return found[0]


def install(name: str, console: Console) -> None:
    """Install the script for one shell and report what was done; raises ``UsageFault`` and ``OutputError``."""
    shell = shell_named(name)
    if shell not in _INSTALLERS:
        raise UsageFault(
            "PowerShell's profile is not changed from here",
            hint="add this line to $PROFILE: lightning-tts completion powershell | Out-String | Invoke-Expression",
        )
    try:
        _INSTALLERS[shell](console)
    except OSError as fault:
        raise OutputError(f"{fault.filename} cannot be written ({fault.strerror})", hint=_HINT) from fault
    console.note(f"completion works in every new {shell}")


def _install_bash(console: Console) -> None:
    own = os.environ.get("BASH_COMPLETION_USER_DIR")
    root = Path(own) if own else _directory("XDG_DATA_HOME", ".local/share") / "bash-completion"
    path = root / "completions" / "lightning-tts"
    _write(path, SCRIPTS["bash"][1], console)
    if _bash_loads_by_itself():
        console.note("the package bash-completion loads it")
    else:
        _append(Path.home() / ".bashrc", (f". {_for_shell(path)}",), console)


def _bash_loads_by_itself() -> bool:
    """Return whether the user's bash has bash-completion, which reads its directory at the first completion."""
    try:
        done = subprocess.run(
            ("bash", "-i", "-c", "declare -F _comp_load __load_completion"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_BASH_S,
            check=False,
            # An interactive shell would take the terminal for itself.
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return False
    return bool({"_comp_load", "__load_completion"} & set(done.stdout.split()))


def _install_zsh(console: Console) -> None:
    directory = Path.home() / ".zfunc"
    name, script = SCRIPTS["zsh"]
    _write(directory / name, script, console)
    startup = Path(os.environ.get("ZDOTDIR") or Path.home()) / ".zshrc"
    _append(startup, tuple(line.replace("DIRECTORY", _for_shell(directory)) for line in _ZSH_LINES), console)


def _install_fish(console: Console) -> None:
    name, script = SCRIPTS["fish"]
    _write(_directory("XDG_CONFIG_HOME", ".config") / "fish" / "completions" / name, script, console)


_INSTALLERS: dict[str, Callable[[Console], None]] = {
    "bash": _install_bash,
    "zsh": _install_zsh,
    "fish": _install_fish,
}


def _directory(variable: str, below_home: str) -> Path:
    own = os.environ.get(variable)
    return Path(own) if own else Path.home() / below_home


def _for_shell(path: Path) -> str:
    """Write a path so that bash and zsh read it as one word."""
    import shlex

    return shlex.quote(str(path))


def _write(path: Path, text: str, console: Console) -> None:
    if path.is_file() and path.read_bytes() == text.encode():
        console.note(f"{path} is up to date")
        return
    replace_file(path, text.encode(), mode=None)
    console.note(f"{path} is written")


def _append(path: Path, lines: tuple[str, ...], console: Console) -> None:
    """Add the lines that a start-up file does not have yet; it may be a link into a collection of them."""
    try:
        before = path.read_bytes()
    except FileNotFoundError:
        before = b""
    # A home may have a name that is not UTF-8.
    missing = [line for line in map(os.fsencode, lines) if line not in before.splitlines()]
    if not missing:
        console.note(f"{path} is already set up")
        return
    start = b"" if before.endswith(b"\n") or not before else b"\n"
    with path.open("ab") as file:
        file.write(start + b"# lightning-tts completion\n" + b"\n".join(missing) + b"\n")
    console.note(f"{path} has new lines at its end")
