"""Containers and codecs in the events of an answer: told by their bytes, whatever the cut, the same PCM from all."""

import itertools
import struct
from functools import partial

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.container_samples import UNKNOWN_SIZES, chunk, ffmpeg_decode, fmt_chunk, mp3, wav
from support.cuts import cut, places, singles
from support.fake_server import TERMINATORS, Exchange, audio_event, ramp, serving, speech_events
from support.service_client import HELLO
from support.sound_samples import FMT, LIST, read, samples, tone, unwrap

from lightning_cli.audio.pcm import FrameAligner, PcmFormat
from lightning_cli.client.answer_formats import (
    HEADER_LIMIT_BYTES,
    SIZE_LIMIT_BYTES,
    EventPayload,
    Mp3Collector,
    begins_mp3,
    begins_wav,
    decode_mp3,
    ends_whole,
    read_head,
)
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.client.stream import SseStream
from lightning_cli.errors import ProtocolError, StreamCut
from lightning_cli.request import SAMPLE_RATES


@given(samples, places, st.sampled_from(["wav", "mp3", "ulaw", "alaw"]))
@settings(deadline=None, max_examples=150)
def test_raw_pcm_passes_whatever_was_asked(pcm: bytes, where: list[int], wire_format: str) -> None:
    """The framing that has been seen: no container at all, however the events cut the samples."""
    assume(b"WAVE" not in pcm)
    assert unwrap(cut(pcm, where), wire_format) == pcm
    assert unwrap(singles(pcm), wire_format) == pcm


@given(
    samples,
    places,
    st.sampled_from([None, *UNKNOWN_SIZES]),
    st.sampled_from([b"", LIST]),
    st.sampled_from([fmt_chunk(), fmt_chunk(extensible=True)]),
)
@settings(deadline=None, max_examples=150)
def test_a_header_in_front_of_all(pcm: bytes, where: list[int], size: int | None, before: bytes, fmt: bytes) -> None:
    """One container in front: the header goes, wherever events cut it and whatever length it claims."""
    assume(b"WAVE" not in pcm)
    whole = wav(pcm, fmt, size=size, before=before)[: None if len(pcm) % 2 == 0 or size is None else -1]
    assert unwrap(cut(whole, where)) == pcm
    assert unwrap(singles(whole)) == pcm


@given(samples, places, st.sampled_from([None, *UNKNOWN_SIZES]), st.sampled_from([b"", LIST]))
@settings(deadline=None, max_examples=150)
def test_a_header_in_every_event(pcm: bytes, where: list[int], size: int | None, after: bytes) -> None:
    """A container per event: every header goes, whether or not its length is known."""
    assume(b"WAVE" not in pcm and (size is None or len(pcm) % 2 == 0))
    pieces = cut(pcm, where, unit=1 if size is None else 2)
    # A size of zero means that it is unknown, so what follows would count as audio.
    assert unwrap([wav(piece, size=size, after=after if piece and size is None else b"") for piece in pieces]) == pcm


def test_an_odd_container_without_its_padding() -> None:
    """Writers forget the padding byte; the next event's header is found all the same."""
    first, second = wav(b"abc")[:-1], wav(b"defg")
    assert unwrap([first, second]) == b"abcdefg"


@given(samples, places, places, st.sampled_from([b"", LIST]))
@settings(deadline=None, max_examples=150)
def test_a_container_per_block_cut_by_events(pcm: bytes, blocks: list[int], where: list[int], after: bytes) -> None:
    """Containers joined and then cut anywhere: each ends where its header says, and the next one is found."""
    assume(b"WAVE" not in pcm)
    whole = b"".join(wav(block, after=after) for block in cut(pcm, blocks) if block)
    assert unwrap(cut(whole, where)) == pcm
    assert unwrap(singles(whole)) == pcm


def test_audio_beyond_a_container_is_kept() -> None:
    """A header that counts only the first block takes no sound away, in its own event or in later ones."""
    pcm = ramp(600)
    whole = wav(pcm[:400])[:44] + pcm
    assert unwrap([whole]) == pcm
    assert unwrap(cut(whole, [300, 444, 900])) == pcm


def test_what_was_held_back_for_a_header_is_released() -> None:
    """An event that ends like a header begins is audio as soon as the next one begins a real header."""
    assert unwrap([b"\0\1RI", wav(b"\2\3")]) == b"\0\1RI\2\3"
    assert unwrap([b"RI", wav(b"\2\3")]) == b"RI\2\3"
    assert unwrap([wav(b"\0" * 10)[:50], b"R", wav(b"\2\3")]) == b"\0" * 6 + b"R\2\3"
    assert unwrap([b"RIFF"]) == b"RIFF"
    assert unwrap([wav(b"ab"), b"LI"]) == b"abLI", "what began like a chunk behind the audio was none"
    assert unwrap([wav(b"ab"), wav(b"")[:20]]) == b"ab", "a header with nothing behind it is no audio"


