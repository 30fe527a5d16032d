"""The sinks that the sound server lists, and machines without one."""

import pytest
from support.null_sink import SoundCard

from lightning_cli.playback import libpulse
from lightning_cli.playback.pulse_server import PulseRefusal, PulseServer, pulse_sinks


def test_the_sinks_of_a_server(sound_card: SoundCard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with what programs call it, what people are shown, and what it takes."""
    sound_card.at(24_000)
    for name, value in sound_card.environment.items():
        monkeypatch.setenv(name, value)
    found = {sink.name: sink for sink in pulse_sinks()}
    assert {"out44100", "out24000"} <= set(found)
    assert found["out24000"] == ("out24000", "Null Output", 1, 24_000)
    server = PulseServer()
    assert not server.is_pipewire(server.connect())
    server.close()
    server.close()
    server.wake()


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no sinks then, and a connection says why."""
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")
    assert pulse_sinks() == []
    server = PulseServer()
    with pytest.raises(PulseRefusal, match="Connection refused"):
        server.connect()
    server.close()
    monkeypatch.setattr(libpulse, "_LIBRARY", "libpulse-none.so.0")
    with pytest.raises(PulseRefusal, match="not installed"):
        PulseServer().connect()
