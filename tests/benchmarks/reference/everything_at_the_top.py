"""The usual player: every import at the top, one thing after the other."""

import base64
import json

import numpy as np
import requests
import sounddevice as sd
import typer
from rich.console import Console
from rich.progress import Progress

RATE = 44_100
console = Console(stderr=True)


def main(text: str, url: str) -> None:
    """Post ``text`` and play the answer."""
    body = {"text": text, "voice_id": "daniel", "sample_rate": RATE, "output_format": "pcm"}
    with (
        Progress(console=console) as progress,
        requests.post(url, json=body, headers={"Authorization": "Bearer sk"}, stream=True, timeout=30) as response,
        sd.OutputStream(samplerate=RATE, channels=1, dtype="int16") as stream,
    ):
        task = progress.add_task("speaking", total=None)
        for line in response.iter_lines():
            if line.startswith(b"data:"):
                event = json.loads(line[5:])
                if event.get("audio"):
                    stream.write(np.frombuffer(base64.b64decode(event["audio"]), np.int16))
                    progress.advance(task)


typer.run(main)
