"""Drive OpenAI's SDK against a local server and write what it heard into files named after their formats.

It runs in the environment of the vendor's SDK. Usage: client_openai.py URL DIRECTORY FORMAT...
"""

import sys
from pathlib import Path

from openai import OpenAI

url, directory, *kinds = sys.argv[1:]
client = OpenAI(base_url=f"{url}/v1", api_key="sk-none")
for kind in kinds:
    asked = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Hello there, my friend.", "response_format": kind}
    with (
        Path(directory, kind).open("wb") as heard,
        client.audio.speech.with_streaming_response.create(**asked) as response,
    ):
        heard.writelines(response.iter_bytes())
