"""How long until the offline engine speaks when a server of it runs already."""

import os
import re
import select
import subprocess
import time
from collections.abc import Iterator

from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab
from benchmarks.processes import first_byte_s
from benchmarks.results import Measure, against, at_most

_TEXT = "The quick brown fox jumps over the lazy dog."
_URL = re.compile(rb"http://[\d.]+:\d+")
_STARTS_WITHIN_S = 60.0


def measure(lab: Lab) -> Iterator[Measure]:
    """Compare the command without a key, which finds the server, with one that is told where the service is."""
    keyless = {name: value for name, value in lab.environment.items() if name != "SMALLEST_API_KEY"}
    with subprocess.Popen(lab.ours("serve", "--port", "0"), env=keyless, stderr=subprocess.PIPE) as server:
        try:
            url = _address(server)
            said = ["say", _TEXT, "-r", "24000", "-o", "-"]
            taken = lab.interleave(
                {
                    "found": lambda: first_byte_s(lab.ours(*said), keyless) * 1e3,
                    "told": lambda: (
                        first_byte_s(lab.ours(*said, "-v", "heart", "--base-url", url), lab.environment) * 1e3
                    ),
                }
            )
        finally:
            server.terminate()
            server.wait(_STARTS_WITHIN_S)
    peer = ("ours, with a key and --base-url", taken["told"], at_most(1.1))
    yield from against("a server of ours runs", "ms", taken["found"], [peer])


def _address(server: "subprocess.Popen[bytes]") -> str:
    """Wait for the server to say where it listens."""
    assert server.stderr is not None
    told, deadline = b"", time.monotonic() + _STARTS_WITHIN_S
    while not (found := _URL.search(told)) or b"\n" not in told[found.end() :]:
        left_s = max(0.0, deadline - time.monotonic())
        if not select.select([server.stderr], [], [], left_s)[0]:
            raise BenchmarkFault(f"the server does not start: {told.decode(errors='replace')}")
        piece = os.read(server.stderr.fileno(), 4096)
        if not piece:
            raise BenchmarkFault(f"the server has ended: {told.decode(errors='replace')}")
        told += piece
    return found[0].decode()
