"""The pure parts of the server: casting, contexts, messages, word times, settings and JSON."""

import base64
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cli.catalogue.voices import bundled_voices
from lightning_cli.client.settings import is_loopback
from lightning_cli.client.sse import Decoder
from lightning_cli.errors import ConfigError, EngineError
from lightning_cli.local.offline_voices import ENGLISH
from lightning_cli.serve.contexts import BadMessage, Context, Fragment, read_fragment
from lightning_cli.serve.fault_injection import FaultInjector
from lightning_cli.serve.settings import FaultSettings, ServeSettings, parse_faults
from lightning_cli.serve.voice_mapping import OPENAI_VOICES, VoiceMapping, is_in_pool, map_voice
from lightning_cli.serve.wire import block_writer, to_json

PRO = "lightning_v3.1_pro"


@pytest.mark.parametrize("engine", ["auto", "espeak"])
def test_every_voice_of_the_catalogue_can_be_cast(engine: str) -> None:
    """In its own pool and no other, with a pitch that a resampler takes."""
    for voice in bundled_voices():
        assert is_in_pool(voice.id, voice.model)
        assert not is_in_pool(voice.id, PRO if voice.model != PRO else None)
        if voice.languages[:1] == ("ja",):
            continue
        part = map_voice(voice.id, None, engine)
        assert 0.7 < part.pitch < 1.45
        assert 0.85 < part.rate < 1.15


def test_women_and_men_speak_as_such() -> None:
    """Higher and lower than the engine's one voice; two of a kind are not the same either."""
    heart = {name: map_voice(name, "en", "auto") for name in ("avery", "magnus", "daniel", "sophia")}
    assert heart["avery"].voice_id == "heart"
    assert heart["magnus"].pitch < 0.9 < heart["avery"].pitch
    assert len({part.pitch for part in heart.values()}) == 4
    assert map_voice("avery", "hi", "auto").pitch > 1.1  # eSpeak NG's voice is a man's
    assert map_voice("avery", "hi", "auto").voice_id == "espeak-hi"


def test_the_language_of_a_voice_is_used_where_none_is_asked() -> None:
    """A Spanish voice reads Spanish; the request's own language wins."""
    assert map_voice("camilla", None, "auto").voice_id == "espeak-es"
    assert map_voice("camilla", "en", "auto").voice_id == "heart"
    assert map_voice("daniel", None, "espeak").voice_id == "espeak-" + ENGLISH


def test_the_engines_own_voices_are_left_alone() -> None:
    """What the in-process engine says, the server says."""
    assert map_voice("heart", None, "auto") == VoiceMapping("heart", None)
    assert map_voice("espeak-ta", "hi", "auto") == VoiceMapping("espeak-ta", "hi")
    with pytest.raises(EngineError):
        map_voice("daniel", "ja", "auto")


def test_openai_voices_are_cast_by_their_gender() -> None:
    """All of them."""
    assert all(map_voice(name, None, "auto").voice_id == "heart" for name in OPENAI_VOICES)
    assert map_voice("onyx", None, "auto").pitch < 0.9 < map_voice("nova", None, "auto").pitch


def fragment(text: str, **fields: object) -> Fragment:
    """Read a fragment of a context."""
    return read_fragment({"text": text, "voice_id": "daniel", "context_id": "c", "continue": True, **fields})


def released(*texts: str) -> list[str]:
    """Return what the texts release, sentence by sentence, without the rest."""
    context = Context()
    out: list[str] = []
    for text in texts:
        context.add(fragment(text))
        context.release_sentences()
        out += [order.text for order in context.take()]
    return out


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("This is a sentence. ",), 1),
        (("This is a sentence", " and more"), 0),
        (("Yes. ",), 0),
        (("Yes. ", "And here is more. "), 1),
        (("I have seen Mr.",), 0),
        (("It has cost 3.",), 0),
        (("It costs $3.5 more than before!",), 1),
        (("यह एक वाक्य है। ",), 1),
    ],
)
def test_when_fragments_are_released(texts: tuple[str, ...], expected: int) -> None:
    """At the end of a sentence that is long enough; not at abbreviations, nor where a number may go on."""
    assert len(released(*texts)) == expected


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(st.sampled_from("ab .,!?\u0964"), min_size=1, max_size=200).filter(str.strip), max_size=8))
def test_contexts_lose_no_letter(texts: list[str]) -> None:
    """However text is cut into fragments, what is released joined is the text, in pieces of bounded length."""
    context = Context()
    spoken: list[str] = []
    for text in texts:
        context.add(fragment(text))
        context.release_sentences()
        spoken += [order.text for order in context.take()]
    context.release_all()
    spoken += [order.text for order in context.take()]
    assert "".join("".join(spoken).split()) == "".join("".join(texts).split())
    assert all(len(one.strip()) <= 250 for one in spoken)


def test_messages_that_only_steer_need_no_text() -> None:
    """A close may leave text and voice out; a plain message may not."""
    assert read_fragment({"context_id": "c", "context_close": True}).speech_request is None
    assert read_fragment({"text": " ", "voice_id": "daniel"}).blank
    for fields in ({}, {"text": "x"}, {"voice_id": "daniel"}, {"flush": 1}, {"text": "", "voice_id": "daniel"}):
        with pytest.raises(BadMessage):
            read_fragment(fields)


@given(st.binary(max_size=9000), st.integers(1, 5000), st.sampled_from(["new", "seed"]))
def test_events_of_any_size_carry_the_block(block: bytes, size: int, dialect: str) -> None:
    """Joined again they are what went in, each at most the size asked for."""
    written = block_writer("pcm", 8000, "raw", dialect, size)(block)
    pieces = [base64.b64decode(json.loads(event.data)["audio"]) for event in Decoder().feed(written)]
    assert b"".join(pieces) == block
    assert all(0 < len(piece) <= size for piece in pieces)


def test_json_has_no_numbers_that_are_none() -> None:
    """Infinity becomes null, as JavaScript writes it, wherever it stands."""
    assert to_json({"a": [math.inf, {"b": math.nan}], "c": 1.5}) == b'{"a":[null,{"b":null}],"c":1.5}'
    assert to_json("\ud800é") == '"?é"'.encode()


def test_fates_are_drawn_by_their_probability() -> None:
    """A thousand requests, roughly as asked; the same again for the same seed."""
    faults = FaultSettings(chances=parse_faults("429:0.2,cut:.05, stall:0.01"), seed=5)
    fates = [FaultInjector(faults).draw() for _ in range(3)]
    assert len({(plan.status, plan.cut_after, plan.stall_after) for plan in fates}) == 1
    maker = FaultInjector(faults)
    drawn = [maker.draw() for _ in range(1000)]
    assert 150 < sum(plan.status == 429 for plan in drawn) < 250
    assert 25 < sum(plan.cut_after is not None for plan in drawn) < 80
    assert 2 <= sum(plan.stall_after is not None for plan in drawn) < 25


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("[::1]", True)],
)
def test_hosts_of_this_machine(host: str, expected: bool) -> None:  # noqa: FBT001 # a table
    """They need no token."""
    assert is_loopback(host) is expected
    assert ServeSettings(host=host).token is None


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "example.com", "127.0.0.1.example.com", "::", ""])
def test_hosts_of_others(host: str) -> None:
    """They do, and the token is not shown."""
    with pytest.raises(ConfigError):
        ServeSettings(host=host)
    assert "secret-token" not in repr(ServeSettings(host=host, token="secret-token"))
