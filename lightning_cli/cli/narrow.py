"""A command with the options that a command line names, and no others.

Building an option and asking it for its value takes 50 us, and a command has up to sixty of them. The real parser
still reads the line: what is left out is neither on it nor in the environment, and takes the default that it would
have taken. Wherever that is not certain at a glance, all options are built.
"""

import functools
import inspect
import os
from collections.abc import Callable, Sequence
from typing import Any

from lightning_cli.system.paths import existing_config


def narrowed(command: Callable[..., None], arguments: Sequence[str]) -> Callable[..., None]:
    """Return ``command`` with the parameters that can have another value than their default, or as it is.

    The parameters are keyword-only. What it returns calls ``command`` with every one of them all the same.
    """
    flags = _flags_on(arguments)
    parameters = inspect.signature(command).parameters
    kept: list[inspect.Parameter] = []
    left_out: dict[str, Any] = {}
    known: set[str] = set()
    for parameter in parameters.values():
        (declared, variables) = _of(parameter)
        known |= declared
        needed = not declared.isdisjoint(flags) or any(name in os.environ for name in variables)
        if needed or not declared or parameter.default is parameter.empty:
            kept.append(parameter)
        else:
            left_out[parameter.name] = parameter.default
    # An unknown one may be misspelt, help, several in one, or a value: the reasons to have them all. So is a file.
    if not flags <= known or existing_config() is not None:
        return command

    def run(**given: Any) -> None:
        command(**{**left_out, **given})

    named: Any = functools.wraps(command, assigned=("__module__", "__name__", "__qualname__", "__doc__"))(run)
    del named.__wrapped__
    named.__signature__ = inspect.Signature(kept)
    narrow: Callable[..., None] = named
    return narrow


def _flags_on(arguments: Sequence[str]) -> set[str]:
    """Return whatever could be an option on the line; what is a value among it does no harm."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return {one.partition("=")[0] for one in arguments[:end] if one[:1] == "-" and one != "-"}


def _of(parameter: inspect.Parameter) -> tuple[set[str], Sequence[str]]:
    """Return the flags and the environment variables of a parameter; none for what is no option."""
    for info in getattr(parameter.annotation, "__metadata__", ()):
        # Behind an annotation Typer finds the first flag in the place of the default.
        declared = [one for one in (info.default, *(info.param_decls or ())) if isinstance(one, str)]
        variables = info.envvar or ()
        flags = {flag for one in declared for flag in one.split("/")}
        return flags, (variables,) if isinstance(variables, str) else variables
    return set(), ()
