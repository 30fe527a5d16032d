"""Speak through LiveKit's and pipecat's services against a local server; print what each heard as JSON.

Usage: client_agents.py URL, in an environment with livekit-plugins-openai, livekit-plugins-smallestai and
pipecat-ai[openai].
"""

import asyncio
import json
import sys
from typing import Any

import aiohttp
from livekit.agents import APIConnectOptions
from livekit.plugins import openai, smallestai
from pipecat.frames.frames import EndFrame, ErrorFrame, TTSAudioRawFrame, TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.services.smallest.tts import SmallestTTSService

TEXT = "Hello there, my friend. How are you today?"
OPTIONS = APIConnectOptions(max_retry=0, timeout=30)


async def _frames(source: Any) -> float:
    seconds = 0.0
    async with source as stream:
        async for event in stream:
            seconds += event.frame.duration
    return seconds


async def livekit(url: str, http: aiohttp.ClientSession) -> dict[str, float]:
    """Return how long each of LiveKit's services spoke."""
    heard = {}
    theirs = openai.TTS(
        model="gpt-4o-mini-tts", voice="ash", base_url=f"{url}/v1", api_key="any", response_format="pcm"
    )
    heard["livekit openai"] = await _frames(theirs.synthesize(TEXT, conn_options=OPTIONS))
    own = smallestai.TTS(
        api_key="any",
        base_url=f"{url}/waves/v1",
        ws_url=f"{url.replace('http', 'ws')}/waves/v1/tts/live",
        http_session=http,
    )
    heard["livekit smallestai"] = await _frames(own.synthesize(TEXT, conn_options=OPTIONS))
    stream = own.stream(conn_options=OPTIONS)
    for word in TEXT.split():
        stream.push_text(word + " ")
    stream.end_input()
    heard["livekit smallestai stream"] = await _frames(stream)
    await own.aclose()
    return heard


class Listener(FrameProcessor):  # type: ignore[misc] # its package is not installed where this is checked
    """Count the audio that comes down a pipeline."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    async def process_frame(self, frame: Any, direction: Any) -> None:
        """Count and pass on."""
        await super().process_frame(frame, direction)
        assert not isinstance(frame, ErrorFrame), frame
        if isinstance(frame, TTSAudioRawFrame):
            self.seconds += len(frame.audio) / 2 / frame.sample_rate
        await self.push_frame(frame, direction)


async def pipecat(service: Any) -> float:
    """Return how long a service of pipecat's spoke in a pipeline."""
    listener = Listener()
    task = PipelineTask(Pipeline([service, listener]), params=PipelineParams(audio_out_sample_rate=24_000))
    await task.queue_frames([TTSSpeakFrame(TEXT), EndFrame()])
    await PipelineRunner(handle_sigint=False).run(task)
    return listener.seconds


async def main(url: str) -> None:
    """Speak through all of them."""
    async with aiohttp.ClientSession() as http:
        heard = await livekit(url, http)
    theirs = OpenAITTSService(api_key="any", base_url=f"{url}/v1", voice="alloy", model="gpt-4o-mini-tts")
    heard["pipecat openai"] = await pipecat(theirs)
    own = SmallestTTSService(api_key="any", base_url=url.replace("http", "ws"))
    heard["pipecat smallest"] = await pipecat(own)
    sys.stdout.write(json.dumps(heard))


asyncio.run(main(sys.argv[1]))
