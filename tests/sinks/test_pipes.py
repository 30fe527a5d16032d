"""Pipes: prompt, honest about what has left, and quiet when the reader goes."""

import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.pty_session import until
from support.sink_parts import (
    FMT,
    GUARD_S,
    Pipe,
    encode,
    feed,
    ffmpeg_decode,
    libsndfile_decode,
    named,
    noise,
    open_descriptors,
    open_pipe,
    script,
    sox_decode,
    write_on,
)

from lightning_cli.audio.pcm import PcmFormat, wav_header
from lightning_cli.errors import OutputError, UsageFault
from lightning_cli.sinks import open_sink
from lightning_cli.sinks.containers import ALAW, FLAC, MP3, OGG, OPUS, PCM, ULAW, WAV, Container
from lightning_cli.sinks.encoders import encoder_for
from lightning_cli.sinks.pipes import PipeSink


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Return a pipe."""
    with open_pipe() as ends:
        yield ends


def through(command: list[str], container: Container, segments: list[bytes]) -> bytes:
    """Write to the standard input of a program and return what it says."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answer: list[bytes] = []
        reader = threading.Thread(target=lambda: answer.append(process.stdout.read() if process.stdout else b""))
        reader.start()
        feed(PipeSink(process.stdin.fileno(), container), FMT, segments)
        process.stdin.close()
        reader.join(GUARD_S)
        assert process.wait(GUARD_S) == 0
    return answer[0]


def test_every_write_leaves_at_once(pipe: Pipe) -> None:
    """No byte of PCM waits in this process."""
    sink = PipeSink(pipe.writer, PCM)
    sink.start(FMT)
    for seed in range(1, 20):
        sink.write(noise(seed, seed))
        assert pipe.available() == noise(seed, seed)
    sink.finish()
    assert pipe.available() == b""


def test_a_header_never_leaves_alone(pipe: Pipe) -> None:
    """What a reader looks at to tell the format comes in one piece; from then on every write leaves at once."""
    sink = PipeSink(pipe.writer, WAV)
    sink.start(FMT)
    sink.write(noise(100, 1))
    assert pipe.available() == b""
    sink.write(noise(200, 2))
    assert pipe.available() == wav_header(FMT, None) + noise(100, 1) + noise(200, 2)
    sink.write(noise(1, 3))
    assert pipe.available() == noise(1, 3)
    sink.finish()


def test_a_header_is_never_lost(pipe: Pipe) -> None:
    """Audio too short to wait for more goes when the stream ends."""
    feed(PipeSink(pipe.writer, WAV), FMT, [noise(5, 1)])
    assert pipe.available() == wav_header(FMT, None) + noise(5, 1)


