"""Every row of the table, once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks import peers
from benchmarks.lab import Lab
from benchmarks.results import Measure
from benchmarks.rows import (
    batch,
    cpu,
    first_byte,
    first_sound,
    instructions,
    interrupt,
    keys,
    long_text,
    memory,
    offline,
    playback,
    players,
    prebuffer,
    promptness,
    round_trips,
    scale,
    serving,
    startup,
    warm_server,
    wire,
)

_BASE = ("lightning-tts", "typer", "requests")
_SOUND = (*_BASE, "sounddevice", "numpy", "rich", "pulseaudio", "pactl", "parec")


@dataclass(frozen=True, slots=True)
class Row:
    """What a row measures, how, and what it needs."""

    title: str
    measure: Callable[[Lab], Iterator[Measure]]
    peers: tuple[str, ...]
    by_default: bool = True


# In the order in which the goals were set, and behind them what else is measured.
ROWS = {
    "startup": Row("start-up", startup.measure, (*_BASE, "curl")),
    "wire": Row("exec to request on the wire", wire.measure, (*_BASE, "smallestai", "edge-tts")),
    "promptness": Row("first event to first PCM on stdout", promptness.measure, _BASE),
    "first-sound": Row("exec to first sample in the sink", first_sound.measure, _SOUND),
    "round-trips": Row(
        "exec to first PCM on stdout, over TLS",
        round_trips.measure,
        (*_BASE, "sh", "curl", "jq", "base64", "openssl", "ip", peers.NETWORK),
    ),
    "cpu": Row("CPU per hour of audio", cpu.measure, (*_BASE, "pybase64", "httpx", "httpx-sse")),
    "memory": Row("memory", memory.measure, _BASE),
    "playback": Row("playback beside a busy machine", playback.measure, _SOUND),
    "prebuffer": Row("a server hardly faster than real time", prebuffer.measure, ("lightning-tts",)),
    "interrupt": Row("Ctrl-C while playing", interrupt.measure, _SOUND),
    "keys": Row("keys while playing", keys.measure, (*_SOUND, "mpv", "paplay", "ffplay")),
    # Its server is not everywhere.
    "keys-pipewire": Row(
        "keys while playing on PipeWire",
        keys.measure_on_pipewire,
        (*_SOUND, "mpv", "paplay", "ffplay", "pipewire", "wireplumber", "pipewire-pulse", "dbus-run-session"),
        by_default=False,
    ),
    "players": Row("beside other players", players.measure, (*_SOUND, "mpv", "paplay", "aplay", "ffplay")),
    "offline": Row("offline engine, exec to first PCM on stdout", offline.measure, ("lightning-tts", "hibari-tts")),
    "serving": Row("offline engine, with a running server", serving.measure, ("lightning-tts", "hibari-tts")),
    "long-text": Row("2,000 words", long_text.measure, _BASE),
    "batch": Row("batch", batch.measure, _BASE),
    "first-byte": Row("exec to first PCM on stdout", first_byte.measure, (*_BASE, "sh", "curl", "jq", "base64")),
    "warm-server": Row("a warm server", warm_server.measure, ("lightning-tts", "hibari-tts")),
    "instructions": Row("instructions", instructions.measure, (*_BASE, "valgrind")),
    # Takes minutes, and its goals repeat no other row's: run on request, or for the picture.
    "scale": Row("scale", scale.measure, _BASE, by_default=False),
}
