"""The configuration file: what it sets, what comes before it, and what it may not say."""

import os
import string
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.command_line import environment, lightning
from support.config_files import config_home, configure, literal, parsed, toml

from lightning_cli.cli.app import load_command
from lightning_cli.cli.config.config_report import leaves
from lightning_cli.cli.configured import option_of, shared_keys
from lightning_cli.errors import ConfigError
from lightning_cli.request import LANGUAGES, SAMPLE_RATES
from lightning_cli.settings.config_file import parse_config
from lightning_cli.sinks.containers import CONTAINERS
from lightning_cli.system import paths as homes

# One option of each type: text, whole number, number, choice, flag that can be taken back, flag, list.
LEVELS = (
    {
        "voice": "config",
        "sample-rate": 8000,
        "speed": 0.5,
        "route": "unified",
        "math-notation": False,
        "expire-content": False,
        "dict": ["config"],
    },
    {
        "voice": "profile",
        "sample_rate": 16000,
        "speed": 1,
        "route": "seed",
        "math_notation": True,
        "expire-content": True,
        "dict": ["profile", "b"],
    },
)
VARIABLES = {
    "LIGHTNING_TTS_VOICE": "variable",
    "LIGHTNING_TTS_SAMPLE_RATE": "24000",
    "LIGHTNING_TTS_SPEED": "1.5",
    "LIGHTNING_TTS_ROUTE": "unified",
    "LIGHTNING_TTS_MATH_NOTATION": "0",
    "LIGHTNING_TTS_EXPIRE_CONTENT": "0",
    "LIGHTNING_TTS_DICT": "variable b c",
}
FLAGS = (
    "-v",
    "flag",
    "-r",
    "44100",
    "-s",
    "2",
    "--route",
    "seed",
    "--math-notation",
    "--expire-content",
    "--dict",
    "d",
)


def test_flag_before_variable_before_profile_before_file() -> None:
    """Take each option, of whatever type, from the first place that has it."""
    configure(f'base-url = "http://127.0.0.1:9"\n{toml(LEVELS[0])}[profiles.work]\n{toml(LEVELS[1])}')
    profile = ("--profile", "work")
    bodies = []
    for arguments, variables in (((), {}), (profile, {}), (profile, VARIABLES), ((*profile, *FLAGS), VARIABLES)):
        done = lightning("say", "x", "--curl", *arguments, env=environment(**variables))
        assert done.code == 0, done.stderr
        bodies.append(done.stdout.decode())
    expected = [
        ("config", "8000", "0.5", "waves/v1/tts/live", "false", False, '["config"]'),
        ("profile", "16000", "1.0", "waves/v1/lightning-v3.1/stream", "true", True, '["profile","b"]'),
        ("variable", "24000", "1.5", "waves/v1/tts/live", "false", False, '["variable","b","c"]'),
        ("flag", "44100", "2.0", "waves/v1/lightning-v3.1/stream", "true", True, '["d"]'),
    ]
    for body, (voice, rate, speed, route, notation, expires, dicts) in zip(bodies, expected, strict=True):
        said = body.replace('": ', '":').replace('", "', '","')
        assert f"http://127.0.0.1:9/{route}" in said
        for field in (f'"voice_id":"{voice}"', f'"sample_rate":{rate}', f'"speed":{speed}', f'dicts":{dicts}'):
            assert field in said
        assert f'"math_notation":{notation}' in said
        assert ("expire" in said.lower()) is expires


def test_tables_of_commands() -> None:
    """Prefer a command's table to the values for all, inside a profile too."""
    configure(
        'voice = "all"\nretries = 1\nvolume = 10\n[say]\nvoice = "say"\nretries = 2\n'
        '[profiles.p]\nretries = 3\n[profiles.p.say]\nretries = 4\n[batch]\nvoice = "batch"\n'
    )
    found = [
        [context.params[name] for name in ("voice", "retries")]
        for context in (
            parsed("say"),
            parsed("batch", "x.csv"),
            parsed("say", "--profile", "p"),
            parsed("batch", "x.csv", "--profile", "p"),
        )
    ]
    assert found == [["say", 2], ["batch", 1], ["say", 4], ["batch", 3]]
    assert parsed("voices").params["retries"] == 1
    assert parsed("dicts", "list", "--profile", "p").params["retries"] == 3


