"""Messages for a command line that cannot be parsed: what was probably meant, and where to look it up.

Loaded only after a usage error.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from lightning_cli.system.close_words import did_you_mean

_BAD_CHOICE = re.compile(r".*: '(.*)' is not one of ", re.DOTALL)


def usage_problem(fault: Any, program: str, arguments: Sequence[str]) -> tuple[str, str]:
    """Return the message and the hint for one of Typer's usage errors."""
    ctx = getattr(fault, "ctx", None)
    path = ctx.command_path if ctx is not None else program
    # Typer's own suggestions are taken off: they would stand in the message, and be of another style.
    message = str(fault.message).rstrip(".")
    option = getattr(fault, "option_name", None)
    if option is not None and message.startswith("No such option"):
        known = (
            [name for one in ctx.command.get_params(ctx) for name in (*one.opts, *one.secondary_opts)] if ctx else []
        )
        meant = _start_of_hint(option, known) if option.startswith("--") else ""
        dash = "" if "--" in arguments else "text that starts with a dash goes after --; "
        return message, f"{meant}{dash}{path} --help lists the options"
    if message.startswith("No such command"):
        message = message.partition(". Did you mean")[0]
        typed = message.partition("'")[2].removesuffix("'")
        meant = _start_of_hint(typed, ctx.command.list_commands(ctx) if ctx else [])
        say = "" if meant or path != program else f"to speak a text: {program} say TEXT; "
        return message, f"{meant}{say}{path} --help lists the commands"
    # The framework sets choices in lines of their own, which would be shown escaped.
    message = fault.format_message().rstrip(".").replace("Choose from:\n\t", "Choose from: ").replace(",\n\t", ", ")
    # "'many' is not a valid int range" is about a kind of number, and not about a range.
    message = re.sub(r"(is not a valid \w+) range$", r"\1", message)
    refused = _BAD_CHOICE.search(message)
    choices = getattr(getattr(getattr(fault, "param", None), "type", None), "choices", ())
    return message, f"{_start_of_hint(refused[1], choices) if refused else ''}{path} --help"


def _start_of_hint(typed: str, known: Iterable[str]) -> str:
    """Return the start of a hint that names up to three close words; empty where none is close."""
    meant = did_you_mean(typed, known, most=3)
    return meant and f"{meant} "
