"""Streaming text to speech for the command line."""

__all__ = ["__version__"]

__version__ = "0.1.0"
