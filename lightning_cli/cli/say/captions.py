"""Subtitles of a run: collected while it speaks, written when it has succeeded."""

from collections.abc import Sequence

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.audio.subtitles import Format, Source, SpokenSegment, WordSpan, cues_of, format_for, render
from lightning_cli.pipeline.pipeline import PlacedSegment
from lightning_cli.sinks import SinkOptions, open_sink
from lightning_cli.sinks.containers import PCM
from lightning_cli.text.segmenter import Boundary


class Captions:
    """Subtitle files under the rules of an audio file: whole or not at all, under their name only at the end.

    Raises ``UsageFault`` for an unknown extension and ``OutputError`` for a path that cannot be written,
    both before anything is spoken. ``by_engine``: the words' times are those of the offline engine.
    """

    def __init__(self, paths: Sequence[str], options: SinkOptions, *, by_engine: bool = False) -> None:
        self._word_source: Source = "engine-word" if by_engine else "service-word"
        kinds: list[Format] = [format_for(path) for path in paths]
        # A container that takes bytes as they are.
        self._targets = [(open_sink(path, PCM, options), kind) for path, kind in zip(paths, kinds, strict=True)]
        self._spoken: list[SpokenSegment] = []

    def add(self, placed: PlacedSegment, sample_rate: int) -> None:
        """Add one segment and its place."""
        words = tuple(
            WordSpan(word.word, round(word.start_s * sample_rate), round(word.end_s * sample_rate))
            for word in placed.words
        )
        split = placed.segment.boundary < Boundary.SENTENCE
        start, end = placed.start_frames, placed.end_frames
        self._spoken.append(SpokenSegment(placed.segment.written, start, end, split, words, self._word_source))

    def write(self, fmt: PcmFormat) -> None:
        """Write every file."""
        cues = cues_of(self._spoken, fmt.sample_rate)
        for sink, kind in self._targets:
            try:
                sink.start(fmt)
                sink.write(render(cues, fmt.sample_rate, kind).encode())
                sink.commit()
                sink.finish()
            except BaseException:
                sink.abort()
                raise
