"""The offline engine behind ``local://``: the service's protocol without a socket.

A ``requests`` transport adapter, so that offline text flows through the same client, decoder and sinks.
"""

import io
import json
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from lightning_cli.errors import EngineError
from lightning_cli.local.dictionary_store import DictionaryFault, DictionaryStore, carry_out
from lightning_cli.local.offline_voices import check_voice, is_offline_voice, spoken_language
from lightning_cli.local.speech import TERMINATOR, Speech, block_events, warning_event
from lightning_cli.local.spoken import read_operators
from lightning_cli.local.synthesiser import Synthesiser
from lightning_cli.local.validation import InvalidBody, Issue, custom_issue, invalid_voice, parse_body, read_request
from lightning_cli.request import SpeechRequest

if TYPE_CHECKING:
    from lightning_cli.local.word_timing import WordEvents

DICTIONARIES_ROUTE = "/pronunciation-dicts"
ROUTES = ("/lightning-v3.1/stream", "/tts/live")
_READ_BYTES = 64 * 1024


class SpeechBody(io.BufferedIOBase):
    """Read a speech as the bytes of its event stream; ``read1`` returns as soon as one block is there.

    With ``words`` their times stand before its end.

    A fault of the engine, and a speech closed before its end, raise ``OSError``: the reader sees a broken connection.
    """

    def __init__(
        self, first: bytes, speech: Speech, timeout_s: float | None, words: "WordEvents | None" = None
    ) -> None:
        self._speech = speech
        self._words = words
        self._buffer = bytearray(self._events(first))
        self._timeout_s = timeout_s
        self._ended = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def read1(self, size: int = -1, /) -> bytes:
        """Return what is ready, at most ``size`` bytes; waits only if nothing is. Empty at the end."""
        limit = _READ_BYTES if size < 0 else size
        if not limit:
            return b""
        while not self._ended and (not self._buffer or (len(self._buffer) < limit and self._speech.ready)):
            try:
                self._buffer += self._more()
            except OSError:
                # What came before the fault is read first; the fault comes again with the next read.
                if not self._buffer:
                    raise
                break
        taken = bytes(self._buffer[:limit])
        del self._buffer[:limit]
        return taken

    def read(self, size: int | None = -1, /) -> bytes:
        """Return ``size`` bytes, fewer only at the end; everything when it is negative or None."""
        everything = size is None or size < 0
        while not self._ended and (everything or len(self._buffer) < (size or 0)):
            self._buffer += self._more()  # a fault leaves the buffer for ``read1``
        return self.read1(len(self._buffer) if everything else size or 0)

    def close(self) -> None:
        """Stop the engine at once."""
        if not self.closed:
            self._speech.close()
        super().close()

    def _more(self) -> bytes:
        try:
            block = self._speech.take(self._timeout_s)
        except EngineError as fault:
            raise ConnectionResetError(f"the offline engine failed: {fault.message}") from fault
        if block is not None:
            return self._events(block)
        if not self._speech.complete:
            raise ConnectionAbortedError("the speech was closed before its end")
        self._ended = True
        return (self._words.events(self._speech.said) if self._words is not None else b"") + TERMINATOR

    def _events(self, block: bytes) -> bytes:
        if self._words is not None:
            self._words.add(block)
        return b"".join(map(warning_event, self._speech.take_notes())) + block_events(block)


