"""catalogue: MAP."""
