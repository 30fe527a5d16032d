"""text: MAP."""
