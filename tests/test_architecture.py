"""The plan of the house, held: one-way doors, budgets, and what start-up may load."""

import ast
import functools
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lightning_cli"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Room -> the rooms it may import. Everybody may import errors and records, mark a step in trace, and every room itself.
DOORS: dict[str, set[str]] = {
    "errors": set(),
    "records": set(),
    "small_files": set(),
    "sse": set(),
    "audio": set(),
    "ring": set(),
    "text": set(),
    "request": set(),
    "config_home": set(),
    "tomltext": set(),
    "config": {"small_files", "tomltext"},
    "config_values": {"config", "key_places", "request"},
    "key_places": set(),
    "keys": {"config_home", "key_places", "key_programs"},
    "key_programs": set(),
    "key_store": {"keys", "key_programs", "small_files"},
    "console": set(),
    "joins": {"audio", "text"},
    "markup": set(),
    "subtitles": {"subtitles_layout"},
    "subtitles_layout": set(),
    "prebuffer": {"audio"},
    "patience": set(),
    "devices": set(),
    "portaudio": {"devices", "known"},
    "reserve": set(),
    "feed": {"audio", "patience", "prebuffer", "reserve", "ring"},
    "resample": {"audio"},
    "player": {"ring", "audio", "feed", "patience", "prebuffer", "devices", "resample", "portaudio", "reserve"},
    "deck": {"audio", "patience", "player", "reserve", "volume"},
    "volume": {"audio"},
    "sinks": {"player", "audio", "feed", "deck", "patience", "volume"},
    "client": {"request", "sse", "audio", "keys", "early", "small_files", "__init__"},
    "early": {"patience"},
    "storage": {"small_files"},
    "known": {"devices", "small_files", "storage"},
    "wordlist": {"small_files", "tomltext"},
    "voices": {"request"},
    "catalogue": {"voices", "client", "request", "storage"},
    "dictionaries": {"client", "storage", "wordlist"},
    "local": {"request", "sse", "audio", "small_files", "voices"},
    "pipeline": {"client", "sinks", "text", "audio", "joins", "request", "subtitles"},
    "narration": {
        "pipeline",
        "client",
        "text",
        "subtitles",
        "joins",
        "request",
        "audio",
        "small_files",
        "storage",
        "sinks",
        "markup",
    },
    "trace": {"figures"},
    "figures": {"trace", "feed", "pipeline", "__init__"},
    "doctor": {
        *("client", "audio", "figures", "keys", "local", "player", "request", "serve", "storage"),
        "__init__",
    },
    "console_progress": set(),
    "options": {"request"},
    "options_batch": set(),
    "options_clocks": set(),
    "options_lists": set(),
    "options_tape": set(),
    "serve": {"local", "request", "sse", "audio", "voices", "storage", "sinks", "small_files", "__init__"},
}
EVERYTHING = {"cli", "__main__"}
# Foreign library -> the rooms that may import it.
FOREIGN = {
    "requests": {"client", "local"},
    "urllib3": {"client", "local"},
    "websockets": {"client"},
    "sounddevice": {"portaudio"},
    "typer": {"cli", "options", "options_batch", "options_clocks", "options_lists", "options_tape"},
    "shellingham": {"cli"},
    "rich": {"console", "console_progress"},
    "soundfile": {"sinks", "client", "narration"},
    "sentencex": {"text"},
    "hibari": {"local"},
    "starlette": {"serve"},
    "uvicorn": {"serve"},
}
FILE_LINES, FUNCTION_LINES, PARAMETERS = 300, 60, 7


def room_of(path: Path) -> str:
    """Name the room a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def nodes_of(path: Path) -> list[ast.AST]:
    """Give every node of a file, parsed once for all tests."""
    return list(ast.walk(ast.parse(path.read_text())))


def imports_of(path: Path) -> Iterator[str]:
    """Give every module a file imports, inside functions too."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_doors(path: Path) -> None:
    """Every import goes through a door of the plan."""
    room = room_of(path)
    if room in EVERYTHING or (path.name == "__init__.py" and path.parent == PACKAGE):
        return
    allowed = DOORS[room] | {"errors", "records", "trace", room}
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "lightning_cli":
            target = parts[1] if (PACKAGE / parts[1]).is_dir() or (PACKAGE / f"{parts[1]}.py").exists() else "__init__"
            assert target in allowed, f"{room} imports {name}"
        elif parts[0] in FOREIGN:
            assert room in FOREIGN[parts[0]], f"{room} imports {name}"


def test_foreign_libraries_in_the_command_line() -> None:
    """The command line reaches requests, sounddevice and rich only through their rooms."""
    for path in MODULES:
        if room_of(path) == "cli":
            found = {name.split(".")[0] for name in imports_of(path)} & (FOREIGN.keys() - {"typer", "shellingham"})
            assert not found, f"{path}: {found}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_budgets(path: Path) -> None:
    """Files and functions stay small; parameter lists stay short outside option lists."""
    source = path.read_text()
    assert source.count("\n") <= FILE_LINES
    for node in nodes_of(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body_lines = (node.end_lineno or 0) - node.body[0].lineno + 1
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            count = len([argument for argument in arguments if argument.arg not in {"self", "cls"}])
            is_command = path.parent.name == "cli" and count > PARAMETERS
            assert body_lines <= FUNCTION_LINES, f"{node.name} has {body_lines} lines"
            assert count <= PARAMETERS or is_command, f"{node.name} takes {count}"


def test_nothing_prints() -> None:
    """Only the console writes to a person, only sinks write audio to standard output."""
    for path in MODULES:
        if room_of(path) in {"console", "cli"}:
            continue
        for node in nodes_of(path):
            named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sys"
            assert not (named and isinstance(node, ast.Attribute) and node.attr in {"stdout", "stderr"}), path


def loaded_by(*arguments: str) -> set[str]:
    """Run a command line in a fresh interpreter and name the modules it has loaded at its end."""
    code = (
        "import sys\nfrom lightning_cli.cli.run import main\n"
        f"code = main({list(arguments)!r})\n"
        "sys.stderr.write('LOADED ' + ' '.join(sys.modules))\nsys.exit(code)"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True, timeout=60)
    return set(done.stderr.rpartition("LOADED ")[2].split())


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("say", "--help")])
def test_start_up_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """Version and help load none of the libraries that take long."""
    loaded = loaded_by(*arguments)
    allowed = {"requests"} if arguments[0] == "say" else set()
    assert not loaded & ({"numpy", "sounddevice", "requests", "rich", "soundfile", "soxr", "websockets"} - allowed)


def test_every_dependency_is_installed() -> None:
    """The suite runs against real parts: no optional one is missing."""
    for name in ("hibari", "espeakng_loader", "soundfile", "soxr", "sounddevice", "websockets", "keyring"):
        assert importlib.util.find_spec(name) is not None, name
