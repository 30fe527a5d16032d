"""Run tests again and again with threads that switch as often as they can, here and in every child process.

``again`` runs them; as a pytest plugin (``-p hasty``) this module repeats each test.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

_TIMES = "HASTY_TIMES"
_TESTS = Path(__file__).resolve().parents[1]
_TIMEOUT_S = 3600
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?)(?:\[.*)?(?: - .*)?$", re.MULTILINE)
# Where threads of ours meet: what is between two of them, what plays, what works side by side.
GROUPS = {
    "parts": [
        "playback/test_ring.py::test_two_threads_lose_and_repeat_nothing",
        "playback/test_feed.py::test_every_byte_once_and_every_silence_counted",
        "playback/test_pump.py::test_the_speech_stays_whole",
        "local/test_speech_channel.py",
        "narration/test_cache.py::test_one_at_a_time_between_threads",
        "narration/test_pace.py::test_nobody_takes_a_turn_before_the_time_the_service_named",
        "narration/test_pace.py::test_a_budget_is_for_all_threads",
        "client/preconnect/test_early_connection.py::test_giving_up",
        "client/websocket/test_ws_connection.py::test_no_thread_is_left_behind",
        "cli/say/test_text_source.py::test_segments_come_while_the_writer_goes_on",
    ],
    "playback": [
        "playback/test_player.py::test_every_sample_is_heard",
        "playback/test_player.py::test_a_small_ring_holds_the_writer_back",
        "playback/test_player.py::test_withdraw_replaces_what_nobody_heard",
        "sinks/test_playback_sink.py::test_abort_in_every_state",
        "sinks/test_playback_sink.py::test_leaving_while_the_device_opens",
        "playback/test_deck.py::test_quitting",
        "playback/test_deck.py::test_a_whole_life",
    ],
    "batch": [
        "commands/test_batch_survival.py::test_jobs_work_at_the_same_time",
        "commands/test_batch_survival.py::test_a_busy_account_slows_everybody_down",
        "commands/test_batch_survival.py::test_an_interrupt_leaves_nothing_half_done",
        "commands/test_batch_survival.py::test_a_cache_that_cannot_be_written_stops_the_run",
        "commands/test_batch.py::test_a_refused_key_stops_the_run",
    ],
}


class Ended(NamedTuple):
    """What became of a group: how many tests passed, which did not how often, and all that was told."""

    passed: int
    failures: Counter[str]
    told: str


def again(group: str, times: int, directory: Path) -> Ended:
    """Run every test of a group so many times; ``directory`` is for what the children need."""
    (directory / "sitecustomize.py").write_text("import sys\nsys.setswitchinterval(1e-6)\n")
    env = {
        **os.environ,
        _TIMES: str(times),
        "PYTHONPATH": os.pathsep.join((str(directory), str(_TESTS), str(_TESTS.parent))),
    }
    command = (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "support.thread_storm",
        "-p",
        "no:cacheprovider",
        "--tb=short",
    )
    done = subprocess.run(
        (*command, *(str(_TESTS / name) for name in GROUPS[group])),
        cwd=_TESTS.parent,
        env=env,
        capture_output=True,
        check=False,
        timeout=_TIMEOUT_S,
        text=True,
    )
    passed = re.search(r"(\d+) passed", done.stdout)
    failures = Counter(_FAILED.findall(done.stdout))
    assert done.returncode == 0 or failures, done.stdout + done.stderr
    return Ended(int(passed[1]) if passed else 0, failures, done.stdout)


@pytest.fixture(autouse=True)
def hasty_turn(request: pytest.FixtureRequest) -> int:
    """Return the number of the turn."""
    assert sys.getswitchinterval() < 1e-5
    return int(request.param)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make as many of each test as are wanted."""
    metafunc.fixturenames.append("hasty_turn")
    metafunc.parametrize("hasty_turn", range(int(os.environ[_TIMES])), indirect=True)
