"""The figures of one run, gathered once: ``--stats`` shows them, ``--json`` hands them on.

They come from three places and no other: the pipeline's ``Summary`` (what was spoken), the player's ``PlayerStats``
(what was heard) and the marks of ``trace`` (when). ``FigureCollector`` brings them together.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from lightning_cli.system import trace
from lightning_cli.system.trace import Step

if TYPE_CHECKING:
    # Recording begins before these are imported, so that their imports are recorded too.
    from lightning_cli.pipeline.pipeline import Pipeline
    from lightning_cli.playback.feed import PlayerStats


class Figures(NamedTuple):
    """The numbers of one run.

    Times are seconds from the start of the process (exec) to a moment, None where that moment never came:
    ``request_s`` the first request is sent, ``first_byte_s`` the first audio of its answer is here, ``first_sound_s``
    the first sample is handed to the device, ``first_write_s`` a file or pipe has taken the first audio, ``total_s``
    all is done. ``audio_s`` is the length of what was spoken, at ``sample_rate`` in Hz.

    ``characters`` is what the requests that succeeded held, ``segments`` how many they were; ``requests`` counts tries
    and ``retries`` those after a fault; ``connections`` counts those made, 0 for the embedded engine.
    ``request_ids`` are the server's own. ``real_time_factor`` is the time from the first request to the last byte of
    audio, per second of audio. ``underruns`` and ``silence_s``, gaps in the sound, are None where nothing was played.
    """

    characters: int
    segments: int
    audio_s: float
    sample_rate: int
    requests: int
    retries: int
    connections: int
    request_ids: tuple[str, ...]
    request_s: float | None
    first_byte_s: float | None
    first_sound_s: float | None
    first_write_s: float | None
    total_s: float
    real_time_factor: float | None
    underruns: int | None
    silence_s: float | None

    def as_json(self) -> dict[str, object]:
        """Return the numbers under their names, ready for ``json.dumps``: seconds to 0.1 ms, audio to its sample."""
        return {
            "characters": self.characters,
            "segments": self.segments,
            "audio_seconds": round(self.audio_s, 6),
            "sample_rate": self.sample_rate,
            "requests": self.requests,
            "retries": self.retries,
            "connections": self.connections,
            "request_ids": list(self.request_ids),
            "request_seconds": _rounded(self.request_s),
            "first_byte_seconds": _rounded(self.first_byte_s),
            "first_sound_seconds": _rounded(self.first_sound_s),
            "first_write_seconds": _rounded(self.first_write_s),
            "total_seconds": _rounded(self.total_s),
            "real_time_factor": _rounded(self.real_time_factor),
            "underruns": self.underruns,
            "silence_seconds": _rounded(self.silence_s),
        }


class FigureCollector:
    """Collector of the figures of one run; making one begins to record.

    ``pipeline`` is set by the caller before it runs. ``player_stats`` returns the player's figures; None where nothing
    plays.
    """

    def __init__(self, player_stats: "Callable[[], PlayerStats] | None" = None) -> None:
        self.recorder = trace.start()
        self.pipeline: Pipeline | None = None
        self._player_stats = player_stats

    def figures(self) -> Figures | None:
        """Return the numbers up to now, also of a run that failed; None when it never came to speaking."""
        if self.pipeline is None:
            return None
        began, steps, summary = self.recorder.began, self.recorder.steps, self.pipeline.summary
        audio_s = self.pipeline.fmt.seconds(summary.audio_bytes)
        played = self._player_stats() if self._player_stats is not None else None

        def since(moment: float | None) -> float | None:
            return None if moment is None else moment - began

        def after(name: str) -> float | None:
            return since(steps[name].end) if name in steps else None

        return Figures(
            characters=summary.characters,
            segments=summary.segments,
            audio_s=audio_s,
            sample_rate=self.pipeline.fmt.sample_rate,
            requests=summary.requests,
            retries=summary.retries,
            connections=sum(steps[name].times for name in (trace.TCP, trace.WEBSOCKET) if name in steps),
            request_ids=tuple(summary.request_ids),
            request_s=after(trace.SENT),
            first_byte_s=after(trace.FIRST_AUDIO),
            first_sound_s=since(played.first_sound_monotonic) if played is not None else None,
            first_write_s=after(trace.FIRST_WRITE),
            total_s=time.monotonic() - began,
            real_time_factor=_real_time_factor(steps, audio_s),
            underruns=None if played is None else played.underruns,
            silence_s=_silence_s(played),
        )

    def timeline(self) -> list[tuple[str, Step]]:
        """Return every step by the time it first began, from exec on, unmarked ones included."""
        steps = self.recorder.steps
        for before, name in ((trace.COMMAND, trace.ARGUMENTS), (trace.ARGUMENTS, trace.SETTINGS)):
            # These are marked where they end; each begins where the one before has ended.
            if before in steps and name in steps:
                steps[name] = steps[name]._replace(begin=steps[before].end)
        steps[trace.INTERPRETER] = Step(self.recorder.began, trace.LOADED_AT, trace.LOADED_AT)
        moments = {}
        if self.pipeline is not None:
            moments[trace.FIRST_PCM] = self.pipeline.summary.first_audio_at
        if self._player_stats is not None:
            moments[trace.FIRST_SOUND] = self._player_stats().first_sound_monotonic
        steps |= {name: Step(moment, moment, moment) for name, moment in moments.items() if moment is not None}
        # Moments come before what begins with them.
        return sorted(steps.items(), key=lambda item: (round(item[1].begin - self.recorder.began, 4), item[1].end))


def _real_time_factor(steps: Mapping[str, Step], audio_s: float) -> float | None:
    """Return the seconds from the first request to the last byte of audio, per second of audio."""
    if trace.REQUEST not in steps or trace.REST not in steps or not audio_s:
        return None
    return (steps[trace.REST].last_end - steps[trace.REQUEST].begin) / audio_s


def _silence_s(played: "PlayerStats | None") -> float | None:
    if played is None:
        return None
    return played.silence_frames / played.device_rate if played.device_rate else 0.0


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)
