"""The clocks of an answer, and signals that hit them."""

import threading

from lightning_cli.client.guard import Guard


def test_a_guard_that_a_signal_hit_can_be_closed() -> None:
    """A thread that has not been started is not waited for."""
    guard = Guard()
    guard._thread = threading.Thread(target=guard.close)
    guard.close()
