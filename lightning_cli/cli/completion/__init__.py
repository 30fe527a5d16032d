"""completion: MAP."""
