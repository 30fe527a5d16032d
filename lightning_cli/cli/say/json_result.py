"""The output of ``say --json``: one object that describes what a run made, or why it failed."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

# Typer keeps its copy of click private.
from typer._click.exceptions import ClickException

from lightning_cli.cli.terminal.console import Console
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.client.stream import Answer
from lightning_cli.errors import ExitCode, LightningError, OutputError, ReaderGone, UsageFault
from lightning_cli.pipeline.pipeline import Observer, PlacedSegment
from lightning_cli.request import DEFAULT_MODEL, RequestDefaults, SpeechRequest
from lightning_cli.sinks.containers import container_for
from lightning_cli.sinks.targets import STDOUT_FD, descriptor_of
from lightning_cli.system.records import Record
from lightning_cli.text.segmenter import Segment

if TYPE_CHECKING:
    from lightning_cli.cli.say.outputs import Outputs
    from lightning_cli.cli.say.say_options import SayOptions

_FLAG = "--json"
# Every key is always there, so that a script need not check; these are the values of a run that never began.
_NOTHING: dict[str, object] = {
    **dict.fromkeys(("backend", "replayed", "voice", "model", "language", "played")),
    "outputs": [],
    "subtitles": [],
    "segments": [],
    "figures": None,
    "warnings": [],
}
_HINT = "write the audio to a file, and the text nowhere"


class _Run(Record):
    """The fields of a run that are known before it begins."""

    defaults: RequestDefaults
    settings: ServiceSettings
    target: "Outputs"


class JsonResult(Observer):
    """Collector of the results of a run, segment by segment.

    Raises ``UsageFault`` for options that use standard output for something else.
    """

    def __init__(self, console: Console, options: "SayOptions") -> None:
        self._console = console
        self._paths = options.paths
        if options.echo or any(descriptor_of(path) == STDOUT_FD for path in self._paths):
            raise UsageFault(f"{_FLAG} cannot share standard output with the audio or the text", hint=_HINT)
        if options.dry_run or options.curl:
            raise UsageFault(f"{_FLAG} cannot be combined with --dry-run or --curl", hint="drop one of them")
        self._format_name = options.format_name
        self._subtitles: Sequence[str] = options.subtitles or ()
        self._is_replay = options.replay is not None
        self._run: _Run | None = None
        self._segments: list[dict[str, object]] = []
        self._characters = 0
        self._retries = 0
        self._answer: Answer | None = None
        self._is_written = False

    def begin(self, defaults: RequestDefaults, settings: ServiceSettings, target: "Outputs") -> None:
        """Store what is known before the first request."""
        self._run = _Run(defaults, settings, target)

    def segment_begins(self, number: int, segment: Segment) -> None:
        """Start the counts of a segment."""
        del number, segment
        self._retries = 0
        self._answer = None

    def answered(self, request: SpeechRequest, answer: Answer) -> None:
        """Store what the head of the last try's answer says."""
        del request
        self._answer = answer

    def retrying(self, fault: LightningError, delay_s: float) -> None:
        """Count another try."""
        del fault, delay_s
        self._retries += 1

    def spoken(self, placed: PlacedSegment) -> None:
        """Store a segment that is complete."""
        said = self._answer
        begin, self._characters = self._characters, self._characters + len(placed.segment.source)
        self._segments.append(
            {
                "text": placed.segment.spoken,
                "start_character": begin,
                "end_character": self._characters,
                "start_frame": placed.start_frames,
                "end_frame": placed.end_frames,
                "request_id": said.request_id if said else None,
                "session_id": said.session_id if said else None,
                "echoed_request_id": said.external_request_id if said else None,
                "echoed_session_id": said.external_session_id if said else None,
                "retries": self._retries,
            }
        )

    def finished(self) -> None:
        """Handle the end of the run: the outputs are complete."""
        self._is_written = True

    def as_json(self, *, is_complete: bool) -> dict[str, object]:
        """Return what was made so far, ready for ``json.dumps``; ``is_complete`` says that nothing failed."""
        run = self._run
        if run is None:
            return {"warnings": self._console.warnings}
        ledger = run.target.ledger
        figures = ledger.figures() if ledger is not None else None
        frames = int(figures.audio_s * figures.sample_rate + 0.5) if figures is not None else 0
        offline = run.settings.is_local or run.settings.speaks_offline
        return {
            "backend": "offline" if run.settings.is_local else "server" if offline else "service",
            "replayed": self._is_replay,
            "voice": run.defaults.voice_id,
            "model": None if offline else run.defaults.model or DEFAULT_MODEL,
            "language": run.defaults.language,
            "played": run.target.was_played,
            "outputs": [
                self._output(path, frames, run.defaults.sample_rate) for path in self._paths if self._is_written
            ],
            "subtitles": list(self._subtitles) if is_complete else [],
            "segments": self._segments,
            "figures": figures.as_json() if figures is not None else None,
            "warnings": self._console.warnings,
        }

    def _output(self, path: str, frames: int, sample_rate: int) -> dict[str, object]:
        size = None
        with contextlib.suppress(OSError):
            # What was written straight is gone.
            size = os.stat(path).st_size if os.path.isfile(path) else None  # noqa: PTH113, PTH116 - as it was given
        return {
            "path": path,
            "container": container_for(path, self._format_name).name,
            "bytes": size,
            "frames": frames,
            "seconds": round(frames / sample_rate, 6),
            "sample_rate": sample_rate,
        }


@contextlib.contextmanager
def collecting(console: Console, options: "SayOptions") -> Iterator[JsonResult]:
    """Return the collector for ``--json``; its object is written when the block ends."""
    result = JsonResult(console, options)
    try:
        yield result
    except LightningError as fault:
        # Reported, and written, where every failure is.
        fault.result = result.as_json(is_complete=False)
        raise
    write_result(console, result.as_json(is_complete=True), None)


def write_failure(arguments: Sequence[str], fault: Exception, told: tuple[str, str | None]) -> None:
    """Write the object of a run that failed, if its command line asks for one; ``told`` is the message and the hint."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    context = getattr(fault, "ctx", None)
    named = context.info_name if context is not None else next((one for one in options if not one.startswith("-")), "")
    if _FLAG not in options or named != "say":
        return
    # Its reader may have left; the exit code says the same.
    with contextlib.suppress(OutputError, ReaderGone):
        write_result(Console(), getattr(fault, "result", None) or {}, _error_of(fault, told))


def _error_of(fault: Exception, told: tuple[str, str | None]) -> dict[str, object]:
    """Return the JSON of an error; the kinds are those of the tree in errors.py, and the classes of bugs."""
    kind, code, request_id = type(fault).__name__, ExitCode.UNEXPECTED, None
    if isinstance(fault, LightningError):
        code, request_id = fault.exit_code, fault.request_id
    elif isinstance(fault, ClickException):
        kind, code = UsageFault.__name__, ExitCode.USAGE
    return {
        "kind": kind,
        "message": told[0],
        "hint": told[1],
        "exit_code": int(code),
        "status": getattr(fault, "status", None),
        "request_id": request_id,
    }


def write_result(console: Console, made: Mapping[str, object], error: Mapping[str, object] | None) -> None:
    """Write the JSON object of a run: ``made`` is what was produced, ``error`` what ended it, if any."""
    from lightning_cli.cli.terminal.listing import json_text

    code = ExitCode.OK if error is None else error["exit_code"]
    console.result(json_text({"ok": error is None, "exit_code": code, "error": error, **_NOTHING, **made}))
