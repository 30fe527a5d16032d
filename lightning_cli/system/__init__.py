"""system: MAP."""
