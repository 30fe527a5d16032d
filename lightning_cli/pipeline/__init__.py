"""pipeline: MAP."""