@pytest.mark.parametrize(("law", "tag", "codec"), [("ulaw", 7, "mulaw"), ("alaw", 6, "alaw")])
def test_a_law_inside_a_container_is_expanded(law: str, tag: int, codec: str) -> None:
    """A container says what it holds, so its mu-law or A-law can be trusted, also when cut in odd places."""
    codes = bytes(range(256)) + b"\x55"
    expected = ffmpeg_decode(codes, codec, 24000)
    events = singles(wav(codes, fmt_chunk(tag=tag, bits=8)))
    assert unwrap(events, law) == expected
    assert unwrap([*events, b"\1\2"], law) == expected + b"\1\2"


def test_a_law_on_an_event_stream_is_taken_for_pcm() -> None:
    """Bare mu-law cannot be told from PCM, and PCM is what event streams have been seen to carry."""
    assert unwrap([bytes(range(256))], "ulaw") == bytes(range(256))


@pytest.mark.parametrize(
    ("fmt", "said"),
    [
        (fmt_chunk(44100), "44100 Hz where 24000 Hz"),
        (fmt_chunk(channels=2), "2 channels"),
        (fmt_chunk(bits=24), "24 bits"),
        (fmt_chunk(tag=3, bits=32), "format 3"),
        (fmt_chunk(tag=3, bits=32, extensible=True), "format 3"),
        (chunk(b"fmt ", b"short"), "broken header"),
        (b"", "does not say"),
        (chunk(b"LIST", b"", size=HEADER_LIMIT_BYTES), "near its beginning"),
    ],
)
def test_a_container_of_something_else_is_refused(fmt: bytes, said: str) -> None:
    """Audio that would be played too fast, too slow or as noise is an error that says what it is."""
    for reader in (unwrap, read):
        with pytest.raises(ProtocolError, match=said):
            reader([wav(ramp(10), fmt)])


