"""recording: MAP."""
