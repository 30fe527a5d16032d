"""What no test may leave behind: threads, descriptors, child processes, temporary files, and the key anywhere."""

import gc
import mmap
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from support.command_line import KEY
from support.fake_server import Recipient, made
from support.pty_session import shown

SETTLES_WITHIN_S = 5.0
# A file that holds the key because it is the place where a person keeps it.
KEY_FILES = "key"
_PROC = Path("/proc/self")
_LARGEST_BYTES = 64 * 1024 * 1024


class Held(NamedTuple):
    """What this process holds at one moment: descriptors with what they lead to, threads, children."""

    descriptors: frozenset[tuple[int, str]]
    threads: frozenset[threading.Thread]
    children: frozenset[str]


def held() -> Held:
    """Look; eSpeak NG's process, which is one for the whole run, does not count."""
    pids, pipes = _espeak()
    descriptors = frozenset(one for one in _descriptors() if one[0] not in pipes)
    return Held(descriptors, frozenset(threading.enumerate()), frozenset(_children()) - pids)


def _espeak() -> tuple[set[str], set[int]]:
    module = sys.modules.get("lightning_cli.local.espeak")
    processes = [engine._process._popen for engine in module._shared if engine._process] if module else []
    pipes = {pipe.fileno() for one in processes for pipe in (one.stdin, one.stdout) if not pipe.closed}
    return {str(one.pid) for one in processes}, pipes


def _descriptors() -> Iterator[tuple[int, str]]:
    for name in os.listdir(_PROC / "fd"):
        try:
            yield int(name), str((_PROC / "fd" / name).readlink())
        except OSError:
            # The one of the listing itself.
            continue


def _children() -> Iterator[str]:
    for task in os.listdir(_PROC / "task"):
        try:
            yield from (_PROC / "task" / task / "children").read_text().split()
        except OSError:
            continue


def added(before: Held) -> list[str]:
    """Name what has been held since ``before`` and does not go away; what is on its way gets time."""
    deadline = time.monotonic() + SETTLES_WITHIN_S
    tries = 0
    while True:
        now = held()
        found = [f"descriptor {number} of {target}" for number, target in now.descriptors - before.descriptors]
        found += [f"thread {thread.name}" for thread in now.threads - before.threads]
        found += [f"child {pid}: {_command(pid)}" for pid in now.children - before.children]
        if not found or time.monotonic() > deadline:
            return sorted(found)
        tries += 1
        # What a test made is young; looking through all there is takes a tenth of a second late in the suite.
        gc.collect(1 if tries % 20 else 2)
        time.sleep(0.005)


def _command(pid: str) -> str:
    try:
        return Path("/proc", pid, "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "gone"


def with_key(directory: Path) -> list[str]:
    """Name the files below ``directory`` that hold the key, by content or by name, but for those that are to."""
    found = []
    for folder, _, names in os.walk(directory):
        for name in names:
            path = Path(folder, name)
            if KEY in name or (KEY_FILES not in name and _holds(path)):
                found.append(str(path))
    return found


def _holds(path: Path) -> bool:
    try:
        about = path.lstat()
        # Beyond that it is audio that a test made large on purpose.
        if not stat.S_ISREG(about.st_mode) or not len(KEY) <= about.st_size <= _LARGEST_BYTES:
            return False
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(KEY.encode()) >= 0
    except OSError:
        return False


def overhear(patch: pytest.MonkeyPatch) -> None:
    """Search what every child process of a test prints."""
    communicate = subprocess.Popen.communicate

    def heard(process: "subprocess.Popen[Any]", *args: Any, **kwargs: Any) -> Any:
        outputs = communicate(process, *args, **kwargs)
        if any(KEY.encode() in (text.encode() if isinstance(text, str) else text) for text in outputs if text):
            _printed.append(f"printed by {process.args!r}")
        return outputs

    patch.setattr(subprocess.Popen, "communicate", heard)


_printed: list[str] = []


def told() -> list[str]:
    """Name the places where the key was shown or sent though it must not be, since this was asked last."""
    found = ["a terminal" for screen in shown if KEY in screen] + _printed
    _printed.clear()
    elsewhere = {(server.url, place) for server in made for place in server.pointed_to}
    for server in made:
        redirected = any(at != server.url and _leads_to(place, server) for at, place in elsewhere)
        for received in server.requests:
            if KEY.encode() in received.head + received.body:
                found += [f"{fault} to {server.url}" for fault in _misplaced(server, received.head, received.body)]
                found += [f"sent on to {server.url} by a redirect"] * redirected
    made.clear()
    return found


def _leads_to(place: str, server: Recipient) -> bool:
    return urlsplit(place).port == urlsplit(server.url).port


def _misplaced(server: Recipient, head: bytes, body: bytes) -> Iterator[str]:
    first, *lines = head.split(b"\r\n")
    fields = [line.partition(b":") for line in lines]
    if KEY.encode() in first + body or any(KEY.encode() in value for name, _, value in fields if not _carries(name)):
        yield "outside of its header"
    hosts = [value.strip().decode() for name, _, value in fields if name.lower() == b"host"]
    if any(host.rpartition(":")[2] != str(urlsplit(server.url).port) for host in hosts):
        yield f"meant for {hosts}"


def _carries(name: bytes) -> bool:
    return name.lower() == b"authorization"
