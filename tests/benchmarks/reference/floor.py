"""The floor: what no client in Python on requests goes below. It knows one shape of event and checks nothing."""

import os
import sys

import pybase64
import requests

PREFIX = b'data: {"audio":"'
url, output = sys.argv[1:]
sink = 1 if output == "-" else os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
body = {"text": "Hello", "voice_id": "daniel", "sample_rate": 44100, "output_format": "pcm"}
response = requests.post(url, json=body, headers={"Authorization": "Bearer sk"}, stream=True, timeout=30)
read = response.raw.read1
held = b""
while piece := read(65536):
    *lines, held = (held + piece).split(b"\n")
    audio = [pybase64.b64decode(line[16 : line.index(b'"', 16)]) for line in lines if line.startswith(PREFIX)]
    os.write(sink, b"".join(audio))
