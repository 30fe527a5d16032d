"""Parts of a book in one sink."""

from pathlib import Path

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.narration.book import ConcatSink
from lightning_cli.sinks.containers import PCM
from lightning_cli.sinks.files import FileSink


def test_a_book_goes_back_where_its_file_can(tmp_path: Path) -> None:
    """Its parts are taken back as those of any output."""
    sink = FileSink(str(tmp_path / "book.pcm"), PCM)
    whole = ConcatSink(sink)
    whole.start(PcmFormat(8000))
    whole.write(b"ab")
    whole.commit()
    whole.write(b"cd")
    assert whole.can_rewind()
    whole.rewind()
    whole.pause_bytes = 4
    whole.start(PcmFormat(8000))
    sink.finish()
    assert (tmp_path / "book.pcm").read_bytes() == b"ab" + bytes(4)
