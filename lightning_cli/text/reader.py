"""From a text as it was written to segments: marks of speech, markup, sentences, for whole and growing texts alike."""

from collections.abc import Callable

from lightning_cli.errors import LightningError, UsageFault
from lightning_cli.text.marks import PLACEHOLDERS, Delivery, Mark, MarkScanner, PlainScanner
from lightning_cli.text.markup import MarkupFilter
from lightning_cli.text.reading import SSML_SUFFIX, MarkPolicy, Reading, TextStart
from lightning_cli.text.segmenter import Boundary, Segment, Segmenter, can_be_heard, silence
from lightning_cli.text.ssml import DOCUMENT, DOCUMENT_PART, SsmlScanner

_SENTENCE_ENDS = ".!?:\u2026\u3002\uff01\uff1f\u0964\u061f"
_CLOSERS = "\"'\u201d\u2019\u00bb)]*_`"
_STOPS = ".\u3002\u0964"
# Of text that is scanned at once: there are not as many marks in it as there are signs to stand for them.
_SCANNED_CHARS = 1 << 14


class WholeText:
    """Make one segment of all that stands between two marks: for a text that is sent whole."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def feed(self, text: str) -> list[Segment]:
        """Take more text."""
        self._pieces.append(text)
        return []

    def flush_complete(self, *, line: bool = False) -> list[Segment]:
        """Return nothing: the text goes on."""
        del line
        return []

    def finish(self) -> list[Segment]:
        """Return the segment, if there is any text."""
        text, self._pieces = "".join(self._pieces), []
        return [Segment(text, Boundary.SENTENCE, mute=not can_be_heard(text))] if text else []


class Reader:
    """Read a growing text: ``feed`` pieces cut anywhere, then ``finish``.

    A mark that is wrong raises ``UsageFault`` with its place, unless ``marks`` has it dropped. ``fed`` is told of every
    piece, as it is shown, and of what came of it.
    """

    def __init__(
        self,
        reading: Reading,
        *,
        language: str | None,
        live: bool = False,
        name: str = "",
        marks: MarkPolicy | None = None,
        fed: Callable[[str, str], None] | None = None,
    ) -> None:
        self._reading = reading
        self._language = language
        policy = marks or MarkPolicy()
        self._resolve, self._tell, self._note, self._fed = policy.resolve, policy.tell, policy.note, fed
        self._told: set[str] = set()
        self._segmenter = self._new_segmenter(live=live)
        self._delivery = self._resolved = Delivery()
        self._opened: list[Delivery] = []
        self._pause_s: float | None = None
        # What stands in place of other words: how far behind the last segment it begins and ends, what is shown.
        self._substitutes: list[tuple[int, int, str]] = []
        self._given = self._taken = 0  # characters given to the segmenter, and taken from it
        self._after_mark = False
        self._head = ""
        self._begin(name)

    def feed(self, piece: str) -> list[Segment]:
        """Take more text; return the segments that it makes certain."""
        if isinstance(piece, TextStart):
            return self._next_text(piece)
        if self._scanner is None:
            self._head += piece
            if not self._decide(final=False):
                return []
            piece, self._head = self._head, ""
        return self._read(piece)

    def pause(self, *, line: bool = False) -> list[Segment]:
        """Return what is complete when the writer pauses, behind a whole line or within one."""
        return self._delivered(self._segmenter.flush_complete(line=line))

    def settle(self) -> list[Segment]:
        """Return everything, complete or not: the writer has paused for long."""
        segments: list[Segment] = []
        if self._scanner is not None and self._markup is not None:
            scanned, shown = self._scanner.finish()
            self._consume(self._markup.feed(scanned) + self._markup.settle(), shown, segments)
        return segments + self._delivered(self._segmenter.finish())

    def finish(self) -> list[Segment]:
        """Return everything that is left."""
        segments = self._end_of_text()
        segments += self._delivered(self._segmenter.finish())
        if self._pause_s is not None:
            segments.append(silence(self._pause_s))
            self._pause_s = None
        return segments

    def _begin(self, name: str) -> None:
        self._name, self._head = name, ""
        self._scanner: MarkScanner | None = None
        self._markup: MarkupFilter | None = None
        mode = self._reading.markup
        if mode == "none":
            self._scanner = PlainScanner(name=name)
        elif name.lower().endswith(SSML_SUFFIX):
            self._scanner = SsmlScanner(name=name)

    def _decide(self, *, final: bool) -> bool:
        """Find out whether the text is a document of SSML; return False if more of it is needed."""
        if DOCUMENT.match(self._head):
            self._scanner = SsmlScanner(name=self._name)
        elif not final and DOCUMENT_PART.match(self._head):
            return False
        else:
            self._scanner = MarkScanner(brackets=self._reading.marks, name=self._name)
            self._markup = MarkupFilter(
                self._reading.markup, thinking=self._reading.thinking, headings=True, language=self._language
            )
        return True

    def _next_text(self, start: TextStart) -> list[Segment]:
        segments = self._end_of_text()
        if self._delivery.fields:
            self._cut(segments, ends_sentence=True)
            self._delivery = self._resolved = Delivery()
            self._segmenter = self._new_segmenter()
        self._opened.clear()
        self._segmenter_feed(str(start), segments)
        self._report(str(start), len(start))
        self._begin(start.name)
        return segments

    def _end_of_text(self) -> list[Segment]:
        segments: list[Segment] = []
        if self._scanner is None:
            self._decide(final=True)
            head, self._head = self._head, ""
            segments = self._read(head)
        scanner, markup = self._scanner, self._markup
        if scanner is None:
            return segments
        scanned, shown = scanner.finish()
        self._consume(scanned if markup is None else markup.feed(scanned) + markup.finish(), shown, segments)
        if isinstance(scanner, SsmlScanner) and scanner.unknown and self._note is not None:
            names = ", ".join(f"<{name}>" for name in scanner.unknown)
            self._note(f"tags of {self._name or 'the text'} without effect here: {names}")
        return segments

    def _read(self, piece: str) -> list[Segment]:
        segments: list[Segment] = []
        if self._scanner is not None:
            for at in range(0, len(piece), _SCANNED_CHARS):
                scanned, shown = self._scanner.feed(piece[at : at + _SCANNED_CHARS])
                self._consume(scanned if self._markup is None else self._markup.feed(scanned), shown, segments)
        return segments

    def _consume(self, text: str, shown: str, segments: list[Segment]) -> None:
        """Pass text to the segmenter and act on the marks in it."""
        given = self._given
        at = 0
        for found in PLACEHOLDERS.finditer(text) if not isinstance(self._scanner, PlainScanner) else ():
            self._give(text[at : found.start()], segments)
            at = found.end()
            self._act(self._scanner.mark(found[0]) if self._scanner is not None else Mark("none"), segments)
        self._give(text[at:], segments)
        self._report(shown, self._given - given)

    def _give(self, text: str, segments: list[Segment]) -> None:
        if not text:
            return
        if self._after_mark and text[0] in _STOPS:
            # The end of an item or a heading, whose words the mark has parted from it.
            text = text[1:]
        self._after_mark = False
        self._segmenter_feed(text, segments)

    def _segmenter_feed(self, text: str, segments: list[Segment]) -> None:
        self._given += len(text)
        segments += self._delivered(self._segmenter.feed(text))

    def _report(self, shown: str, released: int) -> None:
        if self._fed is not None and (shown or released):
            self._fed(shown, " " * released)

    def _act(self, mark: Mark, segments: list[Segment]) -> None:
        problem = mark.problem
        changed, resolved = self._changed(mark), self._resolved
        if not problem and changed is not None and changed != self._delivery:
            try:
                resolved = self._resolve(changed) if self._resolve is not None and changed.fields else changed
            except LightningError as fault:
                problem = fault.message
        if problem:
            self._refuse(mark, problem)
            if mark.kind == "open":
                self._opened.append(self._delivery)
            self._give(mark.written or " ", segments)
        elif mark.kind == "sub":
            self._substitutes.append((self._given, self._given + len(mark.value), mark.written))
            self._segmenter_feed(mark.value, segments)
        elif mark.kind in {"none", "close"} and changed is None:
            self._give(mark.written, segments)
        else:
            self._cut(segments, ends_sentence=mark.kind == "stop")
            self._after_mark = True
            if mark.kind == "pause":
                self._pause_s = (self._pause_s or 0.0) + mark.value
            elif mark.kind == "open":
                self._opened.append(self._delivery)
            if changed is not None:
                self._change(changed, resolved)

    def _change(self, changed: Delivery, resolved: Delivery) -> None:
        if changed.language != self._delivery.language:
            self._segmenter = self._new_segmenter(language=changed.language)
        self._delivery, self._resolved = changed, resolved

    def _changed(self, mark: Mark) -> Delivery | None:
        """Return the delivery behind a mark, None where it changes none."""
        if mark.kind == "close":
            return self._opened.pop() if self._opened else None
        return self._delivery._replace(**mark.value) if mark.kind in {"set", "open"} else None

    def _cut(self, segments: list[Segment], *, ends_sentence: bool) -> None:
        """End the segment before a mark; within a sentence the pause is that of a clause."""
        ended = self._delivered(self._segmenter.finish())
        if not ends_sentence and ended and ended[-1].boundary is Boundary.SENTENCE:
            body = ended[-1].source.rstrip().rstrip(_CLOSERS)
            if body[-1:] not in _SENTENCE_ENDS:
                ended[-1] = ended[-1]._replace(boundary=Boundary.CLAUSE)
        segments += ended

    def _refuse(self, mark: Mark, problem: str) -> None:
        if self._tell is None:
            raise UsageFault(f"{mark.place}: {mark.source}: {problem}", hint="correct the mark, or use --no-marks")
        if mark.source not in self._told:
            self._told.add(mark.source)
            self._tell(f"{mark.place}: dropped {mark.source}: {problem}")

    def _delivered(self, segments: list[Segment]) -> list[Segment]:
        """Note on segments what marks have said of them."""
        done: list[Segment] = []
        for segment in segments:
            begin, self._taken = self._taken, self._taken + len(segment.source)
            changes: dict[str, object] = {}
            if self._substitutes and self._substitutes[0][0] < self._taken:
                changes["shown"] = self._shown(segment.source, begin)
            if self._delivery.fields:
                changes["delivery"] = self._resolved
            if self._pause_s is not None and segment.spoken:
                changes["pause_s"], self._pause_s = self._pause_s, None
            done.append(segment._replace(**changes) if changes else segment)
        return done

    def _shown(self, source: str, begin: int) -> str:
        """Return a segment's text with what is written in place of what is spoken."""
        shown: list[str] = []
        at = 0
        while self._substitutes and self._substitutes[0][0] < begin + len(source):
            start, end, written = self._substitutes.pop(0)
            shown += [source[at : max(at, start - begin)], written]
            at = max(at, min(end - begin, len(source)))
            if end > begin + len(source):
                # Its end is spoken by the next segment, which shows nothing for it.
                self._substitutes.insert(0, (begin + len(source), end, ""))
                break
        return "".join([*shown, source[at:]])

    def _new_segmenter(self, *, live: bool = False, language: str | None = None) -> Segmenter | WholeText:
        if self._reading.whole:
            return WholeText()
        return Segmenter(language=language or self._language, max_chars=self._reading.max_chars, live=live)
