"""One text through the pipeline, with the messages that were asked for."""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from lightning_cli.audio.joins import JoinRule
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.cli.say import text_source
from lightning_cli.cli.terminal.console import Console, is_terminal
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.client.stream import Answer
from lightning_cli.errors import InvalidRequest, LightningError, ServiceError, UsageFault
from lightning_cli.pipeline.pipeline import Observer, Pipeline, PlacedSegment, Summary
from lightning_cli.request import DEFAULT_MODEL, MODELS, RequestDefaults, SpeechRequest, has_words
from lightning_cli.sinks.base import Sink
from lightning_cli.system.records import Record
from lightning_cli.text.reading import Reading, Resolve
from lightning_cli.text.segmenter import DEFAULT_MAX_CHARS, Segment

if TYPE_CHECKING:
    from lightning_cli.cli.say.captions import Captions
    from lightning_cli.cli.say.metrics import FigureCollector


class TextSource(Record):
    """The source of the text and how it is cut."""

    words: Sequence[str]
    files: Sequence[str] = ()
    reading: Reading = Reading()
    flush_after_ms: int = int(text_source.FLUSH_AFTER_S * 1000)
    # Complete what marks ask for, and report marks that are dropped; see ``text_source.cut``.
    resolve: Resolve | None = None
    note: Callable[[str], None] | None = None
    # What ``opened`` has read, and what a whole text was cut into.
    pieces: list[str] | Iterator[str] | None = None
    whole: list[Segment] | None = None

    def opened(self, language: str | None) -> "TextSource":
        """Return the source with its files read and its text cut, as far as they are whole.

        Raise ``UsageFault`` for a file that cannot be read and a mark that is wrong, ``InvalidRequest`` where there is
        nothing to say.
        """
        source = self._replace(pieces=self._read())
        segments = source.segments(language)
        if not isinstance(segments, list):
            return source
        if not any(has_words(segment.spoken) for segment in segments):
            raise InvalidRequest("text", "no text to speak", hint='try: lightning-tts say "Hello"')
        return source._replace(whole=segments)

    def _read(self) -> list[str] | Iterator[str]:
        return text_source.read_texts(self.words, self.files, self.flush_after_ms / 1000)

    @property
    def reads_stdin(self) -> bool:
        """Return whether the text comes from standard input though that may be a terminal."""
        return list(self.words) == ["-"] or "-" in self.files

    @property
    def is_piped(self) -> bool:
        """Return whether the text comes from standard input, and that is not a terminal."""
        return (self.reads_stdin or not (self.words or self.files)) and not is_terminal(sys.stdin)

    def check_context(self) -> None:
        """Raise ``UsageFault`` unless every segment is one release of a context on the service (protocol.md 3.5).

        A longer one is spoken in several parts, of whose ends the last could not be told.
        """
        if self.reading.whole or self.reading.max_chars > DEFAULT_MAX_CHARS:
            raise UsageFault(
                f"a context takes sentences of at most {DEFAULT_MAX_CHARS} characters",
                hint="drop --whole and --max-chars, or --context-id",
            )

    def segments(self, language: str | None, fed: Callable[[str, str], None] | None = None) -> Iterable[Segment]:
        """Return the segments; a list when the text is all there and ``fed`` is not given (``text_source.cut``)."""
        if self.whole is not None and fed is None:
            return self.whole
        pieces = self._read() if self.pieces is None else self.pieces
        first = self.files[0] if self.files else "-" if list(self.words) in ([], ["-"]) else ""
        return text_source.cut(
            pieces,
            self.reading,
            language=language,
            name=text_source.name_of(first),
            resolve=self.resolve,
            # What there is to note about a whole text was noted when it was cut first.
            note=self.note if self.whole is None else None,
            fed=fed,
        )


class SegmentSource(Protocol):
    """A source of the segments of a run."""

    def segments(self, language: str | None, fed: Callable[[str, str], None] | None = None) -> Iterable[Segment]:
        """Return them; see ``TextSource.segments``."""


class RunListeners(Record):
    """The listeners of a run: the console, the subtitles if any, and the display of what is heard."""

    console: Console
    captions: "Captions | None" = None
    begin_sentence: Callable[[str], None] | None = None
    # Given where the text is to be passed on to stdout: how many sentences have begun to sound, or None.
    echo_by: Callable[[], int | None] | None = None
    # Set where the figures of the run were asked for.
    ledger: "FigureCollector | None" = None
    # Further observers of every step.
    observers: Sequence[Observer] = ()


