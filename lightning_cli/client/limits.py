"""What no honest answer exceeds, so that one without end comes to an end."""

from lightning_cli.audio import PcmFormat
from lightning_cli.errors import ProtocolError
from lightning_cli.request import SpeechRequest

# Speech takes 0.07 s a character, a digit read as a word half a second: this is several times more, at any speed.
_BASE_S = 600.0
_CHARACTER_S = 4.0
# A digit may be read as a word, and a sign as several.
_BASE_LETTERS = 10_000
_CHARACTER_LETTERS = 30


def check_length(received_bytes: int, request: SpeechRequest) -> None:
    """Raise ``ProtocolError`` when an answer has brought more PCM than its text can take to speak."""
    if received_bytes <= _BASE_S * request.sample_rate:
        return
    received_s = PcmFormat(request.sample_rate).seconds(received_bytes)
    if received_s > _BASE_S + _CHARACTER_S * len(request.text) / (request.speed or 1.0):
        raise ProtocolError(
            f"the answer does not end: {received_s / 60:.0f} minutes of audio for {len(request.text)} characters",
            hint="try again; if it stays, report it with the request id",
        )


def check_words(letters: int, request: SpeechRequest) -> None:
    """Raise ``ProtocolError`` when an answer has told the times of more words than its text can have.

    ``letters`` counts those of all words and one more for each.
    """
    if letters > _BASE_LETTERS + _CHARACTER_LETTERS * len(request.text):
        raise ProtocolError(
            f"the answer does not end: times for words of {letters} letters, and {len(request.text)} characters",
            hint="try again; if it stays, report it with the request id",
        )
