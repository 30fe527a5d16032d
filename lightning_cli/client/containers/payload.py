"""Payloads of events in formats other than PCM, recognised by their bytes and unwrapped to PCM; no I/O.

How the service frames formats other than PCM inside an event stream is undocumented (protocol.md 3.4): raw PCM whatever
was asked has been seen, a container per event or one in front of all is documented. All give the same PCM here.
"""

import struct

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.containers.mp3 import Mp3Collector, begins_mp3
from lightning_cli.client.containers.wav import begins_wav, linear, read_head

_CHUNK_BYTES = 8
# Chunks that writers put behind the audio of a WAV container.
_TRAILING_CHUNKS = (b"LIST", b"id3 ", b"ID3 ", b"fact", b"cue ", b"bext", b"JUNK", b"smpl", b"inst")


class EventPayload:
    """Unwrapper of the audio in one answer's events; ``detected_format`` names its format: ``pcm``, ``wav`` or ``mp3``.

    Headers of WAV containers are taken away wherever an event or the end of a container lets one begin, also when
    events cut them. MP3 is decoded at the end, from all events joined. Bytes that are neither are taken for PCM, even
    if mu-law or A-law was asked for: those cannot be recognised, and on event streams raw PCM is what has been seen.
    """

    def __init__(self, fmt: PcmFormat, wire_format: str) -> None:
        self.detected_format = "pcm"
        self._fmt = fmt
        self._asked_mp3 = wire_format == "mp3"
        self._held = b""
        self._begun = False
        self._may_begin = True
        self._left: int | None = None  # what the container at hand still holds; None for no container or no length
        self._padding = 0
        self._skip = 0
        self._coding = "pcm"
        self._mp3: Mp3Collector | None = None

    def feed(self, audio: bytes) -> bytes:
        """Return the PCM of the next event; raises ``ProtocolError`` for a container that is not what was asked."""
        if self._mp3 is not None:
            self._mp3.add(audio)
            return b""
        out: list[bytes] = []
        looked_like = self._held and begins_wav(self._held) is not False
        if looked_like and begins_wav(self._held + audio) is False and begins_wav(audio) is not False:
            # What looked like the beginning of a header was none, and this event may be one.
            self._may_begin = False
            self._run(self._release(), out)
        if begins_wav(audio):
            self._skip = 0
        self._may_begin = True
        self._run(self._release() + audio, out)
        return b"".join(out)

    def finish(self) -> bytes:
        """Return the PCM that only the end of the answer decides on."""
        held = self._release()
        if self._asked_mp3 and not self._begun and begins_mp3(held, ended=True):
            self._mp3 = Mp3Collector(held)
        if self._mp3 is not None:
            self.detected_format = "mp3"
            return self._mp3.decode(self._fmt)
        if begins_wav(held):
            return b""
        out: list[bytes] = []
        self._may_begin = False
        self._run(held, out)
        return b"".join(out)

    def _release(self) -> bytes:
        held, self._held = self._held, b""
        return held

    def _run(self, data: bytes, out: list[bytes]) -> None:
        while data:
            data = self._begin(data) if self._may_begin else self._consume(data, out)

    def _begin(self, data: bytes) -> bytes:
        """Look for a container where one may begin; return what is left to look at."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            return data[skipped:]
        wav = begins_wav(data)
        head = read_head(data, self._fmt) if wav else None
        if wav is None or (wav and head is None):
            return self._hold(data)
        if head is not None:
            self.detected_format, self._begun, self._may_begin = "wav", True, False
            self._coding, self._left, self._padding = head.coding, head.data_bytes, (head.data_bytes or 0) & 1
            return data[head.data_at :]
        if self._left == 0:
            return self._after_container(data)
        if not self._begun and self._asked_mp3:
            mp3 = begins_mp3(data)
            if mp3 is None:
                return self._hold(data)
            if mp3:
                self.detected_format, self._mp3 = "mp3", Mp3Collector(data)
                return b""
        self._begun, self._may_begin = True, False
        return data

    def _hold(self, data: bytes) -> bytes:
        self._held = data
        return b""

    def _after_container(self, data: bytes) -> bytes:
        """Skip a chunk behind the audio; anything else is audio that no container counts."""
        if len(data) < _CHUNK_BYTES and any(name.startswith(data[:4]) for name in _TRAILING_CHUNKS):
            return self._hold(data)
        if data[:4] in _TRAILING_CHUNKS:
            (size,) = struct.unpack_from("<I", data, 4)
            self._skip = _CHUNK_BYTES + size + (size & 1)
            return data
        self._left, self._coding, self._may_begin = None, "pcm", False
        return data

    def _consume(self, data: bytes, out: list[bytes]) -> bytes:
        """Take audio up to the end of the container; return what follows."""
        if self._left is None:
            out.append(linear(data, self._coding))
            return b""
        if self._left == 0:
            self._left, self._coding = None, "pcm"
            return data
        taken = data[: self._left]
        out.append(linear(taken, self._coding))
        self._left -= len(taken)
        if self._left == 0:
            self._may_begin, self._skip = True, self._padding
        return data[len(taken) :]
