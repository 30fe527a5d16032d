"""The body of a sync answer: told by its bytes, whatever the cut, and whole or said not to be."""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.container_samples import UNKNOWN_SIZES, ffmpeg_decode, mp3, wav
from support.cuts import cut, places, singles
from support.fake_server import ramp
from support.sound_samples import FMT, LIST, read, samples, tone

from lightning_cli.audio.g711 import expand
from lightning_cli.client.answer_formats import BodyPayload
from lightning_cli.errors import ProtocolError, StreamCut


@given(samples, places, st.sampled_from([None, *UNKNOWN_SIZES]), st.sampled_from([b"", LIST]))
@settings(deadline=None, max_examples=150)
def test_a_wav_body_in_any_cut(pcm: bytes, where: list[int], size: int | None, extra: bytes) -> None:
    """The header is read wherever reads cut it; what follows the audio is not audio."""
    whole = wav(pcm, size=size, before=extra, after=extra if pcm and size is None else b"")
    if size is not None and len(pcm) % 2:
        whole = whole[:-1]
    assert read(cut(whole, where)) == pcm
    assert read(singles(whole)) == pcm


@given(st.binary(min_size=1, max_size=400), st.data())
@settings(deadline=None, max_examples=150)
def test_a_wav_body_cut_short_is_seen(pcm: bytes, data: st.DataObject) -> None:
    """Every shorter body than its header promises is incomplete, down to no body at all."""
    whole = wav(pcm, before=LIST)
    end = data.draw(st.integers(0, len(whole) - 1 - len(pcm) % 2))
    with pytest.raises(StreamCut):
        read([whole[:end]])


def is_text(body: bytes) -> bool:
    """Return whether a body is JSON or a page from its first byte to its last."""
    try:
        json.loads(body)
    except ValueError:
        return body.strip().lower().startswith((b"<!doctype", b"<html", b"<?xml"))
    return True


@given(samples, places)
@settings(deadline=None, max_examples=150)
def test_a_raw_body_in_any_cut(pcm: bytes, where: list[int]) -> None:
    """Bytes without a known container are what was asked for."""
    assume(b"WAVE" not in pcm and not is_text(pcm))
    assert read(cut(pcm, where), "pcm") == pcm
    assert read(singles(pcm), "pcm") == pcm
    for law in ("ulaw", "alaw"):
        assert read(cut(pcm, where), law) == expand(pcm, law)


@pytest.mark.parametrize(("law", "codec"), [("ulaw", "mulaw"), ("alaw", "alaw")])
def test_laws_expand_as_ffmpeg_does(law: str, codec: str) -> None:
    """All 256 codes give the very samples that ffmpeg gives."""
    assert expand(bytes(range(256)), law) == ffmpeg_decode(bytes(range(256)), codec, 8000)
    with pytest.raises(RuntimeError):
        expand(b"", "opus")


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":[{"code":"custom","path":["voice_id"],"message":"Invalid Voice ID"}]}',
        b' \n{"status":"error","message":"Invalid Voice ID"}',
        b'{"error":"Invalid Voice ID"}',
        b'["Invalid Voice ID"]',
        b"<!DOCTYPE html><title>Invalid Voice ID</title>",
        b"<html><h1>Invalid Voice ID</h1></html>",
    ],
)
@pytest.mark.parametrize("wire_format", ["wav", "pcm", "mp3", "ulaw"])
def test_text_where_audio_belongs(body: bytes, wire_format: str) -> None:
    """An error with a status of 200 is reported, not played."""
    for pieces in ([body], singles(body)):
        with pytest.raises(ProtocolError):
            read(pieces, wire_format)


def test_audio_that_looks_like_text_is_played() -> None:
    """Samples that happen to be printable pass, and so do those that only begin like that, however many there are."""
    for size in (14, 15, 16, 17, 60_000):
        pcm = (b'{"abcdef' * (size // 8 + 1))[:size]
        assert read(cut(pcm, [5, 900, 4000]), "pcm") == pcm
    for begin in (b"[" * 1000, b'{"abcdef' * 2000, b"<abcdef" * 4):
        pcm = begin + ramp(100_000)
        assert read(cut(pcm, [5, 900, 4000]), "pcm") == pcm
    assert read([b"<abcdefghijklmnopqrst"], "pcm") == b"<abcdefghijklmnopqrst"


@pytest.mark.parametrize("end", ["", "}"])
def test_a_long_text_where_audio_belongs(end: str) -> None:
    """A text too long to be held is refused as soon as that is known, in whatever language, whole or not."""
    body = ('{"error":"Invalid Voice ID", "voices": "' + "नमस्ते " * 8000 + '"' + end).encode()
    assert len(body) > 65536
    for pieces in ([body], cut(body, [5, 900, 4001]), [body, *[b"x" * 65536] * 100]):
        with pytest.raises(ProtocolError, match="Invalid Voice ID"):
            read(pieces, "pcm")


def test_what_a_body_turned_out_to_be() -> None:
    """The payload names the format it found."""
    for body, wire_format, found in (
        (wav(ramp(10)), "pcm", "wav"),
        (ramp(10), "wav", "pcm"),
        (ramp(10), "ulaw", "ulaw"),
        (mp3(tone(0.2), 24000), "pcm", "mp3"),
    ):
        payload = BodyPayload(FMT, wire_format)
        payload.feed(body)
        assert payload.detected_format == found
