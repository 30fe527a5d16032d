"""Sources of text: arguments, files, standard input; checked UTF-8, cut into segments as it arrives."""

import errno
import itertools
import os
import re
import select
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lightning_cli.errors import UsageFault
from lightning_cli.text.reading import MarkPolicy, Reading, Resolve, TextStart
from lightning_cli.text.segmenter import Segment, ending_in_words
from lightning_cli.text.whole_text import read_whole

if TYPE_CHECKING:
    from lightning_cli.text.reader import Reader

_READ_BYTES = 64 * 1024
# A writer that pauses this long behind what looks like a sentence end has ended the sentence.
_PAUSE_S = 0.1
# One that pauses this long anywhere has ended its text for now.
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

    An empty string from the iterator means that the writer pauses, a second one that it has paused for
    ``flush_after_s``. With words or files given, standard input is read
    only where ``-`` names it, so that a shell's ``while read`` loop keeps its own input.
    """
    if list(words) == [_STDIN]:
        words, files = [], [*files, _STDIN]
    if words and files:
        raise UsageFault("text given both as arguments and with -f", hint="use one of the two")
    if words:
        text = " ".join(words)
        return [text if text.isascii() else _from_argument(text)]
    if not files:
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageFault("no text to speak", hint='try: lightning-tts say "Hello", or pipe text in')
        files = [_STDIN]
    # What can be read at once is, so that a file that cannot be read shows before anything is spoken.
    sources = [list(_text_of(name)) if _is_whole(name) else _text_of(name, flush_after_s) for name in files]
    # One text ends a paragraph where the next begins.
    starts = [(TextStart.of("\n\n", name_of(name)),) for name in files[1:]]
    parted = itertools.chain([sources[0]], *zip(starts, sources[1:], strict=True))
    pieces = itertools.chain.from_iterable(parted)
    return list(pieces) if all(isinstance(source, list) for source in sources) else pieces


def name_of(file: str) -> str:
    """Return what to call a source in a sentence."""
    return "standard input" if file == _STDIN else file


def cut(
    pieces: list[str] | Iterator[str],
    reading: Reading,
    *,
    language: str | None,
    name: str = "",
    resolve: Resolve | None = None,
    note: Callable[[str], None] | None = None,
    fed: Callable[[str, str], None] | None = None,
) -> Iterable[Segment]:
    """Cut the text into segments: a list when the text is whole, else an iterator that keeps up with the writer.

    ``name`` is that of the text, or of the first of several. A mark that is wrong raises ``UsageFault`` in a whole
    text and is passed to ``note`` in any other. ``fed`` gets every piece and what came of it; the segments are
    then all of the text, those with nothing to speak included.
    """
    is_whole = isinstance(pieces, list)
    if reading.whole:
        pieces = list(_bounded(pieces))
    if fed is None and isinstance(pieces, list) and not any(isinstance(piece, TextStart) for piece in pieces):
        return read_whole("".join(pieces), reading, language=language, name=name, resolve=resolve, note=note)
    # The patterns of marks take milliseconds to compile, which a short text on the command line should not pay.
    from lightning_cli.text.reader import Reader

    tell = None if is_whole or note is None else note
    reader = Reader(
        reading, language=language, live=not is_whole, name=name, marks=MarkPolicy(resolve, tell, note), fed=fed
    )
    if fed is not None:
        return _live(_words(pieces), reader, keep_all=True)
    segments = _live(pieces, reader, keep_all=False)
    return ending_in_words(list(segments)) if isinstance(pieces, list) else segments


def _words(pieces: Iterable[str]) -> Iterator[str]:
    """Part the words: what is dropped goes with the words around it, however much comes at once."""
    for piece in pieces:
        yield from (piece,) if isinstance(piece, TextStart) else re.findall(r"\S+\s*|\s+", piece) or [piece]


def _bounded(pieces: Iterable[str]) -> Iterator[str]:
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > _WHOLE_CHARS:
            raise UsageFault(f"text too long for --whole (limit {_WHOLE_CHARS} characters)", hint="drop --whole")
        yield piece


def _live(pieces: Iterable[str], reader: "Reader", *, keep_all: bool) -> Iterator[Segment]:
    pauses, line = 0, False
    for piece in pieces:
        pauses = 0 if piece else pauses + 1
        # Markup keeps the line end, since a full stop may still have to go before it.
        line = piece.endswith("\n") if piece else line
        if piece:
            segments = reader.feed(piece)
        elif pauses == 1:
            segments = reader.pause(line=line)
        else:
            segments = reader.settle()
        yield from (segment for segment in segments if keep_all or segment.counts)
    yield from (segment for segment in reader.finish() if keep_all or segment.counts)


def _from_argument(text: str) -> str:
    from lightning_cli.text.encodings import decoded_blocks

    return "".join(decoded_blocks([os.fsencode(text)], "the argument"))


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
    from lightning_cli.text.encodings import decoded_blocks

    yield from decoded_blocks(_blocks_of(name, flush_after_s), name_of(name))


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
        raise UsageFault(f"cannot read {name} ({fault.strerror})", hint=_read_hint(name, fault)) from fault


def _read_hint(name: str, fault: OSError) -> str:
    if name.startswith(("http://", "https://")):
        return f"fetch it first, as in: curl -s {name} | lightning-tts say"
    if fault.errno == errno.EISDIR:
        return "lightning-tts batch DIR reads the texts in a directory"
    return "check the name after -f"


def _blocks(descriptor: int, flush_after_s: float) -> Iterator[bytes]:
    """Yield blocks as they are written; an empty one means a pause, a second one a long pause."""
    is_file = _is_regular(descriptor)
    # Each pause is reported once: then the wait is for the writer alone, and a signal still ends it.
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
