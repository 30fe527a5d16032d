"""Entry of the program, as a command and as ``python -m lightning_cli``."""

import gc
import os
import signal
import sys

# Start-up makes many objects and no garbage; looked through after every 700 of them, as is usual, it takes a twentieth
# longer.
_GC_THRESHOLD = 50_000
# Commands for a hotkey, which stand alone.
_HOTKEYS = frozenset({"stop", "pause", "resume", "skip", "again", "status"})


def run() -> None:
    """Run the command line, or answer the shell that completes one, and exit."""
    gc.set_threshold(_GC_THRESHOLD)
    shell = os.environ.get("_LIGHTNING_TTS_COMPLETE")
    if shell:
        # A person waits with a finger on the key: nothing else is loaded.
        from lightning_cli.cli.completion.completing import main as complete

        sys.exit(complete(shell, sys.argv[1:]))
    _reserve_standard_descriptors()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # While the rest is loaded there is nothing to tidy up, and no use in a traceback of Ctrl-C.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if _is_hotkey(sys.argv[1:]):
        # A key press asks for silence now: what parses options is not loaded.
        from lightning_cli.cli.controlling import main as control

        sys.exit(control(sys.argv[1:]))
    # Not before: Ctrl-C while it loads would show a traceback.
    from lightning_cli.client import preconnect

    preconnect.begin(sys.argv[1:])
    # Not before: these imports are what the connection is made beside.
    from lightning_cli.cli.run import leave, main

    leave(main())


def _is_hotkey(words: list[str]) -> bool:
    """Return whether a command line is one of those that control playback, without any option."""
    if len(words) == 1:
        return words[0] in _HOTKEYS
    return words[:1] == ["set"] and not any(word.startswith("-") for word in words)


def _reserve_standard_descriptors() -> None:
    """Open what the shell has closed: a connection or a file must not be taken for standard error by some library."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    run()
