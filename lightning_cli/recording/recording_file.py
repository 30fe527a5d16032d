"""The reader of recordings, which checks every line before use, in constant memory."""

import json
import math
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import pybase64

from lightning_cli.errors import UsageFault
from lightning_cli.recording.record import MAGIC, VERSION

LINE_LIMIT_BYTES = 1024 * 1024
_BLOCK_BYTES = 256 * 1024
_LONGEST_MS = 1e9
_DATA = b'{"event":"data"'
_WORD = re.compile("[A-Z][A-Za-z]{0,40}")


@dataclass(frozen=True, slots=True)
class RecordingLine:
    """One line behind the first: its number in the file, its event, and its checked fields."""

    number: int
    event: str
    fields: Mapping[str, Any]

    @property
    def at_s(self) -> float:
        """Return when it happened, in seconds from the start of the recording."""
        return float(self.fields.get("at_ms", 0)) / 1000


class Recording:
    """An open recording.

    Raises ``UsageFault``, with the number of the line, for whatever is not a recording: all of it is looked at first.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        except (OSError, ValueError) as fault:
            told = fault.strerror if isinstance(fault, OSError) else "the name has a NUL in it"
            raise UsageFault(f"{path} cannot be read ({told})", hint="check the name after --replay") from fault
        if not stat.S_ISREG(os.fstat(self._fd).st_mode):
            self.close()
            raise UsageFault(f"{path} is not a file", hint="a recording is read more than once: save it to a file")
        try:
            self.header = self._read_header()
            # Its counts, where the first request went, and whether all of the text was processed.
            self.requests = self.segments = self.characters = 0
            self.first_path = ""
            self.is_complete = False
            self._check()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; idempotent."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def lines(self, *, data: bool = True) -> Iterator[RecordingLine]:
        """Yield the lines behind the first, with a position of their own; without ``data`` bodies are left out."""
        for number, raw in self._raw_lines():
            if number > 1 and (data or not raw.startswith(_DATA)):
                yield self._line(number, raw)

    def broken(self, number: int, why: str) -> UsageFault:
        """Return the error for a line that cannot be used."""
        return UsageFault(f"{self.path}, line {number}: {why}", hint="record it again, with say --record")

    def _raw_lines(self) -> Iterator[tuple[int, bytes]]:
        """Cut the file into lines, each with its end, and with a number from 1."""
        number, place, rest = 1, 0, b""
        while True:
            try:
                block = os.pread(self._fd, _BLOCK_BYTES, place)
            except OSError as fault:
                raise self.broken(number, f"it cannot be read ({fault.strerror})") from fault
            place += len(block)
            *whole, rest = (rest + block).split(b"\n")
            for line in whole:
                yield number, line
                number += 1
            if len(rest) > LINE_LIMIT_BYTES:
                raise self.broken(number, "it is too long for a recording")
            if not block:
                if rest:
                    raise self.broken(number, "it breaks off")
                return

    def _read_header(self) -> dict[str, Any]:
        for number, raw in self._raw_lines():
            said = self._parsed(number, raw)
            version = said.get(MAGIC)
            if version is None:
                raise self.broken(number, "this is not a recording")
            if version != VERSION or isinstance(version, bool):
                raise self.broken(number, f"version {json.dumps(version)[:20]} is not supported, only {VERSION}")
            return said
        raise self.broken(1, "the file is empty")

    def _check(self) -> None:
        """Check every line, and their order."""
        state, number = "idle", 1
        for line in self.lines():
            number = line.number
            states, after = _ORDER[line.event]
            if state not in states:
                raise self.broken(number, f"{line.event} does not belong here")
            state = after
            if line.event == "segment":
                self.segments += 1
                self.characters += len(" ".join(line.fields["source"].split()))
            elif line.event == "request":
                self.first_path = self.first_path or line.fields["path"]
                self.requests += 1
            elif line.event == "done":
                self.is_complete = line.fields["complete"]
        if state != "over":
            raise self.broken(number, "the recording breaks off behind it")

    def _line(self, number: int, raw: bytes) -> RecordingLine:
        fields = self._parsed(number, raw)
        event = fields.get("event")
        if not isinstance(event, str) or event not in _FIELDS:
            raise self.broken(number, "it has no known event")
        for name, is_good in _FIELDS[event].items():
            if not is_good(fields.get(name)):
                raise self.broken(number, f"{name} is missing or wrong")
        return RecordingLine(number, event, fields)

    def _parsed(self, number: int, raw: bytes) -> dict[str, Any]:
        try:
            fields = json.loads(raw)
        except (ValueError, RecursionError) as fault:
            raise self.broken(number, "it is not JSON") from fault
        if not isinstance(fields, dict):
            raise self.broken(number, "it is not a JSON object")
        return fields


def _is_moment(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 <= value <= _LONGEST_MS
        and math.isfinite(value)
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_hint(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_status(value: object) -> bool:
    return type(value) is int and 100 <= value <= 999  # noqa: PLR2004 - all that three digits can say


def _is_boundary(value: object) -> bool:
    return type(value) is int and 0 <= value <= 4  # noqa: PLR2004 - those of text.Boundary


def _is_exit_code(value: object) -> bool:
    return value is None or type(value) is int


def _is_base64(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(pybase64.b64decode(value, validate=True))
    except ValueError:
        return False


def _is_headers(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_kind(value: object) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


_FIELDS: dict[str, dict[str, Callable[[object], bool]]] = {
    "segment": {"source": _is_text, "boundary": _is_boundary},
    "request": {"at_ms": _is_moment, "method": _is_text, "path": _is_text, "headers": _is_headers, "body": _is_object},
    "answer": {"at_ms": _is_moment, "status": _is_status, "reason": _is_text, "headers": _is_headers},
    "data": {"at_ms": _is_moment, "base64": _is_base64},
    "end": {"at_ms": _is_moment},
    "fault": {"at_ms": _is_moment, "kind": _is_kind, "message": _is_text, "hint": _is_hint},
    "closed": {"at_ms": _is_moment},
    "retry": {"at_ms": _is_moment, "delay_s": _is_moment},
    "done": {"at_ms": _is_moment, "exit_code": _is_exit_code, "complete": _is_bool},
}
# Event -> the states in which it may come, and its next state.
_ORDER: dict[str, tuple[tuple[str, ...], str]] = {
    "segment": (("idle",), "idle"),
    "request": (("idle",), "asked"),
    "answer": (("asked",), "answered"),
    "data": (("answered",), "answered"),
    "end": (("answered",), "idle"),
    "fault": (("asked", "answered"), "idle"),
    "closed": (("asked", "answered"), "idle"),
    "retry": (("idle",), "idle"),
    "done": (("idle",), "over"),
}
