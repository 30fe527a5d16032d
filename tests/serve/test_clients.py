"""Real clients against the served engine: the vendor's SDKs, OpenAI's, curl, node's fetch and our own command."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from serve.test_vendor_clients import ROOT, run_vendor
from support.command_line import lightning
from support.serve_process import STREAM, SYNC, Answer, Served
from support.serve_thread import running_here

from lightning_cli.catalogue.voices import bundled_voices

HELLO = {"text": "Hello", "voice_id": "daniel", "sample_rate": 44100}
SAID = "Hello there, my friend."
TOKEN = "let-me-in"
NODE = """
const answer = await fetch(process.argv[1], {
  method: "POST",
  headers: {Authorization: "Bearer sk_any", "Content-Type": "application/json"},
  body: JSON.stringify({text: "Hello", voice_id: "daniel", sample_rate: 44100}),
});
if (!answer.ok) process.exit(1);
let rest = "", ended = false;
const decoder = new TextDecoder();
for await (const piece of answer.body) {
  const events = (rest + decoder.decode(piece, {stream: true})).split("\\n\\n");
  rest = events.pop();
  for (const event of events) {
    const data = JSON.parse(event.split("\\n").find((line) => line.startsWith("data:")).slice(5));
    if (data.audio) process.stdout.write(Buffer.from(data.audio, "base64"));
    ended = data.done === true;
  }
}
process.exitCode = ended && !rest ? 0 : 1;
"""


@pytest.fixture(scope="module")
def pcm(server: Served) -> bytes:
    """Return what daniel says."""
    return server.ask(SYNC, HELLO).body


@pytest.mark.parametrize("call", ["stream", "sync", "async", "ws"])
def test_the_old_sdk_hears_every_sample(server: Served, pcm: bytes, call: str) -> None:
    """SDK 4.4.7 on the seed routes."""
    assert run_vendor("4.4.7", server.url, call) == pcm


@pytest.mark.parametrize("call", ["sync", "async"])
def test_the_new_sdk_hears_every_sample(server: Served, call: str) -> None:
    """SDK 5.14.0 on the unified routes."""
    assert run_vendor("5.14.0", server.url, call) == server.ask(SYNC, {**HELLO, "voice_id": "magnus"}).body


def test_the_new_sdk_accepts_the_stream(server: Served) -> None:
    """It takes the events without an error, and yields nothing from them, as it does everywhere."""
    assert run_vendor("5.14.0", server.url, "stream") == b""


def test_the_new_sdk_speaks_over_the_socket(server: Served) -> None:
    """Plainly, with word times among the frames, and through its class that buffers."""
    assert len(run_vendor("5.14.0", server.url, "ws")) > 44100
    assert len(run_vendor("5.14.0", server.url, "shim")) > 44100


@pytest.mark.parametrize("version", ["4.4.7", "5.14.0"])
def test_the_sdks_list_voices_and_keep_words(server: Served, version: str) -> None:
    """The catalogue of the pool, and the whole life of a dictionary."""
    listed = run_vendor(version, server.url, "voices").decode().split()
    assert set(listed) == {voice.id for voice in bundled_voices() if voice.model == "lightning_v3.1"}
    assert run_vendor(version, server.url, "dicts") == b"c True True True"


def test_the_new_sdk_reads_the_expiry(server: Served) -> None:
    """Its helper sees the outcome and the bytes."""
    assert run_vendor("5.14.0", server.url, "expiry") == b"not-entitled True"


OPENAI_FORMATS = ["pcm", "wav", "mp3", "flac", "opus"]


@pytest.fixture(scope="module")
def openai_answers(server: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with what OpenAI's SDK heard in each format."""
    directory = tmp_path_factory.mktemp("openai")
    python = ROOT / ".venv" / "vendor-5.14.0" / "bin" / "python"
    script = ROOT / "tests" / "vendor" / "client_openai.py"
    subprocess.run((python, script, server.url, directory, *OPENAI_FORMATS), check=True, timeout=60)
    return directory


