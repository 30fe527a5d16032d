"""Drive the vendor's SDK 5.14.0 against a local server and write what it heard to stdout.

It runs in an environment of its own. Usage: client_5_14_0.py URL stream|sync|voices
"""

import sys

from smallestai import SmallestAI
from smallestai.environment import SmallestAIEnvironment

url, call = sys.argv[1:]
client = SmallestAI(
    api_key="sk_vendor",
    environment=SmallestAIEnvironment(
        atoms=f"{url}/atoms/v1", waves=url, waves_ws=url.replace("http", "ws", 1), payment=url
    ),
)
if call == "stream":
    # Its parser drops every event that is a JSON object (protocol.md 0.19): what counts is that nothing is raised.
    for event in client.waves.synthesize_sse_tts(text="Hello", voice_id="magnus", sample_rate=44100):
        sys.stdout.write(f"{event}\n")
elif call == "sync":
    for piece in client.waves.synthesize_tts(text="Hello", voice_id="magnus", sample_rate=44100, output_format="pcm"):
        sys.stdout.buffer.write(piece)
else:
    for voice in client.waves.get_voices("lightning-v3.1").voices or []:
        sys.stdout.write(f"{voice.voice_id}\n")
