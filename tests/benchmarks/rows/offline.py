"""How long until the offline engine speaks."""

from collections.abc import Iterator

from benchmarks.lab import Lab
from benchmarks.processes import first_byte_s
from benchmarks.results import Measure, against, at_most

_TEXT = "The quick brown fox jumps over the lazy dog."


def measure(lab: Lab) -> Iterator[Measure]:
    """Compare exec to the first PCM on stdout with importing the engine and calling it by hand."""
    commands = {
        "ours": lab.ours("say", _TEXT, "--local", "-r", "24000", "-o", "-"),
        "resampled": lab.ours("say", _TEXT, "--local", "-o", "-"),
        "by hand": lab.reference("hibari_by_hand", _TEXT),
    }
    taken = lab.compare(commands, lambda argv: first_byte_s(argv, lab.environment) * 1e3)
    by_hand = ("hibari by hand", taken["by hand"])
    yield from against("24 kHz, the engine's own", "ms", taken["ours"], [(*by_hand, at_most(1.15))])
    yield from against("44.1 kHz, our default", "ms", taken["resampled"], [(*by_hand, None)])
