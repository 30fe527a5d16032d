"""Help: what every command says of itself, in which order, and what a mistyped one is answered with."""

import re
import shlex
from typing import Any

import pytest
import typer
from support.command_line import lightning

# Typer keeps its copy of click private.
from typer._click.exceptions import ClickException

from lightning_cli.cli.app import load_command, root_command
from lightning_cli.cli.help import OTHER, SECTIONS, grouped, long_name
from lightning_cli.cli.names import COMMANDS, PROGRAM
from lightning_cli.cli.terminal.suggest import usage_problem
from lightning_cli.errors import ExitCode, LightningError
from tools import generate
from tools.surface import help_block, paragraphs, walk

WALKED = list(walk())
NAMES = [" ".join(path) or PROGRAM for path, _, _ in WALKED]
_INNER = re.compile(r"[$<]\(([^()]*)\)")


@pytest.mark.parametrize(("path", "command", "ctx"), WALKED, ids=NAMES)
def test_every_command_explains_itself(path: tuple[str, ...], command: Any, ctx: Any) -> None:
    """One line says what it does; two examples show it; options stand in sections; exit codes end it."""
    said, examples = paragraphs(command)
    assert re.fullmatch(r"[A-Z].{5,90}\.", said[0]), said[0]
    assert len(examples) >= 2, f"{path} needs two examples in its docstring, below 'For example:'"
    assert all(PROGRAM in example for example in examples)
    sections = {section: [option.name for option in options] for section, options in grouped(command, ctx)}
    assert OTHER not in sections, f"{sections.get(OTHER)} stand in no section of help.SECTIONS"
    shown = whole_help(ctx)
    headings = re.findall(r"^(\w[\w ]*):$", shown, re.MULTILINE)
    assert headings == [
        *(["Arguments"] if "Arguments" in headings else []),
        *sections,
        *headings[headings.index(list(sections)[-1]) + 1 :],
    ]
    assert [name for name in SECTIONS if name in sections] == list(sections)
    assert "Exit codes: 0 ok;" in shown
    assert "env var" not in shown
    assert "<=x" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    for line in examples:
        assert line in " ".join(shown.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_no_variable_stands_in_an_option_line(name: str) -> None:
    """Of a command that nothing has looked at before either, as in a process of its own."""
    command = load_command(name)
    ctx = typer.Context(command, info_name=name)
    assert "env var" not in command.get_help(ctx)


def whole_help(ctx: Any) -> str:
    """Return what ``--help-all`` prints."""
    ctx.shows_all = True
    try:
        return str(ctx.get_help())
    finally:
        ctx.shows_all = False


@pytest.mark.parametrize(("path", "command", "ctx"), WALKED, ids=NAMES)
def test_help_fits_one_screen(path: tuple[str, ...], command: Any, ctx: Any) -> None:
    """What most need fits a terminal of 80 columns; what it leaves out is in the whole help, which it names."""
    shown = ctx.get_help()
    assert len(shown.splitlines()) <= (40 if path in {("say",), ("batch",)} else 55), shown
    assert max(map(len, shown.splitlines())) <= 80
    every = [option for _, options in grouped(command, ctx) for option in options]
    listed = set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", shown, re.MULTILINE))
    whole = set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", whole_help(ctx), re.MULTILINE))
    assert listed <= whole == {f"--{long_name(option)}" for option in every}
    assert path == () or hasattr(command, "commands") or "--help-all" in listed


def test_the_whole_help_is_printed() -> None:
    """--help-all prints every option to stdout, whatever else is missing on the line."""
    done = lightning("batch", "--help-all")
    assert (done.code, done.stderr) == (0, "")
    assert b"--cache-limit" in done.stdout
    assert b"LIGHTNING_TTS_" in done.stdout


@pytest.mark.parametrize(("path", "command", "ctx"), WALKED, ids=NAMES)
def test_examples_are_accepted(path: tuple[str, ...], command: Any, ctx: Any) -> None:
    """Every example is a line that the program's own parser takes."""
    parsed = 0
    for example in paragraphs(command)[1]:
        for part in " | ".join((*_INNER.findall(example), _INNER.sub("x", example))).split(" | "):
            words = shlex.split(part.partition(" > ")[0])
            while words and words[0] != PROGRAM:
                words = words[1:]
            _parse(words[1:])
            parsed += bool(words)
    assert parsed >= len(paragraphs(command)[1])


def _parse(words: list[str]) -> None:
    leaves = {path: command for path, command, _ in WALKED}
    for length in (2, 1):
        command = leaves.get(tuple(words[:length]))
        if command is not None and words:
            context = command.make_context(words[0], words[length:], resilient_parsing="--help" in words)
            assert not context.args or hasattr(command, "commands")
            return
    assert not words, words


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("dicts", "sync", "-h")])
def test_help_is_a_result(arguments: tuple[str, ...]) -> None:
    """Help that is asked for goes to stdout and is plain text; without a command it is an error's help."""
    done = lightning(*arguments)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.startswith(b"Usage: lightning-tts")
    assert b"\x1b" not in done.stdout


