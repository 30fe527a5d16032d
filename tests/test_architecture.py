"""The plan of the house, held: one-way doors, budgets, and what start-up may load."""

import ast
import functools
import importlib.util
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fake_server import ramp, serving, speaks
from support.thread_storm import GROUPS

from lightning_cli.errors import ExitCode

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lightning_cli"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Room -> the rooms it may import. Everybody may import errors, system and the version; a room's own files each other.
DOORS: dict[str, set[str]] = {
    "errors": set(),
    "system": set(),
    "request": set(),
    "settings": {"request"},
    "text": {"request"},
    "audio": {"text"},
    "playback": {"audio"},
    "client": {"audio", "request"},
    "catalogue": {"client", "request", "text"},
    "recording": {"client"},
    "sinks": {"audio", "playback"},
    "local": {"request", "text"},
    "pipeline": {"audio", "client", "local", "request", "settings", "sinks", "text"},
    "api": {"pipeline", "request", "sinks", "text"},
    "narration": {"audio", "client", "pipeline", "request", "sinks", "text"},
    "serve": {"audio", "catalogue", "client", "local", "request", "sinks"},
    "doctor": {"audio", "client", "local", "playback", "request", "serve", "settings"},
    "cli": {
        *("audio", "catalogue", "client", "doctor", "local", "narration", "pipeline", "playback", "recording"),
        *("request", "serve", "settings", "sinks", "text"),
    },
    "__main__": {"cli", "client"},
}
EVERYBODYS = {"errors", "system", "__init__"}
# The rooms from the ground up: a door leads to a room that stands before its own.
FLOORS = list(DOORS)
ROOT_MODULES, ROOMS, ARROWS = 8, 20, 100
# Foreign library -> the rooms that may import it.
FOREIGN = {
    "requests": {"client", "local", "recording"},
    "urllib3": {"client", "local", "recording"},
    "websockets": {"client"},
    "sounddevice": {"playback"},
    "typer": {"cli"},
    "shellingham": {"cli"},
    "rich": {"cli"},
    "soundfile": {"sinks", "client", "narration"},
    "sentencex": {"text"},
    "ftfy": {"text"},
    "charset_normalizer": {"text"},
    "hibari": {"local"},
    "py3langid": {"local"},
    "babel": {"local"},
    "starlette": {"serve"},
    "uvicorn": {"serve"},
}
# Only what starts late may load these; the file that does is named.
ALONE = {"sounddevice": "playback/portaudio.py"}
# What a run of say to a pipe loads of ours; each takes 0.3 M instructions and nine calls of the system, used or not.
SPEAKING_MODULES = 66
FILE_LINES, FUNCTION_LINES, PARAMETERS = 700, 60, 7
HOPS = 12


def room_of(path: Path) -> str:
    """Name the room a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def nodes_of(path: Path) -> list[ast.AST]:
    """Return every node of a file, parsed once for all tests."""
    return list(ast.walk(ast.parse(path.read_text())))


def imports_of(path: Path) -> Iterator[str]:
    """Return every module a file imports, inside functions too."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> Iterator[str]:
    """Return the module behind every import of ours in a file, as its dotted name."""
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == PACKAGE.name:
            while len(parts) > 1 and ".".join(parts) not in NAMES:
                parts.pop()
            yield ".".join(parts)


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {name_of(path): path for path in MODULES}


@pytest.mark.parametrize("room", sorted({room_of(path) for path in MODULES} - {"__init__"}))
def test_doors(room: str) -> None:
    """Every import goes through a door of the plan."""
    allowed = DOORS[room] | EVERYBODYS | {room}
    for path in MODULES:
        if room_of(path) == room:
            for name in ours(path):
                assert room_of(NAMES[name]) in allowed, f"{path} imports {name}"
            for name in imports_of(path):
                foreign = name.split(".")[0]
                assert room in FOREIGN.get(foreign, {room}), f"{path} imports {name}"
                assert foreign not in ALONE or path == PACKAGE / ALONE[foreign], f"{path} imports {name}"


def test_doors_lead_downwards() -> None:
    """No door leads up, no room is without a purpose, and the plan stays small enough to be remembered."""
    for room, doors in DOORS.items():
        assert all(FLOORS.index(door) < FLOORS.index(room) for door in doors), room
    used = {(room_of(path), room_of(NAMES[name])) for path in MODULES for name in ours(path)}
    arrows = {(here, there) for here, there in used if here != there}
    unused = [(room, door) for room, doors in DOORS.items() for door in doors if (room, door) not in arrows]
    assert not unused, f"doors that nobody uses: {unused}"
    rooms = {room_of(path) for path in MODULES}
    assert len([path for path in MODULES if path.parent == PACKAGE]) <= ROOT_MODULES
    assert len(rooms) <= ROOMS
    assert len(arrows) <= ARROWS


def test_no_circles() -> None:
    """No module imports, on any path, a module that imports it."""
    below: dict[str, set[str]] = {name: set(ours(path)) - {name} for name, path in NAMES.items()}
    while leaves := {name for name, targets in below.items() if not targets & below.keys()}:
        for name in leaves:
            del below[name]
    assert not below


def test_names_are_unique() -> None:
    """A file's name leads to one file."""
    stems = Counter(path.stem for path in MODULES if path.stem not in {"__init__", "base", "run", "settings"})
    # A command is named after what it handles.
    doubled = [
        stem for stem, times in stems.items() if times > 1 and not (PACKAGE / f"cli/commands/{stem}.py").exists()
    ]
    assert not doubled


