"""Audio from the cache, and from the service what the cache lacks."""

from lightning_cli.narration.cache import Entry
from lightning_cli.narration.source import CachedStream


def test_a_kept_answer_without_sound() -> None:
    """Punctuation may have none: it gives no piece, not an empty one."""
    assert list(CachedStream(Entry(b"", 8000, ()))) == []