class LocalAdapter(BaseAdapter):
    """Answer requests to ``local://`` with a synthesiser, which belongs to the adapter; mount it on a session."""

    def __init__(self, synthesiser: Synthesiser | None = None, dictionaries: DictionaryStore | None = None) -> None:
        super().__init__()
        self._dictionaries = dictionaries or DictionaryStore()
        self._synthesiser = synthesiser or Synthesiser()
        # The first text of a run: only its listener waits for the first sound.
        self._first_text: str | None = None

    def preload(self, voice_id: str | None = None, language: str | None = None) -> None:
        """Start loading what a voice needs, in the background."""
        self._synthesiser.preload(voice_id, language)

    def send(self, request: requests.PreparedRequest, *args: Any, **how: Any) -> requests.Response:
        """Answer one request; waits for the first block of audio, at most the read time-out.

        Refusals are answers with status 400, never exceptions. Raises ``requests.ReadTimeout``.
        """
        del args  # a session names all that it sends along
        path = str(urlsplit(request.url or "").path)
        if path.endswith(DICTIONARIES_ROUTE):
            return self._change_dictionaries(request)
        if request.method != "POST" or not path.endswith(ROUTES):
            return _json_answer(request, HTTPStatus.NOT_FOUND, {"error": "NotFound", "message": f"no route {path}"})
        timeout = how.get("timeout")
        timeout_s = timeout[1] if isinstance(timeout, tuple) else timeout
        try:
            fields = parse_body(_body(request))
            tells_words = isinstance(fields, dict) and bool(fields.get("word_timestamps"))
            return self._speak(request, read_request(fields), timeout_s, tells_words=tells_words)
        except InvalidBody as fault:
            return _json_answer(request, HTTPStatus.BAD_REQUEST, fault.answer)

    def close(self) -> None:
        """Join the engine's loading threads."""
        self._synthesiser.close()

    def _change_dictionaries(self, request: requests.PreparedRequest) -> requests.Response:
        """Keep dictionaries as a server of ours does, in the same file; their ids follow from their words."""
        try:
            fields = json.loads(_body(request) or b"{}")
            status, body = carry_out(self._dictionaries, request.method or "GET", fields, by_content=True)
        except (ValueError, AttributeError):
            status, body = HTTPStatus.BAD_REQUEST, {"error": "Invalid request body"}
        return _json_answer(request, status, body)

    def _speak(
        self,
        request: requests.PreparedRequest,
        speech_request: SpeechRequest,
        timeout_s: float | None,
        *,
        tells_words: bool,
    ) -> requests.Response:
        language = speech_request.language or speech_request.number_pronunciation_language
        _check_offline(speech_request, language)
        text = speech_request.text
        if speech_request.pronunciation_dicts:
            try:
                text = self._dictionaries.respell(text, speech_request.pronunciation_dicts)
            except DictionaryFault as fault:
                message = "no such dictionary offline" if "Invalid" in str(fault) else str(fault)
                raise InvalidBody({"error": [custom_issue("pronunciation_dicts", message)]}) from fault
        if speech_request.math_notation:
            text = read_operators(text, speech_request.number_pronunciation_language or language)
        try:
            speech = self._synthesiser.synthesise(
                text,
                voice_id=speech_request.voice_id,
                sample_rate=speech_request.sample_rate,
                speed=1.0 if speech_request.speed is None else speech_request.speed,
                language=language,
                # The same when it is asked for again, so that equal requests have equal answers.
                starts_quickly=self._first_text in {None, text},
                tells_words=tells_words,
            )
            self._first_text = self._first_text or text
        except EngineError as fault:
            raise InvalidBody({"error": [_issue("text", fault)]}) from fault
        try:
            first = speech.take(timeout_s)
        except EngineError as fault:
            speech.close()
            raise InvalidBody({"error": [_issue("text", fault)]}) from fault
        except TimeoutError as fault:
            speech.close()
            raise requests.ReadTimeout(str(fault), request=request) from fault
        headers = {"Content-Type": "text/event-stream", **_ids(speech_request)}
        words = None
        if tells_words:
            from lightning_cli.local.word_timing import WordClock, WordEvents  # subtitles alone need it

            words = WordEvents(WordClock(speech_request.text, text, speech_request.sample_rate))
        return _answer(request, HTTPStatus.OK, headers, SpeechBody(first or b"", speech, timeout_s, words))


def _check_offline(speech_request: SpeechRequest, language: str | None) -> None:
    """Raise ``InvalidBody`` for what is valid but only the service has."""
    if not is_offline_voice(speech_request.voice_id):
        raise InvalidBody({"error": [invalid_voice()]})
    field = "voice_id"
    try:
        check_voice(speech_request.voice_id)
        field = "language"
        spoken_language(language)
    except EngineError as fault:
        raise InvalidBody({"error": [_issue(field, fault)]}) from fault


def _issue(field: str, fault: EngineError) -> Issue:
    return custom_issue(field, f"{fault.message} ({fault.hint})" if fault.hint else fault.message)


def _ids(speech_request: SpeechRequest) -> dict[str, str]:
    """Return the ids of an answer and the echoes of the request's (protocol.md 1.5)."""
    echoes = {"X-External-Session-Id": speech_request.session_id, "X-External-Request-Id": speech_request.request_id}
    own = {"X-Request-Id": str(uuid.uuid4()), "X-Session-Id": str(uuid.uuid4())}
    return own | {name: value for name, value in echoes.items() if value}


def _body(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    return body.encode() if isinstance(body, str) else body


def _json_answer(request: requests.PreparedRequest, status: HTTPStatus, body: Any) -> requests.Response:
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": str(len(data)),
        "X-Request-Id": str(uuid.uuid4()),
    }
    return _answer(request, status, headers, io.BytesIO(data))


def _answer(
    request: requests.PreparedRequest, status: HTTPStatus, headers: dict[str, str], body: io.BufferedIOBase
) -> requests.Response:
    response = requests.Response()
    response.status_code = status.value
    response.reason = status.phrase
    response.headers = CaseInsensitiveDict(headers)
    response.url = request.url or ""
    response.request = request
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.raw = HTTPResponse(body, headers=headers, status=status.value, reason=status.phrase, preload_content=False)
    return response
