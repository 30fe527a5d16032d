"""How long the program takes to say nothing."""

from collections.abc import Iterator

from benchmarks.lab import Lab
from benchmarks.results import Measure, against, at_most

_PEER = "Typer, one empty command"


def measure(lab: Lab) -> Iterator[Measure]:
    """Compare ``--version`` and ``--help`` with a Typer program that has one command and does nothing."""
    commands = {
        "version": lab.ours("--version"),
        "help": lab.ours("--help"),
        "say help": lab.ours("say", "--help"),
        "empty": lab.reference("empty_typer"),
        "empty help": lab.reference("empty_typer", "--help"),
        "python": [lab.tool("python"), "-c", "pass"],
        "curl": [lab.program("curl"), "--version"],
    }
    taken = lab.compare(commands, lambda argv: lab.run(argv).wall_s * 1e3)
    yield from against("--version", "ms", taken["version"], [(_PEER, taken["empty"], at_most(1.15))])
    yield from against("--help", "ms", taken["help"], [(f"{_PEER}, --help", taken["empty help"], at_most(1.15))])
    yield from against(
        "--version",
        "ms",
        taken["version"],
        [("python -c pass", taken["python"], None), ("curl --version", taken["curl"], None)],
    )
    yield from against("say --help", "ms", taken["say help"], [(f"{_PEER}, --help", taken["empty help"], None)])
