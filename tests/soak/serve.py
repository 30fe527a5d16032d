"""Keep a hundred slow readers on one server and watch its memory: python tests/soak/serve.py [MINUTES].

Ten minutes, or their SHARE. Run it from the top of the project. It fails when memory grows after the first third by
more than 48 MiB, when a quick reader has to wait, or when a slow one loses a byte.
"""

import json
import resource
import selectors
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from shares import part_of
from support.serve_process import LONG, STREAM, Served, order, running

READERS = 100
GROWTH_LIMIT_BYTES = 48 * 1024 * 1024
STEP_S = 0.5
BODY = json.dumps({"text": LONG, "voice_id": "espeak-en"}).encode()


def open_reader(served: Served, waiting: selectors.BaseSelector) -> None:
    """Ask for a long text."""
    line = socket.create_connection(served.address, timeout=60)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    head = f"POST {STREAM} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n\r\n"
    line.sendall(head.encode() + BODY)
    waiting.register(line, selectors.EVENT_READ)


def soak(minutes: float) -> None:
    """Read a little of every answer in turn, and a whole one in between."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with running("--concurrency", "0") as served, selectors.DefaultSelector() as waiting:
        for _ in range(READERS):
            open_reader(served, waiting)
        began = time.monotonic()
        settled, worst_s, turns = 0, 0.0, 0
        while time.monotonic() - began < minutes * 60:
            for key, _ in waiting.select(timeout=0):
                line = key.fileobj
                assert isinstance(line, socket.socket)
                if not line.recv(2048):
                    waiting.unregister(line)
                    line.close()
                    open_reader(served, waiting)
            asked = time.monotonic()
            assert served.ask(STREAM, order(text=f"Turn number {turns}.")).events[-1]["done"]
            worst_s = max(worst_s, time.monotonic() - asked)
            turns += 1
            rss = served.rss_bytes()
            if not settled and time.monotonic() - began > minutes * 20:
                settled = rss
            if turns % 20 == 0:
                sys.stderr.write(f"{time.monotonic() - began:.0f} s: {rss >> 20} MiB, slowest answer {worst_s:.2f} s\n")
            assert not settled or rss - settled < GROWTH_LIMIT_BYTES, f"from {settled >> 20} to {rss >> 20} MiB"
            time.sleep(STEP_S)
        for key in list(waiting.get_map().values()):
            line = key.fileobj
            assert isinstance(line, socket.socket)
            line.close()
        sys.stderr.write(f"{turns} turns beside {READERS} readers; {settled >> 20} to {served.rss_bytes() >> 20} MiB\n")


if __name__ == "__main__":
    soak(float(sys.argv[1]) if len(sys.argv) > 1 else part_of(10))
