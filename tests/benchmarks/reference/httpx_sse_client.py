"""The client that httpx and httpx-sse make easy."""

import base64
import json
import sys

import httpx
from httpx_sse import connect_sse

url, output = sys.argv[1:]
sink = sys.stdout.buffer if output == "-" else open(output, "wb")  # noqa: PTH123, SIM115 - as short as such scripts are
body = {"text": "Hello", "voice_id": "daniel", "sample_rate": 44100, "output_format": "pcm"}
with httpx.Client(timeout=30) as client, connect_sse(client, "POST", url, json=body) as source:
    for event in source.iter_sse():
        said = json.loads(event.data)
        if said.get("audio"):
            sink.write(base64.b64decode(said["audio"]))
            sink.flush()
