"""say: MAP."""
