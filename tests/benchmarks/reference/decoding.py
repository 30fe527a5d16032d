"""Read events of 1 KiB, one HTTP chunk each, out of memory: as this program does, or as its floor does.

    decoding.py ours|floor EVENTS

No socket, no request and no sink: what is left is the framing, the events and the base64.
"""

import base64
import http.client
import io
import os
import sys

import pybase64

EVENT = b'event: audio\ndata: {"audio":"%b","done":false,"status":"206"}\n\n' % base64.b64encode(bytes(range(256)) * 4)
TERMINATOR = b'data: {"status":"200","done":true}\n\n'
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Socket:
    """Stand for the socket: its file holds the whole answer."""

    def __init__(self, events: int) -> None:
        chunks = [b"%x\r\n%b\r\n" % (len(event), event) for event in (EVENT, TERMINATOR)]
        self._wire = HEAD + chunks[0] * events + chunks[1] + b"0\r\n\r\n"

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the file, buffered as a socket's is."""
        return io.BufferedReader(io.BytesIO(self._wire))


def floor(answer: http.client.HTTPResponse) -> int:
    """Do what floor.py does."""
    total, held = 0, b""
    while piece := answer.read1(65536):
        *lines, held = (held + piece).split(b"\n")
        audio = [
            pybase64.b64decode(line[16 : line.index(b'"', 16)])
            for line in lines
            if line.startswith(b'data: {"audio":"')
        ]
        total += len(b"".join(audio))
    return total


def ours(answer: http.client.HTTPResponse) -> int:
    """Do what the client does between a body and its sink, without the libraries that make requests."""
    from lightning_cli.audio.pcm import FrameAligner
    from lightning_cli.client.decode import SpeechDecoder
    from lightning_cli.client.stream import take_chunks

    decoder, aligner, total = SpeechDecoder(), FrameAligner(2), 0
    file = answer.fp
    while not decoder.done:
        body, used, answer.chunk_left = take_chunks(file.peek(), answer.chunk_left)
        file.read(used)
        audio = decoder.feed(body if used else answer.read1(65536))
        total += len(aligner.feed(b"".join(audio)))
    return total


count = int(sys.argv[2])
response = http.client.HTTPResponse(Socket(count))  # type: ignore[arg-type] # all it asks a socket for is its file
response.begin()
got = {"ours": ours, "floor": floor}[sys.argv[1]](response)
os._exit(0 if got == 1024 * count else 1)
