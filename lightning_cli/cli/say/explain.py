"""The requests that would be sent, without sending them: ``--dry-run`` as numbers, ``--curl`` as shell commands."""

import re
import shlex
from collections.abc import Callable, Iterable, Iterator

from lightning_cli.cli.terminal.console import Console
from lightning_cli.client.service import wire_request
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import InvalidRequest, UsageFault
from lightning_cli.request import KEY_VARIABLE, SpeechRequest
from lightning_cli.system.counting import counted
from lightning_cli.text.segmenter import Segment

# JSON can spell these out, so that a command copied from a terminal is still exact.
_UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

RequestFor = Callable[[int, Segment], SpeechRequest]


def dry_run(console: Console, settings: ServiceSettings, segments: Iterable[Segment], request_for: RequestFor) -> None:
    """List the requests with their sizes, and the sums."""
    count = characters = 0
    url = ""
    for count, request in enumerate(_requests(segments, request_for), start=1):
        url = wire_request(settings, request).url
        characters += len(request.text)
        console.row((str(count), str(len(request.text)), request.text))
    size = f"{counted(count, 'request')}, {counted(characters, 'character')}"
    console.result(f"{size}, to {url}; nothing was sent")


def curl(console: Console, settings: ServiceSettings, segments: Iterable[Segment], request_for: RequestFor) -> None:
    """Print each request as a curl command, the key as a variable."""
    if settings.is_local or settings.transport == "ws":
        raise UsageFault(
            f"curl cannot reach {'the offline engine' if settings.is_local else 'a WebSocket'}",
            hint=f"set {KEY_VARIABLE}, or name a server with --base-url"
            if settings.is_local
            else "use --transport sse",
        )
    for request in _requests(segments, request_for):
        console.result(_command(settings, request))


def _requests(segments: Iterable[Segment], request_for: RequestFor) -> Iterator[SpeechRequest]:
    number = 0
    for number, segment in enumerate(segments, start=1):
        if segment.spoken:
            yield request_for(number, segment)
    if not number:
        raise InvalidRequest("text", "no text to speak", hint='try: lightning-tts say "Hello"')


def _command(settings: ServiceSettings, request: SpeechRequest) -> str:
    wire = wire_request(settings, request)
    body = _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", wire.body.decode())
    words = ["curl", "-sN", shlex.quote(wire.url)]
    for name, value in wire.headers.items():
        words += ["-H", shlex.quote(f"{name}: {value}")]
    if settings.key:
        words += ["-H", f'"Authorization: Bearer ${KEY_VARIABLE}"']
    return " ".join([*words, "--data-raw", shlex.quote(body)])
