"""Messages of a WebSocket session as they are read."""

from lightning_cli.client.websocket.ws_frames import failure_of, read_frame


def test_an_id_without_end() -> None:
    """What a failure names as its request does not flood a terminal."""
    frame = read_frame('{"status":"error","message":"no","request_id":"' + "x" * 100_000 + '"}')
    assert len(failure_of(frame, heard=False).message) < 2000
    assert len(failure_of(frame, heard=True).message) < 2000
