"""The long versions of what the suite shows of batch; run by hand: ``python tests/soak/batch.py kills``.

``kills``: 3,000 rows, kill -9 at 1,000 random moments (25 minutes; SHARE=0.03 is 30 of them). ``jobs``: one worker
against several, at a server that allows them. ``rows``: 10,000 rows, memory and the start of a run with nothing to do.
Each ends with an error when it falls short.
"""

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from shares import part_of
from support.batch_kills import command, survive
from support.batch_runs import numbered, outputs, speaking, speaks_text
from support.command_line import keyed
from support.fake_server import Exchange

JOBS = 4
ANSWER_S = 0.2
NOTHING_TO_DO_S = 2.0
GROWTH_KB = 30_000


def kills(directory: Path) -> None:
    """Kill a run of 3,000 rows 1,000 times."""
    survive(directory, rows=part_of(3000), kills=part_of(1000), seed=int(time.time()))


def jobs(directory: Path) -> None:
    """Compare the throughput of several workers with one."""
    allowed = threading.Semaphore(JOBS)

    def answers(exchange: Exchange) -> None:
        assert allowed.acquire(blocking=False), "more requests than allowed"
        time.sleep(ANSWER_S)
        allowed.release()
        speaks_text(exchange)

    rows = 40 * JOBS
    source = numbered(directory / "rows.csv", rows)
    took: dict[int, float] = {}
    for count in (1, JOBS):
        with speaking(answers) as server:
            begun = time.monotonic()
            whole = command(source, directory / str(count), server.url)
            subprocess.run([*whole, "--jobs", str(count), "-q"], env=keyed(), check=True)
            took[count] = time.monotonic() - begun
    factor = took[1] / took[JOBS]
    sys.stderr.write(f"{rows} rows: {took[1]:.1f} s with 1 job, {took[JOBS]:.1f} s with {JOBS}: {factor:.2f} times\n")
    assert factor >= 0.9 * JOBS


def rows(directory: Path) -> None:
    """Measure memory and the start of a run over 10,000 rows."""
    peaks: dict[int, int] = {}
    idle_s = 0.0
    with speaking() as server:
        for count in (100, 10_000):
            source = numbered(directory / f"{count}.csv", count)
            whole = [*command(source, directory / str(count), server.url), "-q"]
            peaks[count] = _peak_kb(whole)
            idle_s = min(_seconds(whole) for _ in range(3))
        assert len(server.requests) == 10_100
    assert len(outputs(directory / "10000")) == 10_000
    sys.stderr.write(f"peak memory {peaks[100]} KB with 100 rows, {peaks[10_000]} KB with 10,000\n")
    sys.stderr.write(f"nothing to do over 10,000 rows: {idle_s:.2f} s\n")
    assert peaks[10_000] - peaks[100] < GROWTH_KB
    assert idle_s < NOTHING_TO_DO_S


def _seconds(whole: list[str]) -> float:
    begun = time.monotonic()
    subprocess.run(whole, env=keyed(), check=True)
    return time.monotonic() - begun


def _peak_kb(whole: list[str]) -> int:
    code = (
        "import resource, subprocess, sys\nsubprocess.run(sys.argv[1:], check=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, *whole], env=keyed(), check=True, capture_output=True, text=True)
    return int(done.stdout)


def main() -> None:
    """Run the parts that are named, or all."""
    parts = {"kills": kills, "jobs": jobs, "rows": rows}
    for name in sys.argv[1:] or parts:
        directory = Path(tempfile.mkdtemp(prefix=f"lightning-soak-{name}-"))
        try:
            parts[name](directory)
        finally:
            shutil.rmtree(directory)


if __name__ == "__main__":
    main()
