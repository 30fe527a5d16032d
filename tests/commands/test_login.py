"""Where the key comes from, in which order, and how it is stored and removed."""

import getpass
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import COMMAND, Done, environment, lightning
from support.config_files import config_home, configure, parsed
from support.fake_server import SpeechServer, ramp, refuses, serving, speaks
from support.pty_session import terminal
from support.stored_keys import KEY, KEYS, PLACES, mode_of, piped

from lightning_cli.cli.commands import login
from lightning_cli.errors import (
    ConfigError,
    ExitCode,
)
from lightning_cli.settings.key_programs import keyring_get, keyring_set
from lightning_cli.settings.key_store import remove_key, store_key
from lightning_cli.settings.keys import KEYRING_POINTER, KeyPlaces, find_key, stored_path


@pytest.fixture
def speech() -> Iterator[SpeechServer]:
    """Run a server that notes who asks."""
    with serving(speaks(ramp(441))) as server:
        yield server


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Return a keyring that works without a desktop: a file in the private home."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.PlaintextKeyring")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)


def key_of(server: SpeechServer, done: Done) -> str:
    """Name the place of the key that the last request had; no key is in any output."""
    assert done.code == 0, done.stderr
    for key in KEYS.values():
        assert key not in done.stderr + done.stdout.decode(errors="replace")
    sent = server.requests[-1].headers["authorization"].removeprefix("Bearer ")
    return next(place for place, key in KEYS.items() if key == sent)


def test_order_of_the_places(speech: SpeechServer, tmp_path: Path, keyring: None) -> None:
    """Take the key from the first place that has one, as one after the other goes away."""
    keyring_set("key", KEYS["keyring"])
    store_key(KEYS["stored"], None, in_keyring=False)
    for place in ("flag", "file"):
        (tmp_path / f"key-{place}").write_text(KEYS[place])
    settings = {
        "file": f'api-key-file = "{tmp_path}/key-file"\n',
        "command": f'key-command = ["printf", "{KEYS["command"]}\\nsecond line"]\n',
        "keyring": "keyring = true\n",
    }
    left = list(PLACES)
    while left:
        configure("".join(text for place, text in settings.items() if place in left))
        variables = {"SMALLEST_API_KEY": KEYS["variable"]} if "variable" in left else {}
        flag = ("--api-key-file", str(tmp_path / "key-flag")) if "flag" in left else ()
        arguments = ("say", "x", "-o", str(tmp_path / "x.wav"), "--base-url", speech.url, *flag)
        assert key_of(speech, lightning(*arguments, env=environment(**variables))) == left.pop(0)


def test_what_a_profile_says_of_the_key_comes_first(tmp_path: Path) -> None:
    """Prefer a profile's command to a file named for all, and its stored key to the one for all."""
    (tmp_path / "key-file").write_text(KEYS["file"])
    configure(
        f'[profiles.a]\nkey-command = "printf {KEYS["command"]} | cat"\n[profiles.b]\n[profiles.c]\n'
        f'api-key-file = "{tmp_path}/key-file"\n[profiles.d]\nkey-command = "false"\n'
        f'[profiles.d.say]\napi-key-file = "{tmp_path}/key-file"\n'
    )
    store_key(KEYS["profile"], "b", in_keyring=False)
    store_key(KEYS["stored"], None, in_keyring=False)
    for profile, place in {"a": "command", "b": "profile", "c": "file", "d": "file", "": "stored"}.items():
        key = find_key(None, parsed("say", "--profile", profile).key_places())
        assert key is not None
        assert key.value == KEYS[place]
    configure(f'api-key-file = "{tmp_path}/key-file"\n[profiles.a]\nkey-command = "printf {KEYS["command"]}"\n')
    key = find_key(None, parsed("say", "--profile", "a").key_places())
    assert key is not None
    assert key.value == KEYS["command"]


