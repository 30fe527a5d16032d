"""The one place that knows what must never be shown, and blots it out of whatever is: keys, tokens, passwords.

A key is kept when it is found. Passwords of proxies are read off the environment when something is shown, and those in
URLs are known by their place. A server may echo a key anywhere, whole or cut off, so errors, messages, results,
reports and recordings pass through here.
"""

import os

BLOT = "***"
# What is shorter may be a word of a sentence. A part of a longer secret counts from the second length on.
_SHORTEST_CHARS = 6
_PART_CHARS = 12

_PROXY_VARIABLES = [
    f"{scheme}_proxy" if is_lower else f"{scheme}_proxy".upper()
    for scheme in ("http", "https", "all", "ws", "wss", "socks")
    for is_lower in (True, False)
]

_kept: set[str] = set()


def keep_secret(word: str | None) -> None:
    """Blot ``word`` out of everything that is shown from now on."""
    if word and len(word) >= _SHORTEST_CHARS:
        _kept.add(word)


def without_secrets(text: str) -> str:
    """Return ``text`` without secrets, also where a part of one is all that is left of it."""
    secrets = sorted({*_kept, *_proxy_passwords()}, key=len, reverse=True)
    # Whole ones first: a part of one may be the end of another.
    for secret in secrets:
        text = text.replace(secret, BLOT)
    for secret in secrets:
        text = _without_parts(text, secret)
    if "@" in text and "://" in text:
        import re

        # RFC 3986 3.2.1: what stands before the @ of an authority.
        text = re.sub(r"(?<=://)[^\s/@:]*:[^\s/@]*@", f"{BLOT}@", text)
    return text


class SecretFilter:
    """A filter of bytes that come in pieces, in which secrets are overwritten with stars, so that no length changes.

    The end of a piece that may be the beginning of a secret is held back until the next piece or ``finish``.
    """

    def __init__(self, secret: str | None) -> None:
        # What is shorter may stand in audio by chance.
        self._secret = secret.encode() if secret and len(secret) >= _PART_CHARS else b""
        self._held = b""

    def shown(self, text: str) -> str:
        """Return ``text`` as it may be shown."""
        return without_secrets(text)

    def feed(self, piece: bytes) -> bytes:
        """Return what can be passed on."""
        if not self._secret:
            return piece
        piece = (self._held + piece).replace(self._secret, b"*" * len(self._secret))
        longest = min(len(piece), len(self._secret) - 1)
        held = next((size for size in range(longest, 0, -1) if self._secret.startswith(piece[-size:])), 0)
        self._held = piece[len(piece) - held :]
        return piece[: len(piece) - held]

    def finish(self) -> bytes:
        """Return the rest: what was cut off within a secret is overwritten too."""
        held, self._held = self._held, b""
        return b"*" * len(held) if len(held) >= _SHORTEST_CHARS else held


def _without_parts(text: str, secret: str) -> str:
    for at in range(len(secret) - _PART_CHARS + 1):
        part = secret[at : at + _PART_CHARS]
        while (place := text.find(part)) >= 0:
            end = _PART_CHARS
            while at + end < len(secret) and text[place + end : place + end + 1] == secret[at + end]:
                end += 1
            text = text[:place] + BLOT + text[place + end :]
    return text


def _proxy_passwords() -> set[str]:
    found: set[str] = set()
    for name in _PROXY_VARIABLES:
        value = os.environ.get(name, "")
        if "@" in value:
            user = value.rpartition("@")[0].rpartition("//")[2]
            password = user.partition(":")[2]
            from urllib.parse import unquote

            found |= {word for word in (password, unquote(password)) if len(word) >= _SHORTEST_CHARS}
    return found
