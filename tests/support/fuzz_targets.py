"""What reads from outside, each as a function of bytes: whatever they are, only errors of our own tree may come out.

The same functions are run over the kept corpus, over changed copies of it, and by atheris (``fuzz/run.py``).
"""

import contextlib
import json
import socket
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar, cast

from requests.structures import CaseInsensitiveDict

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.audio.subtitles import SpokenSegment, WordSpan, cues_of, render
from lightning_cli.catalogue.voices import parse_voices
from lightning_cli.cli import controlling
from lightning_cli.client.answer_formats import BodyPayload, EventPayload, Mp3Collector, begins_mp3, read_head
from lightning_cli.client.decode import SpeechDecoder
from lightning_cli.client.faults import error_field, error_message, refusal_of, retry_after_s
from lightning_cli.client.sse import Decoder
from lightning_cli.client.websocket.ws_frames import read_frame
from lightning_cli.errors import LightningError
from lightning_cli.narration.cast import make_cast, parse_pairs
from lightning_cli.narration.lock_file import NAME, LockFile
from lightning_cli.narration.manifest import read_sources
from lightning_cli.narration.rows import ReadingOptions
from lightning_cli.playback import remote_control
from lightning_cli.playback.deck import Deck, DeckStatus
from lightning_cli.playback.remote_control import ControlServer
from lightning_cli.recording.recording_file import Recording
from lightning_cli.settings.config_file import ConfigNames, parse_config
from lightning_cli.settings.keys import find_key
from lightning_cli.text.markup import MODES, MarkupFilter, speakable
from lightning_cli.text.reading import Reading as TextReading
from lightning_cli.text.segmenter import Segment, Segmenter, segments_of
from lightning_cli.text.whole_text import read_whole
from lightning_cli.text.wordlist import read_words

Text = TypeVar("Text", bytes, str)
_OPTIONS = (
    ReadingOptions(),
    ReadingOptions(header=False, columns=("text", None, "output"), cast=make_cast([("fuzz", {"A": "x", "B C": "y"})])),
)
FMT = PcmFormat(24_000)
_WIRE_FORMATS = ("pcm", "wav", "mp3", "ulaw", "alaw")
_LONGEST_MESSAGE_CHARS = 1100


def events(data: bytes) -> None:
    """Check that an event stream gives the same events and the same audio wherever it is cut."""
    whole, cut = Decoder(), Decoder()
    expected = whole.feed(data) + whole.finish()
    assert [event for piece in _pieces(data) for event in cut.feed(piece)] + cut.finish() == expected
    assert _heard([data]) == _heard(_pieces(data))


def _heard(pieces: list[bytes]) -> tuple[bytes, bool, str]:
    decoder, heard = SpeechDecoder(), b""
    try:
        for piece in pieces:
            heard += b"".join(decoder.feed(piece))
        heard += b"".join(decoder.finish())
    except LightningError as fault:
        # What came in the same piece as the fault is not handed out.
        return b"", False, type(fault).__name__
    return heard, decoder.done, ""


def error_bodies(data: bytes) -> None:
    """Check that an error body gives one line of bounded length, and that headers never break the report."""
    message = error_message(data)
    assert "\n" not in message
    assert len(message) < _LONGEST_MESSAGE_CHARS
    error_field(data, "recommended_endpoint")
    value = data[:200].decode("latin-1")
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict({"Retry-After": value, "x-request-id": value})
    retry_after_s(headers)
    retry_after_s(CaseInsensitiveDict({"Retry-After-Ms": value}))
    refusal_of(100 + sum(data[:2]), headers, data)


def containers(data: bytes) -> None:
    """Unwrap a body and the events of an answer, whatever container they claim to be."""
    for wire_format in _WIRE_FORMATS:
        with contextlib.suppress(LightningError):
            body = BodyPayload(FMT, wire_format)
            for piece in _pieces(data):
                body.feed(piece)
            body.finish()
        with contextlib.suppress(LightningError):
            payload = EventPayload(FMT, wire_format)
            for piece in _pieces(data):
                payload.feed(piece)
            payload.finish()


def wav(data: bytes) -> None:
    """Read the head of a WAV container; what it says lies within."""
    with contextlib.suppress(LightningError):
        head = read_head(data, FMT)
        assert head is None or head.data_at <= len(data)


def mp3(data: bytes) -> None:
    """MPEG audio is decoded or refused."""
    begins_mp3(data)
    with contextlib.suppress(LightningError):
        collector = Mp3Collector()
        collector.add(data)
        if collector.is_whole:
            collector.decode(FMT)


def socket_frames(data: bytes) -> None:
    """Read a message of the WebSocket."""
    for message in (data, data.decode("utf-8", "replace")):
        with contextlib.suppress(LightningError):
            read_frame(message)


def catalogues(data: bytes) -> None:
    """Any JSON is read as voices or refused."""
    import json

    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        return
    with contextlib.suppress(LightningError):
        parse_voices(answer)


def word_lists(data: bytes) -> None:
    """Read a dictionary file."""
    for path in _files(data, ".csv", ".tsv", ".json", ".toml"):
        with contextlib.suppress(LightningError):
            read_words(path)


def manifests(data: bytes) -> None:
    """Read a manifest: there are rows or problems, so none is lost without a word."""
    suffixes = (".csv", ".tsv", ".json", ".jsonl", ".txt", ".md", ".html", ".epub", ".srt", ".vtt", ".ass")
    for path in _files(data, *suffixes):
        reading = read_sources([str(path)], iter(()), _OPTIONS[data[:1] < b"n"])
        assert reading.rows or reading.problems
        for row in reading.rows:
            with contextlib.suppress(LightningError):
                row.read()
    read_sources(["-"], iter([data]))


