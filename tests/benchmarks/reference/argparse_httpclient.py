"""The lightest honest client in Python: argparse and http.client."""

import argparse
import base64
import http.client
import json
import sys
from urllib.parse import urlsplit

parser = argparse.ArgumentParser()
parser.add_argument("text")
parser.add_argument("url")
arguments = parser.parse_args()
parts = urlsplit(arguments.url)
connection = http.client.HTTPConnection(parts.netloc, timeout=30)
body = {"text": arguments.text, "voice_id": "daniel", "sample_rate": 44100, "output_format": "pcm"}
headers = {"Content-Type": "application/json", "Authorization": "Bearer sk"}
connection.request("POST", parts.path, json.dumps(body), headers)
for line in connection.getresponse():
    if line.startswith(b"data:"):
        event = json.loads(line[5:])
        if event.get("audio"):
            sys.stdout.buffer.write(base64.b64decode(event["audio"]))
            sys.stdout.buffer.flush()
