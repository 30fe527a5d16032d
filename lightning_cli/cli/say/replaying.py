"""The mode ``say --replay``: a recorded run again; the command line sets only where the sound goes."""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from lightning_cli.audio.joins import JoinRule
from lightning_cli.cli.say.recording_mode import CountedSegments
from lightning_cli.cli.say.say_options import SayOptions
from lightning_cli.cli.say.speaking import SegmentSource, TextSource
from lightning_cli.cli.service_options import Service
from lightning_cli.client.settings import ROUTES, ServiceSettings
from lightning_cli.errors import ConfigError, UsageFault
from lightning_cli.recording.recording_file import Recording, RecordingLine
from lightning_cli.recording.replay import PATIENT, Replay, differs
from lightning_cli.request import FIELDS, WIRE_FORMATS, RequestDefaults, default_of
from lightning_cli.text.segmenter import Boundary, Segment, can_be_heard

Check = Callable[[object], bool]


def _one_of(*values: object) -> Check:
    return lambda value: any(value is one or (isinstance(value, str) and value == one) for one in values)


def _whole_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= 1_000_000  # noqa: PLR2004 - more than any option takes


def _number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _max_chars(value: object) -> bool:
    return type(value) is int and 20 <= value <= 8000  # noqa: PLR2004 - the option's own limits


