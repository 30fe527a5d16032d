"""The same comparisons in instructions instead of seconds: they hold still on a busy machine (user space alone)."""

from collections.abc import Iterator
from typing import Any

from benchmarks import counting
from benchmarks.lab import Lab
from benchmarks.results import Measure, Series, against, at_most

_SHORT_S, _LONG_S = 0.5, 20.0
# With hashing fixed the counts repeat to a thousandth.
_NOTE = "one run of each after a warm-up"
_FRAMINGS = {"chunked": "one chunk per event", "close": "close-delimited"}


def measure(lab: Lab) -> Iterator[Measure]:
    """Compare start-up, a whole run with a short answer, and what a second of audio costs beyond that."""
    url = lab.service.stream_url
    commands = {
        "version": lab.ours("--version"),
        "help": lab.ours("--help"),
        "empty": lab.reference("empty_typer"),
        "empty help": lab.reference("empty_typer", "--help"),
        "say": lab.say("-o", "-"),
        "script": lab.reference("typer_requests", "Hello", url),
    }
    taken = {name: millions(lab, argv) for name, argv in commands.items()}
    empty = "Typer, one empty command"
    yield from against("--version", "M", taken["version"], [(empty, taken["empty"], at_most(1.15))], _NOTE)
    yield from against("--help", "M", taken["help"], [(f"{empty}, --help", taken["empty help"], at_most(1.15))])
    script = ("typer + requests, 20 lines", taken["script"], at_most(1.1))
    yield from against(f"say, {_SHORT_S:g} s of audio to stdout", "M", taken["say"], [script])
    for framing, title in _FRAMINGS.items():
        contestants = {"ours": lab.say("-o", "-"), "floor": lab.reference("floor", url, "-")}
        per_s = {name: _per_second(lab, argv, framing) for name, argv in contestants.items()}
        floor = ("floor: read1, slice, pybase64, write", per_s["floor"], at_most(1.15))
        yield from against(f"a second of audio, {title}", "M", per_s["ours"], [floor])


def _per_second(lab: Lab, argv: list[str], framing: str) -> Series:
    long, short = (millions(lab, argv, framing=framing, seconds=seconds) for seconds in (_LONG_S, _SHORT_S))
    return long.shifted(-short.median).scaled(1 / (_LONG_S - _SHORT_S))


def millions(lab: Lab, argv: list[str], **plan: Any) -> Series:
    """Return the millions of instructions that a run takes, once its modules are compiled."""
    lab.service.plan(**plan)
    program = argv if argv[0] == lab.tool("python") else [lab.tool("python"), *argv]
    lab.run(program)
    log = lab.directory / "callgrind.log"
    return Series((counting.millions(lab.program("valgrind"), program, lab.environment, log),))
