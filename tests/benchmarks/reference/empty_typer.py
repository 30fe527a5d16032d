"""The least a Typer program can be: one command that does nothing."""

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def nothing() -> None:
    """Do nothing."""


app()
