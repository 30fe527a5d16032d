"""Where the text comes from: arguments, files, standard input; checked UTF-8, cut into segments as it arrives."""

import itertools
import os
import re
import select
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from lightning_cli.errors import UsageFault
from lightning_cli.text.encodings import decoded_blocks
from lightning_cli.text.markup import MarkupFilter, speakable
from lightning_cli.text.segmenter import Boundary, Segment, Segmenter, segments_of

_READ_BYTES = 64 * 1024
# A writer that pauses this long behind what looks like a sentence end has ended the sentence.
_PAUSE_S = 0.1
# One that pauses this long anywhere has said what it had to say.
FLUSH_AFTER_S = 1.5
_STDIN = "-"
# A larger file is spoken as it is read, as a pipe is.
_FILE_BYTES = 16 * 1024 * 1024
# Of what one request may have, a hundred times: markup and comments may leave little of it.
_WHOLE_CHARS = 800_000


def read_texts(
    words: Sequence[str], files: Sequence[str], flush_after_s: float = FLUSH_AFTER_S
) -> list[str] | Iterator[str]:
    """Return the text in pieces: a list when it is all there, an iterator when it is still being written.

    An empty string from the iterator says that the writer pauses, a second one that it has paused for
    ``flush_after_s``. With words or files given, standard input is read
    only where ``-`` names it, so that a shell's ``while read`` loop keeps its own input.
    """
    if list(words) == [_STDIN]:
        words, files = [], [*files, _STDIN]
    if words and files:
        raise UsageFault("text given both as arguments and with -f", hint="use one of the two")
    if words:
        return [_from_argument(" ".join(words))]
    if not files:
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageFault("no text to speak", hint='try: lightning-tts say "Hello", or pipe text in')
        files = [_STDIN]
    # What can be read at once is, so that a file that cannot be read shows before anything is spoken.
    sources = [list(_text_of(name)) if _is_whole(name) else _text_of(name, flush_after_s) for name in files]
    # One text ends a paragraph where the next begins.
    parted = itertools.chain(*([source, ("\n\n",)] for source in sources[:-1]), [sources[-1]])
    pieces = itertools.chain.from_iterable(parted)
    return list(pieces) if all(isinstance(source, list) for source in sources) else pieces


def cut(
    pieces: list[str] | Iterator[str],
    *,
    language: str | None,
    max_chars: int,
    markup: str = "none",
    fed: Callable[[str, str], None] | None = None,
) -> Iterable[Segment]:
    """Cut the text into segments: a list when the text is whole, else an iterator that keeps up with the writer.

    ``markup`` says what becomes of markup first; see ``markup.MODES``. ``fed`` is told of every piece and of what came
    of it; the segments are then all of the text, those with nothing to speak included.
    """
    if fed is not None:
        whole_text = isinstance(pieces, list)
        # Markup that is dropped goes with the words around it, so those are told apart however much comes at once.
        words = (word for piece in pieces for word in re.findall(r"\S+\s*|\s+", piece) or [piece])
        segmenter = Segmenter(language=language, max_chars=max_chars, live=not whole_text)
        return _cut_live(words, segmenter, MarkupFilter(markup), fed)
    if isinstance(pieces, list):
        text = "".join(pieces) if markup == "none" else speakable("".join(pieces), markup)
        segments = segments_of(text, language=language, max_chars=max_chars)
        return [segment for segment in segments if segment.spoken]
    return _cut_live(pieces, Segmenter(language=language, max_chars=max_chars, live=True), MarkupFilter(markup))


def whole(
    pieces: list[str] | Iterator[str], markup: str = "none", fed: Callable[[str, str], None] | None = None
) -> list[Segment]:
    """Take the whole text as one segment; see ``cut``."""
    text = "".join(_bounded(pieces))
    spoken = speakable(text, markup)
    if fed is not None:
        fed(text, spoken)
    return [Segment(spoken, Boundary.SENTENCE)]


def _bounded(pieces: Iterable[str]) -> Iterator[str]:
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > _WHOLE_CHARS:
            raise UsageFault(f"text too long for --whole (limit {_WHOLE_CHARS} characters)", hint="drop --whole")
        yield piece


def _cut_live(
    pieces: Iterable[str],
    segmenter: Segmenter,
    markup: MarkupFilter,
    fed: Callable[[str, str], None] | None = None,
) -> Iterator[Segment]:
    pauses, line = 0, False

    def release(piece: str, released: str) -> list[Segment]:
        if fed is not None:
            fed(piece, released)
        return segmenter.feed(released)

    for piece in pieces:
        pauses = 0 if piece else pauses + 1
        # Markup keeps the line end, since a full stop may still have to go before it.
        line = piece.endswith("\n") if piece else line
        if piece:
            segments = release(piece, markup.feed(piece))
        elif pauses == 1:
            segments = segmenter.flush_complete(line=line)
        else:
            segments = release("", markup.settle()) + segmenter.finish()
        yield from (segment for segment in segments if segment.spoken or fed is not None)
    segments = release("", markup.finish()) + segmenter.finish()
    yield from (segment for segment in segments if segment.spoken or fed is not None)


def _from_argument(text: str) -> str:
    raw = os.fsencode(text)
    return "".join(decoded_blocks([raw], "the argument"))


def _is_whole(name: str) -> bool:
    """Return whether all of a source can be read at once; what cannot be read counts, so that it is reported first."""
    if name == _STDIN:
        return sys.stdin is not None and _is_small_file(os.fstat(sys.stdin.fileno()))
    try:
        about = Path(name).stat()
    except OSError:
        return True
    return _is_small_file(about) or stat.S_ISDIR(about.st_mode)


def _is_small_file(about: os.stat_result) -> bool:
    return stat.S_ISREG(about.st_mode) and about.st_size <= _FILE_BYTES


def _is_regular(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def _text_of(name: str, flush_after_s: float = 0.0) -> Iterator[str]:
    yield from decoded_blocks(_blocks_of(name, flush_after_s), "standard input" if name == _STDIN else name)


def _blocks_of(name: str, flush_after_s: float) -> Iterator[bytes]:
    if name == _STDIN:
        if sys.stdin is None:
            raise UsageFault("standard input is closed", hint="give the text as an argument or with -f FILE")
        try:
            yield from _blocks(sys.stdin.fileno(), flush_after_s)
        except OSError as fault:
            raise UsageFault(
                f"standard input cannot be read ({fault.strerror})", hint="check what it leads to"
            ) from fault
        return
    try:
        with Path(name).open("rb", buffering=0) as file:
            yield from _blocks(file.fileno(), flush_after_s)
    except OSError as fault:
        raise UsageFault(f"cannot read {name} ({fault.strerror})", hint="check the name after -f") from fault


def _blocks(descriptor: int, flush_after_s: float) -> Iterator[bytes]:
    """Read as the writer writes; an empty block says that it pauses, the next one that it has done so for long."""
    is_file = _is_regular(descriptor)
    # Nothing is told twice: after both the wait is for the writer alone, and a signal still ends it.
    patience = (_PAUSE_S * 1000, (max(_PAUSE_S, flush_after_s) - _PAUSE_S) * 1000, None)
    # Unlike select, it takes a descriptor of any number.
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    told = 0
    while True:
        if not is_file and not poll.poll(patience[told]):
            told += 1
            yield b""
            continue
        block = os.read(descriptor, _READ_BYTES)
        if not block:
            return
        told = 0
        yield block
