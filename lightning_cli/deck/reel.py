"""What the writer and the pump of a deck share: the tape, the sentences on it, and how far each of them is.

Every field has one side that sets it, so that neither needs a lock: a signal that ends a thread of ours in the middle
of a line could never give one back. Positions are the tape's.

The writer must not overwrite what the pump is about to read. It looks at ``listening`` before each piece, of
``PIECE_S`` at most. The pump, before it goes back, first publishes where to and then looks whether that is still on
the tape, with ``MARGIN_S`` to spare: a writer that had looked before it published writes one piece, and that fits
into the margin.
"""

from bisect import bisect_right

from lightning_cli.audio import PcmFormat
from lightning_cli.deck.tape import Tape
from lightning_cli.records import Record

HISTORY_S = 600
# How far the writer may run ahead of the listener before it waits in the middle of a segment...
AHEAD_S = 60
# ...and between two: half of it, so that the next one can be read as fast as it comes.
NEXT_S = 30
PIECE_S = 0.25
MARGIN_S = 1


class Sentence(Record):
    """Say where on the tape a sentence begins, and what it says."""

    position: int
    text: str


class Reel:
    """Hold what both sides look at."""

    def __init__(self, fmt: PcmFormat) -> None:
        """Make the tape; raises ``OutputError``."""
        self.fmt = fmt
        # Set by the writer. While it waits for a rewind to be confirmed, the pump truncates the tape for it.
        self.tape = Tape((HISTORY_S + 2 * AHEAD_S) * fmt.bytes_per_second, fmt.frame_bytes)
        self.sentences = [Sentence(0, "")]
        self.committed = 0
        self.ended = False
        # Set by the pump. hungry asks the writer to say when there is more.
        self.listening = 0
        self.hungry = False

    @property
    def ahead(self) -> int:
        """Give how many bytes lie between the listener and the end of the tape."""
        return self.tape.written - self.listening

    @property
    def room(self) -> int:
        """Give how many bytes can be written without touching what the pump may still read. Writer."""
        return self.tape.capacity - self._bytes_in(MARGIN_S) - self.ahead

    @property
    def soft_room(self) -> int:
        """Give how many bytes the writer may write now: all of a segment that is not too long. Writer."""
        segment = self.tape.written - self.committed
        return min(self.room, self._bytes_in(AHEAD_S) - min(self.ahead, segment), self._bytes_in(PIECE_S))

    @property
    def may_go_on(self) -> bool:
        """Say whether the listener is near enough for another segment. Writer."""
        return self.ahead <= self._bytes_in(NEXT_S)

    def is_kept(self, position: int) -> bool:
        """Say whether ``position`` is on the tape and stays there; ``listening`` must say so first. Pump."""
        return self.tape.written - position <= self.tape.capacity - self._bytes_in(MARGIN_S)

    def begin_sentence(self, text: str) -> None:
        """Note that a sentence begins here; one without a sound of its own gives way to it. Writer."""
        sentence = Sentence(self.tape.written, text)
        if self.sentences[-1].position == sentence.position:
            self.sentences[-1] = sentence
        else:
            self.sentences.append(sentence)

    def sentence_at(self, position: int) -> int:
        """Give the index of the sentence that ``position`` is in. Any thread."""
        return max(bisect_right(self.sentences, position, key=_position) - 1, 0)

    def _bytes_in(self, seconds: float) -> int:
        return self.fmt.bytes_in_ms(seconds * 1000)


def _position(sentence: Sentence) -> int:
    return sentence.position
