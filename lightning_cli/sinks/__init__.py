"""Outputs of audio: whole frames of PCM come in, and go to files, standard output or the sound device.

``base`` holds the contract and the tee; ``open_sink`` chooses between ``files`` and ``pipes``; ``playback_sink`` plays.
``containers`` knows formats by their names, ``encoders`` makes their bytes; ``targets`` reads what ``-o`` names;
``wrappers`` adds a volume or the time of the first audio to a sink.
"""

from lightning_cli.sinks.base import Sink
from lightning_cli.sinks.containers import Container
from lightning_cli.sinks.targets import descriptor_of, is_stream, output_fault
from lightning_cli.system.records import Record


class SinkOptions(Record):
    """The behaviour of outputs: see ``FileSink`` and ``PipeSink``."""

    clobber: bool = True
    keep_partial: bool = False
    hold_segments: bool = False


def open_sink(target: str, container: Container, options: SinkOptions | None = None) -> Sink:
    """Return the sink for ``-o target``; nothing is created or opened before its ``start``.

    ``-`` is standard output. Whatever exists and is neither a file nor a directory is written straight. Raises
    ``UsageFault`` for a terminal and for a file that must not be replaced, ``OutputError`` for a target that cannot
    be written: faults that show before any audio is asked for.
    """
    options = options or SinkOptions()
    fd = descriptor_of(target)
    try:
        straight = fd is not None or ("\0" not in target and is_stream(target))
    except OSError as fault:
        raise output_fault(fault, target) from fault
    if straight:
        from lightning_cli.sinks.pipes import PipeSink, check_not_terminal

        if fd is not None:
            check_not_terminal(fd)
        else:
            from lightning_cli.sinks.links import follow_links

            follow_links(target)
        return PipeSink(target if fd is None else fd, container, hold_segments=options.hold_segments)
    from lightning_cli.sinks.files import FileSink

    return FileSink(target, container, clobber=options.clobber, keep_partial=options.keep_partial)
