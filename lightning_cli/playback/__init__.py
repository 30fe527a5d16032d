"""playback: MAP."""
