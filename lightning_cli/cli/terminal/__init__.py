"""terminal: MAP."""
