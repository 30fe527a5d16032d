"""Text in fragments: what it costs to release it, and what is not a message."""

import asyncio
import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.asgi_client import Socket, Stage, order, stage

from lightning_cli.local import chunks
from lightning_cli.local.chunks import Chunk
from lightning_cli.serve import contexts, websocket
from lightning_cli.serve.contexts import BadMessage, Context, Fragment, idle_seconds, read_fragment


def fragment(text: str) -> contexts.Fragment:
    """Read a message that goes on."""
    return read_fragment({"text": text, "voice_id": "daniel", "context_id": "c", "continue": True})


@pytest.fixture
def cut_chars(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the characters that are cut into pieces."""
    counted: list[int] = []
    pieces = chunks.pieces

    def counting(text: str, **options: Any) -> Iterator[Chunk]:
        counted.append(len(text))
        return pieces(text, **options)

    monkeypatch.setattr(contexts, "pieces", counting)
    return counted


@pytest.mark.parametrize("unit", [",", "a, ", "word ", "One two. ", "..", "क"])
def test_a_long_fragment_is_cut_once(cut_chars: list[int], unit: str) -> None:
    """The work grows with the text; nothing of it is lost."""
    text = (unit * 8000)[:7900]
    context = Context()
    context.add(fragment(text))
    context.release_sentences()
    assert sum(cut_chars) <= len(text) + 2 * contexts._TAIL_CHARS
    context.release_all()
    assert "".join(one.text for one in context.take()) == text
    assert not context.held


def test_many_small_fragments_are_cut_a_little_each(cut_chars: list[int]) -> None:
    """A letter at a time: never more than a chunk and its tail is looked at again."""
    context = Context()
    text = "Ah, one two three. " * 40
    for letter in text:
        context.add(fragment(letter))
        context.release_sentences()
    context.release_all()
    assert "".join(one.text for one in context.take()).replace(" ", "") == text.replace(" ", "")
    assert max(cut_chars, default=0) <= contexts._TAIL_CHARS + 2


def test_white_space_does_not_pile_up() -> None:
    """It keeps a context alive, for ever if need be."""
    context = Context()
    for _ in range(100):
        context.add(fragment(" " * 5000))
        context.release_sentences()
    assert len(context._held) == 1


def test_long_fragments_are_cut_on_a_thread() -> None:
    """Their order stays, and the clock of the context is set again behind them."""

    async def asked() -> None:
        async with stage() as made, made.socket() as socket:
            long = "One two three four five six seven. " * 60 + "and"
            socket.tell(**order(text=long, context_id="c"), **{"continue": True})
            socket.tell(**order(text="The end.", context_id="c"), **{"continue": False})
            await socket.until(lambda: socket.count("complete") >= 8)
            assert not socket.errors

    asyncio.run(asked())


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Hello \ud800 there."},
        {"voice_id": "\udfff"},
        {"context_id": "\ud800"},
        {"text": "x", "unknown": "\ud800"},
        {"speed": math.nan},
        {"unknown": math.inf},
    ],
)
def test_broken_text_is_refused_by_a_frame(fields: dict[str, object]) -> None:
    """And the session goes on."""
    answered(fields)


def test_deep_fields_of_others_are_passed_over() -> None:
    """However deep they are nested."""
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    answered({"unknown": deep, "voice_id": 3})
    answered({"further": deep})


def answered(fields: dict[str, object]) -> None:
    """Send a message that is refused or spoken, and then one that is spoken."""

    async def asked() -> None:
        async with stage() as made, made.socket() as socket:
            socket.tell(**{**order(), **fields})
            await socket.until(lambda: socket.errors or socket.count("complete"))
            told = socket.count("complete")
            socket.tell(**order())
            await socket.until(lambda: socket.count("complete") == told + 1)

    asyncio.run(asked())


async def until_free(made: Stage, pinging: Socket) -> None:
    """Ping until no slot is taken."""
    while made.pool._taken:
        pinging.tell(type="ping")
        await asyncio.sleep(0.01)


def test_a_context_that_is_only_pinged_gives_its_slot_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while without text others are served; its next text takes a slot again."""
    monkeypatch.setattr(websocket, "_HELD_SLOT_S", 0.05)

    async def asked() -> None:
        async with stage(concurrency=1) as made, made.socket() as holder, made.socket() as other:
            holder.tell(**order(text="Hello there, friend.", context_id="c"), **{"continue": True})
            await holder.until(lambda: holder.count("complete") == 1)
            while made.pool._taken:  # a count, which nothing waits for
                holder.tell(type="ping")
                await asyncio.sleep(0.01)
            other.tell(**order())
            await other.until(lambda: other.count("complete") == 1)
            await until_free(made, other)
            holder.tell(**order(text="And more of it now.", context_id="c"), **{"continue": True})
            await holder.until(lambda: holder.count("complete") == 2)

    asyncio.run(asked())


def test_more_sockets_than_there_is_room_for_are_refused() -> None:
    """Before the upgrade, so that requests over HTTP find a connection."""

    async def asked() -> None:
        async with stage() as made:
            made.pool.session_limit = 0
            sent = await made.denied("/waves/v1/tts/live")
            assert sent[0]["status"] == 429

    asyncio.run(asked())


def fragment_of(text: str, **fields: object) -> Fragment:
    """Read a fragment of a context."""
    return read_fragment({"text": text, "voice_id": "daniel", "context_id": "c", "continue": True, **fields})


def released(*texts: str) -> list[str]:
    """Return what the texts release, sentence by sentence, without the rest."""
    context = Context()
    out: list[str] = []
    for text in texts:
        context.add(fragment_of(text))
        context.release_sentences()
        out += [order.text for order in context.take()]
    return out


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("This is a sentence. ",), 1),
        (("This is a sentence", " and more"), 0),
        (("Yes. ",), 0),
        (("Yes. ", "And here is more. "), 1),
        (("I have seen Mr.",), 0),
        (("It has cost 3.",), 0),
        (("It costs $3.5 more than before!",), 1),
        (("यह एक वाक्य है। ",), 1),
    ],
)
def test_when_fragments_are_released(texts: tuple[str, ...], expected: int) -> None:
    """At the end of a sentence that is long enough; not at abbreviations, nor where a number may go on."""
    assert len(released(*texts)) == expected


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(st.sampled_from("ab .,!?\u0964"), min_size=1, max_size=200).filter(str.strip), max_size=8))
def test_contexts_lose_no_letter(texts: list[str]) -> None:
    """However text is cut into fragments, what is released joined is the text, in pieces of bounded length."""
    context = Context()
    spoken: list[str] = []
    for text in texts:
        context.add(fragment_of(text))
        context.release_sentences()
        spoken += [order.text for order in context.take()]
    context.release_all()
    spoken += [order.text for order in context.take()]
    assert "".join("".join(spoken).split()) == "".join("".join(texts).split())
    assert all(len(one.strip()) <= 250 for one in spoken)


def test_messages_that_only_steer_need_no_text() -> None:
    """A close may leave text and voice out; a plain message may not."""
    assert read_fragment({"context_id": "c", "context_close": True}).speech_request is None
    assert read_fragment({"text": " ", "voice_id": "daniel"}).blank
    for fields in ({}, {"text": "x"}, {"voice_id": "daniel"}, {"flush": 1}, {"text": "", "voice_id": "daniel"}):
        with pytest.raises(BadMessage):
            read_fragment(fields)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(None, 60), ("", 60), ("0", 60), ("00", 60), ("-1", 60), ("\u0665", 60), ("7", 7), ("007", 7), ("180", 180),
     ("181", 180), ("1800", 180), ("9" * 5000, 180), ("0" * 5000 + "9", 9)],
)  # fmt: skip
def test_idle_time_of_any_number_of_digits(given: str | None, seconds: int) -> None:
    """The served socket takes the time it is told, up to its limit, however it is written."""
    assert idle_seconds(given) == seconds