@pytest.mark.parametrize("kind", OPENAI_FORMATS)
def test_the_openai_sdk_streams_every_format(server: Served, openai_answers: Path, kind: str) -> None:
    """Decoded, every sample is there; 24 kHz mono."""
    fields = {"model": "x", "voice": "alloy", "input": SAID, "response_format": "pcm"}
    whole = server.ask("/v1/audio/speech", fields).body
    options = ("-f", "s16le", "-ar", "24000", "-ac", "1") if kind == "pcm" else ()
    decoded = subprocess.run(
        ("ffmpeg", "-v", "error", *options, "-i", "-", "-ar", "24000", "-f", "s16le", "-"),
        input=(openai_answers / kind).read_bytes(),
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    slack = 2 * 24000 // 5 if kind in {"mp3", "opus"} else 0
    assert abs(len(decoded) - len(whole)) <= slack
    if kind in {"pcm", "wav", "flac"}:
        assert decoded == whole


def test_curl_streams_the_seed_example(server: Served, pcm: bytes) -> None:
    """The call of the API's own page."""
    done = subprocess.run(
        (
            *("curl", "-sSN", "-X", "POST", server.url + STREAM),
            *("-H", "Authorization: Bearer sk_any", "-H", "Content-Type: application/json"),
            *("-d", json.dumps(HELLO)),
        ),
        capture_output=True,
        check=True,
        timeout=60,
    )
    answer = Answer(200, {}, done.stdout)
    assert answer.audio == pcm
    assert answer.events[-1]["done"] is True


def test_node_streams_the_seed_example(server: Served, pcm: bytes) -> None:
    """With fetch, event by event."""
    done = subprocess.run(
        ("node", "--input-type=module", "-e", NODE, server.url + STREAM), capture_output=True, check=True, timeout=60
    )
    assert done.stdout == pcm


@pytest.mark.parametrize("transport", ["sse", "sync", "ws"])
@pytest.mark.parametrize("base", ["", "/waves/v1", "/"])
def test_our_own_command_hears_every_sample(server: Served, transport: str, base: str) -> None:
    """Over every transport, without a key, with every spelling of the base URL."""
    whole = server.ask(SYNC, {**HELLO, "text": SAID}).body
    arguments = ("--base-url", server.url + base, "--transport", transport, "--join", "raw", "--quiet", "-o", "-")
    done = lightning("say", SAID, *arguments)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == whole


def test_our_own_command_goes_on_with_a_context(server: Served) -> None:
    """The sentences of one context, each of them spoken whole, are as long together as they are one by one."""
    text = "The first sentence is here. Then comes the second one. Is there a third? There is."
    common = ("say", text, "--base-url", server.url, "--quiet", "-o", "-")
    plain, joined = (
        lightning(*common, "--transport", "ws", "--join", "raw", *more) for more in ((), ("--context-id", "story"))
    )
    assert (plain.code, joined.code, joined.stderr) == (0, 0, "")
    assert len(joined.stdout) == len(plain.stdout) > 100_000


@pytest.mark.parametrize("more", ["--transport ws --whole", "--transport ws --max-chars 300", "--transport sse"])
def test_a_context_that_cannot_be(more: str) -> None:
    """What could lose words or would be ignored is refused before anything is sent."""
    done = lightning("say", "Hi", "--base-url", "http://127.0.0.1:1", "-o", "-", "--context-id", "a", *more.split())
    assert (done.code in {2, 3}, done.stdout) == (True, b"")
    assert "context" in done.stderr


@pytest.mark.parametrize("wire", ["wav", "mp3"])
def test_our_own_command_takes_what_a_stream_really_carries(server: Served, wire: str) -> None:
    """PCM, whatever was asked for."""
    done = lightning(
        "say", SAID, "--base-url", server.url, "--wire-format", wire, "--join", "raw", "--quiet", "-o", "-"
    )
    assert done.stdout == server.ask(SYNC, {**HELLO, "text": SAID}).body


def test_our_own_command_needs_the_token(tmp_path: Path) -> None:
    """As its key."""
    with running_here(LIGHTNING_TTS_TOKEN=TOKEN) as served:
        assert lightning("say", "Hi", "--base-url", served.url, "-o", "-").code == 3
        env = {**os.environ, "SMALLEST_API_KEY": TOKEN}
        done = lightning("say", "Hi", "--base-url", served.url, "-o", str(tmp_path / "hi.wav"), env=env)
        assert done.code == 0, done.stderr


def test_our_own_command_survives_rehearsed_trouble(tmp_path: Path) -> None:
    """Refusals, cuts and retired routes cost time and no word."""
    text = "One two three four five. Six seven eight nine ten. Eleven twelve thirteen fourteen."
    with running_here("--fail", "429:0.2,503:0.1,cut:0.2", "--seed", "2", "--retire-legacy", "410") as served:
        path = tmp_path / "out.pcm"
        done = lightning("say", text, "--base-url", served.url, "--join", "raw", "--retries", "9", "-o", str(path))
        assert done.code == 0, done.stderr
        # Which trouble comes follows from the seed.
        assert done.stderr.count("retrying in") > 1, done.stderr
    with running_here() as served:
        clean = tmp_path / "clean.pcm"
        lightning("say", text, "--base-url", served.url, "--join", "raw", "-o", str(clean))
    assert path.read_bytes() == clean.read_bytes()


def test_our_own_lists_and_dictionaries(server: Served, tmp_path: Path) -> None:
    """Voices and dicts work against it."""
    done = lightning("voices", "--base-url", server.url, "--json")
    assert "daniel" in done.stdout.decode()
    words = tmp_path / "words.csv"
    words.write_text("word,pronunciation\nsql,sequel\n")
    done = lightning("dicts", "sync", str(words), "--base-url", server.url)
    assert done.code == 0, done.stderr
