"""settings: MAP."""
