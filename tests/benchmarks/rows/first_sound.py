"""How long until there is sound."""

from collections.abc import Iterator

from soundcard import SoundCard

from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab
from benchmarks.processes import Child
from benchmarks.results import Measure, against, ahead, at_most

_RATE = 44_100


def measure(lab: Lab) -> Iterator[Measure]:
    """Compare exec to the first sample that a null sink plays, by its arrival in a recording."""
    card = SoundCard(_RATE)
    try:
        for delay_ms in (0, 300):
            yield from _at(lab, card, delay_ms)
    finally:
        card.close()


def _at(lab: Lab, card: SoundCard, delay_ms: int) -> Iterator[Measure]:
    lab.service.plan(delay_s=delay_ms / 1000)
    url = lab.service.stream_url
    commands = {
        "ours": lab.say(),
        "lazy": lab.reference("lazy_threaded", "Hello", url),
        "top": lab.reference("everything_at_the_top", "Hello", url),
    }
    taken = lab.interleave({name: lambda argv=argv: sound_ms(lab, card, argv) for name, argv in commands.items()})
    yield from against(
        f"server delay {delay_ms} ms",
        "ms",
        taken["ours"],
        [
            ("lazy, threaded, 60 lines", taken["lazy"], at_most(1.05)),
            ("every import at the top", taken["top"], ahead(1.4)),
        ],
        note="parec hands over 5 ms at a time",
    )


def sound_ms(lab: Lab, card: SoundCard, argv: list[str]) -> float:
    """Give the milliseconds from exec to the arrival of the first sample that is not silence."""
    with card.record() as recording, Child(argv, {**lab.environment, **card.environment}) as child:
        child.wait()
        recording.wait_for_sound()
        arrivals = recording.arrivals()
        if not arrivals:
            raise BenchmarkFault(f"{argv[0]} played nothing: {child.errors}")
        return arrivals[0] * 1e3 - child.began_ns / 1e6
