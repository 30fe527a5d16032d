"""The least a Typer program with completion can be: one command with one option of three values."""

from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command()
def nothing(
    voice: Annotated[str, typer.Option(autocompletion=lambda: ["daniel", "david", "dina"])] = "daniel",
) -> None:
    """Do nothing."""


app(prog_name="least")
