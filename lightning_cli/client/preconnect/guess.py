"""A guess at where a command line will send its request, without parsing it: the real parser decides in the end.

When in doubt there is no guess. Nothing is imported for it, since it runs before everything else.
"""

from collections.abc import Mapping

SERVICE_URL = "https://api.smallest.ai"
_PREFIX = "LIGHTNING_TTS_"
COMMANDS = ("say", "batch")
# With one of these nothing is sent, or not by this process, or not over HTTP.
_SILENT = frozenset({"--dry-run", "--curl", "--local", "--help", "--version", "--check", "--diff", "--replay"})
# Short options without a value, which may stand together; each of the last two ends the matter.
_SHORT_FLAGS, _SHORT_SILENT = "qnh", "nh"
_OVER_HTTP = (None, "sse", "sync")
# Words of a configuration: those that may send a request another way, those that may tell the key.
_CONFIGURED_WAYS = (b"base-url", b"base_url", b"transport")
_CONFIGURED_KEYS = (b"api-key-file", b"api_key_file", b"key-command", b"key_command", b"keyring")
# What no host, port or path of a usual address has.
_UNUSUAL = frozenset("?#@\\%[ ")


def target(
    arguments: list[str], environ: Mapping[str, str], config: bytes = b"", *, key_is_stored: bool = False
) -> "tuple[str, int, str | None] | None":
    """Return the likely host and port of the service and the authorities to trust (None: certifi's).

    ``config`` is what the configuration file holds; one that may change where a request goes, or how, ends the guess.
    None stands for: no connection is wanted, or its target is unknown.
    """
    if not arguments or arguments[0] not in COMMANDS:
        return None
    options = arguments[1 : arguments.index("--")] if "--" in arguments else arguments[1:]
    if any(map(_is_silent, options)) or _has_obstacle(environ) or any(word in config for word in _CONFIGURED_WAYS):
        return None
    if environ.get(_PREFIX + "LOCAL") or b"\nlocal" in b"\n" + config:
        return None
    if not (key_is_stored or _has_key(options, environ) or any(word in config for word in _CONFIGURED_KEYS)):
        return None
    if option_value("--transport", options, environ) not in _OVER_HTTP:
        return None
    place = _host_and_port(option_value("--base-url", options, environ) or SERVICE_URL)
    return None if place is None else (*place, authorities(environ))


def authorities(environ: Mapping[str, str]) -> str | None:
    """Return the file or directory of trusted authorities that the environment names; None for certifi's.

    requests knows the first two variables, users of OpenSSL and curl set the others.
    """
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
    return next((environ[name] for name in names if environ.get(name)), None)


def _is_silent(option: str) -> bool:
    if option.startswith("--"):
        return option.partition("=")[0] in _SILENT
    flags = option[1:] if option.startswith("-") else ""
    for flag in flags:
        if flag not in _SHORT_FLAGS:
            return False
        if flag in _SHORT_SILENT:
            return True
    return False


def _has_key(options: list[str], environ: Mapping[str, str]) -> bool:
    return (
        bool(environ.get("SMALLEST_API_KEY", "").strip())
        or option_value("--api-key-file", options, environ) is not None
    )


def _has_obstacle(environ: Mapping[str, str]) -> bool:
    """Return whether a proxy may stand between, or whether the keys of TLS sessions are recorded."""
    if "SSLKEYLOGFILE" in environ:
        return True
    return any(value and name.lower() in {"https_proxy", "all_proxy"} for name, value in environ.items())


def option_value(name: str, options: list[str], environ: Mapping[str, str]) -> str | None:
    """Return the last value of an option, else its variable's; an empty variable counts as none, as for the parser."""
    found = None
    for index, option in enumerate(options):
        if option == name:
            found = options[index + 1] if index + 1 < len(options) else found
        elif option.startswith(name + "="):
            found = option[len(name) + 1 :]
    if found is not None:
        return found
    return environ.get(_PREFIX + name[2:].replace("-", "_").upper()) or None


def _host_and_port(url: str) -> tuple[str, int] | None:
    scheme, _, rest = url.partition("://")
    host, colon, port = rest.partition("/")[0].partition(":")
    if scheme != "https" or not host or not url.isascii() or not url.isprintable() or _UNUSUAL.intersection(url):
        return None
    if colon and not (port.isdecimal() and 0 < int(port) < 65536):  # noqa: PLR2004 - ports are 16 bits
        return None
    return host.lower(), int(port or 443)
