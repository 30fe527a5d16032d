"""batch: MAP."""
