"""What a command learns of its options: where a value stands, under which flag, and the key of a refusal."""

import pytest
from support.command_line import KEY, refusal_of
from support.config_files import configure
from support.fake_server import refuses, serving

from lightning_cli.cli.app import load_command
from lightning_cli.errors import KeyRefused


def test_every_command_that_asks_has_the_options_of_the_service() -> None:
    """Once each, behind its own."""
    for name in ("say", "batch", "voices", "doctor"):
        names = [parameter.name for parameter in load_command(name).params]
        assert len(names) == len(set(names)), name
        assert {"base_url", "api_key_file", "connect_timeout"} <= set(names), name


@pytest.mark.parametrize("place", ["variable", "file"])
def test_a_refused_key_is_told_by_its_place(place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """A key that came from a file is looked for there; the usual variable needs no word."""
    if place == "variable":
        monkeypatch.setenv("SMALLEST_API_KEY", KEY)
    else:
        (path := configure("").with_name("my-key")).write_text(KEY)
        path.chmod(0o600)
        configure(f"api-key-file = '{path}'\n")
    with serving(refuses("401 Unauthorized", {"error": "no"})) as server:
        fault = refusal_of("say", "Hello", "--base-url", server.url, "-o", "/dev/null", "--format", "pcm")
    assert isinstance(fault, KeyRefused)
    assert ("check the key that came from" in str(fault.hint)) == (place == "file")
