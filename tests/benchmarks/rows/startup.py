"""How long the program takes to say nothing."""

from collections.abc import Iterator

from benchmarks.lab import Lab
from benchmarks.results import Measure, against, at_most

_PEER = "Typer, one empty command"
_COMPLETED = "Typer's own, of three values"
# As Typer's script for bash asks.
_LEAST = ("_LEAST_COMPLETE=complete_bash", "COMP_WORDS=least --voice da", "COMP_CWORD=2")


def measure(lab: Lab) -> Iterator[Measure]:
    """Compare ``--version``, ``--help`` and a completion with a Typer program that has one command and does nothing."""
    commands = {
        "version": lab.ours("--version"),
        "help": lab.ours("--help"),
        "say help": lab.ours("say", "--help"),
        "empty": lab.reference("empty_typer"),
        "empty help": lab.reference("empty_typer", "--help"),
        "completion": [lab.program("env"), "_LIGHTNING_TTS_COMPLETE=zsh", *lab.ours("say", "--voice", "da")],
        "least completion": [lab.program("env"), *_LEAST, *lab.reference("completed_typer")],
        "python": [lab.tool("python"), "-c", "pass"],
        "curl": [lab.program("curl"), "--version"],
    }
    taken = lab.compare(commands, lambda argv: lab.run(argv).wall_s * 1e3)
    yield from against("--version", "ms", taken["version"], [(_PEER, taken["empty"], at_most(1.15))])
    yield from against("--help", "ms", taken["help"], [(f"{_PEER}, --help", taken["empty help"], at_most(1.15))])
    yield from against(
        "completion of a voice", "ms", taken["completion"], [(_COMPLETED, taken["least completion"], at_most(1.2))]
    )
    yield from against(
        "--version",
        "ms",
        taken["version"],
        [("python -c pass", taken["python"], None), ("curl --version", taken["curl"], None)],
    )
    yield from against("say --help", "ms", taken["say help"], [(f"{_PEER}, --help", taken["empty help"], None)])
