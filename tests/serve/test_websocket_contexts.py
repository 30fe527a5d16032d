"""Contexts and turns of a WebSocket session: no message blocks the next one, and all that was taken is spoken."""

import asyncio

import pytest
from support.asgi_client import LIVE, order, stage

from lightning_cli.serve import websocket


@pytest.mark.parametrize("close", [True, False])
def test_contexts_that_are_over_make_room(close: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 # a table
    """However many follow one another on a socket, and whether or not each is closed, all are spoken."""
    monkeypatch.setattr(websocket, "_TURNS_LIMIT", 3)

    async def asked() -> None:
        async with stage() as made, made.socket() as socket:
            for number in range(1, 8):
                socket.tell(**order(context_id=f"c{number}", context_close=close))
                await socket.until(lambda: socket.count("complete") == number or socket.errors)  # noqa: B023 - at once
            assert socket.errors == []

    asyncio.run(asked())


def test_open_contexts_can_be_continued_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a new one is refused where as many are open as may be."""
    monkeypatch.setattr(websocket, "_TURNS_LIMIT", 2)

    async def asked() -> None:
        async with stage() as made, made.socket() as socket:
            for name in "ab":
                socket.tell(**order(text="Hello", context_id=name, **{"continue": True}))
            socket.tell(**order(text="Hello", context_id="c", **{"continue": True}))
            await socket.until(lambda: socket.errors)
            assert socket.errors == ["Concurrency limit exceeded: too many requests are in flight."]
            socket.tell(**order(text=" there.", context_id="a"))
            socket.tell(context_id="b", context_close=True)
            await socket.until(lambda: socket.count("complete") == 2 or len(socket.errors) > 1)
            assert len(socket.errors) == 1
            # One that went on when its client left, with its clock still running.
            socket.tell(**order(text="Hello", context_id="a", **{"continue": True}))
            socket.tell(type="ping")
            await socket.until(lambda: socket.frames[-1].get("type") == "pong")

    asyncio.run(asked())


def test_more_than_a_socket_may_have_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report it, and speak what was taken."""
    monkeypatch.setattr(websocket, "_TURNS_LIMIT", 2)

    async def asked() -> None:
        async with stage() as made, made.socket() as socket:
            for _ in range(3):
                socket.tell(**order(text="Hello."))
            await socket.until(lambda: socket.errors and socket.count("complete") == 2)
            assert len(socket.errors) == 1

    asyncio.run(asked())


def test_messages_that_get_no_answer() -> None:
    """Closing what was never opened, and dropping what holds nothing."""

    async def asked() -> None:
        async with stage() as made, made.socket() as socket:
            socket.tell(context_id="nobody", context_close=True)
            socket.tell(cancel_request=True)
            socket.tell(type="ping")
            await socket.until(lambda: socket.frames)
            assert socket.frames == [{"type": "pong"}]

    asyncio.run(asked())


def test_a_context_goes_on_while_it_is_spoken() -> None:
    """What comes in the meantime waits for its turn; where one fails, what waited behind it goes too."""

    async def asked() -> None:
        async with stage() as made, made.socket() as socket:
            for text in ("This is the first sentence.", "And this one comes second.", "Now the third one."):
                socket.tell(**order(text=text, context_id="a", **{"continue": True}))
            await socket.until(lambda: socket.count("complete") == 3)
            for _ in range(2):
                socket.tell(**order(text="This cannot be spoken here.", language="ja", context_id="b"))
            await socket.until(lambda: socket.errors)
            assert socket.errors[0].startswith("Invalid input: Japanese (ja) cannot be spoken offline")
            assert socket.count("complete") == 3

    asyncio.run(asked())


def test_a_session_that_speaks_is_not_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock that ends a silent session lets a turn come to its end."""
    monkeypatch.setattr(websocket, "idle_seconds", lambda _: 0.01)

    async def asked() -> None:
        async with stage(complete_backoff_ms=100) as made, made.socket() as socket:
            socket.tell(**order())
            await socket.until(lambda: socket.closed)
            assert socket.count("complete") == 1
            assert socket.errors == ["Connection timed out after 0.01 seconds of inactivity"]

    asyncio.run(asked())


def test_sentences_without_words() -> None:
    """Between two that have some, punctuation alone has no time and no sound."""

    async def asked() -> None:
        async with stage(any_voice=True) as made, made.socket() as socket:
            socket.tell(**order(text="Hello there. ... ... Bye now.", voice_id="espeak-en", word_timestamps=True))
            await socket.until(lambda: socket.count("complete") or socket.errors)
            words = [frame["data"]["word"] for frame in socket.frames if frame["status"] == "word_timestamp"]
            assert words == ["Hello", "there.", "Bye", "now."]

    asyncio.run(asked())


def test_a_reader_that_leaves_in_the_middle() -> None:
    """Its turn ends, and its slot is free for the next."""

    async def asked() -> None:
        async with stage(concurrency=1) as made:
            async with made.socket() as socket:
                socket.breaks_at = 1
                socket.tell(**order(text="This is spoken to nobody, at some length."))
                await socket.until(lambda: socket.is_broken)
            status, _ = await made.ask("POST", LIVE, order())
            assert status == 200

    asyncio.run(asked())
