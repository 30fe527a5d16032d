"""containers: MAP."""
