"""Books that are made again: what has not changed is copied, and every sound stands where it should."""

import array
import hashlib
import math
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from lightning_cli.audio import pcm
from lightning_cli.audio.joins import JoinRule
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.stream import PcmStream
from lightning_cli.narration import ffmpeg
from lightning_cli.narration.book import Book
from lightning_cli.narration.cache import Entry, SpeechCache
from lightning_cli.narration.finishing import FinishOptions, finished_container
from lightning_cli.narration.lock_file import LockFile
from lightning_cli.narration.loudness import LoudnessTarget
from lightning_cli.narration.pace import Budget, Pace, Stop
from lightning_cli.narration.plan import Cutting, Identity, Item, Recipe
from lightning_cli.narration.rows import Row
from lightning_cli.narration.source import CachedSource, CachedStream, RunContext
from lightning_cli.pipeline.pipeline import PlacedSegment
from lightning_cli.request import RequestDefaults, SpeechRequest
from lightning_cli.sinks.containers import container_for

RATE = 24_000
LEAD_S, SOUND_S = 0.1, 0.6
# As long as a piece, so that each text is one.
LONG = " and so on" * 320
CONTAINERS = ("b.wav", "b.ulaw", "b.m4b", "b.mp3", "b.aac", "b.opus")


def sound(text: str) -> bytes:
    """Return a tone between silences, of a height and a length of its own."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:2], "big")
    # Of one loudness, and where it is said to be, longer.
    frames = int(RATE * SOUND_S) + (seed % 997 if "longer" in text else 0)
    step = 2 * math.pi * (490 + seed % 20) / RATE
    silence = bytes(2 * int(RATE * LEAD_S))
    return silence + array.array("h", [round(9000 * math.sin(step * at)) for at in range(frames)]).tobytes() + silence


class Voice:
    """A service that answers at once."""

    def stream(self, request: SpeechRequest) -> PcmStream:
        """Answer with the sound of the text."""
        return CachedStream(Entry(sound(request.text), request.sample_rate))


class Counted(CachedSource):
    """A source that knows what it was asked for."""

    def __init__(self, context: RunContext) -> None:
        super().__init__(context, Voice)
        self.asked: list[str] = []

    def stream(self, request: SpeechRequest) -> PcmStream:
        """Count the request."""
        self.asked.append(request.text.partition(" ")[0])
        return super().stream(request)


class Cues:
    """Keep where segments stand."""

    def __init__(self) -> None:
        self.placed: list[tuple[str, int, int]] = []

    def add(self, placed: PlacedSegment, sample_rate: int) -> None:
        """Take one."""
        assert sample_rate == RATE
        self.placed.append((placed.segment.written[:8], placed.start_frames, placed.end_frames))

    def write(self, fmt: object) -> None:
        """Write nothing."""


class Made:
    """A book as a run makes it."""

    def __init__(self, root: Path, name: str, texts: Sequence[str], *, force: bool = False, **finish: object) -> None:
        container = finished_container(name) or container_for(name)
        defaults = RequestDefaults(voice_id="v", sample_rate=RATE)
        root.mkdir(exist_ok=True)
        items = []
        for number, text in enumerate(texts):
            row = Row(f"s:{number}", "s", text, None, None, (), title=f"T{number}")
            digest = hashlib.sha256(text.encode()).hexdigest()
            items.append(Item(row, f"{number}.wav", root, container, defaults, digest, len(text)))
        recipe = Recipe(Identity("test", {}), Cutting("none", 8000, True), JoinRule())
        stop = Stop()
        context = RunContext(
            cache=SpeechCache(root / "cache"),
            identity=recipe.identity,
            stop=stop,
            pace=Pace(1, stop),
            budget=Budget(None),
            retry=RetryPolicy(),
            force=force,
        )
        self.cues = Cues()
        self.path = root / name
        book = Book(
            path=self.path,
            container=container,
            pause_ms=500,
            captions=self.cues,
            memory=root / "books",
            finish=FinishOptions(**finish),  # type: ignore[arg-type] # each test gives its own
        )
        source = Counted(context)
        record = LockFile(root)
        self.length_s = book.build(recipe, items, source, context, record)
        book.record(record, book.fingerprints(recipe, items)[0])
        self.asked = source.asked
        self.chapters = book.chapters
        self.finished = book.finished

    def onsets(self) -> list[float]:
        """Return where the sounds begin that follow 150 ms of silence, as a player decodes the file."""
        kind = ["-f", "mulaw", "-ar", str(RATE), "-ac", "1"] if self.path.suffix == ".ulaw" else []
        raw = ["-f", "s16le", "-ar", str(RATE), "-"]
        words = ["ffmpeg", "-v", "error", *kind, "-i", str(self.path), "-map", "0:a", *raw]
        samples = array.array("h", subprocess.run(words, check=True, capture_output=True).stdout)
        found, quiet = [], RATE
        for at, sample in enumerate(samples):
            if abs(sample) < 2500:
                quiet += 1
                continue
            if quiet > 0.15 * RATE:
                found.append(at / RATE)
            quiet = 0
        return found


def texts(count: int = 3) -> list[str]:
    """Return long texts, none like another."""
    return [f"Number{number} is told{LONG}" for number in range(count)]


@pytest.mark.parametrize("name", CONTAINERS)
def test_only_what_changed_is_joined_again(tmp_path: Path, name: str) -> None:
    """The rest is copied, and the book is the same to the byte as one that was made from nothing."""
    told = texts()
    first = Made(tmp_path / "a", name, told, pad=(300, 200))
    assert first.asked == [f"Number{number}" for number in range(3)]
    told[1] = f"Edited and longer{LONG}"
    again = Made(tmp_path / "a", name, told, pad=(300, 200))
    assert again.asked == ["Edited"]
    fresh = Made(tmp_path / "b", name, told, pad=(300, 200))
    assert again.path.read_bytes() == fresh.path.read_bytes()
    assert (again.chapters, again.cues.placed, again.length_s) == (fresh.chapters, fresh.cues.placed, fresh.length_s)
    assert [one.title for one in again.chapters] == ["T0", "T1", "T2"]
    assert again.onsets() == pytest.approx([one.start_s + LEAD_S for one in again.chapters], abs=0.003)
    pauses = [
        after.start_s - before.start_s - before.length_s
        for before, after in zip(again.chapters, again.chapters[1:], strict=False)
    ]
    assert pauses == pytest.approx([0.5] * 2, abs=0.022)


def test_force_joins_everything(tmp_path: Path) -> None:
    """What is spoken anew is joined anew."""
    Made(tmp_path, "b.wav", texts(2))
    assert len(Made(tmp_path, "b.wav", texts(2), force=True).asked) == 2


@pytest.mark.parametrize("name", ["b.flac", "b.ogg"])
def test_a_book_that_is_written_whole_is_laid_out_as_one_in_pieces(tmp_path: Path, name: str) -> None:
    """Its chapters and subtitles stand where those of a WAV do."""
    whole, pieces = (Made(tmp_path, one, texts(), pad=(300, 200)) for one in (name, "b.wav"))
    assert (whole.chapters, whole.cues.placed, whole.length_s) == (pieces.chapters, pieces.cues.placed, pieces.length_s)
    assert whole.onsets() == pytest.approx([one.start_s + LEAD_S for one in whole.chapters], abs=0.003)


def test_short_texts_are_one_piece(tmp_path: Path) -> None:
    """A text is told from its neighbours all the same, and pauses are exact."""
    made = Made(tmp_path, "b.m4b", ["One.", "Two.", "Three."])
    assert made.onsets() == pytest.approx([one.start_s + LEAD_S for one in made.chapters], abs=0.003)
    assert made.chapters[1].start_s - made.chapters[0].start_s - made.chapters[0].length_s == pytest.approx(0.5)


def test_a_changed_file_is_not_copied_from(tmp_path: Path) -> None:
    """A book that is not what a run has written gives no audio to the next one."""
    Made(tmp_path, "b.wav", texts(2))
    path = tmp_path / "b.wav"
    path.write_bytes(path.read_bytes()[:-2] + b"\1\1")
    assert len(Made(tmp_path, "b.wav", texts(2)).asked) == 2


def test_one_gain_holds_for_all_pieces(tmp_path: Path) -> None:
    """The whole has its loudness and keeps below its peak, decoded too; an edit leaves the other pieces alone."""
    told, target = texts(2), LoudnessTarget(-13.0, -11.0)
    Made(tmp_path, "b.m4b", told, loudness=target)
    told[1] = f"Edited{LONG}"
    made = Made(tmp_path, "b.m4b", told, loudness=target)
    assert made.asked == ["Edited"]
    assert ffmpeg.measure(["-i", ffmpeg.url(made.path)], Stop()).peak <= -11.0
    assert made.finished is not None
    assert made.finished.limited_db > 0


@pytest.mark.parametrize("name", ["b.opus", "b.ogg"])
def test_coded_audio_has_the_loudness_and_keeps_the_peak(tmp_path: Path, name: str) -> None:
    """An encoder takes some of the one and lifts the other, whether it works in pieces or not; the gain is one."""
    told = texts(2)
    for target in (LoudnessTarget(-17.0, -1.0), LoudnessTarget(-13.0, -11.0)):
        made = Made(tmp_path, name, told, loudness=target)
        measured = ffmpeg.measure(["-i", ffmpeg.url(made.path)], Stop())
        assert measured.peak <= target.ceiling_dbtp
        if target.ceiling_dbtp == -1.0:
            assert measured.integrated == pytest.approx(target.lufs, abs=0.2)
    assert not list(tmp_path.glob(".*.part"))


def test_another_gain_is_written_anew(tmp_path: Path) -> None:
    """In a file whose parts could be copied too."""
    Made(tmp_path, "b.wav", texts(2))
    made = Made(tmp_path, "b.wav", texts(2), loudness=LoudnessTarget(-30.0, -1.0))
    assert ffmpeg.measure(["-i", ffmpeg.url(made.path)], Stop()).integrated == pytest.approx(-30.0, abs=0.2)
    assert Made(tmp_path, "b.wav", texts(2), loudness=LoudnessTarget(-30.0, -1.0)).asked == []


def test_a_wav_with_a_longer_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One beyond 4 GiB has its audio further behind than where it was written."""
    monkeypatch.setattr(pcm, "WAV_LARGEST_BYTES", 1000)
    told = texts(2)
    before = Made(tmp_path / "a", "b.wav", told)
    assert before.path.read_bytes().startswith(b"RF64")
    told[1] = f"Edited{LONG}"
    again = Made(tmp_path / "a", "b.wav", told)
    assert again.asked == ["Edited"]
    assert again.path.read_bytes() == Made(tmp_path / "b", "b.wav", told).path.read_bytes()
