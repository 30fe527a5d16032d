"""Drive the vendor's SDK 5.14.0 against a local server and write what it heard to stdout.

It runs in an environment of its own. Usage: client_5_14_0.py URL stream|sync|async|ws|shim|voices|dicts|expiry
"""

import asyncio
import base64
import sys

from smallestai import AsyncSmallestAI, SmallestAI
from smallestai.environment import SmallestAIEnvironment
from smallestai.waves import TTSConfig, WavesStreamingTTS
from smallestai.waves.helpers.tts import synthesize_with_expiry
from smallestai.waves.tts.types.tts_request_message import TtsRequestMessage
from smallestai.waves.types import PronunciationItem

url, call = sys.argv[1:]
ASK = {"text": "Hello", "voice_id": "magnus", "sample_rate": 44100}
reach = {
    "api_key": "sk_vendor",
    "environment": SmallestAIEnvironment(
        atoms=f"{url}/atoms/v1", waves=url, waves_ws=url.replace("http", "ws", 1), payment=url
    ),
}
client = SmallestAI(**reach)


async def listen() -> None:
    """Do the same with the asynchronous client."""
    async for piece in AsyncSmallestAI(**reach).waves.synthesize_tts(**ASK, output_format="pcm"):
        sys.stdout.buffer.write(piece)


def converse() -> None:
    """Speak over the WebSocket, with the times of words on stderr."""
    with client.waves.tts.connect() as line:
        asked = {**ASK, "voice_id": "avery", "word_timestamps": True, "model": "lightning_v3.1"}
        line.synthesize_streaming_tts(TtsRequestMessage(**asked))
        for message in line:
            if message.status == "complete":
                return
            if message.status == "chunk":
                sys.stdout.buffer.write(base64.b64decode(message.data.audio))
            else:
                sys.stderr.write(f"{message.status} {message.data.word}\n")


def buffer() -> None:
    """Speak through the older class, in pieces."""
    speech = WavesStreamingTTS(TTSConfig(voice_id="magnus", api_key="sk_vendor", sample_rate=44100))
    speech.ws_url = url.replace("http", "ws", 1) + "/waves/v1/tts/live"
    for piece in speech.synthesize_streaming(iter(["Hello ", "there, ", "my friend."])):
        sys.stdout.buffer.write(piece)


def keep_words() -> None:
    """Create, replace, list and delete a dictionary."""
    made = client.waves.create_pronunciation_dict(items=[PronunciationItem(word="a", pronunciation="b")])
    client.waves.update_pronunciation_dict(id=made.id, items=[PronunciationItem(word="c", pronunciation="d")])
    (listed,) = client.waves.get_pronunciation_dicts()
    gone = client.waves.delete_pronunciation_dict(id=made.id)
    sys.stdout.write(f"{listed.items[0].word} {listed.id == made.id} {gone.deleted} {made.created_at.year > 2000}")


match call:
    case "stream":
        # Its parser drops every event that is a JSON object (protocol.md 0.19): what counts is that nothing is raised.
        for event in client.waves.synthesize_sse_tts(**ASK):
            sys.stdout.write(f"{event}\n")
    case "sync":
        for piece in client.waves.synthesize_tts(**ASK, output_format="pcm"):
            sys.stdout.buffer.write(piece)
    case "async":
        asyncio.run(listen())
    case "ws":
        converse()
    case "shim":
        buffer()
    case "dicts":
        keep_words()
    case "expiry":
        audio, outcome = synthesize_with_expiry(client, "Hello", voice_id="magnus")
        sys.stdout.write(f"{outcome} {len(audio) > 1000}")
    case _:
        for voice in client.waves.get_voices("lightning-v3.1").voices or []:
            sys.stdout.write(f"{voice.voice_id}\n")
