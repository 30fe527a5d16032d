"""audio: MAP."""