class _Everyone(Observer):
    """An observer that passes everything on to several, in their order."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers

    def begins(self, pipeline: Pipeline, segments: Iterable[Segment]) -> None:
        for one in self._observers:
            one.begins(pipeline, segments)

    def segment_begins(self, number: int, segment: Segment) -> None:
        for one in self._observers:
            one.segment_begins(number, segment)

    def answered(self, request: SpeechRequest, answer: Answer) -> None:
        for one in self._observers:
            one.answered(request, answer)

    def spoken(self, placed: PlacedSegment) -> None:
        for one in self._observers:
            one.spoken(placed)

    def retrying(self, fault: LightningError, delay_s: float) -> None:
        for one in self._observers:
            one.retrying(fault, delay_s)

    def ends(self) -> None:
        for one in self._observers:
            one.ends()

    def finished(self) -> None:
        for one in self._observers:
            one.finished()


class _Narration(Observer):
    """An observer that reports a run on the console."""

    def __init__(self, listeners: RunListeners, defaults: RequestDefaults) -> None:
        self._console = listeners.console
        self._defaults = defaults
        self._captions = listeners.captions
        self._begin_sentence = listeners.begin_sentence
        self.echo: Callable[[], None] | None = None

    def segment_begins(self, number: int, segment: Segment) -> None:
        if self._begin_sentence is not None:
            self._begin_sentence(segment.spoken)
        if self.echo is not None:
            self.echo()
        self._console.detail(f"segment {number}: {segment.spoken}")

    def answered(self, request: SpeechRequest, answer: Answer) -> None:
        if answer.request_id:
            self._console.detail(f"request {answer.request_id}, session {answer.session_id}")
        self._compare("request", request.request_id, answer.external_request_id)
        self._compare("session", request.session_id, answer.external_session_id)
        if request.expire_content:
            self._console.detail(f"content expiry: {answer.content_expiry or 'not mentioned by the service'}")

    def _compare(self, what: str, sent: str | None, echoed: str | None) -> None:
        """Report the echo of an id of ours; another's id means that answers were mixed up."""
        if sent is None or echoed is None:
            return
        self._console.detail(f"the service echoed your {what} id as {echoed}")
        if sent != echoed:
            self._console.warn(f"the answer carries {what} id {echoed}, but {sent} was sent")

    def spoken(self, placed: PlacedSegment) -> None:
        if self._captions is not None:
            self._captions.add(placed, self._defaults.sample_rate)

    def retrying(self, fault: LightningError, delay_s: float) -> None:
        self._console.note(f"note: {fault.message}; retrying in {delay_s:.1f} s")


def explain(
    script: SegmentSource, defaults: RequestDefaults, settings: ServiceSettings, console: Console, *, as_curl: bool
) -> None:
    """Print what ``speak`` would send, and send nothing; raises ``UsageFault`` when there is nothing to say."""
    from lightning_cli.cli.say import explain as shown

    segments = script.segments(defaults.language)
    show = shown.curl if as_curl else shown.dry_run
    show(console, settings, segments, _requests(defaults, segments))


def speak(
    client: SpeechClient,
    script: SegmentSource,
    defaults: RequestDefaults,
    sink: Sink,
    rule: JoinRule,
    listeners: RunListeners,
) -> None:
    """Speak ``script`` with ``defaults``; raises what the pipeline raises."""
    narration = _Narration(listeners, defaults)
    observer = _Everyone([narration, *listeners.observers]) if listeners.observers else narration
    pipeline = Pipeline(
        source=client,
        sink=sink,
        fmt=PcmFormat(defaults.sample_rate),
        join=rule,
        retry=client.retrier,
        observer=observer,
    )
    if listeners.ledger is not None:
        listeners.ledger.pipeline = pipeline
    try:
        if listeners.echo_by is None:
            segments = script.segments(defaults.language)
            summary = pipeline.speak(segments, _requests(defaults, segments))
        else:
            summary = _speak_aloud(pipeline, script, defaults, narration, listeners.echo_by)
    except ServiceError as fault:
        _suggest(fault, defaults)
        raise
    if listeners.captions is not None:
        listeners.captions.write(pipeline.fmt)
    seconds = pipeline.fmt.seconds(summary.audio_bytes)
    from lightning_cli.system.counting import counted

    size = f"{counted(summary.characters, 'character')} in {counted(summary.segments, 'segment')}"
    listeners.console.detail(f"{seconds:.2f} s of audio from {size}")


def _speak_aloud(
    pipeline: Pipeline,
    script: SegmentSource,
    defaults: RequestDefaults,
    narration: _Narration,
    heard_sentences: Callable[[], int | None],
) -> Summary:
    """Speak and pass the text on to stdout as it is heard."""
    from lightning_cli.cli.say.echo import Echo, SourceText, with_originals

    original = SourceText()
    texts_of: deque[str] = deque()
    segments = with_originals(script.segments(defaults.language, original.fed), original, texts_of)
    echo = Echo(heard_sentences)

    def begin() -> None:
        echo.add(texts_of.popleft())

    narration.echo = begin
    complete = False
    try:
        summary = pipeline.speak(segments, _requests(defaults, segments))
        echo.add(original.rest())
        complete = True
    finally:
        echo.close(complete=complete)
    return summary


def _requests(defaults: RequestDefaults, segments: Iterable[Segment]) -> Callable[[int, Segment], SpeechRequest]:
    """Return what makes a segment's request: the defaults with its text and, of several, a numbered id."""
    single = isinstance(segments, Sequence) and len(segments) == 1

    def make(number: int, segment: Segment) -> SpeechRequest:
        # A text sent whole goes as it is, its white space too.
        fields = segment.delivery.fields if segment.delivery is not None else None
        own = defaults._replace(**fields) if fields else defaults
        return own.request(segment.spoken, None if single else number)

    return make


def _suggest(fault: ServiceError, defaults: RequestDefaults) -> None:
    """Name close voices when the service does not know the one it was asked for."""
    if "voice" in fault.message.lower() and fault.status == HTTPStatus.BAD_REQUEST:
        from lightning_cli.catalogue.lookup import known_ids, models_of
        from lightning_cli.catalogue.voices import meant_voice

        others = [one for one in known_ids() if one != defaults.voice_id]
        model = defaults.model or DEFAULT_MODEL
        models = [other for other in models_of(defaults.voice_id) if other != model]
        if models:
            fault.hint = f"{defaults.voice_id} is a voice of {' and '.join(models)}: add --model {models[0]}"
        else:
            fault.hint = meant_voice(defaults.voice_id, others)
    elif defaults.model not in {None, *MODELS} and "model" in fault.message.lower():
        # A model that came later is the service's to know.
        fault.hint = f"known models: {', '.join(MODELS)}"
