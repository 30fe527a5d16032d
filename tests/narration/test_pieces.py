"""Books in pieces."""

import hashlib
from pathlib import Path

from lightning_cli.audio.joins import JoinRule
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.narration.pieces import ConcatSink, pieces_of
from lightning_cli.narration.plan import Cutting, Identity, Item, Recipe
from lightning_cli.narration.rows import Row
from lightning_cli.request import RequestDefaults
from lightning_cli.sinks.containers import PCM, WAV
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


def keys(texts: list[str]) -> list[str]:
    """Return the keys of a book's pieces."""
    defaults = RequestDefaults(voice_id="v", sample_rate=8000)
    recipe = Recipe(Identity("test", {}), Cutting("none", 1000, False), JoinRule())
    items = [
        Item(
            Row("", "", one, None, None, ()),
            "",
            Path(),
            WAV,
            defaults,
            hashlib.sha256(one.encode()).hexdigest(),
            len(one),
        )
        for one in texts
    ]
    return [piece.key for piece in pieces_of(items, recipe, lambda _: 100, 0)]


def test_an_edit_changes_few_pieces() -> None:
    """Where a piece ends follows from the texts around it, so that what is shifted stays the same."""
    texts = [f"This is the row with the number {number}, and it is told." for number in range(2000)]
    before = keys(texts)
    assert 100 < len(before) < 250
    texts[1000] = "Something else is told here, and it is much longer than what was told before it was changed. " * 3
    after = keys(texts)
    assert len(set(after) - set(before)) <= 4
    assert len(set(before) - set(after)) <= 4
