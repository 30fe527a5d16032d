"""libpulse as it is called: structures of the sizes that its headers say, functions that are there."""

import ctypes

import pytest

from lightning_cli.playback import libpulse


def test_the_structures_are_those_of_the_headers() -> None:
    """Sizes on a machine of 64 bits; pa_timing_info has two struct timeval, 5 numbers of 64 bits and ints between."""
    sizes = {one.__name__: ctypes.sizeof(one) for one in (libpulse.SampleSpec, libpulse.BufferAttr)}
    assert sizes == {"SampleSpec": 12, "BufferAttr": 20}


def test_every_function_is_there() -> None:
    """With the types that its header says; the call that waits lets other threads go on."""
    library = libpulse.load()
    assert library.pa_strerror(0) == b"OK"
    assert isinstance(library.poll, ctypes._CFuncPtr)  # type: ignore[attr-defined] # the type of a function of C
    assert library.pa_stream_write.restype is ctypes.c_int


def test_a_machine_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller takes PortAudio then."""
    monkeypatch.setattr(libpulse, "_LIBRARY", "libpulse-none.so.0")
    with pytest.raises(OSError, match="libpulse-none"):
        libpulse.load()
