"""Where the audio goes: the command line's paths and flags to sinks."""

from typing import NamedTuple

from lightning_cli.errors import UsageFault
from lightning_cli.request import DEFAULT_SAMPLE_RATE
from lightning_cli.sinks import SinkOptions, open_sink
from lightning_cli.sinks.base import Sink, Tee
from lightning_cli.sinks.containers import Container, container_for


class OutputOptions(NamedTuple):
    """What the command line says about output."""

    paths: tuple[str, ...]
    play: bool = False
    format_name: str | None = None
    sample_rate: int | None = None
    files: SinkOptions = SinkOptions()
    device: str | None = None
    prebuffer_ms: int | None = None


class Outputs(NamedTuple):
    """Hold the sink for a run and the sample rate that everything in it takes."""

    sink: Sink
    sample_rate: int


def plan(options: OutputOptions) -> Outputs:
    """Check the targets and make their sinks; nothing is created or opened yet.

    Raises ``UsageFault`` for what cannot go together and ``OutputError`` for a target that cannot be written.
    """
    if options.format_name and not options.paths:
        raise UsageFault("--format says how to write, and there is no -o", hint="add -o FILE, or -o - for stdout")
    containers = [container_for(path, options.format_name) for path in options.paths]
    sinks: list[Sink] = [
        open_sink(path, container, options.files) for path, container in zip(options.paths, containers, strict=True)
    ]
    if options.play or not sinks:
        sinks.append(_player(options))
    return Outputs(sinks[0] if len(sinks) == 1 else Tee(sinks), _sample_rate(options.sample_rate, containers))


def _player(options: OutputOptions) -> Sink:
    # Whoever writes a file never loads what plays.
    from lightning_cli.sinks.playback import PlaybackSink, PlayerOptions

    return PlaybackSink(PlayerOptions(device=options.device, prebuffer_ms=options.prebuffer_ms))


def _sample_rate(asked: int | None, containers: list[Container]) -> int:
    """Choose what to ask the service for: what the person said, else a rate that every container takes."""
    rate = asked
    if rate is None:
        rate = DEFAULT_SAMPLE_RATE
        for container in containers:
            rate = container.rate_or_usual(rate)
    for container in containers:
        container.check_rate(rate)
    return rate
