"""The commands that control what plays, from any shell: ``stop pause resume skip again set status``."""

from collections.abc import Callable
from typing import Annotated

from lightning_cli.cli import controlling
from lightning_cli.cli import options as opt
from lightning_cli.cli.terminal.console import Console

All = Annotated[bool, opt.Option("--all", help="Also stop what overlaps, and drop all that wait for their turn.")]
Settings = Annotated[
    list[str], opt.Argument(metavar="NAME=VALUE...", help="volume=0..400 (per cent) and rate=0.5..4; +N and -N step.")
]


def stop(
    everybody: All = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Silence what plays, from any shell.

    The run ends as if q had been pressed: a file that it writes is still completed, and the next in the queue plays.
    If nothing plays, that is said, and the exit code is 0.

    For example:

      lightning-tts stop

      lightning-tts stop --all
    """
    controlling.stop(Console(), everybody=everybody)


def _control(name: str, page: str) -> Callable[[bool], None]:
    """Return a command that needs no more than its name; ``page`` is its help."""

    def command(
        debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
    ) -> None:
        controlling.control_player(Console(), {"do": name})

    command.__doc__ = page
    return command


pause = _control(
    "pause",
    """
Pause what plays, from any shell.

It keeps its turn until it is resumed or stopped. The exit code is 6 if nothing plays.

For example:

  lightning-tts pause

  ssh desk lightning-tts pause
""",
)
resume = _control(
    "resume",
    """
Play on after a pause, from any shell.

For example:

  lightning-tts resume

  sleep 60; lightning-tts resume
""",
)
skip = _control(
    "skip",
    """
Go to the next sentence of what plays.

For example:

  lightning-tts skip

  ssh desk lightning-tts skip
""",
)
again = _control(
    "again",
    """
Play the current sentence again.

For example:

  lightning-tts again

  sleep 5; lightning-tts again
""",
)


def set(  # noqa: A001 - the command's name
    settings: Settings,
    debug: opt.Debug = False,  # noqa: ARG001 - the same
) -> None:
    """Change the volume and the speed of what plays.

    The speed is that of playback, at the same pitch; the service is not asked again.

    For example:

      lightning-tts set volume=80 rate=1.5

      lightning-tts set volume=+10
    """
    controlling.control_player(Console(), controlling.sound_message(settings))


def status(
    as_json: opt.Json = False,
    debug: opt.Debug = False,  # noqa: ARG001 - the same
) -> None:
    """Show what plays and how many wait.

    For example:

      lightning-tts status

      lightning-tts status --json | jq -r .sentence
    """
    controlling.show_status(Console(), as_json=as_json)
