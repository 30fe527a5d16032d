"""Streaming text to speech for the command line, and for Python: ``stream``, ``speak``, ``save``, ``astream``.

The exports load when they are used (``__init__.pyi`` has their types), so that the command starts without them.
"""

from time import monotonic

_FROM_API = ("SpeechStream", "Spoken", "astream", "save", "speak", "stream")
__all__ = ["IMPORTED_AT", "LightningError", "__version__", *_FROM_API]  # noqa: PLE0604 - names all the same

__version__ = "0.1.0"
# The first thing that is ours in a process: until here it was the interpreter.
IMPORTED_AT = monotonic()
_HOMES = {"LightningError": "errors", **dict.fromkeys(_FROM_API, "api")}


def __getattr__(name: str) -> object:
    """Return an export, loading what it needs."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # the command never comes here

    value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Name the exports too."""
    return sorted({*globals(), *__all__})
