"""The server where hardly anybody goes: each request has an answer in the service's terms, and none blocks the next."""

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from support.asgi_client import DICTIONARIES, LIVE, order, stage

from lightning_cli.errors import UsageFault
from lightning_cli.local import dictionary_store
from lightning_cli.local.word_times import Mark, Said
from lightning_cli.serve import gate, run, runtime
from lightning_cli.serve.engine_pool import Slot
from lightning_cli.serve.fault_injection import Cut, FaultInjector, PlannedFault
from lightning_cli.serve.settings import FaultSettings, ServeSettings, parse_retired_model
from lightning_cli.serve.voice_mapping import map_voice
from lightning_cli.serve.word_timing import Word, WordClock, estimated, timed, words_of


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Say which field it is, and end what was begun."""
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
    """Say so, and wait for no more."""
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


def test_dictionaries_beyond_the_room_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse a new one and a longer one, and keep what is there."""
    monkeypatch.setattr(dictionary_store, "_STORE_LIMIT_BYTES", 150)

    async def asked() -> None:
        async with stage() as made:
            status, known = await made.ask("POST", DICTIONARIES, {"items": [{"word": "a", "pronunciation": "b"}]})
            assert status == 200
            long = {"items": [{"word": "a", "pronunciation": "b" * 20}]}
            for method, body in (("POST", long), ("PUT", {**long, "id": known["id"]})):
                status, answer = await made.ask(method, DICTIONARIES, body)
                assert (status, answer["error"]) == (507, "The dictionary cannot be stored")
            assert made.pool.dictionaries.all() == [known]

    asyncio.run(asked())


def test_a_bug_in_a_route(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer in the service's terms, without a word of what it was."""

    async def asked() -> None:
        async with stage() as made:
            monkeypatch.setattr(made.pool.dictionaries, "all", lambda: 1 // 0)
            sent: list[Any] = []
            with pytest.raises(ZeroDivisionError):
                await made.ask("GET", DICTIONARIES, into=sent)
            assert sent[0]["status"] == 500
            assert json.loads(sent[1]["body"])["message"] == "An unexpected error occurred."

    asyncio.run(asked())


def test_a_retired_web_socket() -> None:
    """Refuse the upgrade as the routes beside it are refused."""

    async def asked() -> None:
        async with stage(faults=FaultSettings(retired_status=410)) as made:
            sent = await made.denied("/waves/v1/lightning-v3.1/get_speech/stream")
            assert sent[0]["status"] == 410
            assert json.loads(sent[1]["body"])["error_code"] == "MODEL_DEPRECATED"

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


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("lightning_v3.1", ("lightning_v3.1", date.min)),
        ("lightning-v3.1=2027-01-06", ("lightning_v3.1", date(2027, 1, 6))),
        ("lightning_v9", "unknown model 'lightning_v9'"),
        ("lightning_v3.1=soon", "'soon' is not a day"),
    ],
)
def test_models_to_retire(text: str, read: object) -> None:
    """Either spelling of a model, with a day or without."""
    if isinstance(read, str):
        with pytest.raises(UsageFault, match=read):
            parse_retired_model(text)
    else:
        assert parse_retired_model(text) == read


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


def test_streams_that_fall_silent_or_break() -> None:
    """A stall lasts until the reader goes; a short answer is cut before its end."""

    async def blocks() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    async def paced(plan: PlannedFault, taken: list[bytes]) -> None:
        async for block in FaultInjector(FaultSettings()).pace(blocks(), lambda: 0.0, plan):
            taken.append(block)  # noqa: PERF401 - what came before a fault counts

    async def asked() -> None:
        for plan, fault in (
            (PlannedFault(stall_after=1), TimeoutError),
            (PlannedFault(cut_after=1), Cut),
            (PlannedFault(cut_after=4), Cut),
        ):
            taken: list[bytes] = []
            with pytest.raises(fault):
                async with asyncio.timeout(0.01 if plan.stall_after else 30):
                    await paced(plan, taken)
            assert len(taken) == min(2, plan.cut_after or plan.stall_after or 0)

    asyncio.run(asked())


