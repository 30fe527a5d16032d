"""A sound card that is always there: PulseAudio with null sinks, recorded bit for bit.

One daemon per ``SoundCard``, on a private socket. Each sink runs at the rate of the audio it is to play, because the
server resamples everything else; ``at`` gives the same card at another rate.
"""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from array import array
from collections.abc import Iterator
from pathlib import Path

STARTS_WITHIN_S = 20.0
SETTLES_WITHIN_S = 20.0


class Recording:
    """What a sink has played so far; complete once its ``record`` block is left."""

    def __init__(self, stream: subprocess.Popen[bytes]) -> None:
        self._stream = stream
        self._pieces: list[tuple[float, bytes]] = []
        self._changed = threading.Condition()
        self.thread = threading.Thread(target=self._collect, name="sound-card-recorder")

    @property
    def pcm(self) -> bytes:
        """Return the samples, 16 bit mono."""
        with self._changed:
            return b"".join(piece for _, piece in self._pieces)

    @property
    def samples(self) -> list[int]:
        """Return the samples as numbers."""
        pcm = self.pcm
        return array("h", pcm[: len(pcm) & ~1]).tolist()

    def pieces(self) -> list[tuple[float, bytes]]:
        """Return all that was recorded, each piece with ``time.monotonic`` of its arrival."""
        with self._changed:
            return list(self._pieces)

    def arrivals(self) -> list[float]:
        """Return ``time.monotonic`` of every piece that holds sound."""
        with self._changed:
            return [when for when, piece in self._pieces if piece.strip(b"\0")]

    def wait_for_bytes(self, count: int) -> None:
        """Wait until ``count`` more bytes, sound or silence, have been recorded."""
        with self._changed:
            wanted = sum(len(piece) for _, piece in self._pieces) + count
            assert self._changed.wait_for(
                lambda: sum(len(piece) for _, piece in self._pieces) >= wanted, SETTLES_WITHIN_S
            ), "the recorder gets nothing"

    def wait_for_sound(self) -> None:
        """Wait until something other than silence has been recorded."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: any(piece.strip(b"\0") for _, piece in self._pieces), SETTLES_WITHIN_S
            ), "nothing was played"

    def _collect(self) -> None:
        assert self._stream.stdout is not None
        while piece := os.read(self._stream.stdout.fileno(), 65536):
            with self._changed:
                self._pieces.append((time.monotonic(), piece))
                self._changed.notify_all()


class _Daemon:
    """A PulseAudio of our own in a private directory."""

    # Several processes are a session of their own, which ends as a whole; a single one ends with its tests' group.
    _is_several = False

    def __init__(self) -> None:
        # A socket's path may have 107 bytes; pytest's directories can be longer.
        self.directory = Path(tempfile.mkdtemp(prefix="lt-sound-", dir="/tmp"))
        (self.directory / ".asoundrc").write_text("pcm.!default pulse\nctl.!default pulse\n")
        self.socket = self.directory / "socket"
        self.environment = {
            "HOME": str(self.directory),
            "XDG_RUNTIME_DIR": str(self.directory),
            "PULSE_RUNTIME_PATH": str(self.directory),
            "PULSE_STATE_PATH": str(self.directory),
            "PULSE_SERVER": f"unix:{self.socket}",
        }
        self._sinks: set[str] = set()
        self.process = subprocess.Popen(
            self._command(),
            env=os.environ | self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=self._is_several,
        )
        try:
            self._wait_for_answer()
        except BaseException:
            self.close()
            raise

    def _command(self) -> list[str]:
        # Without shared memory, which root may not use here; clients of every kind then agree on it.
        command = "pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no --disable-shm=yes -L".split()
        return [*command, f"module-native-protocol-unix socket={self.socket} auth-anonymous=1"]

    def _wait_for_answer(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while self._control("info").returncode:
            assert self.process.poll() is None, "the sound server does not run"
            assert time.monotonic() < deadline, "the sound server does not answer"
            time.sleep(0.02)

    def add_sink(self, name: str, rate: int) -> None:
        """Load a null sink, once. ``norewinds``: else it starts late and eats the first samples."""
        if name not in self._sinks:
            settings = f"sink_name={name} rate={rate} channels=1 format=s16le norewinds=1"
            self._control("load-module", "module-null-sink", *settings.split()).check_returncode()
            self._sinks.add(name)

    def _control(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["pactl", *words],
            env=os.environ | self.environment,
            capture_output=True,
            timeout=STARTS_WITHIN_S,
            check=False,
        )

    def close(self) -> None:
        """End the daemon and remove what it left."""
        if self._is_several:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait(timeout=STARTS_WITHIN_S)
        shutil.rmtree(self.directory, ignore_errors=True)


class PipeWire(_Daemon):
    """PipeWire in the place of PulseAudio, of Debian's pipewire, wireplumber and pipewire-pulse."""

    _is_several = True

    def _command(self) -> list[str]:
        self.environment |= {
            "XDG_CONFIG_HOME": f"{self.directory}/config",
            "XDG_STATE_HOME": f"{self.directory}/state",
            "PULSE_SERVER": f"unix:{self.directory}/native",
        }
        # PipeWire resamples everything to the rate of its clock.
        settings = self.directory / "config/pipewire/pipewire.conf.d"
        settings.mkdir(parents=True)
        (settings / "rate.conf").write_text("context.properties = { default.clock.rate = 44100 }\n")
        script = (
            f"pipewire & until test -S {self.directory}/pipewire-0; do sleep 0.05; done; "
            "wireplumber & pipewire-pulse & wait"
        )
        return ["dbus-run-session", "--", "sh", "-c", script]

    def add_sink(self, name: str, rate: int) -> None:
        """Load a null sink, once."""
        if name not in self._sinks:
            settings = f"sink_name={name} rate={rate} channels=1"
            self._control("load-module", "module-null-sink", *settings.split()).check_returncode()
            self._sinks.add(name)


