"""Drive OpenAI's SDK against a local server and write what it heard to stdout, as it comes.

It runs in the environment of the vendor's SDK. Usage: client_openai.py URL FORMAT
"""

import sys

from openai import OpenAI

url, kind = sys.argv[1:]
client = OpenAI(base_url=f"{url}/v1", api_key="sk-none")
asked = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Hello there, my friend.", "response_format": kind}
with client.audio.speech.with_streaming_response.create(**asked) as response:
    for piece in response.iter_bytes():
        sys.stdout.buffer.write(piece)
