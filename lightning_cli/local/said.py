"""Which part of a text was heard when: each piece with the engine's own word times, where it tells any; pure."""

from collections.abc import Sequence
from typing import NamedTuple

from lightning_cli.local.alignment import aligned
from lightning_cli.local.scripts import Run


class Mark(NamedTuple):
    """Say between which times, in seconds of the whole audio, the word at ``position`` of the text is heard."""

    position: int
    start_s: float
    end_s: float


class Said(NamedTuple):
    """Say from when to when the text from ``start`` to ``end`` is heard; ``marks`` None: the engine tells no words."""

    start: int
    end: int
    start_s: float
    end_s: float
    marks: tuple[Mark, ...] | None


class Placed(NamedTuple):
    """Hold a piece of a run: the ``run``, where it begins in the text, and where the piece ``begins`` in its speech."""

    run: Run
    run_at: int
    begins: int
    length: int

    def said(self, spoken: str | None, marks: Sequence[Mark] | None, start_s: float, end_s: float) -> Said:
        """Lead back to the text; ``spoken`` is what the engine was given for the piece, if it is the piece's text."""
        to_run = aligned(self.run.source, self.run.spoken)
        piece = self.run.spoken[self.begins : self.begins + self.length]
        to_piece = aligned(piece, spoken or piece)
        is_last = self.begins + self.length >= len(self.run.spoken)
        end = len(self.run.source) if is_last else to_run(self.begins + self.length)
        found = None
        if marks is not None:
            found = tuple(
                mark._replace(position=self.run_at + to_run(self.begins + to_piece(mark.position))) for mark in marks
            )
        return Said(self.run_at + (to_run(self.begins) if self.begins else 0), self.run_at + end, start_s, end_s, found)
