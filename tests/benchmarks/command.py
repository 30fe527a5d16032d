"""The command line of the benchmarks."""

import argparse
import datetime as dt
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import peers, plot, report
from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab, scrubbed_environment
from benchmarks.registry import ROWS
from benchmarks.results import Measure
from benchmarks.serving import speech_service

_README = Path(__file__).resolve().parent.parent.parent / "README.md"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the rows and give the exit code: 0 measured, 1 a contestant failed, 2 usage or a peer that is missing."""
    parser = _parser()
    options = parser.parse_args(argv)
    unknown = [name for name in options.rows if name not in ROWS]
    if unknown or options.runs < 1 or options.minutes < 1:
        parser.error(f"there is no row {unknown[0]}" if unknown else "--runs and --minutes are 1 or more")
    rows = options.rows or [name for name, row in ROWS.items() if row.by_default]
    try:
        # What can only fail at the end is looked at now.
        if options.readme:
            report.placed(options.readme.read_text(), "")
        versions = peers.check([name for row in rows for name in ROWS[row].peers] + ["matplotlib"] * bool(options.plot))
        machine = peers.machine()
        lines = _measured(rows, options)
    except (OSError, ValueError) as fault:
        _tell(f"error: {options.readme}: {fault}")
        return 2
    except BenchmarkFault as fault:
        _tell(f"error: {fault}")
        return fault.exit_code
    result = report.Result(
        lines=lines,
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        runs=options.runs,
        machine=machine,
        versions=versions,
    )
    sys.stdout.write(report.table(result))
    if options.json:
        options.json.write_text(json.dumps(result.described(), indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(report.markdown(result))
    if options.readme:
        options.readme.write_text(report.placed(options.readme.read_text(), report.markdown(result)))
    if options.plot:
        plot.draw(result, options.plot)
    return 0


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
            _tell(f"measuring {name}: {ROWS[name].title}")
            lines[ROWS[name].title] = list(ROWS[name].measure(lab))
    return lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("rows", metavar="ROW", nargs="*", help=_rows_help())
    parser.add_argument("--runs", type=int, default=9, help="turns of each contestant (default 9)")
    parser.add_argument("--minutes", type=int, default=1, help="how long the row playback plays (default 1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample to FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table for a README to FILE")
    parser.add_argument(
        "--readme",
        type=Path,
        metavar="FILE",
        nargs="?",
        const=_README,
        help=f"put the table between {report.BEGIN} and {report.END} of FILE, the README unless given",
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw what the row scale measures, as .png or .svg")
    return parser


def _rows_help() -> str:
    asked_for = [name for name, row in ROWS.items() if not row.by_default]
    return f"{', '.join(ROWS)}; default: all but {', '.join(asked_for)}"


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