def config(data: bytes) -> None:
    """Read a configuration."""
    with contextlib.suppress(LightningError):
        file = parse_config(Path("config.toml"), data)
        file.check_names(ConfigNames(("say", "batch"), {}, lambda: ("voice", "model")))


def recordings(data: bytes) -> None:
    """Read a recording."""
    for path in _files(data, ".jsonl"):
        with contextlib.suppress(LightningError), Recording(str(path)) as recording:
            list(recording.lines())


def key_files(data: bytes) -> None:
    """Check that a key out of a file can stand in a header."""
    for path in _files(data, ".key"):
        with contextlib.suppress(LightningError):
            key = find_key(path)
            assert key is None or (key.value.isascii() and key.value.isprintable())


def texts(data: bytes) -> None:
    """Check that segments are the text, whole and live, and that markup is taken away alike whole and in pieces."""
    text = data.decode("utf-8", "replace")
    for mode in MODES:
        spoken = speakable(text, mode)
        filtered = MarkupFilter(mode)
        assert "".join(filtered.feed(piece) for piece in _pieces(text)) + filtered.finish() == spoken
    assert "".join(segment.source for segment in segments_of(text, max_chars=40)) == text
    live = Segmenter(max_chars=40, live=True)
    segments = [segment for piece in _pieces(text) for segment in live.feed(piece)] + live.finish()
    assert "".join(segment.source for segment in segments) == text


def subtitles(data: bytes) -> None:
    """Subtitles of any text, in any place, with any words' times, can be written, and their times do not go back."""
    text = data[8:].decode("utf-8", "replace")
    start, length, first, last = (int.from_bytes(data[at : at + 2], "big") for at in range(0, 8, 2))
    words = tuple(WordSpan(word, first, last) for word in text.split()[:5])
    cues = cues_of(
        [SpokenSegment(text, start, start + length, words=words), SpokenSegment(text, start + length, 200_000)], 8000
    )
    assert all(cue.start_frames <= cue.end_frames for cue in cues)
    for kind in ("srt", "vtt", "json"):
        render(cues, 8000, kind)


def marks(data: bytes) -> None:
    """Read a text with marks or SSML: what marks say can be kept in a recording and comes back."""
    text = data.decode("utf-8", "replace")
    for reading in (TextReading(), TextReading(whole=True), TextReading(marks=False)):
        with contextlib.suppress(LightningError):
            for segment in read_whole(text, reading, language=None, name=""):
                again = Segment(segment.source, segment.boundary, segment.mute).with_marks(segment.marks)
                assert again.marks == segment.marks


def lock_files(data: bytes) -> None:
    """Read the record of what outputs were made from; it can be written again and then says the same."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, NAME)
        path.write_bytes(data)
        service = LockFile(Path(directory), read_only=True).service
        LockFile(Path(directory)).close()
        assert LockFile(Path(directory), read_only=True).service == service


def books(data: bytes) -> None:
    """Read an EPUB of any package document, contents and page: there are chapters or a problem."""
    package, contents, page = (*data.split(b"\0", 2), b"", b"")[:3]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "fuzzed.epub")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("META-INF/container.xml", '<container><rootfile full-path="o/c.opf"/></container>')
            for name, content in (("c.opf", package), ("n.xhtml", contents), ("a.xhtml", page)):
                archive.writestr(f"o/{name}", content)
        reading = read_sources([str(path)], iter(()))
    assert reading.rows or reading.problems


def casts(data: bytes) -> None:
    """Read a cast as a file and as pairs, and a script with it."""
    text = data.decode("utf-8", "replace")
    tables: list[Mapping[str, object]] = []
    with contextlib.suppress(LightningError):
        tables.append(parse_pairs(text))
    with contextlib.suppress(ValueError, RecursionError):
        tables.append(tomllib.loads(text))
    for table in tables:
        with contextlib.suppress(LightningError):
            made = make_cast([("fuzz", table)])
            script = text + "".join(f"\n{name}: {text}" for name in made.names[:3])
            assert all(part.text.strip() for part in made.parts(script))
            list(made.strangers(script))


class _Deck:
    """A deck that does nothing."""

    status = DeckStatus("playing", 1.0, 2.0, False, 100, "A sentence.")
    is_silent = True

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


def control_messages(data: bytes) -> None:
    """Whatever comes over the socket of a player is answered, or is no message; an answer can be shown."""
    near, far = socket.socketpair()
    with near, far, contextlib.suppress(OSError, ValueError, RecursionError):
        near.sendall(data[:4096])
        near.shutdown(socket.SHUT_WR)
        far.settimeout(5)
        message = remote_control._receive(far)
        server = ControlServer({}, lambda: True, lambda: None)
        json.dumps(server._answer(cast("Deck", _Deck()), message))
        status = remote_control._checked(message)
        if "error" not in status:
            shown = {**controlling._IDLE, **status, "waiting": 0, "playing": 1}
            assert all(controlling._lines(shown))


def _pieces(whole: Text) -> list[Text]:
    return [whole[at : at + 7] for at in range(0, len(whole), 7)]


def _files(data: bytes, *suffixes: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        for suffix in suffixes:
            path = Path(directory, f"fuzzed{suffix}")
            path.write_bytes(data)
            yield path


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        *(events, error_bodies, containers, wav, mp3, socket_frames, catalogues, word_lists, manifests, config),
        *(recordings, key_files, texts, subtitles, marks, lock_files, books, casts, control_messages),
    )
}
