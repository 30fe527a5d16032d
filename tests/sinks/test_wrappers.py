"""Sinks around sinks: a volume that passes everything on."""

from array import array

import pytest

from lightning_cli.audio.gain import Volume
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.playback.feed import PlayerStats
from lightning_cli.sinks.wrappers import GainSink

FMT = PcmFormat(8_000)


def _pcm(samples: list[int]) -> bytes:
    return array("h", samples).tobytes()


class _Heard:
    """A sink that remembers what it was told."""

    heard_sentences = 2
    stats = PlayerStats()

    def __init__(self) -> None:
        self.told: list[object] = []

    def start(self, fmt: PcmFormat) -> None:
        self.told.append(fmt)

    def begin_sentence(self, text: str) -> None:
        self.told.append(text)

    def write(self, pcm: bytes) -> None:
        self.told.append(pcm)

    def commit(self) -> None:
        self.told.append("commit")

    def can_rewind(self) -> bool:
        return False

    def rewind(self) -> None:
        self.told.append("rewind")

    def finish(self) -> None:
        self.told.append("finish")

    def abort(self) -> None:
        self.told.append("abort")


def test_a_loud_sink_passes_everything_on() -> None:
    """Another sink hears the same life at another volume."""
    heard = _Heard()
    sink = GainSink(heard, 200)
    sink.start(FMT)
    sink.begin_sentence("one")
    sink.write(_pcm([100, -200]))
    sink.commit()
    assert sink.heard_sentences == 2
    assert not sink.can_rewind()
    sink.rewind()
    sink.write(_pcm([32_767]))
    sink.finish()
    sink.abort()
    assert heard.told == [FMT, "one", _pcm([200, -400]), "commit", "rewind", _pcm([32_767]), "finish", "abort"]
    assert sink.limited_db == pytest.approx(6.02, abs=0.01)


def test_a_loud_sink_that_was_not_started_is_a_bug() -> None:
    """Writing before the start raises ``RuntimeError``; an abort is welcome."""
    sink = GainSink(_Heard(), 200)
    with pytest.raises(RuntimeError):
        sink.write(b"")
    sink.abort()
    assert sink.limited_db == 0


def test_a_volume_can_be_asked_for_and_changed() -> None:
    """The ramp begins where the volume was."""
    volume = Volume(PcmFormat(8000), 50)
    assert volume.percent == 50
    volume.percent = 100
    assert volume.state.gain == 0.5
