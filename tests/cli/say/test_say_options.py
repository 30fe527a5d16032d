"""The options of a run of `say`."""

import typer

from lightning_cli.cli.say.say_options import SayOptions


def test_annotations_are_typers() -> None:
    """An alias that is not an option would become an argument."""
    for about in SayOptions.__mro__[1].__annotations__.values():
        assert any(isinstance(one, typer.models.ParameterInfo) for one in about.__metadata__)
