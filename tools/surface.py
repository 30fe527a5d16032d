"""What the command line looks like, read off the real commands: the source of the completion table and the man page.

Run only where those files are made and compared (``python -m tools.generate``); no command needs it.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

import typer

from lightning_cli.cli.app import _USUAL, load_command, root_command
from lightning_cli.cli.configured import option_of
from lightning_cli.cli.help import is_argument, long_name
from lightning_cli.cli.names import COMMANDS, PROGRAM
from lightning_cli.local.offline_voices import ESPEAK_LANGUAGES, ESPEAK_PREFIX, HEART, LANGUAGE_NAMES
from lightning_cli.request import LANGUAGES, MODELS, SAMPLE_RATES
from lightning_cli.settings.config_file import PROFILES, TOP_KEYS
from lightning_cli.sinks.containers import CONTAINERS

# What an option takes, where its metavar does not tell; the words are those that completion_values knows.
_KINDS = {
    "voice": "voice",
    "preview": "voice",
    "model": "model",
    "language": "language",
    "number-language": "language",
    "format": "format",
    "sample-rate": "rate",
    "device": "device",
    "dict": "dictionary",
    "profile": "profile",
    "gender": "gender",
    "accent": "accent",
    "age": "age",
    "use-case": "use",
    "install-completion": "shell",
    "show-completion": "shell",
}
_KINDS_OF_METAVARS = {
    "FILE": "file",
    "PATH": "file",
    "SOURCE...": "file",
    "DIR": "directory",
    "ID": "dictionary",
    "ID...": "dictionary",
    "CODE|NAME": "language-name",
    "SHELL": "shell",
    "KEY": "key",
}
_SENTENCE = re.compile(r"(?<=[a-z)])[.;:] .*|\.$", re.DOTALL)


def walk() -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Return each command as its path below the program, itself, and a context to ask it in; the root comes first."""
    root = root_command()
    context = typer.Context(root, info_name=PROGRAM, **root.context_settings)
    yield (), root, context
    for name in COMMANDS:
        command = load_command(name)
        # A plain context: what a user has configured is not part of the surface.
        own = typer.Context(command, info_name=name, parent=context)
        yield (name,), command, own
        for below in getattr(command, "commands", {}).values():
            yield (name, below.name), below, typer.Context(below, info_name=below.name, parent=own)


def table() -> dict[str, object]:
    """Build what completion needs to know without loading a command."""
    commands = {" ".join(path): _command(path, command, ctx) for path, command, ctx in walk()}
    return {"commands": commands, "values": _values()}


def _command(path: tuple[str, ...], command: Any, ctx: Any) -> dict[str, object]:
    parameters = [one for one in command.get_params(ctx) if not getattr(one, "hidden", False)]
    told: dict[str, object] = {
        "help": first_line(command),
        "options": [_option(path, one) for one in parameters if not is_argument(one)],
        "arguments": [_argument(path, one) for one in parameters if is_argument(one)],
    }
    if not path:
        told["commands"] = list(COMMANDS)
    elif hasattr(command, "commands"):
        told["commands"] = list(command.commands)
    return told


def first_line(command: Any) -> str:
    """Return what a command does, in its help's first line without the full stop."""
    return str(command.help).strip().partition("\n")[0].rstrip(".")


def _option(path: tuple[str, ...], option: Any) -> dict[str, object]:
    # The framework keeps the names of --help in a set.
    names = [*sorted(option.opts, key=len), *option.secondary_opts]
    told: dict[str, object] = {"names": names, "help": _brief(option.help or "")}
    if not option.is_flag:
        told["value"] = _kind(path, option, long_name(option))
        choices = getattr(option.type, "choices", None)
        if choices:
            told["choices"] = list(choices)
    if option.multiple:
        told["many"] = True
    if any(name in _USUAL for name in option.opts):
        # Takes its value behind an equals sign only.
        told["joined"] = True
    return told


def _argument(path: tuple[str, ...], argument: Any) -> dict[str, object]:
    told: dict[str, object] = {"value": _kind(path, argument, argument.name)}
    choices = getattr(argument.type, "choices", None)
    if choices:
        told["choices"] = list(choices)
    if argument.nargs == -1:
        told["many"] = True
    return told


def _kind(path: tuple[str, ...], parameter: Any, name: str) -> str:
    if getattr(parameter.type, "choices", None):
        return "choice"
    if path == ("config", "set") and is_argument(parameter) and name != "key":
        return "setting"
    metavar = (parameter.metavar or "").strip("[]")
    if metavar == "ID" and path[:1] != ("dicts",):
        return _KINDS.get(name, "none")
    return _KINDS_OF_METAVARS.get(metavar) or _KINDS.get(name, "none")


def _brief(text: str) -> str:
    """Cut help to its first clause, for a list beside the prompt."""
    return _SENTENCE.sub("", text.strip())


def _values() -> Mapping[str, object]:
    """Return the values that are known beforehand, with what to show beside them."""
    languages = {code: LANGUAGE_NAMES.get(code, "") for code in LANGUAGES}
    languages["auto"] = "found out from the text"
    names = {name.lower(): code for code, name in languages.items() if code != "auto"}
    return {
        "language": languages,
        "language-name": {**{code: name for code, name in languages.items() if code != "auto"}, **names},
        "model": dict.fromkeys(MODELS, ""),
        "format": {name: container.name if container.name != name else "" for name, container in CONTAINERS.items()},
        "rate": {str(rate): "Hz" for rate in SAMPLE_RATES},
        "shell": dict.fromkeys(("bash", "zsh", "fish", "powershell"), ""),
        "key": dict.fromkeys(_keys(), ""),
        "offline": {HEART: "en", **{ESPEAK_PREFIX + code: code for code in ESPEAK_LANGUAGES}},
    }


def _keys() -> list[str]:
    """List the keys of the configuration: a command's own behind its name and a dot."""
    keys = {
        option.key if option.is_shared else f"{path[0]}.{option.key}"
        for path, command, _ in walk()
        if path
        for parameter in command.params
        if (option := option_of(parameter)) is not None
    }
    return sorted({*keys, *TOP_KEYS} - {PROFILES})


def help_block() -> str:
    """Return the whole help of the program, of say and of batch, as a terminal of a hundred columns shows it."""
    shown = [ctx for path, _, ctx in walk() if path in {(), ("say",), ("batch",)}]
    for ctx in shown:
        ctx.terminal_width = 100
        ctx.shows_all = True
    return "\n\n".join(ctx.get_help().rstrip() for ctx in shown) + "\n"


def paragraphs(command: Any) -> tuple[list[str], list[str]]:
    """Part a command's help into what it says and its examples."""
    said, examples = [], []
    listing = False
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.strip() == "For example:":
            listing = True
        elif listing and paragraph.startswith("  "):
            examples.append(" ".join(paragraph.split()))
        else:
            listing = False
            said.append(" ".join(paragraph.split()))
    return said, examples