def test_help_without_a_command() -> None:
    """The bare program explains itself on stderr."""
    done = lightning()
    assert (done.code, done.stdout) == (2, b"")
    assert done.stderr.startswith("Usage: lightning-tts")


def test_the_page_of_reference_shows_the_help() -> None:
    """Between its markers it shows the help as it is: ``make docs`` was run."""
    for path, text in generate.docs().items():
        assert path.read_text(encoding="utf-8") == text, f"{path} is out of date: make docs"
    marked = "a\n<!-- help:begin -->\nwhat was there\n<!-- help:end -->\nb\n"
    filled = generate.with_help(marked)
    assert filled.startswith("a\n<!-- help:begin -->\n")
    assert filled.endswith("<!-- help:end -->\nb\n")
    assert help_block() in filled
    assert "what was there" not in filled
    assert generate.with_help(filled) == filled


def hint_for(*arguments: str) -> str:
    """Read a command line that cannot be read, as the edge does, and return the hint."""
    with pytest.raises((LightningError, ClickException)) as raised:
        root_command().main(args=list(arguments), prog_name=PROGRAM, standalone_mode=False)
    fault: Any = raised.value
    assert fault.exit_code == ExitCode.USAGE
    return str(fault.hint) if isinstance(fault, LightningError) else usage_problem(fault, PROGRAM, arguments)[1]


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("serve", "--engine", "neurl"), "neural"),
        (("say", "Hi", "--format", "wavv", "-o", "-"), "wav"),
        (("say", "Hi", "-o", "hello.wvv"), ".wav"),
        (("say", "Hi", "-l", "tel"), "te"),
        (("say", "Hi", "-l", "Germn"), "german"),
        (("say", "Hi", "-r", "48000"), "44100"),
        (("say", "Hi", "-m", "lightning-v31"), "lightning_v3.1"),
        (("say", "Hi", "-m", "lightening_v3.1_pro"), "lightning_v3.1_pro"),
        (("voices", "-l", "hindee"), "hindi"),
        (("voices", "--gender", "femal"), "female"),
        (("--install-completion", "fsh"), "fish"),
        (("completion", "bassh"), "bash"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_did_you_mean(arguments: tuple[str, ...], meant: str) -> None:
    """What was probably meant stands in the hint, and nothing was done."""
    hint = hint_for(*arguments)
    assert hint.startswith("did you mean ")
    assert meant in re.split(r"[ ,?]+", hint.partition("did you mean ")[2].partition("?")[0])


def test_a_voice_that_nobody_has() -> None:
    """A voice close to one that is known is told, offline too; one of the service is not taken for a mistake."""
    close = lightning("say", "Hi", "--local", "-v", "hart", "-o", "-")
    assert (close.code, close.lines[-1]) == (3, "hint: did you mean heart? lightning-tts voices lists them all")
    spoken = lightning("say", "Hi", "--local", "-v", "German", "-o", "-")
    assert (spoken.code, spoken.lines[-1].partition("?")[0]) == (3, "hint: did you mean -l de")
    known = lightning("say", "Hi", "--local", "-v", "daniel", "-o", "-")
    assert (known.code, known.lines[-1].partition(",")[0]) == (3, "hint: drop --local")


def test_a_text_without_a_command() -> None:
    """A missing command is suggested."""
    done = lightning("Hello there")
    assert (done.code, done.lines) == (
        2,
        [
            "error: unknown command 'Hello there'",
            "hint: to speak a text: lightning-tts say TEXT; lightning-tts --help lists the commands",
        ],
    )
