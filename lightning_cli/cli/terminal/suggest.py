"""Messages for a command line that cannot be parsed: what was probably meant, and where to look it up.

Loaded only after a usage error.
"""

import re
from collections.abc import Sequence
from typing import Any

from lightning_cli.cli.names import COMMANDS
from lightning_cli.cli.terminal.other_ways import other_command, other_option
from lightning_cli.system.close_words import did_you_mean, question

_BAD_CHOICE = re.compile(r"^'(.*)' is not one of ", re.DOTALL)
_RANGE = re.compile(r"is not in the range (?:(?P<low>[\d.-]+)<=?)?x(?:[<>]=?(?P<high>[\d.-]+))?")
# A long option behind a single dash, which is read as a short one and its value.
_ONE_DASH = re.compile(r"-[a-z][a-z-]{2,}")
# A number with its unit, or with a decimal comma.
_WITH_UNIT = re.compile(r"(\d+)(?:[.,](\d+))?(k?)(x|hz|ms|s|%)?", re.IGNORECASE)
_UNITS = {"X": "x", "HZ": "hz", "MS": "ms", "S": "s", "PERCENT": "%"}
# From here on a number is not written out in digits.
_WRITTEN_OUT = 1e6
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
        whole = _cluster(option, arguments)
        place = f" in {whole!r}" if whole != option else ""
        return f"unknown option {option!r}{place}", _option_hint(fault, whole, path, program, arguments)
    if message.startswith("No such command"):
        typed = message.partition(". Did you mean")[0].partition("'")[2].removesuffix("'")
        return f"unknown command {typed!r}", _command_hint(fault, typed, path, program, arguments)
    extra = _EXTRA.match(message)
    if extra:
        return _extra_argument(fault, extra[1], path, program)
    parameter = getattr(fault, "param", None)
    if parameter is None or not hasattr(fault, "param_hint"):
        return f"{message[:1].lower()}{message[1:]}", f"{path} --help"
    return _bad_value(fault, parameter, path, arguments)


def _path(ctx: Any, program: str, arguments: Sequence[str]) -> str:
    """Return the command as it was typed; the parser does not always tell."""
    if ctx is not None:
        return str(ctx.command_path)
    return f"{program} {arguments[0]}" if arguments and arguments[0] in COMMANDS else program


def _cluster(option: str, arguments: Sequence[str]) -> str:
    """Return the word that a short option stands in, which may be a long option with a dash too few."""
    if len(option) != 2 or option in arguments:  # noqa: PLR2004 - a dash and a letter
        return option
    words = (one for one in arguments if re.match("-[^-]", one) and option[1] in one)
    return next(words, option)


def one_dash_hint(root: Any, arguments: Sequence[str]) -> str:
    """Return what a word such as ``-voice`` was meant to be, which was read as ``-v oice``; empty where there is none.

    For faults that such a value leads to; ``root`` is the command that has all others.
    """
    command = next((one for one in arguments if one in COMMANDS), None)
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    typed = next((f"-{one}" for one in arguments[:end] if _ONE_DASH.fullmatch(one)), None)
    if command is None or typed is None:
        return ""
    known = {name for one in root.get_command(None, command).params for name in (*one.opts, *one.secondary_opts)}
    return question(typed) if typed in known else ""


def _command_hint(fault: Any, typed: str, path: str, program: str, arguments: Sequence[str]) -> str:
    known = fault.ctx.command.list_commands(fault.ctx) if fault.ctx else []
    behind = list(arguments)[list(arguments).index(typed) + 1 :] if typed in arguments else []
    if path == program:
        following = behind[0] if behind and behind[0] in COMMANDS else ""
        meant = other_command(typed, following, program) or did_you_mean(typed, known)
        return meant or f"to speak a text: {program} {_SAYS} TEXT; {path} --help lists the commands"
    if path == f"{program} config" and any(f"--{typed}" in one.opts for one in _command_named(fault, _SAYS).params):
        # As git has it.
        return question(f"{path} {'set' if behind else 'get'} {' '.join([typed, *behind])}")
    return did_you_mean(typed, known) or f"{path} --help lists the commands"


