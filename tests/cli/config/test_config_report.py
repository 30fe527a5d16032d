"""`config show`: every value with its place, and no key."""

import json
from typing import Any

import pytest
from support.config_files import configure

from lightning_cli.cli.app import root_command
from lightning_cli.errors import ConfigError

SECRET = "sk_0123456789abcdefgh"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command in this process and return what it writes to standard output."""
    root_command().main(args=list(arguments), prog_name="lightning-tts", standalone_mode=False)
    return capsys.readouterr().out


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, list[Any]]:
    """Run config show --json and give value, source and place by key."""
    rows = json.loads(run(capsys, "config", "show", "--json", *arguments))
    return {row["key"]: [row["value"], row["source"], row["where"]] for row in rows}


def test_show(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Show every value and what set it; one row more for a command that differs."""
    path = str(
        configure(
            'profile = "p"\nvoice = "all"\nspeed = 1.5\nretries = 1\nkeyring = true\ndict = ["a", "b"]\n'
            '[say]\nretries = 5\n[serve]\nport = 9000\n[profiles.p]\nspeed = 2\nkey-command = ["pass", "smallest"]\n'
        )
    )
    monkeypatch.setenv("LIGHTNING_TTS_VOLUME", "50")
    rows = shown(capsys)
    assert rows["voice"] == ["all", "config", path]
    assert rows["speed"] == [2.0, "profile", "p"]
    assert rows["volume"] == [50, "environment", "LIGHTNING_TTS_VOLUME"]
    assert rows["max-chars"] == [250, "default", None]
    assert rows["model"] == [None, "default", None]
    assert rows["dict"] == [["a", "b"], "config", path]
    assert [rows["retries"], rows["say.retries"]] == [[1, "config", path], [5, "config", path]]
    assert [rows["serve.port"], rows["serve.concurrency"]] == [[9000, "config", path], [1, "default", None]]
    assert rows["profile"] == ["p", "config", path]
    assert rows["key-command"] == [["pass", "smallest"], "profile", "p"]
    assert rows["keyring"] == [True, "config", path]
    assert rows["api-key"] == ["hidden", "key", "the key-command"]
    assert "batch.voice" not in rows
    assert shown(capsys, "--profile", "")["speed"] == [1.5, "config", path]
    assert shown(capsys, "--profile", "p")["profile"] == ["p", "flag", "--profile"]
    monkeypatch.setenv("LIGHTNING_TTS_PROFILE", "p")
    assert shown(capsys)["profile"] == ["p", "environment", "LIGHTNING_TTS_PROFILE"]
    monkeypatch.delenv("LIGHTNING_TTS_PROFILE")
    lines = run(capsys, "config", "show").splitlines()
    assert f"voice\tall\tconfig\t{path}" in lines
    assert "model\t-\tdefault\t-" in lines


def test_show_never_shows_a_key(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Show the place of the key and not the key, wherever it stands."""
    path = configure(f'api-key-file = "/nowhere"\nkey-command = "echo {SECRET}"\n')
    for arguments in (("show",), ("show", "--json"), ("get", "key-command"), ("get", "api-key")):
        assert SECRET not in run(capsys, "config", *arguments)
    rows = shown(capsys)
    assert rows["api-key-file"] == ["/nowhere", "config", str(path)]
    assert rows["api-key"] == ["hidden", "key", "the key file /nowhere"]
    monkeypatch.setenv("SMALLEST_API_KEY", SECRET)
    assert shown(capsys)["api-key"] == ["hidden", "key", "SMALLEST_API_KEY"]
    monkeypatch.setenv("LIGHTNING_TTS_API_KEY_FILE", "/elsewhere")
    rows = shown(capsys)
    assert rows["api-key-file"] == ["/elsewhere", "environment", "LIGHTNING_TTS_API_KEY_FILE"]
    assert rows["api-key"] == ["hidden", "key", "the key file /elsewhere"]


def test_show_checks_the_whole_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Refuse a wrong name in the table of any command."""
    configure("[cache]\nvoice = 'x'\n")
    with pytest.raises(ConfigError, match=r"voice in \[cache\] is not a key of the command cache"):
        run(capsys, "config", "show")


def test_only_what_is_set(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The defaults are left out, of commands' own keys too."""
    configure("speed = 1.5\n[batch]\njobs = 2\n")
    monkeypatch.setenv("LIGHTNING_TTS_VOLUME", "50")
    rows = shown(capsys, "--set")
    assert {key: row[:2] for key, row in rows.items()} == {
        "batch.jobs": [2, "config"],
        "speed": [1.5, "config"],
        "volume": [50, "environment"],
    }
