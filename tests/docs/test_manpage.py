"""The man page: made from the commands, complete, and read without complaint by what reads man pages."""

import re
import subprocess
from pathlib import Path

from lightning_cli.cli.names import PROGRAM
from lightning_cli.errors import ExitCode
from tools import generate
from tools.surface import paragraphs, walk

PACKAGE = Path(generate.__file__).resolve().parents[1] / "lightning_cli"
_VARIABLE = re.compile(r"\b(?:LIGHTNING_TTS|SMALLEST)_[A-Z_]*[A-Z]\b")


def rendered() -> str:
    """Return the page as a terminal shows it, without bold and underlines."""
    done = subprocess.run(
        ("mandoc", "-T", "ascii", "-O", "width=300", str(generate.MANPAGE)),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return re.sub(r".\x08", "", done.stdout)


def test_page_is_that_of_the_commands() -> None:
    """The page says what the commands say: ``make docs`` was run."""
    assert generate.MANPAGE.read_text(encoding="utf-8") == generate.docs()[generate.MANPAGE], "make docs"


def test_checker_is_content() -> None:
    """The checker finds nothing, not even a matter of style."""
    done = subprocess.run(
        ("mandoc", "-T", "lint", "-W", "style", str(generate.MANPAGE)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    told = [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]
    assert told == []


def test_everything_is_there() -> None:
    """Every command, option, example, exit code and variable stands in the page, as a reader sees it."""
    page = " ".join(rendered().split())
    for path, command, _ in walk():
        assert " ".join((PROGRAM, *path)) in page
        for parameter in command.params:
            for name in (*parameter.opts, *parameter.secondary_opts):
                assert name.startswith("-") is False or name in page, name
        for example in paragraphs(command)[1] if path else ():
            assert example in page, example
    for code in ExitCode:
        assert f"{code.value} {code.meaning[0].upper()}{code.meaning[1:]}" in page
    for heading in "NAME SYNOPSIS DESCRIPTION COMMANDS OPTIONS ENVIRONMENT FILES EXAMPLES".split():
        assert heading in page


def test_every_variable_is_told() -> None:
    """Every variable of ours that the program reads is in the page."""
    page = generate.MANPAGE.read_text(encoding="utf-8").replace("\\-", "-")
    sources = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    # Those that the shells' scripts and the program exchange are not listed.
    named = {name for name in _VARIABLE.findall(sources) if f"_{name}" not in sources}
    assert "LIGHTNING_TTS_TOKEN" in named
    assert not {name for name in named if name not in page}
