"""The guess at where a request will go: never wrong about a host, silent when in doubt, and quick."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cli.cli.app import load_command
from lightning_cli.client import preconnect
from lightning_cli.client.preconnect.guess import target
from lightning_cli.client.settings import SERVICE_URL
from lightning_cli.settings.keys import stored_path
from lightning_cli.system.paths import CONFIG_VARIABLE, config_dir, directory_of

KEYED = {"SMALLEST_API_KEY": "sk_x"}
SERVICE = ("api.smallest.ai", 443, None)
WORDS = st.sampled_from(["Hello", "say", "batch", "--", "-", "https://elsewhere.test", "n", "x=y"])
URLS = st.sampled_from(
    ["https://a.test", "https://B.test:8443/waves/v1", "http://a.test", "http://127.0.0.1:80", "https://10.0.0.1", ""]
)
TRANSPORTS = st.sampled_from(["sse", "sync", "ws"])
FLAGS = ["--dry-run", "-n", "--curl", "--local", "--cloud", "-q", "--quiet", "-qn", "--whole", "--verbose", "--echo"]
# An option and its value, in every spelling that the parser knows.
OPTIONS = st.one_of(
    st.sampled_from(FLAGS).map(lambda flag: [flag]),
    URLS.map(lambda url: ["--base-url", url]),
    URLS.map(lambda url: [f"--base-url={url}"]),
    TRANSPORTS.map(lambda name: ["--transport", name]),
    TRANSPORTS.map(lambda name: [f"--transport={name}"]),
    st.sampled_from([["-v", "nova"], ["-vnova"], ["--voice=nova"], ["-o", "n.wav"], ["-on.wav"], ["-qo", "h.wav"]]),
    st.just(["--api-key-file", "key.txt"]),
    WORDS.filter(lambda word: word != "--").map(lambda word: [word]),
)
ENVIRONMENTS = st.fixed_dictionaries(
    {},
    optional={
        "SMALLEST_API_KEY": st.sampled_from(["sk_x", "", "  "]),
        "LIGHTNING_TTS_BASE_URL": URLS,
        "LIGHTNING_TTS_TRANSPORT": TRANSPORTS,
        "LIGHTNING_TTS_API_KEY_FILE": st.sampled_from(["key.txt", ""]),
    },
)
SAY = load_command("say")


def parsed(arguments: list[str], environ: dict[str, str]) -> dict[str, Any]:
    """Parse a command line of ``say`` with the real parser."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        with SAY.make_context("say", list(arguments)) as context:
            return cast("dict[str, Any]", context.params)


@given(
    options=st.lists(OPTIONS, max_size=6).map(lambda parts: [word for part in parts for word in part]),
    tail=st.lists(WORDS, max_size=3),
    environ=ENVIRONMENTS,
)
def test_the_guess_is_what_the_parser_says(options: list[str], tail: list[str], environ: dict[str, str]) -> None:
    """Guess the host that the parsed command line would send to, and nothing where it would send nothing there."""
    arguments = [*options, "--", *tail] if tail else options
    guessed = target(["say", *arguments], environ)
    said = parsed(arguments, environ)
    url = urlsplit(said["base_url"] or SERVICE_URL)
    has_key = bool(environ.get("SMALLEST_API_KEY", "").strip() or said["api_key_file"])
    sends = has_key and not (said["dry_run"] or said["curl"] or said["local"]) and said["transport"] != "ws"
    expected = (url.hostname, url.port or 443, None) if sends and url.scheme == "https" else None
    assert guessed == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ["say", "x", "--dry-run"],
        ["say", "x", "--curl"],
        ["say", "x", "--local"],
        ["say", "x", "-qn"],
        ["say", "--help"],
        ["say", "-h"],
        ["say", "x", "--replay", "tape"],
        ["say", "x", "--replay=tape"],
        ["say", "x", "--transport", "ws"],
        ["say", "x", "--transport=WS"],
        ["batch", "x.csv", "--check"],
        ["batch", "x.csv", "--diff"],
        ["voices"],
        ["serve"],
        ["--version"],
        ["--help"],
        [],
    ],
)
def test_nothing_is_sent(arguments: list[str]) -> None:
    """Begin nothing for a command line that sends nothing, or not over HTTP."""
    assert target(arguments, KEYED) is None