def has_test_file(path: Path) -> bool:
    """Return whether a module has a test file in the room that mirrors its own."""
    below = path.relative_to(PACKAGE).parent
    room = ROOT / "tests" / ("commands" if path.parent.name == "commands" else below)
    return any(room.glob(f"test_{path.stem}.py")) or any(room.glob(f"test_{path.stem}_*.py"))


def test_every_module_has_a_test_file() -> None:
    """tests/<package>/test_<module>.py, or several that go on with _<topic>."""
    bare = {
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if path.stem not in {"__init__", "__main__"} and not has_test_file(path)
    }
    assert not bare, "write tests/<package>/test_<module>.py"


def test_foreign_libraries_in_the_command_line() -> None:
    """The command line reaches requests, sounddevice and rich only through their rooms."""
    for path in MODULES:
        if room_of(path) == "cli":
            drawing = {"rich"} if path.stem in {"console", "progress_bar"} else set()
            found = {name.split(".")[0] for name in imports_of(path)} & (
                FOREIGN.keys() - {"typer", "shellingham", *drawing}
            )
            assert not found, f"{path}: {found}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_budgets(path: Path) -> None:
    """Functions stay small; a long file says why in its docstring; parameter lists are long for options alone."""
    lines = path.read_text().count("\n")
    documentation = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert lines <= FILE_LINES or "lines" in documentation, f"{lines} lines, and no reason"
    for node in nodes_of(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body_lines = (node.end_lineno or 0) - node.body[0].lineno + 1
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            count = len([argument for argument in arguments if argument.arg not in {"self", "cls"}])
            is_command = room_of(path) in {"cli", "api"} and count > PARAMETERS
            assert body_lines <= FUNCTION_LINES, f"{node.name} has {body_lines} lines"
            assert count <= PARAMETERS or is_command, f"{node.name} takes {count}"


def test_nothing_prints() -> None:
    """Only the console writes to a person, only sinks write audio to standard output."""
    for path in MODULES:
        if room_of(path) == "cli":
            continue
        for node in nodes_of(path):
            named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sys"
            assert not (named and isinstance(node, ast.Attribute) and node.attr in {"stdout", "stderr"}), path


def loaded_by(*arguments: str, ends: int = 0) -> set[str]:
    """Run a command line in a fresh interpreter and name the modules it has loaded at its end, with code ``ends``."""
    code = (
        "import sys\nfrom lightning_cli.cli.run import main\n"
        f"code = main({list(arguments)!r})\n"
        "sys.stderr.write('LOADED ' + ' '.join(sys.modules))\nsys.exit(code)"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == ends, done.stderr
    return set(done.stderr.rpartition("LOADED ")[2].split())


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("say", "--help")])
def test_start_up_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """Version and help load none of the libraries that take long."""
    loaded = loaded_by(*arguments)
    allowed = {"requests"} if arguments[0] == "say" else set()
    assert not loaded & ({"numpy", "sounddevice", "requests", "rich", "soundfile", "soxr", "websockets"} - allowed)


def test_speaking_loads_what_it_needs() -> None:
    """A run that speaks without a fault loads nothing for faults, files, terminals or odd encodings."""
    with serving(speaks(ramp(1000))) as server:
        loaded = loaded_by("say", "Hello", "--base-url", server.url, "-q", "-o", "/dev/null", "--format", "pcm")
    ours = {name for name in loaded if name.startswith(PACKAGE.name)}
    seldom = "client.faults text.encodings text.reader sinks.files cli.say.progress playback"
    assert not ours & {f"{PACKAGE.name}.{name}" for name in seldom.split()}
    assert len(ours) <= SPEAKING_MODULES


def test_records() -> None:
    """Dataclasses have slots, and none is defined on the way of ``say`` to its request: there it is a ``Record``."""
    out = ("-q", "--retries", "0", "-o", "/dev/null", "--format", "pcm")
    loaded = loaded_by("say", "Hello", "--base-url", "http://127.0.0.1:9", *out, ends=ExitCode.NETWORK)
    assert "lightning_cli.client.session" in loaded
    for name, path in NAMES.items():
        for node in nodes_of(path):
            for decorator in node.decorator_list if isinstance(node, ast.ClassDef) else []:
                if ast.unparse(decorator).partition("(")[0] == "dataclass":
                    assert name not in loaded, f"{path}: define it as a Record"
                    assert "slots=True" in ast.unparse(decorator), path


def test_hops(tmp_path: Path) -> None:
    """A frame passes through few functions from the socket to a file; docs/development.md lists them."""
    command = (sys.executable, "-m", "support.hops", str(tmp_path / "a.wav"))
    done = subprocess.run(command, cwd=ROOT / "tests", capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) <= HOPS, done.stdout


def test_every_dependency_is_installed() -> None:
    """The suite runs against real parts: no optional one is missing."""
    for name in (
        "hibari",
        "espeakng_loader",
        "soundfile",
        "soxr",
        "sounddevice",
        "websockets",
        "keyring",
        "pysubs2",
        "python_calamine",
        "openpyxl",
    ):
        assert importlib.util.find_spec(name) is not None, name


@pytest.mark.parametrize("named", [one for group in GROUPS.values() for one in group])
def test_what_make_soak_repeats_is_there(named: str) -> None:
    """A test that is renamed or moved would end the soak."""
    path, _, function = named.partition("::")
    assert f"def {function or 'test_'}" in (Path(__file__).parent / path).read_text(encoding="utf-8")
