"""The part of libpulse that playing needs, by ctypes; nothing here has a policy.

PulseAudio and PipeWire's stand-in for it both answer to this library. PortAudio reaches them through ALSA's plugin,
which can neither take back what the server holds nor say what was heard; libpulse can do both.

Everything but ``poll`` returns at once, so it keeps the interpreter's lock (``PyDLL``); one thread uses a connection.
"""

import ctypes
from ctypes import POINTER, Structure, c_char_p, c_int, c_int64, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p
from typing import Any

_LIBRARY = "libpulse.so.0"
S16LE = 3
# Flags of pa_context_connect, pa_stream_connect_playback, and the seek mode of pa_stream_write.
NO_AUTOSPAWN = 1
START_CORKED, EARLY_REQUESTS = 0x1, 0x4000
SEEK_ABSOLUTE = 1
# States of contexts, streams and operations.
CONTEXT_READY, CONTEXT_FAILED, CONTEXT_TERMINATED = 4, 5, 6
STREAM_READY, STREAM_FAILED, STREAM_TERMINATED = 2, 3, 4
OPERATION_RUNNING = 0
UNSET = 0xFFFFFFFF
ERROR_NO_ENTITY = 5


class SampleSpec(Structure):
    """pa_sample_spec."""

    _fields_ = (("format", c_int), ("rate", c_uint32), ("channels", c_uint8))


class BufferAttr(Structure):
    """pa_buffer_attr, in bytes."""

    _fields_ = (
        ("maxlength", c_uint32),
        ("tlength", c_uint32),
        ("prebuf", c_uint32),
        ("minreq", c_uint32),
        ("fragsize", c_uint32),
    )


class TimingInfo(Structure):
    """pa_timing_info."""

    _fields_ = (
        ("seconds", ctypes.c_long),
        ("microseconds", ctypes.c_long),
        ("synchronized_clocks", c_int),
        ("sink_usec", c_uint64),
        ("source_usec", c_uint64),
        ("transport_usec", c_uint64),
        ("playing", c_int),
        ("write_index_corrupt", c_int),
        ("write_index", c_int64),
        ("read_index_corrupt", c_int),
        ("read_index", c_int64),
        ("configured_sink_usec", c_uint64),
        ("configured_source_usec", c_uint64),
        ("since_underrun", c_int64),
    )


class ServerInfo(Structure):
    """The beginning of pa_server_info."""

    _fields_ = (
        ("user_name", c_char_p),
        ("host_name", c_char_p),
        ("server_version", c_char_p),
        ("server_name", c_char_p),
    )


class SinkInfo(Structure):
    """The beginning of pa_sink_info."""

    _fields_ = (("name", c_char_p), ("index", c_uint32), ("description", c_char_p), ("sample_spec", SampleSpec))


ServerInfoCallback = ctypes.CFUNCTYPE(None, c_void_p, POINTER(ServerInfo), c_void_p)
SinkInfoCallback = ctypes.CFUNCTYPE(None, c_void_p, POINTER(SinkInfo), c_int, c_void_p)
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "pa_mainloop_new": (c_void_p, ()),
    "pa_mainloop_get_api": (c_void_p, (c_void_p,)),
    "pa_mainloop_prepare": (c_int, (c_void_p, c_int)),
    "pa_mainloop_dispatch": (c_int, (c_void_p,)),
    "pa_mainloop_wakeup": (None, (c_void_p,)),
    "pa_mainloop_free": (None, (c_void_p,)),
    "pa_context_new": (c_void_p, (c_void_p, c_char_p)),
    "pa_context_connect": (c_int, (c_void_p, c_char_p, c_int, c_void_p)),
    "pa_context_get_state": (c_int, (c_void_p,)),
    "pa_context_errno": (c_int, (c_void_p,)),
    "pa_context_disconnect": (None, (c_void_p,)),
    "pa_context_unref": (None, (c_void_p,)),
    "pa_context_get_server_info": (c_void_p, (c_void_p, ServerInfoCallback, c_void_p)),
    "pa_context_get_sink_info_list": (c_void_p, (c_void_p, SinkInfoCallback, c_void_p)),
    "pa_strerror": (c_char_p, (c_int,)),
    "pa_stream_new": (c_void_p, (c_void_p, c_char_p, POINTER(SampleSpec), c_void_p)),
    "pa_stream_connect_playback": (c_int, (c_void_p, c_char_p, POINTER(BufferAttr), c_int, c_void_p, c_void_p)),
    "pa_stream_get_state": (c_int, (c_void_p,)),
    "pa_stream_write": (c_int, (c_void_p, c_char_p, c_size_t, c_void_p, c_int64, c_int)),
    "pa_stream_cork": (c_void_p, (c_void_p, c_int, c_void_p, c_void_p)),
    "pa_stream_flush": (c_void_p, (c_void_p, c_void_p, c_void_p)),
    "pa_stream_update_timing_info": (c_void_p, (c_void_p, c_void_p, c_void_p)),
    "pa_stream_get_timing_info": (POINTER(TimingInfo), (c_void_p,)),
    "pa_stream_get_underflow_index": (c_int64, (c_void_p,)),
    "pa_stream_disconnect": (c_int, (c_void_p,)),
    "pa_stream_unref": (None, (c_void_p,)),
    "pa_operation_get_state": (c_int, (c_void_p,)),
    "pa_operation_unref": (None, (c_void_p,)),
}


def load() -> Any:
    """Load the library; raises ``OSError`` where there is none."""
    library: Any = ctypes.PyDLL(_LIBRARY)
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    # The one call that waits: other threads go on meanwhile.
    poll = ctypes.CDLL(_LIBRARY).pa_mainloop_poll
    poll.restype, poll.argtypes = c_int, (c_void_p,)
    library.poll = poll
    return library
