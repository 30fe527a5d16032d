"""A plug-in of coverage, named in pyproject.toml: keeps what a process has measured that ends itself by a signal.

The command dies by the very signal that stopped it, and a process that dies so writes nothing down.
"""

import os
from typing import Any

import coverage


def coverage_init(_registry: Any, _options: Any) -> None:
    """Save before this process sends itself a signal."""
    send = os.kill

    def save_and_send(pid: int, signum: int) -> None:
        measured = coverage.Coverage.current()
        if pid == os.getpid() and signum and measured is not None:
            measured.save()
        send(pid, signum)

    os.kill = save_and_send
