"""Standard output: a pipe, a file behind ``>`` or ``>>``, closed, or with a reader that leaves."""

import os
import subprocess
from pathlib import Path
from typing import IO

import pytest
from support.sink_parts import FMT, GUARD_S, libsndfile_decode, noise, script

from lightning_cli.audio.pcm import wav_header
from lightning_cli.sinks.containers import WAV
from lightning_cli.sinks.pipes import PipeSink

# What a fresh interpreter runs to write to its standard output; it says on stderr how it ended.
WRITER = """
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import LightningError, ReaderGone
from lightning_cli.sinks import open_sink
from lightning_cli.sinks.containers import container_for
held = [open("/dev/null", "wb") for _ in range(3)]
try:
    sink = open_sink(sys.argv[1], container_for(sys.argv[1], sys.argv[2]))
    sink.start(PcmFormat(24000))
    for _ in range(int(sys.argv[3])):
        sink.write(bytes(4800))
        sink.commit()
    sink.finish()
except (LightningError, ReaderGone) as fault:
    sys.stderr.write(type(fault).__name__)
"""


def written(target: str, kind: str, stdout: int | IO[bytes]) -> str:
    """Run the writer with the given standard output; its last word."""
    done = subprocess.run(
        script(WRITER, target, kind, "3"), stdout=stdout, stderr=subprocess.PIPE, timeout=GUARD_S, check=True
    )
    return done.stderr.decode()


def test_reader_of_standard_output_that_leaves() -> None:
    """A reader that has had enough is not an error: it is told by an exception of its own."""
    for target in ("-", "/dev/stdout", "/dev/fd/1"):
        reader, writer = os.pipe()
        os.close(reader)
        assert written(target, "wav", writer) == "ReaderGone"
        os.close(writer)


def test_closed_standard_output() -> None:
    """``>&-`` is an output error, even though another file has got the free number."""
    command = script(WRITER, "-", "pcm", "3")
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command], stderr=subprocess.PIPE, timeout=GUARD_S, check=True
    )
    assert done.stderr == b"OutputError"


def test_standard_output_stays_open(tmp_path: Path) -> None:
    """The interpreter can still use and flush its standard output after the sink."""
    code = WRITER + "print('end', flush=True)"
    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run(
            script(code, "-", "pcm", "1"), stdout=out, stderr=subprocess.PIPE, timeout=GUARD_S, check=True
        )
    assert done.stderr == b""
    assert (tmp_path / "out").read_bytes() == bytes(4800) + b"end\n"


@pytest.mark.parametrize("target", ["-", "/dev/stdout"])
def test_standard_output_that_is_a_file_gets_its_length(target: str, tmp_path: Path) -> None:
    """After ``> file`` the head is corrected in place, behind what is there already."""
    path = tmp_path / "out"
    with path.open("wb") as out:
        out.write(b"before")
        out.flush()
        assert written(target, "wav", out) == ""
    assert path.read_bytes() == b"before" + wav_header(FMT, 14400) + bytes(14400)
    with path.open("wb") as out:
        assert written(target, "flac", out) == ""
    assert libsndfile_decode(path) == bytes(14400)


@pytest.mark.parametrize("target", ["-", "/dev/stdout"])
def test_appending_leaves_the_old_content_alone(target: str, tmp_path: Path) -> None:
    """After ``>> file`` nothing but the stream is added."""
    path = tmp_path / "out"
    path.write_bytes(b"before")
    with path.open("ab") as out:
        assert written(target, "wav", out) == ""
    assert path.read_bytes() == b"before" + wav_header(FMT, None) + bytes(14400)


def test_process_substitution(tmp_path: Path) -> None:
    """``-o >(cmd)`` of bash is written straight, as raw PCM."""
    command = script(WRITER.replace("sys.argv[2])", "None)"), "TARGET", "-", "3")
    line = '"$1" "$2" "$3" >(cat > "$0") - 3; wait $!'
    subprocess.run(
        ["bash", "-c", line, str(tmp_path / "out"), *command[:3]], timeout=GUARD_S, check=True, capture_output=True
    )
    assert (tmp_path / "out").read_bytes() == bytes(14400)


def test_a_file_behind_a_shell_that_outgrows_its_head_stays_a_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The head of RF64 is longer: behind ``> file`` there is no room for it, and no sample is written over."""
    with (tmp_path / "out").open("wb") as out:
        sink = PipeSink(out.fileno(), WAV)
        sink.start(FMT)
        monkeypatch.setattr("lightning_cli.audio.pcm.WAV_LARGEST_BYTES", 1000)
        sink.write(noise(7200))
        sink.finish()
    monkeypatch.undo()
    assert (tmp_path / "out").read_bytes() == wav_header(FMT, None) + noise(7200)
