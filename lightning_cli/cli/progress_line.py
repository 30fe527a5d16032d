"""What the line says of a run, in how many columns."""

from typing import NamedTuple

from lightning_cli.cli.remote_line import LEAST_COLUMNS, WIDE_COLUMNS, Glyphs, StatusLine, clock, cut, width
from lightning_cli.console import Console, escape
from lightning_cli.deck import DeckStatus, State

# The widest terminals have room for more of a bar.
_VERY_WIDE_COLUMNS = 120
_BAR_COLUMNS = {True: 20, False: 10}
_DONE, _REST, _PLAIN_DONE, _PLAIN_REST = "━", "─", "#", "-"


class Written(NamedTuple):
    """Say how far a file is: characters of ``total``, None of a text still growing, seconds of audio and of time."""

    characters: int
    total: int | None
    audio_s: float
    elapsed_s: float
    sentence: str


class Heard(NamedTuple):
    """Say how far a listener is, in seconds of audio."""

    heard_s: float
    arrived_s: float
    is_complete: bool
    percent: int
    sentence: str


class ProgressLine(StatusLine):
    """Keep the line up to date; for one thread."""

    # Where nobody takes the keys the terminal shows a ^C behind the line, which must not wrap and stay.
    spare_columns = 3

    def __init__(self, console: Console) -> None:
        super().__init__(console, wanted=True)

    def draw(self, state: DeckStatus | Heard | Written) -> None:
        """Show it, if it says anything new, the terminal takes it and its foreground is ours."""
        if not self.in_foreground():
            self.forget()
        elif isinstance(state, DeckStatus):
            super().draw(state)
        elif isinstance(state, Heard):
            sounds = state.is_complete or state.heard_s < state.arrived_s
            what: State = "playing" if sounds and state.heard_s else "waiting"
            super().draw(
                DeckStatus(what, state.heard_s, state.arrived_s, state.is_complete, state.percent, state.sentence)
            )
        else:
            said = state._replace(sentence=self.spelled(state.sentence))
            self.show(
                state._replace(elapsed_s=int(state.elapsed_s)),
                lambda columns: compose_progress(said, columns, self.glyphs, colour=self.has_colour),
            )


def compose_progress(state: Written, columns: int, glyphs: Glyphs, *, colour: bool = False) -> str:
    """Say it in at most ``columns`` columns: the bar, the time, the speed, the sentence; as far as there is room."""
    parts = [_time(state), f"{state.audio_s / state.elapsed_s:.1f}x" if state.elapsed_s else ""]
    line, painted = _begin(state, columns, glyphs, colour=colour)
    for part in filter(None, parts):
        if width(line) + 2 + len(part) <= columns:
            line, painted = f"{line}  {part}", f"{painted}  {part}"
    left = columns - width(line) - 2
    sentence = cut(escape(state.sentence), left, glyphs.more) if left >= LEAST_COLUMNS else ""
    return f"{painted}  {sentence}" if sentence else painted


def _begin(state: Written, columns: int, glyphs: Glyphs, *, colour: bool) -> tuple[str, str]:
    """Give the first part as it is measured, and as it is painted."""
    if not state.total:
        told = cut(f"{state.characters} characters", columns, glyphs.more)
        return told, told
    done, rest = (_DONE, _REST) if len(glyphs.more) == 1 else (_PLAIN_DONE, _PLAIN_REST)
    share = min(1.0, state.characters / state.total)
    told = f"{int(share * 100):3} %"
    size = _BAR_COLUMNS[columns >= WIDE_COLUMNS] + (10 if columns >= _VERY_WIDE_COLUMNS else 0)
    if size + 1 + len(told) > columns:
        told = cut(told.strip(), columns, "")
        return told, told
    filled = int(share * size)
    bar = f"{done * filled}{rest * (size - filled)} {told}"
    return bar, f"\x1b[32m{bar[:filled]}\x1b[0m{bar[filled:]}" if colour and filled else bar


def _time(state: Written) -> str:
    elapsed = clock(state.elapsed_s)
    if not state.total or not state.characters:
        return elapsed
    left_s = state.elapsed_s * max(0, state.total - state.characters) / state.characters
    return f"{elapsed}, {clock(left_s)} left"