def _extra_argument(fault: Any, extra: str, path: str, program: str) -> tuple[str, str]:
    if path == f"{program} login":
        # It may be the key.
        return "unexpected argument", other_option("login", "--key", program)
    known, flag = _flags(fault), f"--{extra}"
    if flag in known:
        return f"unexpected argument {extra!r}", question(flag)
    if extra.isdecimal() and "--port" in known:
        return f"unexpected argument {extra!r}", question(f"--port {extra}")
    return f"unexpected argument {extra!r}", f"{path} --help"


def _option_hint(fault: Any, option: str, path: str, program: str, arguments: Sequence[str]) -> str:
    if path == program:
        return _early_option_hint(fault, option, program, arguments)
    known = _flags(fault)
    # What looks like a sentence or a number is a text; of one letter only another name is known.
    is_text = bool(re.search(r"[\s\d]", option))
    meant = "" if is_text else other_option(path.removeprefix(program).strip(), option, program)
    if not meant and not is_text:
        # That of most commands: "all" is a part of it.
        likely = known if option.startswith("--help") else [name for name in known if name != "--help-all"]
        meant = did_you_mean(option, likely, most=2)
    if meant:
        return meant
    # Commands that only have commands below them have no more to show.
    lists = f"{path} {'--help-all' if '--help-all' in known else '--help'} lists the options"
    if f"{program} {_SAYS}" != path or "--" in arguments:
        return lists
    text = "text that starts with a dash goes after --"
    return f"{text}; {lists}" if is_text else f"{lists}; {text}"


def _early_option_hint(fault: Any, option: str, program: str, arguments: Sequence[str]) -> str:
    """Return the hint for an option that stands before the command, or without one."""
    if list(arguments) in (["-v"], ["-V"]):
        return question("--version")
    name = next((one for one in arguments if one in COMMANDS), _SAYS)
    known = [flag for one in _command_named(fault, name).params for flag in (*one.opts, *one.secondary_opts)]
    if option in known:
        return f"options stand behind the command: {program} {name} {option}"
    meant = did_you_mean(option, _flags(fault)) or other_option(name, option, program)
    return meant or f"{program} --help lists the options"


def _command_named(fault: Any, name: str) -> Any:
    return fault.ctx.find_root().command.get_command(fault.ctx, name)


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


def _bad_value(fault: Any, parameter: Any, path: str, arguments: Sequence[str]) -> tuple[str, str]:
    """Return the message and the hint for a value that an option or an argument does not take, or needs."""
    name = _name(fault, parameter)
    choices = tuple(getattr(parameter.type, "choices", ()))
    listed = f"; it takes {', '.join(choices)}" if choices else ""
    if type(fault).__name__ == "MissingParameter":
        # A setting, as other tools take it.
        pair = next((one for one in arguments if "=" in one[1:]), "") if name.startswith("VALUE") else ""
        return f"missing {name}{listed}", question(f"{path} {pair.replace('=', ' ', 1)}") if pair else f"{path} --help"
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
    number = _number_in(message, parameter)
    return f"{name}: {message[:1].lower()}{message[1:]}", question(number) if number else f"{path} --help"


def _number_in(message: str, parameter: Any) -> str:
    """Return an option with the number of a value that has a unit or a decimal comma; empty where it has none."""
    typed = _WITH_UNIT.fullmatch(message.partition("' is not a ")[0].removeprefix("'"))
    kind = parameter.type
    if typed is None or parameter.param_type_name != "option" or not hasattr(kind, "convert"):
        return ""
    whole, part, thousands, unit = typed.groups()
    if unit and unit.lower() not in {"x", _UNITS.get(str(parameter.metavar), "")}:
        return ""
    number = float(f"{whole}.{part or 0}") * (1000 if thousands else 1)
    is_taken = number < _WRITTEN_OUT and (number.is_integer() or "float" in kind.name)
    return f"{parameter.opts[0]} {number:g}" if is_taken else ""


def range_told(message: str) -> str | None:
    """Return what a value must be, where the parser's message says that it is out of range; else None."""
    limits = _RANGE.search(message)
    if limits is None:
        return None
    low, high = limits["low"], limits["high"]
    between = f"from {low} to {high}" if low and high else f"at least {low or high}"
    return f"must be {between}, not {message.partition(' ')[0]}"
