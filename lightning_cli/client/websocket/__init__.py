"""The service over a WebSocket: requests come in, streams of PCM go out, over one connection for a run.

``ws_session`` streams requests over ``ws_connection``, which makes the upgrade and reads the messages; ``ws_frames``
takes frames apart; ``ws_tls`` wraps the socket.
"""