def test_voices_of_an_engine_that_was_asked_for() -> None:
    """English is hibari's where it is to speak; every other language is not."""
    assert map_voice("daniel", None, "neural").voice_id == "heart"
    assert map_voice("daniel", "hi", "neural").voice_id == "espeak-hi"


def test_a_slot_is_given_back_once() -> None:
    """However often that is asked for."""
    given: list[int] = []
    slot = Slot(lambda: given.append(1))
    slot.release()
    slot.release()
    assert given == [1]


def test_words_without_a_sign_of_them() -> None:
    """Without the engine's marks nothing is claimed; without phonemes letters count; silence is shared out whole."""
    assert list(timed([Word(0, "one")], [])) == []
    said = list(timed(words_of("你好！！再见"), [Mark(0, 0.0, 1.0), Mark(2, 1.0, 1.1), Mark(4, 1.2, 2.0)]))
    assert [word.word for word, _, _ in said] == ["你好", "再见"]
    shared = list(estimated(words_of("one three"), "no such language", 0.0, 8.0))
    assert [(word.word, end_s) for word, _, end_s in shared] == [("one", 3.0), ("three", 8.0)]
    clock = WordClock("Hush", "Hush", 8000, "en")
    (word,) = clock.tell(0, bytes(16_000), [Said(0, 4, 0.0, 1.0, None)])
    assert (word.start_s, word.end_s) == (0.0, 1.0)
    assert clock.has_guessed


@pytest.fixture
def server() -> run._Server:
    """Return a server that is never started."""
    return run._Server(uvicorn.Config(lambda *_: None), None)  # type: ignore[arg-type] # nothing is asked of it


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_wish_told_twice(server: run._Server, signum: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes at once with the first is the same wish; what comes later ends every turn."""
    monkeypatch.setattr(run, "_SIGNAL_REPEAT_S", 3600)
    server.handle_exit(signum, None)
    server.handle_exit(signum, None)
    assert (server.should_exit, server.force_exit) == (True, False)
    monkeypatch.setattr(run, "_SIGNAL_REPEAT_S", -1)
    server.handle_exit(signum, None)
    assert server.force_exit
    monkeypatch.setattr(run, "_SIGNAL_REPEAT_S", 3600)
    server.handle_exit(signum, None)
    assert server.force_exit


def test_a_server_that_outlives_its_terminal(server: run._Server) -> None:
    """Where SIGHUP is ignored, as nohup has it, it stays so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with server.capture_signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_server_that_nobody_can_find(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Say that no note could be left, and what to do instead."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "file"))
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        run._announce(ServeSettings(), listener, said.append)
    assert said[1] == "note: no note could be left for other commands; reach this server by --base-url"
    assert runtime.running_server() is None


def test_a_note_without_a_runtime_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is for this user's eyes in the temporary directory too, and of no use once its process has gone."""
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    path = runtime.note_path()
    assert path.parent.parent == Path(tempfile.gettempdir())
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            assert runtime.write_note(url, "secret-token")
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            found = runtime.running_server()
            assert found is not None
            assert found.url == url
        assert runtime.running_server() is None, "no socket of this user listens there"
        ended = subprocess.Popen((sys.executable, "-S", "-c", ""))
        ended.wait()
        assert runtime._started(ended.pid) == ""
        path.write_text(path.read_text().replace(str(os.getpid()), str(ended.pid)))
        assert runtime.running_server() is None
    finally:
        path.unlink()
        path.parent.rmdir()


def test_a_pipe_in_the_place_of_the_note() -> None:
    """Somebody else may make one in a shared directory: nobody waits for who would write to it."""
    path = runtime.note_path()
    path.parent.mkdir(parents=True)
    os.mkfifo(path, 0o600)
    assert runtime.running_server() is None
