"""What the commands that control playback do; without Typer, so that a hotkey does not wait for it."""

import contextlib
import math
from collections.abc import Iterator
from typing import Any

from lightning_cli.cli.terminal.console import Console, clock
from lightning_cli.errors import LightningError, NothingPlays, OutputError, ReaderGone
from lightning_cli.playback import remote_control, turn
from lightning_cli.playback.remote_control import Message, RunningPlayer
from lightning_cli.system.paths import NotPrivate

_NOTHING = "nothing is playing"
_HINT = "lightning-tts status shows what plays and what waits"
# Every key is always there; these are the values where nothing plays.
_IDLE: Message = {
    "state": "idle",
    **dict.fromkeys(("pid", "voice", "position_s", "arrived_s", "complete", "sentence", "volume", "rate", "in_turn")),
}
# One that was about to play when all were stopped is stopped in the next round.
_ROUNDS = 5


def main(words: list[str]) -> int:
    """Run a command that was given without options, and return the exit code."""
    console = Console()
    command = words[0]
    try:
        if command == "stop":
            stop(console, everybody=False)
        elif command == "status":
            show_status(console, as_json=False)
        elif command == "set":
            control_player(console, sound_message(words[1:]))
        else:
            control_player(console, {"do": command})
    except LightningError as fault:
        console.fault(fault)
        return int(fault.exit_code)
    except ReaderGone:
        return 0
    return 0


def stop(console: Console, *, everybody: bool) -> None:
    """Silence the one who plays, or all, and those who wait too; raise ``NothingPlays`` for one that stays."""
    with _directory() as directory:
        sent_away = turn.send_away(directory) if everybody and directory is not None else 0
        stopped: set[str] = set()
        for _ in range(_ROUNDS if everybody else 1):
            found = [one for one in _players(directory) if one.name not in stopped]
            for player in found if everybody else found[:1]:
                if directory is not None and not remote_control.stop(directory, player):
                    raise NothingPlays(f"cannot stop process {player.pid}", hint=f"kill -KILL {player.pid} ends it")
                stopped.add(player.name)
            if not found:
                break
    if not stopped and not sent_away:
        console.result(_NOTHING)
    elif everybody:
        console.result(f"stopped {len(stopped)} playing and {sent_away} waiting")
    else:
        console.result("stopped")


def control_player(console: Console, message: Message) -> None:
    """Send a command to the one who plays and print what it did; raise ``NothingPlays``."""
    with _directory() as directory:
        found = _players(directory)
        if not found or directory is None:
            raise NothingPlays(_NOTHING, hint=_HINT)
        first = found[0]
        answered = remote_control.ask(directory, first.name, message)
    status = answered.status if answered is not None else None
    if answered is None:
        raise NothingPlays(_NOTHING, hint=_HINT)
    if status is None:
        raise NothingPlays(
            f"process {first.pid}, which plays, is suspended",
            hint="continue it with fg, or end it with lightning-tts stop",
        )
    if "error" in status:
        raise NothingPlays(
            f"process {first.pid}, which plays, is of another version", hint="lightning-tts stop ends it"
        )
    console.result(_told(message["do"], status))


def show_status(console: Console, *, as_json: bool) -> None:
    """Print who plays, and how many wait."""
    with _directory() as directory:
        found = _players(directory)
        waiting = turn.waiting(directory) if directory is not None else 0
    status = _status_of(found[0]) if found else _IDLE
    shown = {**{name: status.get(name) for name in _IDLE}, "waiting": waiting, "playing": len(found)}
    if as_json:
        from lightning_cli.cli.terminal.listing import json_text

        console.result(json_text(shown))
        return
    for line in _lines(shown):
        console.result(line)


def _status_of(player: RunningPlayer) -> Message:
    if player.status is None or "error" in player.status:
        return {**_IDLE, "state": "suspended" if player.status is None else "unknown", "pid": player.pid}
    return player.status


