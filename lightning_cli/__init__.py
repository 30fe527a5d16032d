"""Streaming text to speech for the command line."""

from time import monotonic

__all__ = ["IMPORTED_AT", "__version__"]

__version__ = "0.1.0"
# The first thing that is ours in a process: until here it was the interpreter.
IMPORTED_AT = monotonic()
