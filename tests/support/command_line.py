"""Run the real command, in a subprocess as a shell would, or in this process."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lightning_cli.errors import LightningError

COMMAND = (sys.executable, "-m", "lightning_cli")
KEY = "sk_test_0123456789abcdef"
TIMEOUT_S = 60


@dataclass(frozen=True)
class Done:
    """What a finished command left."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def lines(self) -> list[str]:
        """Return the lines on stderr."""
        return self.stderr.splitlines()


def environment(**extra: str) -> dict[str, str]:
    """Return the scrubbed environment of the test, plus ``extra``."""
    return {**os.environ, **extra}


def lightning(
    *arguments: str,
    stdin: bytes | int | None = subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Done:
    """Run the command to its end; ``stdin`` as bytes is piped in."""
    fed = stdin if isinstance(stdin, bytes) else None
    process = subprocess.run(
        (*COMMAND, *arguments),
        input=fed,
        stdin=None if fed is not None else stdin if isinstance(stdin, int) else None,
        capture_output=True,
        env=dict(env) if env is not None else environment(),
        cwd=cwd,
        timeout=TIMEOUT_S,
        check=False,
    )
    return Done(process.returncode, process.stdout, process.stderr.decode())


def keyed(**extra: str) -> dict[str, str]:
    """Return the environment of a person with a key."""
    return environment(SMALLEST_API_KEY=KEY, **extra)


def run_here(*arguments: object) -> None:
    """Run a command line in this process; what it raises passes through."""
    from lightning_cli.cli.app import root_command

    root_command().main(args=[*map(str, arguments)], prog_name="lightning-tts", standalone_mode=False)


def refusal_of(*arguments: object) -> LightningError:
    """Run a command line in this process that fails, and return its fault."""
    with pytest.raises(LightningError) as told:
        run_here(*arguments)
    return told.value