def test_a_key_of_another_meaning_is_left_alone() -> None:
    """Return the server none of what stands for the client under the same name, and a list no filter."""
    configure('concurrency = 7\nlanguage = "hi"\n[serve]\nconcurrency = 3\nport = 9000\n')
    assert parsed("say").params["concurrency"] == 7
    assert [parsed("serve").params[name] for name in ("concurrency", "port")] == [3, 9000]
    assert parsed("voices").params["language"] is None
    configure("concurrency = 7\n")
    assert parsed("serve").params["concurrency"] == 1


def test_which_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the profile of the flag, else of the variable, else of the file, and none when it is called nothing."""
    configure(
        'profile = "a"\nvolume = 1\n[profiles.a]\nvolume = 2\n[profiles.b]\nvolume = 3\n[profiles.c]\nvolume = 4\n'
    )
    assert parsed("say").params["volume"] == 2
    monkeypatch.setenv("LIGHTNING_TTS_PROFILE", "b")
    assert parsed("say").params["volume"] == 3
    assert parsed("say", "--profile", "c").params["volume"] == 4
    assert parsed("say", "--profile", "").params["volume"] == 1


def test_nothing_takes_back() -> None:
    """An empty text in a profile takes back that of the file, as an empty variable does."""
    configure('voice = "daniel"\n[profiles.p]\nvoice = ""\n')
    assert parsed("say", "--profile", "p").params["voice"] is None


def test_the_flag_that_says_who_speaks(tmp_path: Path) -> None:
    """Prefer --local to an address in the file, and expand the home in paths."""
    configure('base-url = "http://127.0.0.1:9"\n[batch]\ncache = "~/kept"\n')
    assert parsed("say").params["base_url"] == "http://127.0.0.1:9"
    assert parsed("say", "--local").params["base_url"] is None
    assert parsed("batch", "x").params["cache"] == str(Path.home() / "kept")


BAD = {
    "vioce = 1": (1, "vioce", "did you mean voice?"),
    "# comment\n\n  jbos = 2": (3, "jbos", "did you mean jobs?"),
    "[say]\nvolum = 2": (2, "volum in [say]", "did you mean volume?"),
    "[say]\njobs = 2": (2, "jobs in [say]", "config show"),
    "[sya]\nvoice = 'x'": (1, "sya", "did you mean say?"),
    "port = 80": (1, "port", ""),
    "voice = 1": (1, "voice must be a text, not a whole number", ""),
    "speed = 'fast'": (1, "speed must be a number, not 'fast'", ""),
    "speed = true": (1, "speed must be a number, not true or false", ""),
    "volume = 1.5": (1, "volume must be a whole number, not a number", ""),
    "volume = true": (1, "volume must be a whole number", ""),
    "math-notation = 1": (1, "math-notation must be true or false, not a whole number", ""),
    "join = 'glue'": (1, "join must be one of natural, raw, not 'glue'", ""),
    "dict = [1]": (1, "dict must be a list of texts", ""),
    "voice = 2020-01-01": (1, "voice must be a text, not a date or time", ""),
    "volume = 401": (1, "volume must be from 0 to 400, not 401", ""),
    "max-wait = nan": (1, "max-wait is not a usable number", ""),
    f"max-wait = {10**400}": (1, "max-wait is not a usable number", ""),
    "speed = 2.5": (1, "speed cannot be used: speed 2.5 is outside", "1.0"),
    "sample-rate = 22050": (1, "sample-rate cannot be used", "24000"),
    "language = 'xx'": (1, "language cannot be used", ""),
    "session-id = 'a b'": (1, "session-id cannot be used", ""),
    "format = 'mp5'": (1, "format cannot be used", "mp3"),
    "base-url = 'ftp://x'": (1, "base-url cannot be used", ""),
    'device = "a\\u0000b"': (1, "device contains a NUL", ""),
    "api-key = 'sk_0123456789'": (1, "api-key is a secret", "login"),
    "[profiles.a]\nAPI_KEY = 'sk_0123456789'": (2, "API_KEY in [profiles.a] is a secret", "key-command"),
    "[batch]\ntoken = 'sk_0123456789'": (2, "token in [batch] is a secret", "login"),
    "sample-rate = 8000\nsample_rate = 8000": (2, "sample_rate is set twice", ""),
    "[profiles.'a b']": (None, "a b in [profiles] is not a profile name", ""),
    "profiles = 3": (1, "profiles must be a table", ""),
    "[profiles]\nwork = 3": (2, "work in [profiles] must be a table", ""),
    "profile = 3": (1, "profile must be the name of a profile", ""),
    "profile = 'none'": (None, "unknown profile 'none'", "[profiles.none]"),
    "[profiles.a.profiles.b]\nvoice = 'x'": (None, "profiles in [profiles.a] is an unknown table", ""),
    "key-command = 3": (1, "key-command must be a command", ""),
    "key-command = ['pass', 3]": (1, "key-command must be a command", ""),
    "key-command = []": (1, "key-command must be a command", ""),
    "keyring = 'yes'": (1, "keyring must be true or false", ""),
    "voice = ": (None, "at line 1, column 9", "config edit"),
    "a = 1\na = 2": (None, "at line 2", ""),
    f"volume = {'9' * 5000}": (None, "", ""),
    "a = " + "[" * 5000: (None, "", ""),
    "# " + "x" * 1024 * 1024: (None, "longer than", ""),
}


def test_bad_files() -> None:
    """Refuse what cannot be used, by file, line where it can be told, and key, and say what was meant."""
    for text, (line, problem, hint) in BAD.items():
        path = configure(text + "\n")
        command = ["batch", "x.csv"] if "token" in text else ["say"]
        with pytest.raises(ConfigError) as raised:
            parsed(*command, *(["--profile", "a"] if "[profiles.a" in text else []))
        fault = raised.value
        assert problem in fault.message, text
        assert f"{path}:{line}:" in fault.message if line else str(path) in fault.message, fault.message
        assert hint in (fault.hint or ""), fault.hint
        assert "0123456789" not in f"{fault.message}{fault.hint}"


def test_bad_bytes_and_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Refuse what is not text, no file, or not there though it was named; take a BOM and an empty device for a file."""
    path = configure("")
    path.write_bytes(b"voice = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8 at byte 9"):
        parsed("say")
    path.write_bytes(b'\xef\xbb\xbfvoice = "x"\r\n')
    assert parsed("say").params["voice"] == "x"
    for named in (tmp_path / "missing", tmp_path):
        monkeypatch.setenv("LIGHTNING_TTS_CONFIG", str(named))
        with pytest.raises(ConfigError, match="cannot be read"):
            parsed("say")
    monkeypatch.setenv("LIGHTNING_TTS_CONFIG", os.devnull)
    assert parsed("say").params["voice"] is None


