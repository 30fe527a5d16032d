"""A client on the way to a scripted server, with short clocks where a test wants them."""

from support import command_line
from support.fake_server import SpeechServer

from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.request import SpeechRequest

KEY = command_line.KEY
HELLO = SpeechRequest(text="Hello", voice_id="daniel", sample_rate=24000)


def client_of(
    server: SpeechServer | str,
    *,
    key: str | None = KEY,
    connect_s: float = 20.0,
    first_byte_s: float = 20.0,
    idle_s: float = 20.0,
) -> SpeechClient:
    """Make a client; its clocks are hang guards unless a test makes them its subject."""
    url = server if isinstance(server, str) else server.url
    timeouts = Timeouts(connect_s=connect_s, first_byte_s=first_byte_s, idle_s=idle_s)
    return SpeechClient(ServiceSettings(base_url=url, key=key, timeouts=timeouts))


def hear(client: SpeechClient, request: SpeechRequest = HELLO) -> bytes:
    """Ask and listen to the end."""
    with client.stream(request) as stream:
        return b"".join(stream)
