"""The block around a run of ``say`` that is recorded, or played from a recording."""

import contextlib
from typing import TYPE_CHECKING

from lightning_cli.cli.say.say_options import SayOptions
from lightning_cli.cli.service_options import Service
from lightning_cli.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lightning_cli.cli.say.recording_mode import RecordedRun
    from lightning_cli.cli.say.replaying import ReplayedRun

    # The object that records the service's answers, or replays recorded ones.
    RecordingMode = RecordedRun | ReplayedRun


@contextlib.contextmanager
def taping(service: Service, options: SayOptions) -> "Iterator[tuple[SayOptions, RecordingMode | None]]":
    """Return the options of the run, and its recorder or replay; None for neither.

    Raises ``UsageFault`` for options that exclude each other, and what the recording raises.
    """
    # One output collides with nothing.
    if options.files or options.subtitles or options.record or options.replay or len(options.paths) > 1:
        _check_places(options)
    if options.record is not None and options.replay is not None:
        raise UsageFault("--record cannot be combined with --replay", hint="copy the recording file instead")
    if options.replay_speed is not None and options.replay is None:
        raise UsageFault("--replay-speed needs --replay", hint="add --replay FILE")
    if options.replay is not None:
        from lightning_cli.cli.say.replaying import replaying

        with replaying(service, options.replay, options) as (recorded, replay):
            yield recorded, replay
    elif options.record is not None:
        from lightning_cli.cli.say.recording_mode import recording

        with recording(options.record, service.console, options) as recorder:
            yield options, recorder
    else:
        yield options, None


def _check_places(options: SayOptions) -> None:
    """Raise ``UsageFault`` when a place is to be written twice, or over what is read."""
    from lightning_cli.sinks.targets import PathRegistry

    places = PathRegistry()
    for name in options.files or ():
        places.read(name, "the text")
    if options.replay is not None:
        places.read(options.replay, "the recording")
    for name in options.paths:
        places.write(name, "the audio")
    for name in options.subtitles or ():
        places.write(name, "the subtitles")
    if options.record is not None:
        places.write(options.record, "the recording")
