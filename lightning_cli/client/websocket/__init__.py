"""websocket: MAP."""
