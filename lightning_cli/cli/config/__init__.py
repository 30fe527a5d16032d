"""config: MAP."""
