"""Where the eSpeak NG library and its data are, and a data path short enough for it.

eSpeak NG cuts a data path of 160 characters or more without a word and then knows no voice (its N_PATH_HOME).
"""

import _ctypes
import atexit
import ctypes
import ctypes.util
import importlib.util
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PATH_LIMIT_BYTES = 159
_DATA_NAME = "espeak-ng-data"
# The plain sonames come first: find_library starts compilers to look for them.
_SYSTEM_NAMES = {"linux": ("libespeak-ng.so.1",), "darwin": ("libespeak-ng.1.dylib", "libespeak-ng.dylib")}


@dataclass(frozen=True, slots=True)
class EspeakFiles:
    """Name the ``library`` for the loader and the ``data`` directory; None is the one built into the library."""

    library: str
    data: str | None


def locate() -> EspeakFiles | None:
    """Find eSpeak NG: the espeakng-loader wheel, else the system's library, else None."""
    if importlib.util.find_spec("espeakng_loader") is not None:
        import espeakng_loader

        library = Path(espeakng_loader.get_library_path())
        if library.exists():
            return EspeakFiles(str(library), espeakng_loader.get_data_path())
    for name in _SYSTEM_NAMES.get(sys.platform, ()):
        if _loads(name):
            return EspeakFiles(name, None)
    found = ctypes.util.find_library("espeak-ng")
    return EspeakFiles(found, None) if found and _loads(found) else None


def short_data_path(data: str, parent: str | None = None) -> str:
    """Return a path to ``data`` that eSpeak NG can hold: itself, else a link to it, else a copy.

    The link or copy lives in a new directory inside ``parent`` (default: the temporary directory) and goes when the
    process ends.
    """
    if len(os.fsencode(data)) <= PATH_LIMIT_BYTES:
        return data
    home = tempfile.mkdtemp(prefix="lightning-espeak-", dir=parent)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    short = Path(home, _DATA_NAME)
    try:
        short.symlink_to(data, target_is_directory=True)
    except OSError:  # Windows without the privilege, or a file system without links
        shutil.copytree(data, short)
    return str(short)


def unload(library: ctypes.CDLL) -> None:
    """Close a library; it leaves the process, with its state, when this was the last handle."""
    # ctypes has no public way to do it, and another way on Windows.
    free = getattr(_ctypes, "FreeLibrary", None) or _ctypes.dlclose
    free(library._handle)  # noqa: SLF001 # the same


def _loads(name: str) -> bool:
    try:
        unload(ctypes.CDLL(name))
    except OSError:
        return False
    return True
