"""Messages for a command line that cannot be parsed: what was probably meant, and where to look it up.

Loaded only after a usage error.
"""

import re
from collections.abc import Sequence
from typing import Any

from lightning_cli.cli.names import COMMANDS
from lightning_cli.system.close_words import did_you_mean, question

_BAD_CHOICE = re.compile(r"^'(.*)' is not one of ", re.DOTALL)
_RANGE = re.compile(r"is not in the range (?:(?P<low>[\d.-]+)<=?)?x(?:[<>]=?(?P<high>[\d.-]+))?")
# What other tools have as an option and this one does not.
_NO_OPTION = {"--text": "the text needs no option: {program} say TEXT"}
_EXTRA = re.compile(r"Got unexpected extra argument(?:s|\(s\))? \(([^\s)]+).*\)$", re.DOTALL)
# The command whose arguments may be any text.
_SAYS = "say"


def usage_problem(fault: Any, program: str, arguments: Sequence[str]) -> tuple[str, str]:
    """Return the message and the hint for one of Typer's usage errors."""
    path = _path(getattr(fault, "ctx", None), program, arguments)
    # Typer's own suggestions are taken off: they would stand in the message, and be of another style.
    message = str(fault.message).rstrip(".")
    option = getattr(fault, "option_name", None)
    if option is not None and message.startswith("No such option"):
        return f"unknown option {option!r}", _option_hint(fault, option, path, program, arguments)
    if message.startswith("No such command"):
        typed = message.partition(". Did you mean")[0].partition("'")[2].removesuffix("'")
        meant = did_you_mean(typed, fault.ctx.command.list_commands(fault.ctx) if fault.ctx else [])
        say = "" if path != program else f"to speak a text: {program} {_SAYS} TEXT; "
        return f"unknown command {typed!r}", meant or f"{say}{path} --help lists the commands"
    extra = _EXTRA.match(message)
    if extra:
        flag = f"--{extra[1]}"
        return f"unexpected argument {extra[1]!r}", question(flag) if flag in _flags(fault) else f"{path} --help"
    parameter = getattr(fault, "param", None)
    if parameter is None or not hasattr(fault, "param_hint"):
        return f"{message[:1].lower()}{message[1:]}", f"{path} --help"
    return _bad_value(fault, parameter, path)


def _path(ctx: Any, program: str, arguments: Sequence[str]) -> str:
    """Return the command as it was typed; the parser does not always tell."""
    if ctx is not None:
        return str(ctx.command_path)
    return f"{program} {arguments[0]}" if arguments and arguments[0] in COMMANDS else program


def _option_hint(fault: Any, option: str, path: str, program: str, arguments: Sequence[str]) -> str:
    known = _flags(fault)
    if option in _NO_OPTION and f"{program} {_SAYS}" == path:
        return _NO_OPTION[option].format(program=program)
    # What looks like a sentence or a number is a text; of one letter only another name is known.
    is_text = bool(re.search(r"[\s\d]", option))
    # That of most commands: "all" is a part of it.
    likely = known if option.startswith("--help") else [name for name in known if name != "--help-all"]
    meant = "" if is_text else did_you_mean(option, likely, most=2)
    if meant:
        return meant
    if f"{program} {_SAYS}" == path and "--" not in arguments:
        return f"text that starts with a dash goes after --; {path} --help-all lists the options"
    # Commands that only have commands below them have no more to show.
    return f"{path} {'--help-all' if '--help-all' in known else '--help'} lists the options"


def _flags(fault: Any) -> list[str]:
    """Return the long options of the command that was typed."""
    ctx = getattr(fault, "ctx", None)
    parameters = ctx.command.get_params(ctx) if ctx else []
    return [name for one in parameters for name in (*one.opts, *one.secondary_opts) if name.startswith("--")]


def _name(fault: Any, parameter: Any) -> str:
    """Return what to call a parameter: the variable where that was what set it."""
    if parameter.param_type_name != "option":
        return str(parameter.make_metavar(fault.ctx)).strip("{}")
    source = fault.ctx.get_parameter_source(parameter.name) if fault.ctx is not None else None
    return str(parameter.envvar if source is not None and source.name == "ENVIRONMENT" else parameter.opts[0])


def _bad_value(fault: Any, parameter: Any, path: str) -> tuple[str, str]:
    """Return the message and the hint for a value that an option or an argument does not take, or needs."""
    name = _name(fault, parameter)
    choices = tuple(getattr(parameter.type, "choices", ()))
    listed = f"; it takes {', '.join(choices)}" if choices else ""
    if type(fault).__name__ == "MissingParameter":
        return f"missing {name}{listed}", f"{path} --help"
    message = str(fault.message).rstrip(".").replace("\n\t", " ")
    refused = _BAD_CHOICE.search(message)
    if refused and choices:
        return f"{name} {refused[1]!r} is not one of {', '.join(choices)}", (
            did_you_mean(refused[1], choices, most=2) or f"{path} --help"
        )
    told = range_told(message)
    if told is not None:
        return f"{name} {told}", f"{path} --help"
    # "'many' is not a valid int range" is about a kind of number, and not about a range.
    message = re.sub(r" is not a valid int(eger)?( range)?$", " is not a whole number", message)
    message = re.sub(r" is not a valid float( range)?$", " is not a number", message)
    return f"{name}: {message[:1].lower()}{message[1:]}", f"{path} --help"


def range_told(message: str) -> str | None:
    """Return what a value must be, where the parser's message says that it is out of range; else None."""
    limits = _RANGE.search(message)
    if limits is None:
        return None
    low, high = limits["low"], limits["high"]
    between = f"from {low} to {high}" if low and high else f"at least {low or high}"
    return f"must be {between}, not {message.partition(' ')[0]}"
