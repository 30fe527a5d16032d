"""How long an event is kept before its audio is passed on."""

from collections.abc import Iterator
from functools import partial

from benchmarks.lab import Lab
from benchmarks.processes import Child
from benchmarks.results import Measure, against, no_more_than

_FRAMINGS = {
    "chunked": "one HTTP chunk per event",
    "coalesced": "several events in one chunk, not yet complete",
    "close": "close-delimited",
}
# A client that has not passed the first event on by then waits for the second, which never comes by itself.
_HELD_S = 1.0
_RUNS = 15


def measure(lab: Lab) -> Iterator[Measure]:
    """Send one event, and the others only once its audio has been seen: from that event to the first PCM on stdout."""
    for framing, title in _FRAMINGS.items():
        commands = {
            "ours": lab.say("-o", "-"),
            "script": lab.reference("typer_requests", "Hello", lab.service.stream_url),
        }
        taken = lab.compare(commands, partial(passed_on_ms, lab, framing), max(lab.runs, _RUNS))
        waits = taken["script"].least >= _HELD_S * 1e3
        yield from against(
            title,
            "ms",
            taken["ours"],
            [("typer + requests, iter_lines()" + (" (held)" if waits else ""), taken["script"], no_more_than(3))],
            note=f"held: nothing came within {_HELD_S:g} s, so the other events were sent" if waits else "",
        )


def passed_on_ms(lab: Lab, framing: str, argv: list[str]) -> float:
    """Return the milliseconds from the first event to its audio, ``_HELD_S`` when it waits for the second."""
    lab.service.plan(framing=framing, gated=True)
    with Child(argv, lab.environment, piped=True) as child:
        asked = lab.service.asked()
        at_ns = child.first_output_ns(_HELD_S)
        lab.service.release()
        child.drain()
        child.wait()
        return _HELD_S * 1e3 if at_ns is None else (at_ns - asked.sent_ns) / 1e6