def test_login_on_a_terminal() -> None:
    """Ask for the key without showing it, and store it for this user alone."""
    with terminal([*COMMAND, "login"], environment()) as shell:
        shell.wait_for("API key (input hidden): ")
        assert not shell.is_canonical()
        shell.press(KEY + "\n")
        assert shell.end() == 0
        assert "stored the key in" in shell.text
        assert KEY not in shell.raw
        assert shell.settings() == shell.found
    path = config_home() / "key"
    assert path.read_text() == KEY + "\n"
    assert [mode_of(path), mode_of(path.parent)] == [0o600, 0o700]
    assert os.listdir(path.parent) == ["key"]


def test_ctrl_c_at_the_question() -> None:
    """Die by SIGINT, store nothing, and leave the terminal as it was found."""
    with terminal([*COMMAND, "login"], environment()) as shell:
        shell.wait_for("API key (input hidden): ")
        shell.press("\x03")
        assert shell.end() == -signal.SIGINT
        assert shell.settings() == shell.found
    assert not config_home().exists()


def test_login_says_what_comes_first() -> None:
    """Warn of a key that is of another form, and of a place that is looked at before."""
    done = lightning("login", stdin=b"token-1\n", env=environment(SMALLEST_API_KEY="sk_other"))
    assert done.code == 0
    assert done.lines[0] == "warning: this does not look like an API key of the service (they begin with sk_)"
    assert done.lines[2] == "warning: SMALLEST_API_KEY is set and takes precedence over the stored key"


def test_login_refuses() -> None:
    """Store nothing that cannot be a key, and end with 3."""
    for answer in (b"", b"sk_" + b"x" * 5000):
        done = lightning("login", stdin=answer)
        assert done.code == ExitCode.CONFIG
        assert "no valid API key in standard input" in done.lines[0]
    assert not config_home().exists()


def test_keyring(speech: SpeechServer, tmp_path: Path, keyring: None) -> None:
    """Keep the key in the keyring, find it there without a word in the configuration, and remove it from there."""
    assert piped("--keyring").lines == [f"stored the key in the system keyring, and {config_home()}/key says so"]
    assert (config_home() / "key").read_text() == KEYRING_POINTER + "\n"
    assert keyring_get("key") == KEY
    done = lightning("say", "x", "-o", str(tmp_path / "x.wav"), "--base-url", speech.url)
    assert key_of(speech, done) == "stored"
    done = lightning("logout")
    assert done.lines == [
        "removed the key from the system keyring",
        f"removed the key from {config_home()}/key",
    ]
    assert keyring_get("key") is None


def test_a_stored_key_leaves_the_keyring(keyring: None) -> None:
    """Remove the keyring's key when another is stored in a file, and find none when another program has removed it."""
    store_key(KEYS["keyring"], None, in_keyring=True)
    store_key(KEY, None, in_keyring=False)
    assert keyring_get("key") is None
    store_key(KEY, None, in_keyring=True)
    (config_home() / "key").rename(config_home() / "key-p")
    with pytest.raises(ConfigError, match="points to the system keyring, which has no key"):
        find_key(None, KeyPlaces(profile="p"))
    assert find_key() is None


def test_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report the error of a keyring that cannot be used, and store nothing."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    done = piped("--keyring")
    assert done.code == ExitCode.CONFIG
    assert done.lines[0].startswith("error: the system keyring cannot be used: keyring.errors.NoKeyringError")
    assert not config_home().exists()