def test_profile_without_a_file() -> None:
    """Name the file that has no such profile."""
    with pytest.raises(ConfigError, match=r"unknown profile 'work' in .*config\.toml"):
        parsed("say", "--profile", "work")
    with pytest.raises(ConfigError, match="is not a profile name"):
        parsed("say", "--profile", "../work")


@pytest.mark.parametrize("value", ["/somewhere", "", "relative", None])
def test_the_platform_s_directory(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    """Return the directory that platformdirs gives."""
    if value is None:
        monkeypatch.delenv("XDG_CONFIG_HOME")
    else:
        monkeypatch.setenv("XDG_CONFIG_HOME", value)
    assert homes.config_dir() == platformdirs.user_config_path("lightning-tts", appauthor=False)


def test_every_option_with_a_variable_is_a_key() -> None:
    """Read the same keys off the options' aliases as off the commands, and know every type."""
    options = [option for _, leaf, _ in leaves() for one in leaf.params if (option := option_of(one))]
    assert {option.key for option in options if option.is_shared} == shared_keys()
    assert {option.kind for option in options} == {"text", "path", "int", "float", "bool", "choice"}
    assert "profile" not in shared_keys()


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
ID = st.text(string.ascii_letters + string.digits + "_-.", min_size=1, max_size=20)


def name_in(field: str) -> str:
    """Return the name of a further field."""
    return field.partition("=")[0]


SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "voice": TEXT.filter(str.strip),
    "dict": st.lists(TEXT.filter(str.strip), min_size=1, max_size=3),
    "field": st.lists(
        st.builds("{}={}".format, ID.map("x-{}".format), TEXT), min_size=1, max_size=2, unique_by=name_in
    ),
    "sample-rate": st.sampled_from(SAMPLE_RATES),
    "speed": st.floats(0.5, 2.0),
    "language": st.sampled_from(LANGUAGES),
    "number-language": st.sampled_from(LANGUAGES),
    "session-id": ID,
    "request-id": ID,
    "context-id": ID,
    "format": st.sampled_from(sorted(CONTAINERS)),
    "base-url": st.sampled_from(["https://example.test", "http://127.0.0.1:8765/waves/v1"]),
}


