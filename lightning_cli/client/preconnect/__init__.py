"""A connection begun at the start of the process, while Python imports what the request needs.

``begin`` guesses from the command line where the request will go and has a thread connect there; the sender of the
request takes the connection with ``claim`` if it is the right one. A wrong guess, and whatever goes wrong in the
thread, costs nothing but the attempt: the request then makes its own connection and reports its own errors. The key
is neither read nor sent here.

``guess`` reads the command line, ``dial`` reaches a host by any of its addresses, ``early_connection`` owns the thread.
"""

import atexit
import contextlib
import os
import sys

from lightning_cli.client.preconnect.guess import COMMANDS, option_value, target
from lightning_cli.system.paths import directory_of

# typing.TYPE_CHECKING without typing, which takes 3 ms to import while a connection could be on its way.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from lightning_cli.client.preconnect.early_connection import EarlyConnection

# The connection until it is claimed.
_begun: "list[EarlyConnection]" = []
_BEGINNINGS = [[command] for command in COMMANDS]
_CONFIG_BYTES = 1024 * 1024


def begin(arguments: list[str]) -> None:
    """Start to connect to where ``arguments`` will send a request, if that is known; never raises or waits."""
    # Elsewhere proxies may be set out of sight, and a closed connection cannot be told from a waiting one.
    if sys.platform != "linux" or arguments[:1] not in _BEGINNINGS:
        return
    home, config = directory_of("config"), os.environ.get("LIGHTNING_TTS_CONFIG")
    profile = option_value("--profile", arguments, os.environ)
    read = _config(config or os.path.join(home, "config.toml"))
    stored = any(os.path.lexists(os.path.join(home, name)) for name in ("key", f"key-{profile}"))
    wanted = None if read is None else target(arguments, os.environ, read, key_is_stored=stored)
    if wanted is None:
        return
    from lightning_cli.client.preconnect.early_connection import EarlyConnection

    connection = EarlyConnection(wanted)
    # Without a thread to be had, nothing was begun.
    with contextlib.suppress(RuntimeError):
        connection.start()
        _begun.append(connection)
        # A process that ends while the thread is inside OpenSSL crashes.
        atexit.register(_give_up)


def _config(path: str) -> bytes | None:
    """Read the configuration, empty where there is none; None for what can be read only once, or not at all."""
    try:
        if not os.path.isfile(path):
            return None if os.path.lexists(path) else b""
        with open(path, "rb") as file:
            return file.read(_CONFIG_BYTES)
    except OSError:
        return None


def claim() -> "EarlyConnection | None":
    """Return the connection that was begun; the caller takes it or cancels it. Any thread, once."""
    try:
        return _begun.pop()
    except IndexError:
        return None


def _give_up() -> None:
    if (connection := claim()) is not None:
        connection.cancel()
