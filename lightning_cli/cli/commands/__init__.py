"""commands: MAP."""
