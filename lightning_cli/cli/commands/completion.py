"""The command ``completion``: the script that lets a shell complete this program's command lines."""

from typing import Annotated, Literal

import typer

from lightning_cli.cli.completion.completion_scripts import SCRIPTS
from lightning_cli.cli.terminal.console import Console

Shell = Annotated[
    Literal["bash", "zsh", "fish", "powershell"], typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")
]


def completion(shell: Shell) -> None:
    """Print the shell completion script.

    lightning-tts --install-completion puts it where the shell finds it. Voices, devices and dictionaries are completed
    from what was listed last, without asking anybody.

    For example:

      source <(lightning-tts completion bash)

      mkdir -p ~/.zfunc; lightning-tts completion zsh > ~/.zfunc/_lightning-tts
    """
    console = Console()
    for line in SCRIPTS[shell][1].splitlines():
        console.result(line)
