"""Steps of a run, recorded when they are asked for."""

import subprocess
import sys
import time
from pathlib import Path

from support.command_line import keyed
from support.fake_server import ramp, serving, speaks

from lightning_cli.system import trace
from lightning_cli.system.trace import TraceRecorder


def test_nothing_is_recorded_unasked(tmp_path: Path) -> None:
    """A run without the flag loads nothing of it."""
    code = (
        "import sys\nfrom lightning_cli.cli.run import main\n"
        f"code = main(['say', 'Hello.', '-o', {str(tmp_path / 'a.wav')!r}, *sys.argv[1:]])\n"
        "wanted = {'lightning_cli.' + name for name in ('cli.say.metrics', 'cli.terminal.stats', 'sinks.wrappers')}\n"
        "sys.stdout.write(f'{code} {len(wanted & sys.modules.keys())}')"
    )
    for extra, expected in (((), "0 0"), (("--stats",), "0 3")):
        with serving(speaks(ramp(900))) as server:
            done = subprocess.run(
                (sys.executable, "-c", code, "--base-url", server.url, *extra),
                env=keyed(),
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            )
        assert done.stdout == expected


def test_a_mark_without_a_recorder_is_nothing() -> None:
    """Marks are kept between ``start`` and ``stop`` alone."""
    trace.mark("before")
    recorder = trace.start()
    try:
        assert trace.start() is recorder
        assert trace.now() > 0
        trace.mark("during", trace.now())
    finally:
        trace.stop()
    trace.mark("after")
    assert trace.now() == 0
    assert list(recorder.steps) == ["during"]


def test_a_step_that_comes_again_is_kept_in_short() -> None:
    """The first time, the last end and the count are what is left of many."""
    recorder = TraceRecorder()
    for at in range(1000):
        recorder.add("step", at, at + 0.5)
    (step,) = recorder.steps.values()
    assert (step.begin, step.end, step.last_end, step.times) == (0, 0.5, 999.5, 1000)


def test_the_start_of_a_process_is_known() -> None:
    """The start lies between its being asked for and its first own line, to a tick of the kernel."""
    code = (
        "from lightning_cli import IMPORTED_AT\nfrom lightning_cli.system.trace import process_began\n"
        "print(process_began(), IMPORTED_AT)"
    )
    before = time.monotonic()
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True, timeout=60)
    began, imported = map(float, done.stdout.split())
    assert before - 0.011 <= began < imported