def test_the_keyring_of_the_current_directory(tmp_path: Path, keyring: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run no module that happens to lie in the current directory."""
    (tmp_path / "keyring.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    assert keyring_get("key") is None


def test_a_stored_key_that_others_may_read() -> None:
    """Warn of it, with what to do, and use it."""
    store_key(KEY, None, in_keyring=False)
    path = stored_path(None)
    path.chmod(0o644)
    done = lightning("say", "x", "-n")
    assert done.lines == [f"warning: others may read the stored key (mode 644): chmod 600 {path}"]
    path.chmod(0o600)
    key = find_key()
    assert key is not None
    assert key.warning == ""


def test_a_refused_key_is_told_by_its_place() -> None:
    """Name the place of a key that the service refuses."""
    store_key(KEY, None, in_keyring=False)
    with serving(refuses("401 Unauthorized", {"error": "Unauthorized"})) as server:
        done = lightning("dicts", "list", "--base-url", server.url)
    assert done.code == ExitCode.CONFIG
    assert done.lines[-1] == f"hint: check the key that came from the stored key {stored_path(None)}"


def test_links_and_other_surprises(tmp_path: Path) -> None:
    """Read and write no key through a link, and remove the link alone."""
    target = tmp_path / "key-target"
    target.write_text(KEY)
    path = stored_path(None)
    path.parent.mkdir()
    path.symlink_to(target)
    with pytest.raises(ConfigError, match="is a symbolic link"):
        find_key()
    with pytest.raises(ConfigError, match="is a symbolic link"):
        store_key(KEYS["profile"], None, in_keyring=False)
    assert remove_key(None, look_in_keyring=False) == [str(path)]
    assert target.read_text() == KEY
    path.mkdir()
    for use in (find_key, lambda: store_key(KEY, None, in_keyring=False)):
        with pytest.raises(ConfigError, match=r"is not a plain file|cannot be read"):
            use()
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(ConfigError, match="is not a plain file"):
        find_key()
    path.unlink()
    path.parent.rename(tmp_path / "repository")
    path.parent.symlink_to(tmp_path / "repository")
    with pytest.raises(ConfigError, match="refusing to store a key behind it"):
        store_key(KEY, None, in_keyring=False)
    assert os.listdir(tmp_path / "repository") == []


def test_a_place_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Report it, and find no key where the directory is a file."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    assert find_key() is None
    with pytest.raises(ConfigError, match="cannot be stored in"):
        store_key(KEY, None, in_keyring=False)


def test_key_command_is_run_only_when_it_is_needed(speech: SpeechServer, tmp_path: Path) -> None:
    """Run no key program where nothing is sent or spoken, or another place has the key."""
    ran = tmp_path / "ran"
    configure(f'base-url = "{speech.url}"\nkey-command = "touch {ran}; cat; echo {KEYS["command"]}"\n')
    (tmp_path / "x.jsonl").write_text('{"text": "x"}\n')
    for arguments in (
        ("say", "x", "--dry-run"),
        ("say", "x", "--local", "--dry-run"),
        ("batch", str(tmp_path / "x.jsonl"), "-d", str(tmp_path), "--diff"),
    ):
        assert lightning(*arguments).code == 0, arguments
        assert not ran.exists(), arguments
    say = ("say", "x", "-o", str(tmp_path / "x.wav"))
    assert key_of(speech, lightning(*say, env=environment(SMALLEST_API_KEY=KEYS["variable"]))) == "variable"
    assert not ran.exists()
    assert key_of(speech, lightning("say", *say[2:], stdin=b"from the pipe")) == "command"
    assert ran.exists()
    # The command has left standard input alone.
    assert speech.requests[-1].json["text"] == "from the pipe"


def test_a_failing_key_command_ends_the_run(tmp_path: Path) -> None:
    """End with 3, with the complaint spelt out, and speak with no other voice."""
    configure("key-command = \"printf 'no\\\\033[2Jthing' >&2; exit 1\"\n")
    done = lightning("say", "x", "-o", str(tmp_path / "x.wav"))
    assert done.code == ExitCode.CONFIG
    assert done.lines[0] == "error: the key-command failed with status 1: no\\x1b[2Jthing"
    assert not (tmp_path / "x.wav").exists()


def test_the_end_of_input_in_the_place_of_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-D stores no key."""

    def ends(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", ends)
    assert login._asked() == ""
