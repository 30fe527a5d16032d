"""What every route refuses, and how."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest
from support.asgi_client import DICTIONARIES, LIVE, order, stage

from lightning_cli.serve import gate
from lightning_cli.serve.settings import FaultSettings


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the field, and end what was begun."""
    monkeypatch.setattr(gate, "_BODY_TIMEOUT_S", 0.01)

    async def asked() -> None:
        async with stage() as made:
            status, answer = await made.ask("POST", LIVE, order(language="ja"))
            assert status == 400
            assert answer["error"][0]["path"] == ["language"]
            assert answer["error"][0]["message"].startswith("Japanese (ja) cannot be spoken offline")
            status, answer = await made.ask("POST", LIVE, pieces=[bytes(gate.BODY_LIMIT_BYTES), b"x"])
            assert (status, answer["error"]) == (413, "PayloadTooLarge")
            status, answer = await made.ask("POST", DICTIONARIES, {"items": ["word", {"word": "a"}]})
            assert status == 400
            assert [issue["path"] for issue in answer["details"]] == [["items", 0], ["items", 1, "pronunciation"]]
            made.pool.draining.set()
            status, answer = await made.ask("POST", LIVE, order())
            assert (status, answer["error"]) == (503, "ServiceUnavailable")

    asyncio.run(asked())


def test_a_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer with a timeout, and wait no longer."""
    monkeypatch.setattr(gate, "_BODY_TIMEOUT_S", 0.01)

    async def asked() -> None:
        async with stage() as made:

            async def stalls(*_: object) -> AsyncIterator[bytes]:
                await asyncio.Event().wait()
                yield b""

            monkeypatch.setattr("starlette.requests.Request.stream", stalls)
            status, answer = await made.ask("POST", LIVE, order())
            assert (status, answer["error"]) == (408, "RequestTimeout")

    asyncio.run(asked())


def test_a_model_that_retires() -> None:
    """Announced up to its day, by header, event and frame; refused from it, in words that name another."""

    async def asked() -> None:
        async with stage(faults=FaultSettings(retired_models=(("lightning_v3.1", date.max),))) as made:
            answered = await made.answer("POST", LIVE, {}, order())
            assert answered.headers["sunset"] == "Fri, 31 Dec 9999 00:00:00 GMT"
            _, events = await made.ask("POST", LIVE, order())
            assert b'"status":"warning","code":"model_deprecated"' in events
            assert b"will be retired on 9999-12-31. Use lightning_v3.1_pro instead." in events
            assert "sunset" not in (await made.answer("POST", LIVE, {}, order(model="lightning_v3.1_pro"))).headers
            async with made.socket() as socket:
                for _ in range(2):
                    socket.tell(**order())
                await socket.until(lambda: socket.count("complete") == 2)
                assert socket.count("warning") == 1
        async with stage(faults=FaultSettings(retired_models=(("lightning_v3.1", date.min),))) as made:
            status, answer = await made.ask("POST", LIVE, order())
            assert (status, answer["error_code"]) == (410, "MODEL_DEPRECATED")
            assert answer["message"] == "Model lightning_v3.1 is retired. Use lightning_v3.1_pro instead."
            assert (await made.ask("POST", LIVE, order(model="lightning_v3.1_pro", voice_id="meher")))[0] == 200
            async with made.socket() as socket:
                socket.tell(**order())
                await socket.until(lambda: socket.errors)
                assert socket.errors == [answer["message"]]

    asyncio.run(asked())
