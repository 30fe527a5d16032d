"""Twenty lines with typer and requests: the client most people would write."""

import base64
import json
import sys

import requests
import typer


def main(text: str, url: str, output: str = "") -> None:
    """Post ``text`` and write its audio."""
    sink = open(output, "wb") if output else sys.stdout.buffer  # noqa: PTH123, SIM115 - kept as short as such scripts are
    body = {"text": text, "voice_id": "daniel", "sample_rate": 44100, "output_format": "pcm"}
    with requests.post(url, json=body, headers={"Authorization": "Bearer sk"}, stream=True, timeout=30) as response:
        for line in response.iter_lines():
            if line.startswith(b"data:"):
                event = json.loads(line[5:])
                if event.get("audio"):
                    sink.write(base64.b64decode(event["audio"]))
                    sink.flush()


typer.run(main)
