"""What the markup machine has before it, a growing text read line by line, and what leaves it."""

from lightning_cli.markup.words import full_stop

# What is not for reading, and what ends it.
_UNREAD = {"<!--": "-->", "<script": "</script>", "<style": "</style>"}
_UNREAD_LIMIT = 8000
# A line is plain text when this much of it leaves open what it begins.
LINE_LIMIT = 8000
# What waits is looked at again once it has grown by a share of itself, or it would be once for each character.
_SHARE = 8
_SHORT = 256
_TAIL = 8


class Source:
    """Hold what has arrived and was not taken; ``final`` says that no more comes."""

    def __init__(self) -> None:
        self.final = False
        self._buffer, self._at = "", 0
        self._new: list[str] = []
        self._new_length = 0
        self._dropping = False  # the rest of a line is still to come and not for reading

    def add(self, text: str) -> bool:
        """Take more text; say whether there is enough of it to look again at what waits."""
        if self._dropping:
            end = text.find("\n") + 1
            self._dropping = not end
            text = text[end:] if end else ""
        self._new.append(text)
        self._new_length += len(text)
        waiting = len(self._buffer) - self._at
        if not (self.final or "\n" in text or self._new_length * _SHARE > waiting - _SHORT):
            return False
        self._buffer = "".join((self._buffer[self._at :], *self._new))
        self._at, self._new, self._new_length = 0, [], 0
        return True

    def __bool__(self) -> bool:
        return self._at < len(self._buffer)

    @property
    def rest(self) -> str:
        """Give all that was not taken."""
        return self._buffer[self._at :]

    def line(self, after: int = 0) -> tuple[str, bool]:
        """Give the line ``after`` characters on, without its line end, and whether all of it is there.

        Of a line longer than ``LINE_LIMIT`` it is one character more than that, and never all.
        """
        start = self._at + after
        stop = start + LINE_LIMIT + 1
        end = self._buffer.find("\n", start, stop)
        if end < 0 and len(self._buffer) >= stop:
            return self._buffer[start:stop], False
        return self._buffer[start : end if end >= 0 else None], self.final or end >= 0

    def find(self, text: str, after: int, limit: int) -> int | None:
        """Give where ``text`` ends within ``limit`` characters, in any case; 0 if it does not; None: not yet."""
        window = self._buffer[self._at + after : self._at + limit].lower()
        found = window.find(text)
        if found >= 0:
            return after + found + len(text)
        return 0 if self.final or after + len(window) >= limit else None

    def take(self, length: int) -> None:
        """Go on behind ``length`` characters."""
        self._at += length

    def take_line(self, *, whole: bool = False) -> str:
        """Take what is there of the line, its end included; of a ``whole`` one the rest goes when it comes."""
        end = self._buffer.find("\n", self._at) + 1
        text = self._buffer[self._at : end or None]
        self._at += len(text)
        self._dropping = whole and not end
        return text


def unread_end(source: Source, rest: str, indent: int, *, complete: bool) -> int | None:
    """Give the end of the comment, script or style sheet that ``rest``, the line behind ``indent`` characters, opens.

    0 means that it opens none, or one that does not end within ``_UNREAD_LIMIT``; None asks for more text.
    """
    for opener, closer in _UNREAD.items():
        head = rest[: len(opener)].lower()
        after = rest[len(opener) : len(opener) + 1]
        if not complete and opener.startswith(head) and not after:
            return None
        if head == opener and (opener == "<!--" or after in {"", " ", ">"}):
            return source.find(closer, indent + len(opener), _UNREAD_LIMIT)
    return 0


class Outflow:
    """Collect spoken text; ``take`` gives what may leave.

    White space behind words that end no sentence is held, for ``stop`` to put a full stop before it.
    """

    def __init__(self) -> None:
        self._ready: list[str] = []
        self._held: list[str] = []
        self._held_length = 0
        self._tail = ""  # the last visible characters of the block
        self._newlines = 0  # at the very end, the held ones included
        self._spoke = False

    def text(self, text: str) -> None:
        """Add text of the block."""
        body = text.rstrip()
        space = text[len(body) :]
        if body:
            self._release()
            self._ready.append(body)
            self._held_length = 0
            self._tail = (self._tail + "".join(body.split())[-_TAIL:])[-_TAIL:]
            self._newlines = 0
            self._spoke = True
        self._held.append(space)
        self._held_length += len(space)
        self._newlines += space.count("\n")
        if self._held_length > LINE_LIMIT or not full_stop(self._tail):
            self._release()

    def stop(self) -> None:
        """Make a sentence of the block, if it has words."""
        self._ready.append(full_stop(self._tail))

    def end(self) -> None:
        """End the block."""
        self._tail = ""
        self._held_length = 0
        self._release()

    def lines(self, count: int) -> None:
        """Have at least ``count`` line ends between what was said and what comes."""
        if self._spoke and self._newlines < count:
            self.text("\n" * (count - self._newlines))

    def line(self, text: str) -> None:
        """Add a line of its own, unless it is empty."""
        if text:
            self.text(text + "\n")
            self.end()

    def take(self) -> str:
        """Hand over what may leave."""
        text = "".join(self._ready)
        self._ready.clear()
        return text

    def _release(self) -> None:
        self._ready += self._held
        self._held.clear()
