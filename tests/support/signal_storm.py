"""Signals at random moments into any command, and what must hold whatever they hit."""

import fcntl
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from support.command_line import COMMAND, KEY

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ENDS_WITHIN_S = 15.0
LEAVES_WITHIN_S = 5.0
_TWICE = 0.5
_EVERYTHING = 1 << 30
_OURS = "lightning_cli"
# What a process prints that was hit outside any handler.
_ACCIDENTS = ("Traceback", "Exception ignored", "Fatal", "unexpected", "Error:")


class Hit(NamedTuple):
    """What became of one process: when it was hit, by what, and how it ended; ``again`` is what hit it right after."""

    after_s: float
    signum: signal.Signals
    code: int
    stdout: bytes
    stderr: str
    again: tuple[signal.Signals, float] | None = None


def strike(
    arguments: Sequence[str],
    env: Mapping[str, str],
    signum: signal.Signals,
    after_s: float,
    again: tuple[signal.Signals, float] | None = None,
) -> Hit:
    """Start a command, send a signal after a while, perhaps another a while after that, and wait for its end."""
    # As in a shell's foreground: a background job's ignored signals are not what is tested.
    process = subprocess.Popen(
        (*COMMAND, *arguments),
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_deaf_to_nothing,  # noqa: PLW1509 - it calls nothing that another thread could hold
    )
    try:
        out, err = process.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signum)
        if again is not None:
            time.sleep(again[1])
            process.send_signal(again[0])
        try:
            out, err = process.communicate(timeout=ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{signum.name} after {after_s:.3f} s is not obeyed: {err.decode()}") from None
    return Hit(after_s, signum, process.returncode, out, err.decode(errors="replace"), again)


def _deaf_to_nothing() -> None:
    for signum in ENDING:
        signal.signal(signum, signal.SIG_DFL)


def check(hit: Hit, *, done: int = 0) -> None:
    """Check what holds for every command: it ends by its signal, or as if there had been none, and without noise."""
    signals = {hit.signum, *([hit.again[0]] if hit.again else [])}
    if signal.SIGINT in signals and "KeyboardInterrupt" in hit.stderr and _OURS not in hit.stderr:
        # The interpreter was starting: nothing of ours ran yet.
        return
    told = f"{hit.signum.name} after {hit.after_s:.3f} s, then {hit.again}: {hit.code}\n{hit.stderr}"
    assert hit.code in {done, *(-signum for signum in signals)}, told
    assert not any(word in hit.stderr for word in _ACCIDENTS), told
    assert KEY not in hit.stderr + hit.stdout.decode(errors="replace"), told


def leave(arguments: Sequence[str], env: Mapping[str, str], taken_bytes: int) -> Hit:
    """Start a command, read so much of its standard output and no more, and wait for its end."""
    reader, writer = os.pipe()
    # The least there is: what is written after the reader has left is to meet it.
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    with subprocess.Popen(
        (*COMMAND, *arguments), env=dict(env), stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE
    ) as process:
        os.close(writer)
        out = b""
        while len(out) < taken_bytes and (piece := os.read(reader, min(taken_bytes - len(out), 65_536))):
            out += piece
        os.close(reader)
        try:
            err = process.communicate(timeout=LEAVES_WITHIN_S)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"it goes on though its reader left after {taken_bytes} bytes") from None
    return Hit(0, signal.SIGPIPE, process.returncode, out, err.decode(errors="replace"))


def leaving(
    arguments: Sequence[str], env: Mapping[str, str], times: int, seed: int, look: Callable[[Hit], None]
) -> list[Hit]:
    """Leave a command at random places of what it writes to standard output; all of it is there, or it dies quietly."""
    chance = random.Random(seed)
    whole = leave(arguments, env, _EVERYTHING)
    assert whole.code >= 0, whole.stderr
    look(whole)
    hits = []
    for _ in range(times):
        hit = leave(arguments, env, chance.randrange(len(whole.stdout) + 1))
        check(hit, done=whole.code)
        assert whole.stdout.startswith(hit.stdout), hit
        look(hit)
        hits.append(hit)
    return hits


def was_killed(hit: Hit) -> bool:
    """Return whether it had no chance to tidy up."""
    return hit.signum is signal.SIGKILL or (hit.again is not None and hit.again[0] is signal.SIGKILL)


def storm(
    arguments: Sequence[str],
    env: Mapping[str, str],
    times: int,
    seed: int,
    look: Callable[[Hit], None],
    signals: Sequence[signal.Signals] = (*ENDING, signal.SIGKILL),
) -> list[Hit]:
    """Hit a command at random moments of its life, half of the times twice, and look each time at what it left.

    The second signal comes soon: timeout(1) and a terminal that closes send two, and so do people.
    """
    chance = random.Random(seed)
    begun = time.monotonic()
    whole = strike(arguments, env, signal.SIGKILL, 60)
    lasts_s = time.monotonic() - begun
    assert whole.code == 0, whole.stderr
    look(whole)
    hits = []
    for _ in range(times):
        again = (chance.choice(signals), chance.choice((0, 0.003, 0.03, 0.2))) if chance.random() < _TWICE else None
        hit = strike(arguments, env, chance.choice(signals), chance.uniform(0, lasts_s * 1.1), again)
        check(hit)
        look(hit)
        hits.append(hit)
    return hits