def say_options() -> dict[str, Any]:
    """Return the parameters of say that may stand in the file, by key."""
    found = {option.key: one for one in load_command("say").params if (option := option_of(one))}
    # The context leaves its place to the order of the key's places.
    del found["api-key-file"]
    return found


SAY = say_options()


def values_of(key: str) -> st.SearchStrategy[Any]:
    """Return the values that an option takes."""
    option, kind = option_of(SAY[key]), SAY[key].type
    assert option is not None
    if key in SPECIAL:
        return SPECIAL[key]
    if option.choices:
        return st.sampled_from(option.choices)
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    return {
        "bool": st.booleans(),
        "int": st.integers(low, high),
        # Times end at a million seconds.
        "float": st.floats(low, 1e6 if high is None else high, allow_nan=False)
        | st.integers(int(low or 0) + 1, int(min(high or 1000, 1000))),
        "text": TEXT,
    }[option.kind]


def flags_for(key: str, value: object) -> list[str]:
    """Return the same as on the command line."""
    parameter = SAY[key]
    if isinstance(value, bool):
        if value:
            return [f"--{key}"]
        return [parameter.secondary_opts[0]] if parameter.secondary_opts else []
    return [f"--{key}={one}" for one in (value if isinstance(value, list) else [value])]


@given(
    # The engine of this machine has no address.
    st.fixed_dictionaries({}, optional={key: values_of(key) for key in SAY}).filter(
        lambda table: not (table.get("local") and "base-url" in table)
    ),
    st.sampled_from("-_"),
    st.sampled_from(["", "p"]),
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_file_says_what_the_flags_say(
    private_environment: Path, table: dict[str, object], joint: str, profile: str
) -> None:
    """Return the same values to every option, whether the file or the command line says them."""
    spelt = {key.replace("-", joint): value for key, value in table.items()}
    configure((f"[profiles.{profile}]\n" if profile else "") + toml(spelt))
    from_file = parsed("say", f"--profile={profile}", "words").params
    (config_home() / "config.toml").unlink()
    from_flags = parsed(
        "say", *[flag for key, value in table.items() for flag in flags_for(key, value)], "words"
    ).params
    # What nothing sets is None at once, and an empty tuple where the parser has looked for it.
    sides = ({key: None if value == () else value for key, value in side.items()} for side in (from_file, from_flags))
    assert next(sides) | {"profile": None} == next(sides)


def test_literals() -> None:
    """Keep the tests' own writer of TOML to what a reader takes."""
    values: dict[str, object] = {"a": 'q"\\\x7f\t\u2028é', "b": [1.5, True], "c": -3}
    file = parse_config(Path("t"), toml(values).encode())
    assert {key: file.at((), key).value for key in values} == values  # type: ignore[union-attr]  # it is there
    assert literal(float("inf")) == "inf"
