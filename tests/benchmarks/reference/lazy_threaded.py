"""Sixty lines that play a stream as early as they can: imports as late as possible, the device opened in a thread."""

import base64
import sys
import threading
from typing import Any

import typer

RATE = 44_100


class Player:
    """A queue of bytes and the device that empties it."""

    def __init__(self) -> None:
        self.queue = bytearray()
        self.lock = threading.Lock()
        self.ended = False
        self.drained = threading.Event()
        self.stream: Any = None
        self.started = False
        self.thread = threading.Thread(target=self.open)
        self.thread.start()

    def open(self) -> None:
        """Import sounddevice, which starts PortAudio, and open the device."""
        import sounddevice

        self.stream = sounddevice.RawOutputStream(RATE, channels=1, dtype="int16", callback=self.fill)

    def fill(self, out: Any, _frames: int, _time: Any, _status: Any) -> None:
        """Return the device what there is, and silence behind it."""
        with self.lock:
            data = bytes(self.queue[: len(out)])
            del self.queue[: len(out)]
        out[:] = data + bytes(len(out) - len(data))
        if self.ended and not data:
            self.drained.set()

    def write(self, pcm: bytes) -> None:
        """Take audio; the first starts the device."""
        with self.lock:
            self.queue += pcm
        if not self.started:
            self.started = True
            self.thread.join()
            self.stream.start()

    def finish(self) -> None:
        """Wait until all was played."""
        self.ended = True
        self.drained.wait(30)
        self.stream.close()


def main(text: str, url: str) -> None:
    """Post ``text`` and play the answer."""
    import requests

    player = Player()
    body = {"text": text, "voice_id": "daniel", "sample_rate": RATE, "output_format": "pcm"}
    with requests.post(url, json=body, headers={"Authorization": "Bearer sk"}, stream=True, timeout=30) as response:
        held = b""
        while piece := response.raw.read1(65536):
            *lines, held = (held + piece).split(b"\n")
            pcm = [base64.b64decode(line[16 : line.index(b'"', 16)]) for line in lines if line.startswith(b'data: {"a')]
            player.write(b"".join(pcm))
    player.finish()
    sys.exit(0)


typer.run(main)
