"""Between the event loop and the engine: what is prepared, and slots."""

import asyncio

from support.asgi_client import LIVE, order, stage

from lightning_cli.serve.engine_pool import EngineSlot


def test_operators_are_read() -> None:
    """With math notation the answer is what the words for it give."""

    async def asked() -> None:
        async with stage() as made:
            answers = [
                await made.ask("POST", LIVE, order(**fields))
                for fields in ({"text": "2 + 2", "math_notation": True}, {"text": "2 plus 2"}, {"text": "2 + 2"})
            ]
            assert answers[0] == answers[1]
            assert answers[0][0] == 200

    asyncio.run(asked())


def test_a_slot_is_given_back_once() -> None:
    """However often that is asked for."""
    given: list[int] = []
    slot = EngineSlot(lambda: given.append(1))
    slot.release()
    slot.release()
    assert given == [1]
