"""How long until there is sound."""

from collections.abc import Iterator, Mapping

from support.null_sink import Recording, SoundCard

from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab
from benchmarks.processes import Child, shown
from benchmarks.results import Measure, against, ahead, at_most

_RATE = 44_100
_SECONDS = 0.3


def measure(lab: Lab) -> Iterator[Measure]:
    """Compare exec to the first sample that a null sink plays, by its arrival in a recording."""
    card = SoundCard(_RATE)
    try:
        for delay_ms in (0, 300):
            yield from _at(lab, card, delay_ms)
    finally:
        card.close()


def _at(lab: Lab, card: SoundCard, delay_ms: int) -> Iterator[Measure]:
    lab.service.plan(delay_s=delay_ms / 1000, seconds=_SECONDS)
    url = lab.service.stream_url
    commands = {
        "ours": lab.say(),
        "lazy": lab.reference("lazy_threaded", "Hello", url),
        "top": lab.reference("everything_at_the_top", "Hello", url),
    }
    # One recorder for all, so that the sound server stays as it is from run to run.
    with card.record() as recording:
        environment = {**lab.environment, **card.environment}
        taken = lab.compare(commands, lambda argv: sound_ms(argv, environment, recording))
    what = f"server delay {delay_ms} ms"
    lazy = ("lazy, threaded, 60 lines", taken["lazy"], at_most(1.05))
    yield from against(what, "ms", taken["ours"], [lazy], note="parec hands over 5 ms at a time")
    # The delay stands in both: beside 300 ms of it Python, Typer and requests alone would be less than 1.4x ahead.
    ours, top = (taken[name].shifted(-delay_ms) for name in ("ours", "top"))
    note = "less the delay, which stands in both" if delay_ms else ""
    peer = ("every import at the top", top, ahead(1.4))
    yield from against(f"{what}, beyond the delay" if delay_ms else what, "ms", ours, [peer], note=note)


def sound_ms(argv: list[str], environment: Mapping[str, str], recording: Recording) -> float:
    """Return the milliseconds from exec to the arrival of the first sample that is not silence."""
    before = len(recording.arrivals())
    with Child(argv, environment) as child:
        child.wait()
        # Behind what was played lies silence, the mark between this run and the next.
        recording.wait_for_bytes(_RATE // 4)
        arrivals = recording.arrivals()[before:]
        if not arrivals:
            raise BenchmarkFault(f"{shown(argv)} played nothing: {child.errors}")
        return arrivals[0] * 1e3 - child.began_ns / 1e6