def _pause_ms(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 60_000  # noqa: PLR2004 - the same


def _text(value: object) -> bool:
    return isinstance(value, str)


def _text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _value_of(name: str) -> Check:
    """Return the check of a recorded value of a field of the request; its limits are checked with the request."""
    field = FIELDS[name]
    match field.kind:
        case "ids" | "further":
            return _texts
        case "switch":
            return _one_of(True, False, default_of(name))
        case "number":
            return _number
        case _:
            return _whole_number if field.is_integer else _text_or_none


_FIELDS = {field.parameter: name for name, field in FIELDS.items() if field.flag}
# The fields of a request: the command line may repeat them, but not change them.
_REQUESTED: dict[str, Check] = {
    **{parameter: _value_of(name) for parameter, name in _FIELDS.items()},
    "voice": _text,
    "route": _one_of(*ROUTES),
    "transport": _one_of("sse", "sync"),
    "wire_format": _one_of(None, *WIRE_FORMATS),
}
# Cutting and joining: as recorded, unless the command line sets them.
_TAKEN: dict[str, Check] = {
    "whole": _one_of(True, False),
    "max_chars": _max_chars,
    "markup": _one_of("auto", "markdown", "none"),
    "thinking": _one_of(True, False),
    "no_marks": _one_of(True, False),
    "join": _one_of("natural", "raw"),
    "pause_sentence": _pause_ms,
    "pause_paragraph": _pause_ms,
    "pause_heading": lambda value: value is None or _pause_ms(value),
}
# Options that recordings of earlier versions lack.
_LATER: dict[str, object] = {"thinking": False, "no_marks": False, "pause_heading": None}
# The fields that every recording names.
_RECORDED = frozenset(
    "voice model sample_rate speed language dicts session_id request_id number_language math_notation "
    "expire_content".split()
)
# Options about reaching the service, and about what is not spoken.
_REFUSED = (
    "local cloud base_url api_key_file insecure_http connect_timeout first_byte_timeout idle_timeout retries max_wait "
    "concurrency context_id dict_files dry_run curl"
).split()


class ReplayedRun:
    """The recording of a run, and its replay."""

    def __init__(self, recording: Recording, options: dict[str, Any], *, in_real_time: bool) -> None:
        self._recording = recording
        self._options = options
        self.tape = Replay(recording, in_real_time=in_real_time)

    def settings(self) -> ServiceSettings | None:
        """Return the settings of the recorded run, without its key and its timeouts."""
        base_url = self._recording.header.get("base_url")
        if not isinstance(base_url, str):
            raise self._recording.broken(1, "the base URL is missing")
        try:
            return ServiceSettings(
                base_url=base_url,
                route=self._options["route"],
                transport=self._options["transport"],
                wire_format=self._options["wire_format"],
                timeouts=PATIENT,
                speaks_offline=self._recording.header.get("speaks_offline") is True,
                concurrency=0,
            )
        except ConfigError as fault:
            raise self._recording.broken(1, fault.message) from fault

    def script(
        self, script: TextSource, defaults: RequestDefaults, settings: ServiceSettings, rule: JoinRule
    ) -> SegmentSource:
        """Return the recorded text, or the given one after a comparison with it."""
        del defaults, settings, rule  # compared request by request
        recorded = _TextOfRecording(self._recording)
        return _ComparedText(script, recorded) if script.words or script.files else recorded


class _TextOfRecording:
    """A script of the recorded segments."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        count = recording.header.get("segments")
        if count is not None and (type(count) is not int or not recording.segments <= count <= 10**9):
            raise recording.broken(1, "the number of segments is wrong")
        # None for a text without a known end.
        self.count = count

    def segments(self, language: str | None, fed: Callable[[str, str], None] | None = None) -> Iterable[Segment]:
        """Return the recorded segments; ``fed`` gets each as it was, without its markup."""
        del language
        segments = self.each(fed)
        return segments if self.count is None else CountedSegments(segments, self.count, self._recording.characters)

    def each(self, fed: Callable[[str, str], None] | None = None) -> Iterator[Segment]:
        """Return them one by one; raises ``UsageFault`` behind the last of a run that did not come to its end."""
        lines: Iterator[RecordingLine | None] = self._recording.lines(data=False)
        for line, after in itertools.pairwise(itertools.chain(lines, [None])):
            if line is not None and line.event == "segment":
                source = line.fields["source"]
                # What was not asked for had nothing to be heard, and was noted for its text alone.
                mute = (after is None or after.event != "request") and not can_be_heard(source)
                segment = Segment(source, Boundary(line.fields["boundary"]), mute).with_marks(line.fields.get("marks"))
                if fed is not None:
                    fed(segment.source, segment.source)
                if segment.counts or fed is not None:
                    yield segment
        if not self._recording.is_complete:
            raise UsageFault(
                f"{self._recording.path}: the recorded run was stopped behind segment {self._recording.segments}",
                hint="the recording ends there",
            )


class _ComparedText:
    """A script whose segments are compared with the recorded ones."""

    def __init__(self, script: TextSource, recorded: _TextOfRecording) -> None:
        self._script = script
        self._recorded = recorded

    def segments(self, language: str | None, fed: Callable[[str, str], None] | None = None) -> Iterable[Segment]:
        """Cut the text as the script does; raises ``UsageFault`` where it differs."""
        given = self._script.segments(language, fed)
        if not isinstance(given, Sequence):
            return self._compared(given)
        count = self._recorded.count
        if count is not None and count != len(given):
            raise differs("the number of segments", count, len(given))
        for _ in self._compared(given, past_end=False):
            pass
        return given

    def _compared(self, given: Iterable[Segment], *, past_end: bool = True) -> Iterator[Segment]:
        recorded = (one for one in self._recorded.each() if one.spoken)
        number = 0
        for number, segment in enumerate(given, start=1):
            if segment.spoken:
                other = None
                with contextlib.nullcontext() if past_end else contextlib.suppress(UsageFault):
                    other = next(recorded, None)
                if other is None and not past_end:
                    return
                if other is None or other.spoken != segment.spoken:
                    raise differs(f"segment {number}", other and other.spoken, segment.spoken)
            yield segment
        if past_end and (other := next(recorded, None)) is not None:
            raise differs(f"segment {number + 1}", other.spoken, None)


@contextlib.contextmanager
def replaying(service: Service, path: str, options: SayOptions) -> Iterator[tuple[SayOptions, ReplayedRun]]:
    """Open a recording for the block; return the options of the recorded run, and its replay.

    Raises ``UsageFault`` for what is not a recording, and for options that say something else.
    """
    with Recording(path) as recording:
        recorded, given = options_of(recording), options._asdict()
        for name in _REFUSED:
            if service.is_flag(name):
                raise UsageFault(
                    f"--replay cannot be combined with {service.flag_of(name)}", hint="the recording has its own"
                )
        for name in _REQUESTED:
            if service.is_flag(name) and given[name] != recorded[name]:
                raise differs(f"{path}: {service.flag_of(name)}", recorded[name], given[name])
        taken = {name: value for name, value in recorded.items() if not service.is_flag(name)}
        taken |= {"local": False, "cloud": False, "context_id": None}
        speed = options.replay_speed
        in_real_time = speed == "real" or (speed is None and (options.play or not options.output))
        yield options._replace(**taken), ReplayedRun(recording, recorded, in_real_time=in_real_time)


def options_of(recording: Recording) -> dict[str, Any]:
    """Return the values of the options that were recorded; raises ``UsageFault`` for one that cannot be."""
    said = recording.header.get("options")
    if not isinstance(said, dict):
        raise recording.broken(1, "the options are missing")
    # A field that the tool did not have yet when it recorded had its default.
    absent = {name: default_of(field) for name, field in _FIELDS.items() if name not in said and name not in _RECORDED}
    options = {name: list(value) if isinstance(value, tuple) else value for name, value in absent.items()}
    options |= _LATER
    options |= {name: said[name] for name in _REQUESTED | _TAKEN if name in said}
    for name, is_good in (_REQUESTED | _TAKEN).items():
        if name not in options or not is_good(options[name]):
            raise recording.broken(1, f"the option {name} is missing or wrong")
    return options
