"""The outputs of a run: sinks for the paths and flags of the command line."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from lightning_cli.cli import options as opt
from lightning_cli.cli.terminal.console import Console, is_terminal
from lightning_cli.errors import Interrupted, LightningError, Quit, UsageFault
from lightning_cli.request import DEFAULT_SAMPLE_RATE
from lightning_cli.sinks import SinkOptions, open_sink
from lightning_cli.sinks.base import Audible, Sink, Tee
from lightning_cli.sinks.containers import Container, container_for, parse_kbits
from lightning_cli.sinks.targets import STDOUT_FD, descriptor_of
from lightning_cli.system.records import Record

if TYPE_CHECKING:
    from lightning_cli.cli.say.metrics import FigureCollector
    from lightning_cli.sinks.playback_sink import DeckControls, InteractiveSink, PlaybackSink, PlayerOptions
    from lightning_cli.sinks.wrappers import GainSink

    Played = PlaybackSink | InteractiveSink | GainSink


class OutputOptions(Record):
    """The options about output."""

    output: opt.Outputs = None
    play: opt.Play = False
    format_name: opt.FormatName = None
    bitrate: opt.Bitrate = None
    echo: opt.Echo = False
    device: opt.Device = None
    prebuffer: opt.Prebuffer = None
    lead_in: opt.LeadIn = 0
    volume: opt.Volume = 100
    rate: opt.Rate = 1.0
    keys: opt.Keys = None
    now: opt.Now = False
    overlap: opt.Overlap = False
    drop_after: opt.DropAfter = None
    stats: opt.Stats = None
    as_json: opt.JsonResult = False
    no_clobber: opt.NoClobber = False
    keep_partial: opt.KeepPartial = False
    hold_segments: opt.HoldSegments = False

    @property
    def paths(self) -> Sequence[str]:
        """Return what is to be written."""
        return self.output or ()

    @property
    def sink_options(self) -> SinkOptions:
        """Return how files and pipes behave."""
        return SinkOptions(
            clobber=not self.no_clobber, keep_partial=self.keep_partial, hold_segments=self.hold_segments
        )


class OutputContext(Record):
    """The surroundings of a run: the console for messages, and whether the text comes from standard input."""

    console: Console
    # Named as such, though it may be a terminal.
    text_on_stdin: bool = False
    text_is_piped: bool = False


class Outputs(Record):
    """The sink for a run, the sample rate that everything in it takes, and the part of it that is played."""

    sink: Sink
    sample_rate: int
    deck: "InteractiveSink | None" = None
    loud: "GainSink | None" = None
    audible: Audible | None = None
    ledger: "FigureCollector | None" = None
    stats: str | None = None
    # Whether keys control the player, and a line shows what they do.
    has_keys: bool = False
    # What other processes of the user learn about what is played.
    about: dict[str, object] | None = None

    def describe(self, *, voice: str) -> None:
        """Set the voice that other processes learn of."""
        if self.about is not None:
            self.about["voice"] = voice

    def heard_sentences(self) -> int | None:
        """Return how many sentences have begun to sound; None where nothing is played."""
        return self.audible.heard_sentences if self.audible is not None else None

    @property
    def was_played(self) -> bool:
        """Return whether playback has begun; not where the turn to play did not come."""
        return self.audible is not None and (self.deck is None or self.deck.status is not None)

    def begin_sentence(self, text: str) -> None:
        """Pass on which sentence the audio from here on speaks."""
        if self.audible is not None:
            self.audible.begin_sentence(text)

    @contextlib.contextmanager
    def report_playback(self, console: Console) -> Iterator[None]:
        """End the block quietly when the listener quits; report a reduced volume and the statistics behind it."""
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
            from lightning_cli.cli.terminal.stats import show

            show(console, self.ledger, self.stats)


def plan(options: OutputOptions, *, sample_rate: int | None = None, context: OutputContext | None = None) -> Outputs:
    """Check the targets and make their sinks; nothing is created or opened yet.

    Without a ``context`` playback takes no keys. Raises ``UsageFault`` for what cannot go together and
    ``OutputError`` for a target that cannot be written.
    """
    if options.format_name and not options.paths:
        raise UsageFault("--format needs -o", hint="add -o FILE, or -o - for stdout")
    if options.echo and any(descriptor_of(path) == STDOUT_FD for path in options.paths):
        raise UsageFault("--echo cannot be combined with -o -", hint="write the audio to a file or a FIFO")
    if options.now and options.paths and not options.play:
        raise UsageFault("--now needs playback", hint="add --play, or drop --now: files are written at once")
    containers = [container_for(path, options.format_name) for path in options.paths]
    if options.bitrate:
        containers = _at_bitrate(containers, options.bitrate)
    files = options.sink_options
    sinks: list[Sink] = [
        open_sink(path, container, files) for path, container in zip(options.paths, containers, strict=True)
    ]
    rate = _sample_rate(sample_rate, containers)
    played: Played | None = None
    deck: InteractiveSink | None = None
    loud: GainSink | None = None
    has_keys = False
    about: dict[str, object] = {"voice": None}
    if options.play or not sinks:
        played, deck, loud, has_keys = _player(options, context, about, alone=not sinks)
    ledger = None
    if options.stats is not None or options.as_json:
        ledger, sinks = _measured(sinks, played)
    sink = _one([*sinks, played] if played else sinks)
    return Outputs(sink, rate, deck, loud, played, ledger, options.stats, has_keys, about)


def _at_bitrate(containers: list[Container], bitrate: str) -> list[Container]:
    """Set the bitrate of what has one; raise ``UsageFault`` where nothing has."""
    kbits = parse_kbits(bitrate)
    if not containers:
        raise UsageFault("--bitrate needs -o", hint="add -o FILE, as in: -o hello.mp3")
    if not any(container.has_bitrate for container in containers):
        return [containers[0].at_bitrate(kbits)]
    return [container.at_bitrate(kbits) if container.has_bitrate else container for container in containers]


def _measured(sinks: list[Sink], played: "Played | None") -> "tuple[FigureCollector, list[Sink]]":
    """Return what gathers the numbers of the run, and the files and pipes with an eye on each."""
    from lightning_cli.cli.say.metrics import FigureCollector
    from lightning_cli.sinks.wrappers import TimedSink

    return FigureCollector((lambda: played.stats) if played else None), [TimedSink(sink) for sink in sinks]


def _one(sinks: list[Sink]) -> Sink:
    return sinks[0] if len(sinks) == 1 else Tee(sinks)


def _player(
    options: OutputOptions, context: OutputContext | None, about: dict[str, object], *, alone: bool
) -> "tuple[Played, InteractiveSink | None, GainSink | None, bool]":
    from lightning_cli.sinks.playback_sink import InteractiveSink, PlayerOptions

    player = PlayerOptions(device=options.device, prebuffer_ms=options.prebuffer, lead_in_ms=options.lead_in)
    if os.name != "posix":
        return *_plain_player(options, player), False
    from lightning_cli.cli.say.turn_taking import TurnTaking
    from lightning_cli.cli.terminal.quit_call import QuitCall
    from lightning_cli.cli.terminal.signal_echo import SignalEcho
    from lightning_cli.playback.remote_control import ControlServer

    console = context.console if context is not None else Console(quiet=True)
    overlaps = options.overlap and not options.now
    turn = TurnTaking(console, goes_first=options.now, overlaps=overlaps, within_s=options.drop_after)
    call = QuitCall(alone=alone, note=console.note)
    remotes: list[DeckControls] = [
        SignalEcho(lambda: Interrupted.has_come),
        call,
        ControlServer(about, lambda: turn.is_mine, call.call),
    ]
    keys = _keys(options, context, call.call)
    if keys is not None:
        remotes.append(keys)
    deck = InteractiveSink(player, remotes, turn=turn, percent=options.volume, rate=options.rate, alone=alone)
    return deck, deck, None, keys is not None


def _keys(options: OutputOptions, context: OutputContext | None, quits: Callable[[], None]) -> "DeckControls | None":
    if context is None or options.keys is False:
        return None
    piped = context.text_is_piped and is_terminal(sys.stderr)
    if not (options.keys or piped or is_terminal(sys.stdin)):
        return None
    from lightning_cli.cli.terminal.remote import remote_for

    return remote_for(
        context.console,
        quits,
        keys=options.keys,
        text_on_stdin=context.text_on_stdin,
        text_on_stdout=options.echo,
        text_is_piped=piped,
    )


def _plain_player(options: OutputOptions, player: "PlayerOptions") -> "tuple[Played, None, GainSink | None]":
    """Return a player without a history, where the system lacks what that needs."""
    from lightning_cli.sinks.playback_sink import PlaybackSink

    if options.volume == 100:  # noqa: PLR2004 - per cent
        return PlaybackSink(player), None, None
    from lightning_cli.sinks.wrappers import GainSink

    loud = GainSink(PlaybackSink(player), options.volume)
    return loud, None, loud


def _sample_rate(asked: int | None, containers: list[Container]) -> int:
    """Return the rate to request: the given one, else one that every container takes."""
    rate = asked
    if rate is None:
        rate = DEFAULT_SAMPLE_RATE
        for container in containers:
            rate = container.rate_or_usual(rate)
    for container in containers:
        container.check_rate(rate)
    return rate
