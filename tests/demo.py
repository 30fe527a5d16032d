"""Speak one sentence into hello.wav with the offline engine, tell its length and speed, and play it where possible."""

import subprocess
import sys
import time
import wave
from pathlib import Path

TEXT = "Hello! This is Lightning, speaking from your terminal, with no key and no network."
COMMAND = (str(Path(sys.executable).with_name("lightning-tts")), "say", TEXT, "--local")
TARGET = Path("hello.wav")


def first_audio_s() -> float:
    """Return the seconds from starting the command to its first PCM on a pipe."""
    began = time.monotonic()
    with subprocess.Popen((*COMMAND, "-o", "-"), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        elapsed = time.monotonic() - began
        process.stdout.read()
    if process.returncode:
        raise SystemExit(process.returncode)
    return elapsed


def main() -> None:
    """Run the demonstration."""
    subprocess.run((*COMMAND, "-o", str(TARGET)), check=True)
    with wave.open(str(TARGET)) as file:
        seconds = file.getnframes() / file.getframerate()
    write = sys.stdout.write
    write(f"{TARGET}: {seconds:.2f} s of speech; first audio {first_audio_s():.2f} s after the start of the command\n")
    played = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    write("played it too\n" if played.returncode == 0 else f"not played: {played.stderr.splitlines()[0]}\n")


if __name__ == "__main__":
    main()
