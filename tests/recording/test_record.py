"""``say --record`` and ``--replay``: whatever the service did comes again, byte for byte, without it."""

from support.command_line import KEY
from support.fake_server import (
    Exchange,
    serving,
)

from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import ServiceError, Unavailable
from lightning_cli.recording.record import PieceBody, Recorder

# The client alone: what it makes of an answer, and what it makes of the recorded one.


def test_a_body_in_pieces_gives_no_more_than_is_asked_for() -> None:
    """What is left of a piece comes before the next one."""

    class Body(PieceBody):
        pieces = iter((b"abcde", b"fg"))

        def _more(self) -> bytes:
            return next(self.pieces, b"")

    body = Body()
    assert [body.read1(size) for size in (2, 2, 2, -1, 2)] == [b"ab", b"cd", b"e", b"fg", b""]


# The command.


# What is not a recording.


def test_speech_alone_is_recorded() -> None:
    """What is asked for beside it leaves no line."""

    def answers(exchange: Exchange) -> None:
        exchange.answer(b"[]", kind="application/json")

    lines: list[bytes] = []
    recorder = Recorder(lines.append)
    with serving(answers) as server:
        settings = ServiceSettings(base_url=server.url, key=KEY)
        with SpeechClient(settings, tape=recorder) as client:
            assert client.call("GET", "/pronunciation-dicts") == []
    assert lines == []
    # What follows the end of an answer is none of it.
    number = recorder.request("POST", "/x", {}, {})
    recorder.end(number)
    written = len(lines)
    recorder.data(number, b"late")
    recorder.end(number)
    recorder.fault(number, ServiceError("late"))
    recorder.leave(number)
    assert len(lines) == written


def test_a_run_that_gives_in_tells_of_no_other_try() -> None:
    """There is no line for a wait that never was."""
    lines: list[bytes] = []
    retrier = Recorder(lines.append).retrier(RetryPolicy(retries=0).retrier())
    assert retrier.delay_after(Unavailable("busy", status=503)) is None
    assert lines == []
