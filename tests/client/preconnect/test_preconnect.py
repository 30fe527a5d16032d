"""The connection that is begun before the request is known: it is used, or leaves no trace."""

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.certificates import make, serving_context
from support.command_line import COMMAND, Done, keyed, lightning
from support.fake_server import SpeechServer, ramp, speaks
from support.tls_hosts import HANG_S, secure

PCM = ramp(2000)
pytestmark = pytest.mark.usefixtures("trust")
# The same program without the first line of its entry.
NEVER_EARLY = (sys.executable, "-c", "import sys; from lightning_cli.cli.run import main; sys.exit(main())")


def test_the_connection_is_there_before_the_text(certificate: Path) -> None:
    """Connect and shake hands at the start, say nothing, and send the request there once there is text."""
    with secure(certificate, speaks(PCM)) as server:
        shaken = threading.Event()
        assert server.tls is not None
        server.tls.sni_callback = lambda *_: shaken.set()
        env = keyed(LIGHTNING_TTS_BASE_URL=f"https://localhost:{server.port}")
        with subprocess.Popen(
            (*COMMAND, "say", "-o", "-"), env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert shaken.wait(HANG_S), "no handshake without text"
            assert server.requests == []
            heard, _ = process.communicate(b"Hello", timeout=HANG_S)
        assert (process.returncode, heard) == (0, PCM)
        assert server.connections == 1
        assert server.requests[0].headers["host"] == f"localhost:{server.port}"


def both_ways(*arguments: str) -> tuple[Done, Done]:
    """Run a command line with the connection begun early, and without."""
    plain = subprocess.run(
        (*NEVER_EARLY, *arguments), env=keyed(), stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
    )
    return lightning(*arguments, env=keyed()), Done(plain.returncode, plain.stdout, plain.stderr.decode())


def hangs_up(server: SpeechServer) -> None:
    """Close every connection before its handshake."""
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # it has no certificate to show


def never_answers(server: SpeechServer) -> None:
    """Take the greeting and say nothing."""
    server.tls = None


def is_a_stranger(server: SpeechServer) -> None:
    """Present a certificate of no trusted authority."""
    server.tls = serving_context(make(Path(os.environ["TMPDIR"]).parent, "IP:127.0.0.1"))


@pytest.mark.parametrize("how", [hangs_up, never_answers, is_a_stranger])
def test_failures_are_told_as_ever(certificate: Path, how: Callable[[SpeechServer], None]) -> None:
    """Print the same message and return the same code whatever is wrong with the server."""
    with secure(certificate, speaks(PCM)) as server:
        how(server)
        url = f"https://127.0.0.1:{server.port}"
        clock = ("--connect-timeout", "0.5" if how is never_answers else "20")
        one, other = both_ways("say", "Hello", "-o", "-", "--base-url", url, "--retries", "0", *clock)
        assert one == other
        assert one.code == 5
        assert "error: " in one.stderr


@pytest.mark.parametrize("address", ["https://127.0.0.1:1", "https://nowhere.invalid"])
def test_a_server_that_is_not_there(address: str) -> None:
    """The same for a closed port, and for an unknown host."""
    one, other = both_ways("say", "Hello", "-o", "-", "--base-url", address, "--retries", "0")
    assert one == other
    assert one.code == 5


def test_nobody_is_called_without_need(certificate: Path) -> None:
    """Make no connection where nothing is sent."""
    with secure(certificate, speaks(PCM)) as server:
        assert lightning("say", "Hello", "--dry-run", env=keyed(LIGHTNING_TTS_BASE_URL=server.url)).code == 0
        assert server.connections == 0


def test_leaving_in_the_middle_of_the_handshake() -> None:
    """End in good order while the thread waits for a server that does not answer its greeting."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(HANG_S)
        env = keyed(LIGHTNING_TTS_BASE_URL=f"https://127.0.0.1:{listener.getsockname()[1]}")
        for _ in range(2):
            done = lightning("say", "Hello", "--sample-rate", "1", env=env)
            assert done.code == 2, done
            listener.accept()[0].close()
