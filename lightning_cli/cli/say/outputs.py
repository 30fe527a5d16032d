"""Where the audio goes: the command line's paths and flags to sinks."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lightning_cli.cli.terminal.console import Console, is_terminal
from lightning_cli.errors import LightningError, Quit, UsageFault
from lightning_cli.request import DEFAULT_SAMPLE_RATE
from lightning_cli.sinks import SinkOptions, open_sink
from lightning_cli.sinks.base import Audible, Sink, Tee
from lightning_cli.sinks.containers import Container, container_for
from lightning_cli.sinks.targets import STDOUT_FD, descriptor_of
from lightning_cli.system.records import Record

if TYPE_CHECKING:
    from lightning_cli.pipeline.metrics import Ledger
    from lightning_cli.sinks.playback_sink import InteractiveSink, PlaybackSink
    from lightning_cli.sinks.wrappers import GainSink

    Played = PlaybackSink | InteractiveSink | GainSink


class PlaybackOptions(Record):
    """Say how somebody listens: the volume, the keys if they want or refuse them, where text comes from and goes."""

    console: Console
    percent: int = 100
    keys: bool | None = None
    text_on_stdin: bool = False
    text_on_stdout: bool = False


class OutputOptions(Record):
    """What the command line says about output."""

    paths: tuple[str, ...]
    play: bool = False
    format_name: str | None = None
    sample_rate: int | None = None
    files: SinkOptions = SinkOptions()
    device: str | None = None
    prebuffer_ms: int | None = None
    listening: PlaybackOptions | None = None
    # How the numbers of the run are shown (``stats.show``), None when nobody asked.
    stats: str | None = None
    # Whether somebody else wants them.
    counted: bool = False


class Outputs(Record):
    """The sink for a run, the sample rate that everything in it takes, and the part of it that is played."""

    sink: Sink
    sample_rate: int
    deck: "InteractiveSink | None" = None
    loud: "GainSink | None" = None
    audible: Audible | None = None
    ledger: "Ledger | None" = None
    stats: str | None = None
    percent: int = 100

    def heard_s(self) -> float | None:
        """Say how far the listener is, in seconds of audio; None where nobody listens."""
        return self.audible.heard_s if self.audible is not None else None

    def begin_sentence(self, text: str) -> None:
        """Say what the audio that follows says, to whoever shows it."""
        if self.deck is not None:
            self.deck.begin_sentence(text)

    @contextlib.contextmanager
    def heard(self, console: Console) -> Iterator[None]:
        """Take a listener who has heard enough for the end, and say what became of the volume."""
        try:
            with contextlib.suppress(Quit):
                yield
        except LightningError:
            self._show_stats(console)
            raise
        limited_db = sum(sink.limited_db for sink in (self.deck, self.loud) if sink is not None)
        if limited_db:
            console.note(f"note: the volume was reduced by up to {limited_db:.1f} dB where it would have clipped")
        self._show_stats(console)

    def _show_stats(self, console: Console) -> None:
        if self.ledger is not None and self.stats is not None:
            from lightning_cli.cli.terminal.stats import show  # few ask

            show(console, self.ledger, self.stats)


def plan(options: OutputOptions) -> Outputs:
    """Check the targets and make their sinks; nothing is created or opened yet.

    Raises ``UsageFault`` for what cannot go together and ``OutputError`` for a target that cannot be written.
    """
    if options.format_name and not options.paths:
        raise UsageFault("--format says how to write, and there is no -o", hint="add -o FILE, or -o - for stdout")
    echoes = options.listening is not None and options.listening.text_on_stdout
    if echoes and any(descriptor_of(path) == STDOUT_FD for path in options.paths):
        raise UsageFault("--echo and -o - both want standard output", hint="write the audio to a file or a FIFO")
    containers = [container_for(path, options.format_name) for path in options.paths]
    sinks: list[Sink] = [
        open_sink(path, container, options.files) for path, container in zip(options.paths, containers, strict=True)
    ]
    rate = _sample_rate(options.sample_rate, containers)
    played: Played | None = None
    deck: InteractiveSink | None = None
    loud: GainSink | None = None
    if options.play or not sinks:
        played, deck, loud = _player(options, alone=not sinks)
    ledger = None
    if options.stats is not None or options.counted:
        ledger, sinks = _measured(sinks, played)
    percent = options.listening.percent if options.listening is not None else 100
    sink = _one([*sinks, played] if played else sinks)
    return Outputs(sink, rate, deck, loud, played, ledger, options.stats, percent)


def _measured(sinks: list[Sink], played: "Played | None") -> "tuple[Ledger, list[Sink]]":
    """Return what gathers the numbers of the run, and the files and pipes with an eye on each."""
    # Few ask.
    from lightning_cli.pipeline.metrics import Ledger
    from lightning_cli.sinks.wrappers import TimedSink

    return Ledger((lambda: played.stats) if played else None), [TimedSink(sink) for sink in sinks]


def _one(sinks: list[Sink]) -> Sink:
    return sinks[0] if len(sinks) == 1 else Tee(sinks)


def _player(options: OutputOptions, *, alone: bool) -> "tuple[Played, InteractiveSink | None, GainSink | None]":
    # Whoever writes a file never loads what plays, and who plays without keys not what those need.
    from lightning_cli.sinks.playback_sink import PlaybackSink, PlayerOptions

    player = PlayerOptions(device=options.device, prebuffer_ms=options.prebuffer_ms)
    listening = options.listening
    if listening is None:
        return PlaybackSink(player), None, None
    if os.name == "posix" and (listening.keys or (listening.keys is None and is_terminal(sys.stdin))):
        from lightning_cli.cli.terminal.remote import remote_for
        from lightning_cli.sinks.playback_sink import InteractiveSink

        remote = remote_for(
            listening.console,
            keys=listening.keys,
            text_on_stdin=listening.text_on_stdin,
            text_on_stdout=listening.text_on_stdout,
            alone=alone,
        )
        if remote is not None:
            deck = InteractiveSink(player, remote, percent=listening.percent, alone=alone)
            return deck, deck, None
    if listening.percent == 100:  # noqa: PLR2004 - per cent
        return PlaybackSink(player), None, None
    from lightning_cli.sinks.wrappers import GainSink

    loud = GainSink(PlaybackSink(player), listening.percent)
    return loud, None, loud


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
