"""Pass the text through to stdout in step with the voice, character for character, so that a pipe can go on."""

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from lightning_cli.cli.terminal.console import escape, is_terminal, put_all
from lightning_cli.errors import OutputError, ReaderGone, UsageFault
from lightning_cli.text.segmenter import Segment

_POLL_S = 0.01
_JOIN_S = 5.0


class SourceText:
    """The text as it was before its markup was removed; one thread.

    ``fed`` stores how much was released for how much was read; ``take`` returns the text behind the next characters
    released. Put together, all that is taken and ``rest`` are the text as it was read.
    """

    def __init__(self) -> None:
        self._released = self._taken = 0
        # Pieces as they were read, each with the sum of what had been released by then, and whether that is what it is.
        self._pieces: deque[tuple[int, str, bool]] = deque()

    def fed(self, piece: str, released: str) -> None:
        """Store that ``piece`` was read and ``released`` came of it."""
        self._released += len(released)
        self._pieces.append((self._released, piece, piece == released))

    def take(self, released_chars: int) -> str:
        """Return the text behind the next ``released_chars``."""
        self._taken += released_chars
        taken = []
        while self._pieces and self._pieces[0][0] <= self._taken:
            taken.append(self._pieces.popleft()[1])
        if self._pieces and self._pieces[0][2]:
            # It is passed on as it was read, so it can be cut anywhere.
            end, piece, _ = self._pieces[0]
            at = len(piece) - (end - self._taken)
            if at > 0:
                taken.append(piece[:at])
                self._pieces[0] = (end, piece[at:], True)
        return "".join(taken)

    def give_back(self, text: str) -> None:
        """Put back text that no segment used."""
        self._pieces.appendleft((0, text, False))

    def rest(self) -> str:
        """Return what is left."""
        left = "".join(piece for _, piece, _ in self._pieces)
        self._pieces.clear()
        return left


def with_originals(segments: Iterable[Segment], original: SourceText, texts: deque[str]) -> Iterator[Segment]:
    """Pass on the segments that have something to speak, putting the text behind each into ``texts`` before."""
    text = ""
    for segment in segments:
        text += original.take(len(segment.source))
        if segment.spoken:
            texts.append(text)
            text = ""
        if segment.counts:
            yield segment
    original.give_back(text)


class Echo:
    """Writer of each segment's text when its sound begins.

    ``heard_sentences`` returns how many segments have begun to sound, None where nothing is played: the text then
    goes as soon as its audio is requested. The thread ``lightning-echo`` owns stdout meanwhile; ``close`` joins it.
    """

    def __init__(self, heard_sentences: Callable[[], int | None]) -> None:
        if sys.stdout is None:
            raise UsageFault("--echo needs standard output, which is closed", hint="drop >&-")
        self._heard_sentences = heard_sentences
        # Appended by the speaking thread, taken by the echo's.
        self._queue: deque[str] = deque()
        self._ended = threading.Event()
        # Set by the echo's thread.
        self._fault: BaseException | None = None
        self._plain = not is_terminal(sys.stdout)
        self._thread = threading.Thread(target=self._run, name="lightning-echo", daemon=True)
        self._thread.start()

    def add(self, text: str) -> None:
        """Add the text of the next segment; raises the error of stdout, if any."""
        self._queue.append(text)
        if self._fault is not None:
            raise self._fault

    def close(self, *, complete: bool) -> None:
        """Stop; ``complete`` writes what is left, since all of it was heard. Raises the error of stdout, if any."""
        self._ended.set()
        self._thread.join(_JOIN_S)
        while complete and self._queue and self._fault is None:
            self._write(self._queue.popleft())
        if complete and self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        written = 0
        while not self._ended.wait(_POLL_S) and self._fault is None:
            heard = self._heard_sentences()
            while self._queue and (heard is None or written < heard):
                written += 1
                self._write(self._queue.popleft())

    def _write(self, text: str) -> None:
        shown = text if self._plain else "".join(char if char in "\n\t" else escape(char) for char in text)
        try:
            put_all(sys.stdout, shown.encode("utf-8", "surrogateescape"))
        except BrokenPipeError:
            self._fault = ReaderGone()
        except OSError as fault:
            self._fault = OutputError(f"standard output cannot be written ({fault.strerror})", hint="drop --echo")
