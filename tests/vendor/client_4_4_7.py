"""Drive the vendor's SDK 4.4.7 against a local server and write what it heard to stdout.

It runs in an environment of its own. Usage: client_4_4_7.py URL stream|sync
"""

import base64
import sys

from smallestai import SmallestAI
from smallestai.environment import SmallestAIEnvironment

url, call = sys.argv[1:]
client = SmallestAI(
    api_key="sk_vendor",
    environment=SmallestAIEnvironment(atoms=f"{url}/atoms/v1", waves=url, waves_ws=url.replace("http", "ws", 1)),
)
if call == "stream":
    for event in client.waves.synthesize_sse_lightning_v31(text="Hello", voice_id="daniel", sample_rate=44100):
        if "audio" in event:
            sys.stdout.buffer.write(base64.b64decode(event["audio"]))
else:
    for piece in client.waves.synthesize_lightning_v31(text="Hello", voice_id="daniel", sample_rate=44100):
        sys.stdout.buffer.write(piece)
