"""The list of commands."""

from lightning_cli.cli.names import COMMANDS
from tools.surface import first_line, walk

WALKED = list(walk())


def test_table_of_commands() -> None:
    """The root's list says what the commands say."""
    for path, command, _ in WALKED:
        if len(path) == 1:
            assert first_line(command).startswith(COMMANDS[path[0]].rstrip("."))
