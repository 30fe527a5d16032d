"""The options that say how long to wait for the service; see options.py."""

from typing import Annotated

import typer

_LONGEST_S = 1e6


def _waited(seconds: float) -> float:
    """Refuse a time that no clock can count."""
    if not seconds <= _LONGEST_S:  # also refuses NaN
        raise typer.BadParameter(f"{seconds} is not a number of seconds up to {_LONGEST_S:.0f}.")
    return seconds


ConnectTimeout = Annotated[
    float,
    typer.Option(
        "--connect-timeout",
        metavar="S",
        min=0.001,
        callback=_waited,
        envvar=_PREFIX + "CONNECT_TIMEOUT",
        help="To be connected.",
    ),
]
FirstByteTimeout = Annotated[
    float,
    typer.Option(
        "--first-byte-timeout",
        metavar="S",
        min=0.001,
        callback=_waited,
        envvar=_PREFIX + "FIRST_BYTE_TIMEOUT",
        help="To the first audio.",
    ),
]
IdleTimeout = Annotated[
    float,
    typer.Option(
        "--idle-timeout",
        metavar="S",
        min=0.001,
        callback=_waited,
        envvar=_PREFIX + "IDLE_TIMEOUT",
        help="Between pieces of audio.",
    ),
]
MaxWait = Annotated[
    float,
    typer.Option(
        "--max-wait",
        metavar="S",
        min=0,
        callback=_waited,
        envvar=_PREFIX + "MAX_WAIT",
        help="Time to spend waiting for a busy service.",
    ),
]
