"""MPEG audio from the service: recognised by its frames, decoded by libsndfile (protocol.md 3.1)."""

import io
from collections.abc import Iterator
from typing import Any

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.containers.wav import check_shape
from lightning_cli.errors import ProtocolError

SIZE_LIMIT_BYTES = 64 * 1024 * 1024
_HEADER_BYTES = 4
_ID3_HEADER_BYTES = 10
_ID3 = b"ID3"
# Eleven bits set begin a frame.
_SYNC = 0xFFE0
_TRAILERS = (b"TAG", b"APETAGEX", b"LYRICS")
# Layer III, kbit/s by bitrate index, Hz by rate index (ISO 11172-3 2.4.2.3; 13818-3 2.4.2.3 for the lower rates).
_KBITS_MPEG1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_MPEG2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MPEG1 = 3
_LAYER_3 = 1
_DECODED_FRAMES = 64 * 1024


def begins_mp3(head: bytes, *, ended: bool = False) -> bool | None:
    """Return whether ``head`` begins MPEG audio; None when it is too short to tell, never so when it ``ended``.

    Two sync bytes alone come up in PCM; a second frame where the first one's header says it ends does not.
    """
    if head.startswith(_ID3):
        return True
    if len(head) < _HEADER_BYTES:
        could_be = _ID3.startswith(head) or _is_sync((head + b"\xff\xff")[:2])
        return None if could_be and not ended else False
    size = _frame_bytes(head, 0)
    if size is None:
        return False
    if len(head) < size + _HEADER_BYTES:
        return len(head) == size if ended else None
    return _frame_bytes(head, size) is not None and _kind(head, 0) == _kind(head, size)


def ends_whole(data: bytes) -> bool:
    """Return whether MPEG audio ends with the end of a frame or a trailer, as far as its frames can be followed."""
    at = 0
    while at < len(data):
        if data.startswith(_ID3, at):
            if at + _ID3_HEADER_BYTES > len(data):
                return False
            size = 0
            for byte in data[at + 6 : at + _ID3_HEADER_BYTES]:
                size = size << 7 | byte & 0x7F
            at += _ID3_HEADER_BYTES + size
            continue
        if data.startswith(_TRAILERS, at):
            return True
        step = _frame_bytes(data, at) if at + _HEADER_BYTES <= len(data) else None
        if step is None:
            # Less than a header is a cut; more, which is no frame, is data of unknown length.
            return at + _HEADER_BYTES <= len(data)
        at += step
    return at == len(data)


class Mp3Collector:
    """Collector of MPEG audio until its end, when it can be decoded; at most ``SIZE_LIMIT_BYTES``."""

    def __init__(self, begun: bytes = b"") -> None:
        self._data = bytearray(begun)

    def add(self, piece: bytes) -> None:
        """Take the next bytes; raises ``ProtocolError`` beyond the limit."""
        self._data += piece
        if len(self._data) > SIZE_LIMIT_BYTES:
            raise ProtocolError(
                f"the service sent more than {SIZE_LIMIT_BYTES} bytes of MP3 audio", hint="drop --wire-format"
            )

    @property
    def is_whole(self) -> bool:
        """Return whether the audio ends with a frame or a trailer."""
        return ends_whole(bytes(self._data))

    def decode(self, fmt: PcmFormat) -> bytes:
        """Decode everything to PCM of ``fmt``; raises ``ProtocolError``."""
        return decode_mp3(bytes(self._data), fmt)


def decode_mp3(data: bytes, fmt: PcmFormat) -> bytes:
    """Decode to PCM of ``fmt``; raises ``ProtocolError`` for another sample rate and for what cannot be decoded."""
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            check_shape(sound.samplerate, sound.channels, fmt)
            return b"".join(_blocks(sound))
    except soundfile.SoundFileError as fault:
        raise ProtocolError(
            f"the service sent MP3 audio that cannot be decoded ({fault})", hint="drop --wire-format"
        ) from fault


def _blocks(sound: Any) -> Iterator[bytes]:
    import numpy as np

    while True:
        block = sound.read(_DECODED_FRAMES, dtype="float32")
        if not len(block):
            return
        # Read as integers, a sample beyond full scale, which lossy audio has, would wrap around.
        yield np.clip(np.rint(block * 32768.0), -32768, 32767).astype("<i2").tobytes()


def _frame_bytes(data: bytes, at: int) -> int | None:
    """Return the size of the Layer III frame whose header is at ``at``; None when there is none."""
    if not _is_sync(data[at : at + 2]):
        return None
    version, layer = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    bitrate, rate, padding = data[at + 2] >> 4, data[at + 2] >> 2 & 3, data[at + 2] >> 1 & 1
    if (
        layer != _LAYER_3
        or version not in _RATES
        or not 0 < bitrate < len(_KBITS_MPEG1)
        or rate >= len(_RATES[version])
    ):
        return None
    kbits, slots = (_KBITS_MPEG1, 144) if version == _MPEG1 else (_KBITS_MPEG2, 72)
    return slots * kbits[bitrate] * 1000 // _RATES[version][rate] + padding


def _is_sync(start: bytes) -> bool:
    return int.from_bytes(start, "big") & _SYNC == _SYNC


def _kind(data: bytes, at: int) -> tuple[int, int]:
    """Return what two frames of one stream share: version and layer, and sample rate."""
    return data[at + 1] & 0x1E, data[at + 2] & 0x0C
