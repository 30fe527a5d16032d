"""Helpers for every package, with no knowledge of speech; the standard library alone, and platformdirs off Linux.

``paths`` names every directory; ``small_files`` reads with a limit, replaces atomically, and keeps JSON; ``file_lock``
locks; ``last_seen`` keeps what completion offers; ``records`` is the base of cheap immutable classes; ``toml_text``
reads TOML from any source; ``close_words`` is behind every "did you mean"; ``trace`` marks the steps of a run;
``watchdog`` waits for calls that may never return.
"""
