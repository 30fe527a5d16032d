"""The command line of the benchmarks."""

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import goals, peers, plot, profiling, report
from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab, scrubbed_environment
from benchmarks.registry import ROWS
from benchmarks.results import Measure
from benchmarks.serving import speech_service

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
# Stands for a row, and is none.
_PROFILE = "profile"
_PLOTTED = "scale"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the rows and return the exit code: 0 measured, 1 a contestant failed, 2 usage or a peer that is missing."""
    parser = _parser()
    options = parser.parse_args(argv)
    profiled = options.rows == [_PROFILE]
    rows = options.rows or _usual_rows(plotted=bool(options.plot))
    wrong = "" if profiled else _wrong(rows, options)
    if wrong:
        parser.error(wrong)
    try:
        if profiled:
            sys.stdout.write(profiling.profile(options.runs).table())
        else:
            _measure(rows, options)
    except (OSError, ValueError) as fault:
        _tell(f"error: {options.readme}: {fault}")
        return 2
    except BenchmarkFault as fault:
        _tell(f"error: {fault}")
        return fault.exit_code
    return 0


def _usual_rows(*, plotted: bool) -> list[str]:
    return [name for name, row in ROWS.items() if row.by_default or (plotted and name == _PLOTTED)]


def _wrong(rows: Sequence[str], options: argparse.Namespace) -> str:
    """Return what is wrong with a command line; nothing if it can be followed."""
    unknown = [name for name in rows if name not in ROWS]
    if unknown:
        return f"there is no row {unknown[0]}"
    if options.runs < 1 or options.minutes < 1:
        return "--runs and --minutes are 1 or more"
    if options.plot and _PLOTTED not in rows:
        return f"--plot draws what the row {_PLOTTED} measures: name it"
    lacking = [name for name in goals.PROMISED if name not in rows]
    if options.readme and lacking:
        return f"--readme wants every row that has a goal: {', '.join(lacking)} would be missing"
    return ""


def _measure(rows: Sequence[str], options: argparse.Namespace) -> None:
    # What can only fail at the end is looked at now.
    if options.readme:
        report.placed(options.readme.read_text(), "")
    versions = peers.check([name for row in rows for name in ROWS[row].peers] + ["matplotlib"] * bool(options.plot))
    machine = peers.machine()
    result = report.Result(
        lines=_measured(rows, options),
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        runs=options.runs,
        machine=machine,
        versions=versions,
    )
    sys.stdout.write(report.summary(result) + "\n")
    if options.json:
        options.json.write_text(json.dumps(result.described(), indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(report.markdown(result))
    if options.readme:
        options.readme.write_text(report.placed(options.readme.read_text(), report.markdown(result)))
    if options.plot:
        plot.draw(result, options.plot)


def _measured(rows: Sequence[str], options: argparse.Namespace) -> dict[str, list[Measure]]:
    lines: dict[str, list[Measure]] = {}
    with tempfile.TemporaryDirectory(prefix="lt-bench-") as directory, speech_service() as service:
        lab = Lab(
            runs=options.runs,
            minutes=options.minutes,
            directory=Path(directory),
            environment=scrubbed_environment(Path(directory)),
            service=service,
        )
        for name in rows:
            begun = time.monotonic()
            _tell(f"measuring {name}: {ROWS[name].title}")
            measures = list(ROWS[name].measure(lab))
            goals.check(name, measures)
            # Not lost when a later row fails.
            sys.stdout.write(report.table(ROWS[name].title, measures))
            sys.stdout.flush()
            lines[ROWS[name].title] = lines.get(ROWS[name].title, []) + measures
            _tell(f"  took {time.monotonic() - begun:.0f} s")
    return lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("rows", metavar="ROW", nargs="*", help=_rows_help())
    parser.add_argument("--runs", type=int, default=9, help="turns of each contestant (default 9)")
    parser.add_argument("--minutes", type=int, default=1, help="how long the row playback plays (default 1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample to FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table for a page to FILE")
    parser.add_argument(
        "--readme",
        type=Path,
        metavar="FILE",
        nargs="?",
        const=_PAGE,
        help=f"put the table between {report.BEGIN} and {report.END} of FILE, docs/benchmarks.md unless given",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="measure the row scale too and draw it, as .png or .svg"
    )
    return parser


def _rows_help() -> str:
    asked_for = [name for name, row in ROWS.items() if not row.by_default]
    return (
        f"{', '.join(ROWS)}; default: all but {', '.join(asked_for)}; {_PROFILE} stands alone, and shows where the "
        "instructions and milliseconds go until the request is on the wire, beside the script's"
    )


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
