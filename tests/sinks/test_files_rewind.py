"""Taking back a segment: the file shows nothing of it."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sink_parts import FMT, encode_file, libsndfile_decode, named, noise

from lightning_cli.sinks import files
from lightning_cli.sinks.containers import ALAW, FLAC, PCM, ULAW, WAV, Container
from lightning_cli.sinks.encoders import encoder_for
from lightning_cli.sinks.files import FileSink

STEPS = st.lists(
    st.one_of(
        st.integers(1, 5000).map(lambda frames: ("write", frames)), st.sampled_from([("commit", 0), ("rewind", 0)])
    )
)


@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
@pytest.mark.parametrize("container", [WAV, PCM, ULAW, ALAW, FLAC], ids=named)
def test_rewinding_leaves_no_trace(container: Container, steps: list[tuple[str, int]]) -> None:
    """After any writes, commits and rewinds the file is what an undisturbed run with the same audio makes."""
    committed, fresh = b"", b""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "a")
        sink = FileSink(str(path), container)
        sink.start(FMT)
        for number, (step, frames) in enumerate(steps):
            if step == "write":
                pcm = noise(frames, number)
                sink.write(pcm)
                fresh += pcm
            elif step == "commit":
                sink.commit()
                committed, fresh = committed + fresh, b""
            else:
                assert sink.can_rewind()
                sink.rewind()
                fresh = b""
        sink.finish()
        assert path.read_bytes() == encode_file(encoder_for(container, title="a"), FMT, committed + fresh)
        if container is FLAC and committed + fresh:
            assert libsndfile_decode(path) == committed + fresh


def test_long_segment_is_held_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A held segment beyond the memory limit goes through a temporary file and back, rewound or not."""
    monkeypatch.setattr(files, "IN_MEMORY_BYTES", 10_000)
    path = tmp_path / "a.flac"
    sink = FileSink(str(path), FLAC)
    sink.start(FMT)
    sink.write(noise(20_000, 1))
    sink.rewind()
    for seed in (2, 3):
        sink.write(noise(20_000, seed))
    sink.commit()
    sink.write(noise(10, 4))
    sink.finish()
    assert libsndfile_decode(path) == noise(20_000, 2) + noise(20_000, 3) + noise(10, 4)
