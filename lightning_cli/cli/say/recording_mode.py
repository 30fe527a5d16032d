"""The mode ``say --record``: the service's answers are stored in a file, which is complete only at its end."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import typer

from lightning_cli import __version__
from lightning_cli.audio.joins import JoinRule
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.cli.say.progress import characters_of
from lightning_cli.cli.say.say_options import SayOptions
from lightning_cli.cli.say.speaking import SegmentSource, TextSource
from lightning_cli.cli.terminal.console import Console
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import ExitCode, Interrupted, LightningError, OutputError, ReaderGone, UsageFault
from lightning_cli.recording.record import Recorder
from lightning_cli.request import FIELDS, RequestDefaults
from lightning_cli.sinks.containers import PCM
from lightning_cli.sinks.files import FileSink
from lightning_cli.sinks.targets import is_stream
from lightning_cli.text.segmenter import Segment

# A container that takes bytes as they are; its rate is not used.
_ANY_FORMAT = PcmFormat(8000)


class RecordedRun:
    """The recorder of a run and its file."""

    def __init__(self, path: str, console: Console, *, clobber: bool) -> None:
        # A recording is private to its owner.
        self._sink = FileSink(path, PCM, clobber=clobber, private=True)
        self._console = console
        self._fault: OutputError | None = None
        self._script: _RecordedText | None = None
        self.tape = Recorder(self._put)

    def start(self) -> None:
        """Create the file; raises ``OutputError``."""
        self._sink.start(_ANY_FORMAT)

    def settings(self) -> ServiceSettings | None:
        """Return None: a recorded run reaches the service as any other."""
        return None

    def script(
        self, script: TextSource, defaults: RequestDefaults, settings: ServiceSettings, rule: JoinRule
    ) -> SegmentSource:
        """Return the same text, recorded as it is taken, behind what a replay needs to know of the run."""
        header = {
            "tool": f"lightning-tts {__version__}",
            "base_url": settings.base_url,
            "speaks_offline": settings.speaks_offline,
            "options": _options(script, defaults, settings, rule),
            "timeouts_s": list(settings.timeouts._asdict().values()),
            "retries": settings.retry.retries,
            "max_wait_s": settings.retry.max_wait_s,
        }
        self._script = _RecordedText(script, self.tape, header)
        return self._script

    def end(self, fault: BaseException | None) -> None:
        """Complete the file with the run's result; raises ``OutputError`` unless something else went wrong before."""
        try:
            if self._fault is None and self.tape.requests:
                self.tape.done(_exit_code(fault), complete=self._script is not None and self._script.is_exhausted)
            if self._fault is None and self.tape.requests:
                self._sink.finish()
        except OutputError as late:
            self._fault = late
            if fault is not None:
                self._console.warn(f"no recording was written: {late.message}")
        finally:
            self._sink.abort()
        if self._fault is not None and fault is None:
            raise self._fault

    def _put(self, line: bytes) -> None:
        """Write a line; the first failure ends the recording, and not the speech."""
        if self._fault is not None:
            return
        try:
            self._sink.write(line)
        except OutputError as fault:
            self._fault = fault
            self._sink.abort()
            self._console.warn(f"recording stopped: {fault.message}")


class _RecordedText:
    """A script whose segments are recorded as they are taken."""

    def __init__(self, script: TextSource, recorder: Recorder, header: Mapping[str, object]) -> None:
        self._script = script
        self._recorder = recorder
        self._header = header
        self.is_exhausted = False

    def segments(self, language: str | None, fed: Callable[[str, str], None] | None = None) -> Iterable[Segment]:
        """Cut the text as the script does."""
        segments = self._script.segments(language, fed)
        count = len(segments) if isinstance(segments, Sequence) else None
        characters = characters_of(segments)
        self._recorder.begin({**self._header, "segments": count})
        noted = self._noted(segments)
        return noted if count is None else CountedSegments(noted, count, characters)

    def _noted(self, segments: Iterable[Segment]) -> Iterator[Segment]:
        for segment in segments:
            self._recorder.segment(segment.source, segment.boundary, segment.marks)
            yield segment
        self.is_exhausted = True


class CountedSegments(Sequence[Segment]):
    """Segments with a length if that is known, taken once; ``characters`` is that of their text, if known."""

    def __init__(self, segments: Iterator[Segment], count: int, characters: int | None) -> None:
        self.characters = characters
        self._segments = segments
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Segment]:
        return self._segments

    def __getitem__(self, index: Any) -> Any:
        raise RuntimeError("taken from the first to the last")


@contextlib.contextmanager
def recording(path: str, console: Console, options: SayOptions) -> Iterator[RecordedRun]:
    """Record what is spoken in the block.

    Raises ``UsageFault`` for options that leave nothing to record, and ``OutputError`` for a file that cannot be
    written, at the end too.
    """
    _check(path, options)
    kept = RecordedRun(path, console, clobber=not options.no_clobber)
    kept.start()
    try:
        yield kept
    except BaseException as fault:
        kept.end(fault)
        raise
    kept.end(None)


def _check(path: str, options: SayOptions) -> None:
    if options.transport == "ws":
        raise UsageFault("--record cannot be combined with --transport ws", hint="drop --transport ws")
    if options.dry_run or options.curl:
        raise UsageFault("--record cannot be combined with --dry-run or --curl", hint="drop one of them")
    # A failed look-up is reported when the file is made.
    with contextlib.suppress(OSError):
        if "\0" not in path and is_stream(path):
            raise UsageFault(f"{path} is not a file", hint="a recording is read more than once: save it to a file")


def _options(
    script: TextSource, defaults: RequestDefaults, settings: ServiceSettings, rule: JoinRule
) -> dict[str, object]:
    """Return the values of the options that a replay takes over, by the names that the command has for them."""
    fields = {field.parameter: getattr(defaults, name) for name, field in FIELDS.items() if field.flag}
    return {
        **{parameter: list(value) if isinstance(value, tuple) else value for parameter, value in fields.items()},
        "route": settings.route,
        "transport": settings.transport,
        "wire_format": settings.wire_format,
        "whole": script.reading.whole,
        "max_chars": script.reading.max_chars,
        "markup": script.reading.markup,
        "thinking": script.reading.thinking,
        "no_marks": not script.reading.marks,
        "join": "raw" if rule.raw else "natural",
        "pause_sentence": rule.sentence_ms,
        "pause_paragraph": rule.paragraph_ms,
        "pause_heading": rule.heading_ms,
    }


def _exit_code(fault: BaseException | None) -> int | None:
    """Return the exit code that a fault leads to; None for a signal."""
    if isinstance(fault, Interrupted | ReaderGone):
        return None
    if isinstance(fault, LightningError | typer.Exit):
        return int(fault.exit_code)
    return int(ExitCode.OK if fault is None else ExitCode.UNEXPECTED)
