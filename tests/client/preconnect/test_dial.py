"""Addresses that cannot even be tried."""

import errno
import os
import resource
import socket
import time

import pytest

from lightning_cli.client.preconnect.dial import Dial


def test_addresses_that_cannot_even_be_tried() -> None:
    """Raise what the system says at once, and what it says when it has no more descriptors."""
    broadcast = Dial("255.255.255.255", 9)
    broadcast.resolve()
    with pytest.raises(OSError, match=r"unreachable|denied|not permitted"):
        broadcast.finish(time.monotonic() + 30)
    dial = Dial("127.0.0.1", 9)
    dial.resolve()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as first:
        lowest = first.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
            dial.finish(time.monotonic() + 30)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