@pytest.mark.parametrize("arguments", [["say", "x"], ["say"], ["batch", "x.csv"], ["say", "x", "--transport", "sync"]])
def test_the_service_is_meant(arguments: list[str]) -> None:
    """Guess the service where a key is there, or may be."""
    assert target(arguments, KEYED) == SERVICE
    assert target(arguments, {}) is None
    assert target(arguments, {}, key_is_stored=True) == SERVICE
    assert target([*arguments, "--api-key-file", "f"], {}) == SERVICE
    for word in (b"keyring = true", b"key-command = 'x'", b"key_command = 'x'", b"api-key-file = 'x'"):
        assert target(arguments, {}, word) == SERVICE


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "Https_Proxy"])
def test_a_proxy_may_stand_between(name: str) -> None:
    """Stand aside where a variable names a proxy, though NO_PROXY may take it back."""
    assert target(["say", "x"], {**KEYED, name: "http://proxy.test", "NO_PROXY": "*"}) is None
    assert target(["say", "x"], {**KEYED, name: "", "http_proxy": "http://proxy.test"}) == SERVICE


def test_recorded_sessions() -> None:
    """Do nothing where the keys of TLS sessions are recorded: urllib3 knows how."""
    assert target(["say", "x"], {**KEYED, "SSLKEYLOGFILE": "keys"}) is None


@pytest.mark.parametrize(
    "url",
    ["http://a.test", "HTTPS://a", "https://", "https://u:p@a.test", "https://a.test?x", "https://a.test#x", "a.test",
     "https://a.test:0", "https://a.test:x", "https://a.test:99999", "https://a.test:", "https://[::1]:1", "https://b\u00fccher.test",
     "https://a.test/ ", "https://a.test\\b", "https://fe80::1%25eth0", "https://a.test\n"],
)  # fmt: skip
def test_unusual_addresses(url: str) -> None:
    """Leave what is not plain https, or not plain, to those who can read it."""
    assert target(["say", "x"], {**KEYED, "LIGHTNING_TTS_BASE_URL": url}) is None


@pytest.mark.parametrize("text", [b'base-url = "https://x.test"', b"base_url = 'x'", b'[profiles.x]\ntransport = "ws"'])
def test_a_configuration_that_may_lead_elsewhere(text: bytes) -> None:
    """Stand aside where the configuration says where requests go, or how."""
    assert target(["say", "x"], KEYED, text) is None
    assert target(["say", "x"], KEYED, b'voice = "emily"') == SERVICE


@pytest.mark.parametrize("root", ["", "relative", "/somewhere"])
def test_the_configuration_is_looked_for_where_it_is(monkeypatch: pytest.MonkeyPatch, root: str) -> None:
    """Name the same directory as the command does, and the same files of keys."""
    monkeypatch.setenv("XDG_CONFIG_HOME", root)
    assert Path(directory_of("config")) == config_dir()
    assert [stored_path(None).name, stored_path("work").name] == ["key", "key-work"]
    assert CONFIG_VARIABLE == "LIGHTNING_TTS_CONFIG"


def test_reading_the_configuration(tmp_path: Path) -> None:
    """Read a file; take a missing one for an empty one, and leave alone what can be read only once."""
    path = tmp_path / "config.toml"
    assert preconnect._config(str(path)) == b""
    path.write_bytes(b"voice = 'emily'")
    assert preconnect._config(str(path)) == b"voice = 'emily'"
    os.mkfifo(tmp_path / "pipe")
    assert preconnect._config(str(tmp_path / "pipe")) is None
    assert preconnect._config(str(tmp_path)) is None


def test_nothing_is_imported_before() -> None:
    """Load nothing but sockets and threads before the first packet leaves."""
    code = "import sys, lightning_cli.__main__, lightning_cli.client.preconnect.early_connection; print(*sys.modules)"
    # Without site: what an environment loads at its start is not ours.
    done = subprocess.run(
        (sys.executable, "-S", "-c", code),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=Path(__file__).resolve().parents[3],
    )
    heavy = {"typing", "typer", "requests", "urllib3", "ssl", "re", "pathlib", "certifi", "urllib.parse", "tomllib"}
    assert not heavy & set(done.stdout.split())