def test_sox_tells_the_format_by_itself() -> None:
    """The first write is what sox has to tell the format from, however long the second waits."""
    with subprocess.Popen(
        ["sox", "-", "-t", "raw", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as sox:
        assert sox.stdin is not None
        pipe_end = sox.stdin.fileno()
        sink = PipeSink(pipe_end, WAV)
        sink.start(FMT)
        sink.write(noise(300, 1))
        # sox has read it when the pipe is empty.
        until(lambda: fcntl.ioctl(pipe_end, termios.FIONREAD, b"\0" * 4) == b"\0" * 4, "sox reads nothing")
        sink.write(noise(300, 2))
        sink.finish()
        raw, said = sox.communicate(timeout=60)
    assert raw == noise(300, 1) + noise(300, 2), said


def test_opus_is_prompt_on_a_pipe(pipe: Pipe) -> None:
    """Half a second of audio is on its way in several pages, long before it ends."""
    sink = PipeSink(pipe.writer, OPUS)
    sink.start(FMT)
    arrivals = 0
    for seed in range(50):
        sink.write(noise(240, seed))
        arrivals += bool(pipe.available())
    sink.abort()
    assert arrivals >= 4


def test_wav_header_on_a_pipe(pipe: Pipe) -> None:
    """The length is the one that every reader takes for unknown, and an empty stream is a WAV too."""
    feed(PipeSink(pipe.writer, WAV), FMT, [])
    header = pipe.available()
    assert len(header) == 44
    assert struct.unpack_from("<I", header, 40) == (0x7FFFF000,)
    assert struct.unpack_from("<I", header, 4) == (0x7FFFF000 + 36,)


@pytest.mark.parametrize("container", [WAV, PCM, FLAC, ULAW, ALAW], ids=named)
def test_pipe_carries_the_stream(container: Container, tmp_path: Path) -> None:
    """A real FIFO read by a real cat receives exactly the encoder's stream."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    segments = [noise(50_000, seed) for seed in range(4)]
    before = open_descriptors()
    with (tmp_path / "copy").open("wb") as copy, subprocess.Popen(["cat", str(fifo)], stdout=copy) as cat:
        feed(open_sink(str(fifo), container), FMT, segments)
        assert cat.wait(GUARD_S) == 0
    expected = encode(encoder_for(container, streamed=True), FMT, b"".join(segments))
    assert (tmp_path / "copy").read_bytes() == expected
    assert open_descriptors() == before


@pytest.mark.parametrize("container", [WAV, FLAC], ids=named)
def test_ffmpeg_and_sox_read_the_pipe(container: Container) -> None:
    """Programs at the other end decode every sample as it comes."""
    segments = [noise(24_000, seed) for seed in range(3)]
    pcm = b"".join(segments)
    assert through(["ffmpeg", "-v", "error", "-i", "-", "-f", "s16le", "-"], container, segments) == pcm
    sox = ["sox", "-D", "-t", container.name, "-", "-t", "raw", "-e", "signed", "-b", "16", "-"]
    assert through(sox, container, segments) == pcm


def test_raw_pcm_into_ffmpeg() -> None:
    """The recipe of the manual: raw PCM, described on ffmpeg's command line."""
    pcm = noise(24_000)
    command = ["ffmpeg", "-v", "error", "-f", "s16le", "-ar", "24000", "-ac", "1", "-i", "-", "-f", "s16le", "-"]
    assert through(command, PCM, [pcm]) == pcm


@pytest.mark.parametrize("container", [OGG, OPUS, MP3], ids=named)
def test_lossy_pipe_is_complete(container: Container) -> None:
    """Compressed streams decode to at least what went in."""
    decoded = through(
        ["ffmpeg", "-v", "error", "-i", "-", "-ar", "24000", "-f", "s16le", "-"], container, [noise(72_000)]
    )
    assert 0 <= len(decoded) // 2 - 72_000 <= (4 * 1152 if container is MP3 else 0)


def test_what_has_left_cannot_come_back(pipe: Pipe) -> None:
    """Rewinding is possible right after a commit only."""
    sink = PipeSink(pipe.writer, PCM)
    sink.start(FMT)
    assert sink.can_rewind()
    sink.rewind()
    sink.write(b"")
    assert sink.can_rewind()
    sink.write(b"ab")
    assert not sink.can_rewind()
    with pytest.raises(RuntimeError):
        sink.rewind()
    sink.commit()
    assert sink.can_rewind()
    sink.finish()
    assert pipe.available() == b"ab"


@pytest.mark.parametrize("container", [PCM, WAV, FLAC], ids=named)
def test_held_segments_are_released_whole(container: Container, pipe: Pipe) -> None:
    """With ``hold_segments`` nothing leaves before its commit, and a segment can be said again."""
    sink = PipeSink(pipe.writer, container, hold_segments=True)
    sink.start(FMT)
    got = b""
    for seed in range(3):
        sink.write(noise(700, 99))
        assert sink.can_rewind()
        sink.rewind()
        sink.write(noise(500, seed))
        sink.write(noise(500, seed + 10))
        assert pipe.available() == b""
        sink.commit()
        got += pipe.available()
    sink.finish()
    got += pipe.available()
    pcm = b"".join(noise(500, seed) + noise(500, seed + 10) for seed in range(3))
    assert got == encode(encoder_for(container, streamed=True), FMT, pcm)


def test_held_segment_is_finished_too(pipe: Pipe) -> None:
    """What is held when the run ends well is released; what is held when it fails is not."""
    for end, expected in (("finish", noise(10)), ("abort", b"")):
        sink = PipeSink(pipe.writer, PCM, hold_segments=True)
        sink.start(FMT)
        sink.write(noise(10))
        getattr(sink, end)()
        assert pipe.available() == expected


def test_non_blocking_pipe_is_waited_for(pipe: Pipe) -> None:
    """A full pipe in non-blocking mode costs nothing but time: all bytes arrive, in order."""
    os.set_blocking(pipe.writer, False)
    fcntl.fcntl(pipe.writer, fcntl.F_SETPIPE_SZ, 4096)
    filler = bytes(4096)
    assert os.write(pipe.writer, filler) == len(filler)
    pcm = noise(200_000)
    got = bytearray()

    def read() -> None:
        # The pipe is full by now: the sink's first write meets that unless this thread is faster.
        threading.Event().wait(0.05)
        while len(got) < len(filler) + len(pcm) and select.select([pipe.reader], [], [], GUARD_S)[0]:
            got.extend(pipe.available())

    reader = threading.Thread(target=read)
    reader.start()
    feed(PipeSink(pipe.writer, PCM), FMT, [pcm])
    reader.join(GUARD_S)
    assert bytes(got) == filler + pcm


def test_reader_that_leaves_a_non_blocking_pipe(pipe: Pipe) -> None:
    """Waiting for room ends when the reader has gone."""
    os.set_blocking(pipe.writer, False)
    sink = PipeSink(pipe.writer, PCM)
    sink.start(FMT)
    leave = threading.Timer(0.05, os.close, [pipe.reader])
    leave.start()
    with pytest.raises(OutputError, match="left"):
        sink.write(noise(200_000))
    leave.join(GUARD_S)
    sink.abort()


def test_reader_of_a_fifo_that_leaves(tmp_path: Path) -> None:
    """Only standard output ends quietly: elsewhere a reader that has left is an output error."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    before = open_descriptors()
    sink = PipeSink(str(fifo), PCM)
    with subprocess.Popen(["head", "-c", "10", str(fifo)], stdout=subprocess.DEVNULL) as head:
        sink.start(FMT)
        with pytest.raises(OutputError, match="left") as caught:
            write_on(sink)
        assert head.wait(GUARD_S) == 0
    assert str(fifo) in caught.value.message
    sink.abort()
    sink.abort()
    assert open_descriptors() == before


def test_write_before_start_is_a_bug(pipe: Pipe) -> None:
    """Misuse is told apart from failure."""
    with pytest.raises(RuntimeError):
        PipeSink(pipe.writer, PCM).write(b"ab")


def test_rate_is_checked_before_a_fifo_is_waited_for(tmp_path: Path) -> None:
    """A rate that does not fit fails although no reader has come."""
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(UsageFault):
        PipeSink(str(tmp_path / "fifo"), OPUS).start(PcmFormat(44100))


def test_waiting_for_a_fifo_can_be_interrupted(tmp_path: Path) -> None:
    """Ctrl-C ends the wait for a reader that never comes."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    code = """
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.sinks.containers import PCM
from lightning_cli.sinks.pipes import PipeSink
sink = PipeSink(sys.argv[1], PCM)
try:
    print("ready", flush=True)
    sink.start(PcmFormat(8000))
except KeyboardInterrupt:
    print("interrupted")
"""
    with subprocess.Popen(script(code, str(fifo)), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        state = Path(f"/proc/{process.pid}/stat")
        while state.read_text().rpartition(")")[2].split()[0] != "S":
            pass
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == b"interrupted\n"
        assert process.wait(GUARD_S) == 0


def test_wav_stream_decodes_everywhere(pipe: Pipe, tmp_path: Path) -> None:
    """A saved stream with its unknown length is read to the last sample by three programs."""
    feed(PipeSink(pipe.writer, WAV), FMT, [noise(20_000)])
    path = tmp_path / "stream.wav"
    path.write_bytes(pipe.available())
    assert libsndfile_decode(path) == noise(20_000)
    assert ffmpeg_decode(str(path), options=("-v", "quiet")) == noise(20_000)
    assert sox_decode(str(path), "wav") == noise(20_000)
