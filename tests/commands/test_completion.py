"""`completion` as a command."""

from support.command_line import lightning
from support.shells import SCRIPTS


def test_the_program_prints_the_scripts() -> None:
    """The command and the option print what is in completions/, whichever shell asks."""
    for arguments, name in (
        (("completion", "bash"), "lightning-tts.bash"),
        (("completion", "powershell"), "lightning-tts.ps1"),
        (("--show-completion", "zsh"), "_lightning-tts"),
        (("--show-completion=fish",), "lightning-tts.fish"),
    ):
        assert lightning(*arguments).stdout == (SCRIPTS / name).read_bytes()
