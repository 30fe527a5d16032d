"""Signals at random moments into any command, and what must hold whatever they hit."""

import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from commandline import COMMAND, KEY

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ENDS_WITHIN_S = 15.0
_OURS = "lightning_cli"
# What a process says that was hit where nobody was ready for it.
_ACCIDENTS = ("Traceback", "Exception ignored", "Fatal", "unexpected", "Error:")


class Hit(NamedTuple):
    """What became of one process: when it was hit, by what, and how it ended."""

    after_s: float
    signum: signal.Signals
    code: int
    stdout: bytes
    stderr: str


def strike(
    arguments: Sequence[str], env: Mapping[str, str], signum: signal.Signals, after_s: float, cwd: Path | None = None
) -> Hit:
    """Start a command, send a signal after a while, and wait for its end."""
    # As in a shell's foreground: a background job's ignored signals are not what is tested.
    process = subprocess.Popen(
        (*COMMAND, *arguments),
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_deaf_to_nothing,  # noqa: PLW1509 - it calls nothing that another thread could hold
    )
    try:
        out, err = process.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signum)
        try:
            out, err = process.communicate(timeout=ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{signum.name} after {after_s:.3f} s is not obeyed: {err.decode()}") from None
    return Hit(after_s, signum, process.returncode, out, err.decode(errors="replace"))


def _deaf_to_nothing() -> None:
    for signum in ENDING:
        signal.signal(signum, signal.SIG_DFL)


def check(hit: Hit, *, done: int = 0) -> None:
    """Check what holds for every command: it ends by its signal, or as if there had been none, and without noise."""
    if hit.signum is signal.SIGINT and "KeyboardInterrupt" in hit.stderr and _OURS not in hit.stderr:
        # The interpreter was starting: nothing of ours ran yet.
        return
    told = f"{hit.signum.name} after {hit.after_s:.3f} s: {hit.code}\n{hit.stderr}"
    assert hit.code in {-hit.signum, done}, told
    assert not any(word in hit.stderr for word in _ACCIDENTS), told
    assert KEY not in hit.stderr + hit.stdout.decode(errors="replace"), told


def storm(
    arguments: Sequence[str],
    env: Mapping[str, str],
    times: int,
    seed: int,
    look: Callable[[Hit], None],
    signals: Sequence[signal.Signals] = (*ENDING, signal.SIGKILL),
) -> list[Hit]:
    """Hit a command at random moments of its life, and look each time at what it left."""
    chance = random.Random(seed)
    begun = time.monotonic()
    whole = strike(arguments, env, signal.SIGKILL, 60)
    lasts_s = time.monotonic() - begun
    assert whole.code == 0, whole.stderr
    look(whole)
    hits = []
    for _ in range(times):
        hit = strike(arguments, env, chance.choice(signals), chance.uniform(0, lasts_s * 1.1))
        check(hit)
        look(hit)
        hits.append(hit)
    return hits
