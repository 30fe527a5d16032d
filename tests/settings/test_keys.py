"""Where the key comes from, and that it shows nowhere else."""

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cli.errors import ConfigError, ExitCode
from lightning_cli.settings.keys import KEY_FILE_LIMIT_BYTES, Key, checked_key, find_key

GOOD = "sk_0123456789abcdefABCDEF-._~+/="


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ('"sk_abc123"', "without quotes"),
        ("'sk_abc123", "without quotes"),
        ("<your key>", "without quotes or brackets"),
        ("SMALLEST_API_KEY=sk_abc123", "the key alone"),
        ("Bearer sk_abc123", "the key alone"),
    ],
)
def test_a_key_with_something_around_it(value: str, hint: str) -> None:
    """What was copied with it is named, and nothing of it is shown or sent."""
    with pytest.raises(ConfigError) as fault:
        checked_key(value, "SMALLEST_API_KEY")
    assert hint in str(fault.value.hint)
    assert "abc123" not in f"{fault.value.message} {fault.value.hint}"


def test_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find nothing where nothing is, and take blank for nothing."""
    assert find_key() is None
    for blank in ("", " ", "\n\t"):
        monkeypatch.setenv("SMALLEST_API_KEY", blank)
        assert find_key() is None


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the variable that every client of the service uses, without the white space around it."""
    monkeypatch.setenv("SMALLEST_API_KEY", f" {GOOD}\n")
    assert find_key() == Key(GOOD, "SMALLEST_API_KEY")


def test_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Prefer the file that was named over the variable."""
    monkeypatch.setenv("SMALLEST_API_KEY", "sk_other")
    file = tmp_path / "key"
    for content in (GOOD, f"{GOOD}\n", f"  {GOOD}\r\n\n"):
        file.write_text(content, encoding="ascii")
        assert find_key(file) == Key(GOOD, f"the key file {file}")


def test_from_a_pipe(tmp_path: Path) -> None:
    """Read a key file that is a pipe, as a password manager gives it, also when it comes in two parts."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    def write() -> None:
        with fifo.open("w", encoding="ascii") as file:
            file.write(GOOD[:5])
            file.flush()
            file.write(GOOD[5:] + "\n")

    thread = threading.Thread(target=write)
    thread.start()
    key = find_key(fifo)
    thread.join(20)
    assert key is not None
    assert key.value == GOOD


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\n", b"two words", b"sk_a\nsk_b\n", b"sk_a\r\nX-Header: x", b"\xef\xbb\xbfsk_a b"),
        *(b"sk_caf\xc3\xa9", b"sk_\xff", b"sk_\x00", b"sk_\x1b[0m", b"x" * (KEY_FILE_LIMIT_BYTES + 1), bytes(10_000)),
    ],
    ids=range(12),
)
def test_unusable_files(tmp_path: Path, content: bytes) -> None:
    """Refuse what cannot stand in a header, without repeating it; never use a part of it."""
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="no valid API key in") as fault:
        find_key(file)
    assert fault.value.exit_code is ExitCode.CONFIG
    assert "sk_" not in fault.value.message
    assert str(file) in fault.value.message


@pytest.mark.parametrize("name", ["missing", "."])
def test_unreadable_files(tmp_path: Path, name: str) -> None:
    """Name a file that cannot be read."""
    with pytest.raises(ConfigError, match="cannot read") as fault:
        find_key(tmp_path / name)
    assert str(tmp_path / name) in fault.value.message


def test_unusable_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse a variable that cannot stand in a header, without repeating it."""
    monkeypatch.setenv("SMALLEST_API_KEY", "sk_secret with spaces")
    with pytest.raises(ConfigError, match="no valid API key in SMALLEST_API_KEY") as fault:
        find_key()
    assert "secret" not in f"{fault.value.message} {fault.value.hint}"


def test_never_shown() -> None:
    """Keep the value out of what a debugger or a traceback prints."""
    key = Key("sk_secret", "somewhere")
    for shown in (repr(key), str(key), f"{key}"):
        assert "secret" not in shown
        assert "somewhere" in shown


@settings(deadline=None)
@given(st.text(max_size=30))
def test_whatever_is_found_can_stand_in_a_header(text: str) -> None:
    """Accept nothing that could break a header line or needs another encoding."""
    encodable = "".join(letter for letter in text if letter != "\0" and not "\ud800" <= letter <= "\udfff")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMALLEST_API_KEY", encodable)
        try:
            key = find_key()
        except ConfigError:
            return
    assert key is None or all("!" <= letter <= "~" for letter in key.value)
