"""What an hour of audio costs, beyond starting up."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab
from benchmarks.processes import run, run_piped, shown
from benchmarks.results import Measure, Series, against, at_most

_FRAMINGS = {"chunked": ("one chunk per event", 300, 0.6), "close": ("close-delimited", 600, 0.3)}
_SHORT_S = 0.5
_SEGMENT_S = 10
_SENTENCE = "This is one sentence of a longer text. "
_FRAME_BYTES = 2
_RATE = 44_100


def measure(lab: Lab) -> Iterator[Measure]:
    """Compare user plus system time per hour of 44.1 kHz audio in events of 1 KiB: a long answer less a short one."""
    for framing, (title, seconds, share) in _FRAMINGS.items():
        for sink in ("file", "stdout"):
            yield from _row(lab, framing, seconds, sink, (f"{title}, to {sink}", share))


def _row(lab: Lab, framing: str, seconds: int, sink: str, goal: tuple[str, float]) -> Iterator[Measure]:
    what, share = goal
    url = lab.service.stream_url
    out = str(lab.directory / "cpu.pcm") if sink == "file" else "-"
    commands = {
        "ours": lab.say("-o", out),
        "floor": lab.reference("floor", url, out),
        "iter_lines": lab.reference("typer_requests", "Hello", url, *(["--output", out] if sink == "file" else [])),
        "httpx": lab.reference("httpx_sse_client", url, out),
    }
    turns = {
        f"{name} {kind}": partial(used_s, lab, argv, out, framing, length_s)
        for name, argv in commands.items()
        for kind, length_s in (("long", seconds), ("short", _SHORT_S))
    }
    sentences = lab.say("-o", out, text=_SENTENCE * (seconds // _SEGMENT_S))
    taken = lab.interleave({**turns, "sentences long": partial(used_s, lab, sentences, out, framing, _SEGMENT_S)})
    hours = (seconds - _SHORT_S) / 3600

    def per_hour(name: str, start: str) -> Series:
        # What starting up costs is in both; its median is taken away, so that a sample's noise is its own.
        return taken[f"{name} long"].shifted(-taken[f"{start} short"].median).scaled(1 / hours)

    floor = per_hour("floor", "floor")
    yield from against(
        what,
        "s/h",
        per_hour("ours", "ours"),
        [
            ("floor: read1, slice, pybase64, write", floor, at_most(1.15)),
            ("iter_lines() + json + base64", per_hour("iter_lines", "iter_lines"), at_most(share)),
            ("httpx + httpx-sse", per_hour("httpx", "httpx"), None),
        ],
    )
    yield from against(
        f"{what}, a sentence of {_SEGMENT_S} s at a time",
        "s/h",
        per_hour("sentences", "ours"),
        [("the same floor, one answer", floor, None)],
    )


def used_s(lab: Lab, argv: list[str], out: str, framing: str, answer_s: float, event_bytes: int = 1024) -> float:
    """Return the CPU seconds of one run; each answer holds ``answer_s`` of audio."""
    lab.service.plan(framing=framing, seconds=answer_s, event_bytes=event_bytes)
    if out == "-":
        finished, count = run_piped(argv, lab.environment)
    else:
        finished, count = run(argv, lab.environment), Path(out).stat().st_size
        # What a run replaces would cost it time.
        Path(out).unlink()
    if count < int(answer_s * _RATE) * _FRAME_BYTES:
        raise BenchmarkFault(f"{shown(argv)} wrote only {count} bytes")
    return finished.cpu_s
