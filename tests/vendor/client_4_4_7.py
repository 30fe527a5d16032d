"""Drive the vendor's SDK 4.4.7 against a local server and write what it heard to stdout.

It runs in an environment of its own. Usage: client_4_4_7.py URL stream|sync|async|ws|voices|dicts
"""

import asyncio
import base64
import sys

from smallestai import AsyncSmallestAI, SmallestAI
from smallestai.environment import SmallestAIEnvironment
from smallestai.waves import PronunciationItem
from smallestai.waves.lightning_v31tts.types.lightning_v31tts_request_message import LightningV31TtsRequestMessage

url, call = sys.argv[1:]
ASK = {"text": "Hello", "voice_id": "daniel", "sample_rate": 44100}
reach = {
    "api_key": "sk_vendor",
    "environment": SmallestAIEnvironment(atoms=f"{url}/atoms/v1", waves=url, waves_ws=url.replace("http", "ws", 1)),
}
client = SmallestAI(**reach)


def hear(event: dict[str, object]) -> None:
    """Write the audio of an event."""
    if "audio" in event:
        sys.stdout.buffer.write(base64.b64decode(str(event["audio"])))


async def listen() -> None:
    """Do the same with the asynchronous client."""
    async for event in AsyncSmallestAI(**reach).waves.synthesize_sse_lightning_v31(**ASK):
        hear(event)


def converse() -> None:
    """Speak over the WebSocket."""
    with client.waves.lightning_v31tts.connect(authorization="Bearer sk_vendor") as line:
        line.synthesize_streaming_lightning_v_3_1(LightningV31TtsRequestMessage(**ASK))
        for message in line:
            if message.status == "complete":
                return
            sys.stdout.buffer.write(base64.b64decode(message.data.audio))


def keep_words() -> None:
    """Create, replace, list and delete a dictionary."""
    made = client.waves.create_pronunciation_dict(items=[PronunciationItem(word="a", pronunciation="b")])
    client.waves.update_pronunciation_dict(id=made.id, items=[PronunciationItem(word="c", pronunciation="d")])
    (listed,) = client.waves.get_pronunciation_dicts()
    gone = client.waves.delete_pronunciation_dict(id=made.id)
    sys.stdout.write(f"{listed.items[0].word} {listed.id == made.id} {gone.deleted} {made.created_at.year > 2000}")


match call:
    case "stream":
        for one in client.waves.synthesize_sse_lightning_v31(**ASK):
            hear(one)
    case "sync":
        for piece in client.waves.synthesize_lightning_v31(**ASK):
            sys.stdout.buffer.write(piece)
    case "async":
        asyncio.run(listen())
    case "ws":
        converse()
    case "dicts":
        keep_words()
    case "voices":
        for voice in client.waves.get_voices("lightning-v3.1").voices or []:
            sys.stdout.write(f"{voice.voice_id}\n")
