"""The options that keep a run or tell of it, every one once; options.py is as long as a file may be."""

from typing import Annotated, Literal

import typer

# None reads a variable: each is for one run.
JsonResult = Annotated[bool, typer.Option("--json", help="Tell at the end what was made, as one JSON object.")]
Record = Annotated[
    str | None,
    typer.Option("--record", metavar="FILE", help="Keep what the service answers, each piece with its time."),
]
Replay = Annotated[
    str | None,
    typer.Option("--replay", metavar="FILE", help="Speak what was recorded; needs no key and no network."),
]
ReplaySpeed = Annotated[
    Literal["real", "full"] | None,
    typer.Option(
        "--replay-speed", show_default=False, help="As it came, or at once; default: real when played, else full."
    ),
]
