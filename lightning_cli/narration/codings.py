"""AAC, MP3 and Opus in pieces that are encoded by themselves and lie behind one another in the book.

An encoder begins with samples of its own, ``lead`` of them, and works in frames of ``frame_samples``. In silence the
frames of one piece can follow those of another: what overlaps is silent on both sides. So a piece ends with silence up
to a whole frame, the lead of the next one counts as part of the pause between them, and every position is known to the
sample. The pause itself comes out up to half a frame longer or shorter; without one it is a lead and what fills up.
What an Opus decoder plays follows from what it has played before, so a piece of Opus begins with silence of its own.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lightning_cli.errors import OutputError
from lightning_cli.narration import ffmpeg
from lightning_cli.narration.ffmpeg import Blocks
from lightning_cli.narration.loudness import Level, LoudnessTarget, below_ceiling
from lightning_cli.narration.ogg_opus import packets_of, sizes_of
from lightning_cli.narration.pace import Stop
from lightning_cli.sinks.containers import MP3, OPUS, Container

# What speech in mono needs, in kbit/s, by sample rate in Hz.
_AAC_KBITS = {8000: 24, 16000: 32, 24000: 48, 44100: 64}
_MP3_QUALITY = "4"
_AAC_FRAME = 1024
# Of FFmpeg's own encoder, and of LAME with the decoder's share.
_AAC_LEAD = 1024
# Of libopus, in s; and the packets of silence in which a decoder forgets the piece before.
_OPUS_LEAD_S, _OPUS_SILENT_FRAMES = 0.0065, 2
_MP3_LEAD = 1105
_LAME_DELAY = 576
_MP3_LAYER_KBITS = (
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
_MP3_RATES = (44100, 48000, 32000)
_MPEG_1 = 3
_HEAD_BYTES = 7
OGG = "ogg"
_OPUS = ("-c:a", "libopus", "-vbr", "on", "-frame_duration", "20")
_ID3_HEAD_BYTES = 10
# Of the tag in the first frame, which says how many follow: where LAME's part of it begins, and the delay in it.
_LAME_AT, _DELAY_AT = 120, 141
_TAG_BYTES = 200


class Coded(NamedTuple):
    """A coded piece, and its loudness where there is one to keep to."""

    raw: bytes
    blocks: Blocks | None


class Coding(NamedTuple):
    """How FFmpeg encodes a piece; its values are part of the key under which the cache has the piece."""

    demuxer: str
    frame_samples: int
    lead: int
    options: tuple[str, ...]

    @property
    def silence(self) -> int:
        """Return how many samples of the lead are silence that is put before the sound."""
        return _OPUS_SILENT_FRAMES * self.frame_samples if self.demuxer == OGG else 0

    def frames(self, samples: int, pause: int) -> int:
        """Return how many frames hold so many samples and about ``pause`` behind them, up to the next piece's own."""
        least = -(-(samples + self.lead) // self.frame_samples)
        return max(least, round((samples + pause) / self.frame_samples))

    def encode(
        self,
        source: Sequence[str],
        frames: int,
        scratch: Path,
        level: Level,
        sample_rate: int,
        target: LoudnessTarget | None,
        stop: Stop,
    ) -> Coded:
        """Return so many frames of the input ``source``, no peak above that of ``target``; ``scratch`` is written.

        Raises ``OutputError`` and ``Stopped``.
        """
        blocks: Blocks | None = None
        samples = frames * self.frame_samples - self.lead

        def write(level: Level) -> None:
            chain = [*level.filters(sample_rate), f"apad=whole_len={samples}", f"atrim=end_sample={samples}"]
            chain += [f"adelay={self.silence}S"] if self.silence else []
            coded = [*source, "-af", ",".join(chain), *self.options, "-ar", str(sample_rate)]
            ffmpeg.run([*coded, "-fflags", "+bitexact", "-flags:a", "+bitexact", ffmpeg.url(scratch)], stop)

        def peak(level: Level) -> float:
            nonlocal blocks
            write(level)
            blocks = ffmpeg.measure_blocks(["-f", self.demuxer, "-i", ffmpeg.url(scratch)], stop)
            return blocks.peak

        if target is None:
            write(level)
        else:
            below_ceiling(level, target, peak)
        return Coded(self._cut(scratch.read_bytes(), frames), blocks)

    def _cut(self, raw: bytes, frames: int) -> bytes:
        """Leave out what the encoder adds at the end."""
        if self.demuxer == OGG:
            raw = packets_of(raw)
        sizes = {"aac": _aac_sizes, "mp3": _mp3_sizes, OGG: sizes_of}[self.demuxer](raw)
        end = 0
        for _ in range(frames):
            size = next(sizes, 0)
            if not size:
                raise OutputError("ffmpeg has encoded less than it was given", hint="try another --bitrate")
            end += size
        return raw[:end]


def coding_of(container: Container, sample_rate: int, kbits: int | None) -> Coding:
    """Return how the audio of a book is coded."""
    if container.name == MP3.name:
        rate = ("-b:a", f"{kbits}k") if kbits else ("-q:a", _MP3_QUALITY)
        plain = ("-write_xing", "0", "-id3v2_version", "0", "-f", "mp3")
        frame_samples = 1152 if sample_rate >= min(_MP3_RATES) else 576
        return Coding("mp3", frame_samples, _MP3_LEAD, ("-c:a", "libmp3lame", *rate, *plain))
    if container.name == OPUS.name:
        frame_samples = sample_rate // 50
        lead = _OPUS_SILENT_FRAMES * frame_samples + round(_OPUS_LEAD_S * sample_rate)
        # The bitrate that libopus chooses by itself.
        rate = ("-b:a", f"{kbits or 3 + sample_rate // 1000}k")
        return Coding(OGG, frame_samples, lead, (*_OPUS, *rate, "-f", OGG))
    rate = ("-b:a", f"{kbits or _AAC_KBITS[sample_rate]}k")
    return Coding("aac", _AAC_FRAME, _AAC_LEAD, ("-c:a", "aac", *rate, "-f", "adts"))


def _aac_sizes(raw: bytes) -> Iterator[int]:
    at = 0
    while at + _HEAD_BYTES <= len(raw) and raw[at] == 0xFF and raw[at + 1] & 0xF0 == 0xF0:  # noqa: PLR2004 - the mark
        size = (raw[at + 3] & 3) << 11 | raw[at + 4] << 3 | raw[at + 5] >> 5
        yield size
        at += size


def _mp3_sizes(raw: bytes) -> Iterator[int]:
    at = 0
    while at + 4 <= len(raw) and raw[at] == 0xFF and raw[at + 1] & 0xE0 == 0xE0:  # noqa: PLR2004 - the mark
        version, flags = raw[at + 1] >> 3 & 3, raw[at + 2]
        full = version == _MPEG_1
        rate = _MP3_RATES[flags >> 2 & 3] >> {_MPEG_1: 0, 2: 1}.get(version, 2)
        size = (144 if full else 72) * 1000 * _MP3_LAYER_KBITS[full][flags >> 4] // rate + (flags >> 1 & 1)
        yield size
        at += size


def note_mp3_lead(path: Path) -> None:
    """Write into the tag of an MP3 how many samples the encoder put first: players leave them out.

    FFmpeg does not know it of frames that it copies. Raises ``OSError``.
    """
    with path.open("r+b") as file:
        head = file.read(_ID3_HEAD_BYTES)
        start = 0
        if head.startswith(b"ID3"):
            # Seven bits a byte.
            start = _ID3_HEAD_BYTES + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])
        file.seek(start)
        frame = file.read(_TAG_BYTES)
        tag = max(frame.find(b"Xing"), frame.find(b"Info"))
        if tag >= 0 and frame[tag + _LAME_AT :].startswith((b"Lavf", b"Lavc", b"LAME")):
            file.seek(start + tag + _DELAY_AT)
            # Twelve bits of delay and as many of padding.
            file.write((_LAME_DELAY << 12).to_bytes(3, "big"))
