"""A command without a key finds the server that its user runs, and does without it when it is gone."""

import os
import signal

from support.command_line import lightning
from support.serve_process import running


def test_say_uses_the_running_server_while_it_lives() -> None:
    """The note leads to the server; --local does not ask it; after a kill -9 the engine speaks in the process."""
    with running() as served:
        found = lightning("say", "Hello there", "-o", "-")
        alone = lightning("say", "Hello there", "-o", "-", "--local")
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait(timeout=30)
        left = lightning("say", "Hello there", "-o", "-")
    assert (found.code, alone.code, left.code) == (0, 0, 0)
    assert found.stderr == f"note: no key in SMALLEST_API_KEY, so your server at {served.url} speaks\n"
    assert alone.stderr == ""
    assert left.stderr == "note: no key in SMALLEST_API_KEY, so the offline engine speaks\n"
    assert found.stdout == alone.stdout == left.stdout
