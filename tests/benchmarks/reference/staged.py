"""Run a script and mark where one part of its work ends and another begins: staged.py LOG SCRIPT ARGUMENT...

Whose module is loaded, or which of a few functions is at work, is the part. Each mark adds a line "nanoseconds part" to
the log, and calls ``getloadavg``, which no other code does: callgrind counts anew whenever that is called.
"""

import os
import sys
import time

# As typing sets it, whose loading would count for the first that needs it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TYPER, REQUESTS, OURS, OTHER = "import typer", "import requests", "import our modules", "import other packages"
LIBRARY = "import the standard library"
OPTIONS, PARSING, SENDING, RECEIVING = "make the options", "parse", "build and send the request", "receive"
RUNNING = "run everything else"
# Top-level package -> whose work it is to load it.
PACKAGES = {
    "typer": TYPER,
    "shellingham": TYPER,
    "annotated_doc": TYPER,
    "requests": REQUESTS,
    "urllib3": REQUESTS,
    "certifi": REQUESTS,
    "idna": REQUESTS,
    "charset_normalizer": REQUESTS,
    "lightning_cli": OURS,
}
OPTION_MODULES = "lightning_cli.cli.options"
# Module -> class or none, function, and what it does.
FUNCTIONS = (
    ("typer.main", "", "get_command", OPTIONS),
    ("typer.main", "", "get_command_from_info", OPTIONS),
    ("typer._click.core", "Command", "make_context", PARSING),
    ("requests.api", "", "post", SENDING),
    ("requests.sessions", "Session", "__init__", SENDING),
    ("requests.sessions", "Session", "prepare_request", SENDING),
    ("requests.sessions", "Session", "send", SENDING),
    ("http.client", "HTTPConnection", "getresponse", RECEIVING),
)

log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
del sys.argv[:2]
parts = [RUNNING]


def mark(part: str) -> None:
    """End the part that was, and begin another."""
    os.getloadavg()
    os.write(log, f"{time.monotonic_ns()} {part}\n".encode())


def during(part: str, function: "Callable[..., Any]") -> "Callable[..., Any]":
    """Return ``function`` with the part marked around it."""

    def marked(*args: "Any", **kwargs: "Any") -> "Any":
        enter(part)
        try:
            return function(*args, **kwargs)
        finally:
            leave()

    return marked


def enter(part: str) -> None:
    """Begin a part inside another."""
    if part != parts[-1]:
        mark(part)
    parts.append(part)


def leave() -> None:
    """Return to the enclosing part."""
    left = parts.pop()
    if left != parts[-1]:
        mark(parts[-1])


def part_of(name: str) -> str:
    """Return whose work it is to load a module."""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names:
        return LIBRARY
    if name.startswith(OPTION_MODULES):
        return OPTIONS
    # What a library looks for, there or not, is its own choice.
    return PACKAGES.get(top) or (parts[-1] if parts[-1] in {TYPER, REQUESTS} else OTHER)


def load(name: str, how: "Any", find_and_load: "Callable[[str, Any], Any]") -> "Any":
    """Load a module, its part marked, and have its functions marked from then on."""
    enter(part_of(name))
    try:
        return find_and_load(name, how)
    finally:
        for module, owner, function, does in FUNCTIONS:
            if module == name and name in sys.modules:
                holder = getattr(sys.modules[name], owner) if owner else sys.modules[name]
                setattr(holder, function, during(does, getattr(holder, function)))
        leave()


def main() -> None:
    """Run the script as if it had been started."""
    importlib: Any = sys.modules["_frozen_importlib"]
    find_and_load = importlib._find_and_load
    with open(sys.argv[0], "rb") as file:  # noqa: PTH123 - pathlib would count for the first that needs it
        code = compile(file.read(), sys.argv[0], "exec")
    importlib._find_and_load = lambda name, how: load(name, how, find_and_load)
    sys.path[0] = os.path.dirname(sys.argv[0])  # noqa: PTH120 - as above
    mark(RUNNING)
    exec(code, {"__name__": "__main__", "__file__": sys.argv[0]})  # noqa: S102 - a script of ours


main()
