"""The channel between the computing thread and its listener."""

import threading

import pytest

from lightning_cli.local.speech import BlockChannel


def test_blocks_come_in_order_then_the_end() -> None:
    """None stands for the end, again and again."""
    channel = BlockChannel()
    assert channel.put(b"a")
    assert channel.put(b"b")
    channel.finish()
    assert [channel.take(), channel.take(), channel.take(), channel.take()] == [b"a", b"b", None, None]
    assert channel.complete


def test_a_full_channel_holds_the_producer_until_there_is_room() -> None:
    """The producer is at most the capacity ahead."""
    channel = BlockChannel(capacity=2)
    put: list[int] = []

    def produce() -> None:
        for index in range(5):
            channel.put(bytes([index]))
            put.append(index)
        channel.finish()

    thread = threading.Thread(target=produce)
    thread.start()
    taken = []
    while (block := channel.take(10)) is not None:
        taken.append(block[0])
        assert len(put) <= len(taken) + 3
    thread.join(10)
    assert taken == [0, 1, 2, 3, 4]


def test_a_fault_comes_behind_the_blocks_before_it() -> None:
    """What was made is heard first."""
    channel = BlockChannel()
    channel.put(b"a")
    channel.finish(KeyError("mine"))
    assert channel.take() == b"a"
    with pytest.raises(KeyError):
        channel.take()
    assert not channel.complete


def test_closing_wakes_a_waiting_producer() -> None:
    """It learns that the listener has left."""
    channel = BlockChannel(capacity=1)
    channel.put(b"a")
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(channel.put(b"b")))
    thread.start()
    channel.close()
    thread.join(10)
    assert answers == [False]
    assert channel.take() is None
    assert not channel.complete


def test_closing_wakes_a_waiting_consumer() -> None:
    """From another thread."""
    channel = BlockChannel()
    answers: list[bytes | None] = []
    thread = threading.Thread(target=lambda: answers.append(channel.take()))
    thread.start()
    channel.close()
    thread.join(10)
    assert answers == [None]


def test_waiting_too_long_is_a_time_out() -> None:
    """The block may still come afterwards."""
    channel = BlockChannel()
    with pytest.raises(TimeoutError):
        channel.take(0.01)
    states = [channel.ready]
    channel.put(b"a")
    states.append(channel.ready)
    assert states == [False, True]
    assert channel.take(0.01) == b"a"