class SoundCard:
    """One sink of a sound card; the one made first owns the daemon, ``close`` ends it for all."""

    def __init__(self, rate: int, daemon: _Daemon | None = None) -> None:
        self.rate = rate
        self._daemon = daemon or _Daemon()
        self._name = f"out{rate}"
        try:
            self._daemon.add_sink(self._name, rate)
        except BaseException:
            if daemon is None:
                self.close()
            raise

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables a process needs to play here; merge them into its environment."""
        return self._daemon.environment | {"PULSE_SINK": self._name}

    @property
    def home(self) -> Path:
        """Return the home directory of the environment, which holds ``.asoundrc``."""
        return self._daemon.directory

    @property
    def pid(self) -> int:
        """Return the process id of the sound server, to freeze or end it."""
        return self._daemon.process.pid

    def at(self, rate: int) -> "SoundCard":
        """Return a sink of the same card that runs at another rate."""
        return SoundCard(rate, self._daemon)

    @contextlib.contextmanager
    def record(self) -> Iterator[Recording]:
        """Record the sink while the block runs and until all it played has arrived; begins before the block does."""
        command = f"parec -d {self._name}.monitor --raw --rate={self.rate} --channels=1 --format=s16le --latency-msec=2"
        with subprocess.Popen(
            command.split(), env=os.environ | self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as recorder:
            recording = Recording(recorder)
            recording.thread.start()
            try:
                recording.wait_for_bytes(2)
                yield recording
                # What the sink has played is in the monitor at once and here within its next pieces.
                recording.wait_for_bytes(self.rate * 2 // 10)
            finally:
                recorder.terminate()
                recording.thread.join(SETTLES_WITHIN_S)

    def close(self) -> None:
        """End the daemon."""
        self._daemon.close()


def noise(frames: int, seed: int = 0) -> bytes:
    """Make mono PCM that repeats nowhere and has no sample of value zero, so that silence can be told from it."""
    chance = random.Random(seed)
    return array("h", [chance.randrange(1, 9000) * chance.choice((-1, 1)) for _ in range(frames)]).tobytes()


def contains(recording: Recording | bytes, pcm: bytes) -> bool:
    """Return whether the recording has all of ``pcm``, first to last sample, in one piece, at a frame's boundary."""
    recorded = recording if isinstance(recording, bytes) else recording.pcm
    at = recorded.find(pcm)
    while at >= 0 and at % 2:
        at = recorded.find(pcm, at + 1)
    return at >= 0


def without_silence(recording: Recording | bytes) -> bytes:
    """Return the recording without its samples of value zero."""
    recorded = recording if isinstance(recording, bytes) else recording.pcm
    return array("h", [sample for sample in array("h", recorded[: len(recorded) & ~1]) if sample]).tobytes()


def silence_inside(recording: Recording | bytes) -> int:
    """Count the samples of value zero between the first and the last sound."""
    recorded = recording if isinstance(recording, bytes) else recording.pcm
    samples = array("h", recorded[: len(recorded) & ~1])
    heard = [index for index, sample in enumerate(samples) if sample]
    return heard[-1] - heard[0] + 1 - len(heard) if heard else 0