def _lines(status: Message) -> Iterator[str]:
    waiting = status["waiting"]
    if status["state"] == "idle":
        yield _NOTHING
    elif status["state"] == "suspended":
        yield f"suspended: process {status['pid']} has the turn"
    elif status["state"] == "unknown":
        yield f"unknown: process {status['pid']} plays, and is of another version"
    else:
        sounds = "" if status["volume"] == 100 and status["rate"] == 1 else f", {_sound(status)}"  # noqa: PLR2004 - %
        where = f"{status['state']} {clock(status['position_s'])}"
        yield f"{where}: voice {status['voice']}, process {status['pid']}{sounds}"
        if status["sentence"]:
            yield str(status["sentence"])
    if status["playing"] > 1:
        yield f"{status['playing'] - 1} more at the same time"
    if waiting:
        yield f"{waiting} waiting"


def _told(did: str, status: Message) -> str:
    match did:
        case "pause":
            return f"paused at {clock(status['position_s'])}"
        case "resume":
            return f"playing from {clock(status['position_s'])}"
        case "skip":
            # Where the text is complete there may be no next one.
            is_end = status["complete"] and status["position_s"] >= status["arrived_s"]
            return "went to the end" if is_end else "went to the next sentence"
        case "again":
            return "went back to the start of the sentence"
        case _:
            return _sound(status)


def _sound(status: Message) -> str:
    return f"volume {status['volume']} %, speed {status['rate']:g}x"


@contextlib.contextmanager
def _directory() -> Iterator[int | None]:
    """Open the directory of turns for the block; None where there is none, and so no process in it.

    Raise ``OutputError`` for one that others could use.
    """
    with contextlib.ExitStack() as opened:
        directory: int | None = None
        try:
            directory = opened.enter_context(turn.directory_of_turns())
        except NotPrivate as fault:
            hint = "remove it, or set XDG_RUNTIME_DIR to a directory of your own"
            raise OutputError(str(fault), hint=hint) from fault
        except OSError:
            pass
        yield directory


def _players(directory: int | None) -> list[RunningPlayer]:
    return remote_control.players(directory) if directory is not None else []


def sound_message(settings: list[str]) -> Message:
    """Return the message for ``volume=80 rate=+0.1``; raise ``UsageFault``."""
    from lightning_cli.errors import UsageFault
    from lightning_cli.system.close_words import question

    message: dict[str, Any] = {"do": "set"}
    for setting in settings:
        name, equals, value = setting.partition("=")
        hint = "try: lightning-tts set volume=80 rate=1.5"
        if name not in _RANGES:
            raise UsageFault(
                f"unknown setting {name!r}", hint=question(_OTHER_NAMES[name]) if name in _OTHER_NAMES else hint
            )
        if not equals:
            numbers = [word for word in settings if _number(word, whole=False) is not None]
            like = question(f"{name}={numbers[0]}") if numbers else hint
            raise UsageFault(f"{name!r} needs a value", hint=like)
        least, most = _RANGES[name]
        number = _number(value, whole=name == "volume")
        if number is None:
            raise UsageFault(
                f"{value!r} is not a {name}", hint=f"{name} goes from {least:g} to {most:g}; +N and -N are steps"
            )
        is_step = value[:1] in {"+", "-"}
        if not (-most if is_step else least) <= number <= most:
            raise UsageFault(f"{name} {value} is out of range", hint=f"{name} goes from {least:g} to {most:g}")
        message[f"{name}_step" if is_step else name] = number
    return message


_RANGES = {"volume": (0, 400), "rate": (0.5, 4.0)}
_OTHER_NAMES = {"speed": "rate", "tempo": "rate", "gain": "volume", "vol": "volume"}


def _number(value: str, *, whole: bool) -> int | float | None:
    """Return a value as a number, None if it is none."""
    try:
        number = (int if whole else float)(value.removesuffix("%"))
    except ValueError:
        return None
    # Python would read 1_0 and other scripts' digits too.
    return number if value.isascii() and "_" not in value and math.isfinite(number) else None