@pytest.mark.parametrize("rate", SAMPLE_RATES)
@pytest.mark.parametrize("tagged", [False, True])
def test_mp3_in_any_cut(rate: int, tagged: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """MP3 is decoded from all events joined: the same PCM for every cut, at the rate that was asked for."""
    pcm, fmt = tone(0.6, rate), PcmFormat(rate)
    data = mp3(pcm, rate, tagged=tagged)
    decoded = decode_mp3(data, fmt)
    assert abs(len(decoded) - len(pcm)) < 4 * 1152 * 2
    loudest = max(map(abs, memoryview(decoded).cast("h")))
    assert 0.4 * 32767 < loudest < 0.65 * 32767
    for events in ([data], singles(data), cut(data, [1, 3, 100, 2000])):
        assert unwrap(events, "mp3", fmt) == decoded
        assert read(events, "mp3", fmt) == decoded
    payload = EventPayload(fmt, "mp3")
    payload.feed(data)
    assert payload.detected_format == "mp3"


def test_mp3_of_another_rate_is_refused() -> None:
    """MP3 says its own rate; what would play wrong is named."""
    with pytest.raises(ProtocolError, match="16000 Hz where 24000 Hz"):
        unwrap([mp3(tone(0.2, 16000), 16000)], "mp3")
    with pytest.raises(ProtocolError, match="2 channels"):
        unwrap([mp3(tone(0.2), 24000, channels=2)], "mp3")


def test_mp3_that_cannot_be_decoded_is_refused() -> None:
    """A tag with nothing behind it is not audio."""
    with pytest.raises(ProtocolError, match="cannot be decoded"):
        unwrap([b"ID3\x03\x00\x00\x00\x00\x00\x0a" + b"\0" * 200], "mp3")


def test_loud_mp3_is_clipped_not_wrapped() -> None:
    """Lossy audio swings beyond full scale; a sample that wrapped around would be a click."""
    square = struct.pack("<100h", *([32767] * 50 + [-32768] * 50)) * 100
    decoded = memoryview(decode_mp3(mp3(square, 24000), FMT)).cast("h")
    inner = decoded[4000:8000]
    assert max(inner) == 32767
    assert min(inner) == -32768
    steps = [abs(after - before) for before, after in itertools.pairwise(inner)]
    assert sum(step > 60000 for step in steps) < 90, "a sign flips where the square wave does not"


def test_a_single_frame_is_recognised_at_the_end() -> None:
    """One frame has no second to confirm it; the end of the answer does, though no decoder takes one alone."""
    frame = mp3(tone(0.05), 24000)[:192]
    assert begins_mp3(frame) is None
    assert begins_mp3(frame, ended=True) is True
    with pytest.raises(ProtocolError, match="cannot be decoded"):
        unwrap([frame], "mp3")
    assert unwrap([frame[:-1]], "mp3") == frame[:-1]


def test_two_sync_bytes_are_no_mp3() -> None:
    """PCM that begins like a frame is told apart by what comes where the frame would end."""
    looks_like = mp3(tone(0.2), 24000)[:192] + b"\0" * 400
    assert begins_mp3(looks_like) is False
    assert begins_mp3(b"\xff\xff\xff\xff") is False
    assert unwrap([looks_like], "mp3") == looks_like


def test_mp3_is_bounded() -> None:
    """An endless answer ends in an error, not in memory."""
    collector = Mp3Collector(b"\0" * SIZE_LIMIT_BYTES)
    with pytest.raises(ProtocolError, match="more than"):
        collector.add(b"\0")


def test_where_mp3_ends() -> None:
    """A frame cut short is seen; tags and what cannot be followed are not taken for a cut."""
    data = mp3(tone(0.3), 24000)
    assert ends_whole(data)
    assert all(not ends_whole(data[:-size]) for size in range(1, 192))
    tagged = mp3(tone(0.3), 24000, tagged=True)
    assert ends_whole(tagged)
    assert not ends_whole(tagged[:8])
    assert ends_whole(data + b"something else")


def test_the_head_alone() -> None:
    """The reader of heads asks for more until it knows."""
    head = wav(b"")
    assert begins_wav(b"") is None
    assert [begins_wav(head[:size]) for size in (1, 4, 11, 12)] == [None, None, None, True]
    assert begins_wav(b"RIFX") is False
    assert all(read_head(head[:size], FMT) is None for size in range(12, 44))
    assert read_head(head, FMT) is not None


def test_frames_stay_whole_behind_the_payload() -> None:
    """Odd cuts inside containers leave whole frames behind the aligner."""
    aligner, payload = FrameAligner(2), EventPayload(FMT, "wav")
    pcm = ramp(500)
    out = [aligner.feed(payload.feed(event)) for event in cut(wav(pcm), [1, 45, 46, 333])]
    assert all(len(piece) % 2 == 0 for piece in out)
    assert b"".join(out) == pcm


@pytest.mark.parametrize("dialect", ["new", "seed"])
@pytest.mark.parametrize("size", [100, 1024, 100_000])
def test_containers_through_an_event_stream(dialect: str, size: int) -> None:
    """Whatever the events of a real answer carry, the stream gives PCM, and names what it found."""
    pcm, sound = ramp(6000), mp3(tone(0.5), 24000)
    every = [audio_event(wav(pcm[at : at + 1024]), dialect) for at in range(0, len(pcm), 1024)]
    cases = {
        ("wav", "wav"): ([*speech_events(wav(pcm), size=size, dialect=dialect)], pcm),
        ("wav", "pcm"): ([*speech_events(pcm, size=size, dialect=dialect)], pcm),
        ("mp3", "mp3"): ([*speech_events(sound, size=size, dialect=dialect)], decode_mp3(sound, FMT)),
        ("mp3", "pcm"): ([*speech_events(pcm, size=size, dialect=dialect)], pcm),
        ("alaw", "pcm"): ([*speech_events(pcm, size=size, dialect=dialect)], pcm),
        ("ulaw", "wav"): ([*every, TERMINATORS[dialect]], pcm),
    }
    for (wire_format, detected_format), (events, expected) in cases.items():
        with serving(partial(Exchange.stream, events=events)) as server:
            how = ServiceSettings(base_url=server.url, wire_format=wire_format)
            with SpeechClient(how) as client, client.stream(HELLO) as stream:
                pieces = list(stream)
                assert isinstance(stream, SseStream)
                assert stream.detected_format == detected_format
            assert b"".join(pieces) == expected
            assert all(len(piece) % 2 == 0 for piece in pieces)
            assert server.requests[0].json["output_format"] == wire_format


def test_a_container_cut_short_in_an_event_stream() -> None:
    """The terminator decides what is whole: without it nothing is, and what had been heard stays."""
    events = speech_events(wav(ramp(6000)))
    with serving(partial(Exchange.stream, events=events[:-3])) as server:
        how = ServiceSettings(base_url=server.url, wire_format="wav")
        with SpeechClient(how) as client, client.stream(HELLO) as stream, pytest.raises(StreamCut):
            list(stream)


def test_a_header_of_nothing_but_chunks() -> None:
    """A WAV header that goes on and on is refused, since it is looked at again with every piece."""
    head = b"RIFF\0\0\0\0WAVE" + b"LIST\0\0\0\0" * 1000
    with pytest.raises(ProtocolError, match="without audio"):
        read_head(head, PcmFormat(24_000))
