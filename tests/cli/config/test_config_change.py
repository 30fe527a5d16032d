"""The commands config set and unset: one line changes, and nothing else."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.command_line import lightning, refusal_of, run_here
from support.config_files import config_home, configure, toml

from lightning_cli.cli.config.config_change import ConfigPlace, change, rewritten, spot_of
from lightning_cli.errors import (
    ConfigError,
    ExitCode,
    LightningError,
    UsageFault,
)
from lightning_cli.settings.config_file import ConfigOption, parse_config

FILE = """\
# mine
voice = "daniel"   # the "usual" # one
# speed = 1.0
device = "a # b" # c

[batch] # many
jobs = 2

[profiles.work]
retries = 1
"""
CHANGES = {
    ("voice", "avery"): ('voice = "daniel"', 'voice = "avery"'),
    ("device", 'x "y"'): ('device = "a # b"', 'device = "x \\"y\\""'),
    ("speed", "1.5"): ("# speed = 1.0\n", "# speed = 1.0\nspeed = 1.5\n"),
    ("batch.jobs", "3"): ("jobs = 2", "jobs = 3"),
    ("batch.budget", "7"): ("jobs = 2\n", "jobs = 2\nbudget = 7\n"),
    ("expire-content", "yes"): ("# c\n", "# c\nexpire-content = true\n"),
    ("dict", "a", "b"): ("# c\n", '# c\ndict = ["a", "b"]\n'),
    ("serve.port", "1"): ("retries = 1\n", "retries = 1\n\n[serve]\nport = 1\n"),
    ("profile", "work"): ("# c\n", '# c\nprofile = "work"\n'),
    ("key-command", "pass show x"): ("# c\n", '# c\nkey-command = "pass show x"\n'),
}


def spot(name: str) -> ConfigPlace:
    """Return the place of a key as the command does, without building every command."""
    kinds = {"jobs": "int", "budget": "int", "port": "int", "speed": "float", "expire-content": "bool"}
    table, _, key = name.rpartition(".")
    option = ConfigOption(key, "", kinds.get(key, "text"), many=key == "dict")
    return ConfigPlace((table,) if table else (), option)


def test_one_line_changes() -> None:
    """Replace or add a line, in its table, beside what explains it, and keep every other character."""
    for breaks in ("\n", "\r\n"):
        file = parse_config(Path("f"), FILE.replace("\n", breaks).encode())
        for (name, *words), (old, new) in CHANGES.items():
            changed = rewritten(file, spot(name), words)
            assert changed == FILE.replace(old, new).replace("\n", breaks), name
        assert rewritten(file, spot("voice"), None) == FILE.replace(FILE.split("\n")[1] + "\n", "").replace(
            "\n", breaks
        )
        assert rewritten(file, spot("voice"), ["daniel"]) is None
        assert rewritten(file, spot("volume"), None) is None


def test_rarer_ways_to_write_a_key() -> None:
    """Change a list of several lines, inline tables, dotted keys and long texts too."""
    for text, name, word, expected in (
        ('dict = [\n  "a",\n]\n', "dict", "3", 'dict = ["3"]\n'),
        ("batch = { jobs = 2 }\n", "batch.jobs", "3", "batch = { jobs = 3 }\n"),
        ("batch.jobs = 2\n", "batch.budget", "3", "batch.jobs = 2\nbatch.budget = 3\n"),
        ('voice = """\nx\n"""\n', "voice", "y", 'voice = "y"\n'),
        ('device = """\nvoice = 1\n"""\nvoice = "x"\n', "voice", None, 'device = """\nvoice = 1\n"""\n'),
        ('device = """\n# voice = 1\n"""\n', "voice", "y", 'device = """\n# voice = 1\n"""\nvoice = "y"\n'),
    ):
        changed = rewritten(parse_config(Path("f"), text.encode()), spot(name), None if word is None else [word])
        assert changed == expected


def test_what_cannot_be_changed() -> None:
    """Leave a table that is none to the editor."""
    with pytest.raises(ConfigError, match="jobs cannot be changed in f as it is written") as fault:
        rewritten(parse_config(Path("f"), b"batch = 2\n"), spot("batch.jobs"), ["3"])
    assert fault.value.hint == "lightning-tts config edit"


NAMES = st.sampled_from(["voice", "speed", "dict", "batch.jobs", "batch.budget", "expire-content"])
WORDS = {
    "speed": st.floats(allow_nan=False).map(repr),
    "jobs": st.integers().map(str),
    "budget": st.integers().map(str),
    "expire-content": st.sampled_from(["true", "off"]),
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
COMMENTS = st.lists(
    st.sampled_from(["", "# note", '# voice = "x"', "  # [batch]", "#speed = 1"]), min_size=8, max_size=8
)


@given(st.data(), COMMENTS, st.booleans())
@settings(max_examples=200)
def test_every_other_line_stays(data: st.DataObject, comments: list[str], has_table: bool) -> None:  # noqa: FBT001 - drawn
    """Change one line at most among any comments, so that the file says what was asked for."""
    lines = [
        *comments[:2],
        f"voice = {toml({'': data.draw(TEXT)})[3:].strip()}",
        comments[2],
        "speed = 1.5",
        comments[3],
    ]
    if has_table:
        lines += ["[batch]", comments[4], "jobs = 3  # some", comments[5]]
    file = parse_config(Path("f"), "\n".join(lines).encode())
    name = data.draw(NAMES)
    where = spot(name)
    one = WORDS.get(where.option.key, TEXT)
    words = data.draw(st.none() | st.lists(one, min_size=1, max_size=3 if where.option.many else 1))
    changed = rewritten(file, where, words)
    if changed is None:
        return
    gone = Counter(filter(str.strip, lines)) - Counter(changed.split("\n"))
    assert gone.total() <= 1
    found = parse_config(Path("f"), changed.encode()).at(where.table, where.option.key)
    assert (found is None) is (words is None)


def test_the_commands() -> None:
    """Make the file, change a profile, take back, and say what is wrong."""
    path = config_home() / "config.toml"
    done = lightning("config", "set", "voice", "avery", "--profile", "work")
    assert (done.code, done.stderr) == (0, f"saved {path}\n")
    assert path.read_text() == '[profiles.work]\nvoice = "avery"\n'
    assert path.stat().st_mode & 0o777 == 0o600
    assert lightning("config", "unset", "voice", "--profile", "work").code == 0
    assert path.read_text() == "[profiles.work]\n"
    done = lightning("config", "set", "speed", "9")
    assert done.code == ExitCode.CONFIG
    assert done.lines[0] == "error: speed cannot be used: speed 9 is outside 0.5 to 2.0"
    assert path.read_text() == "[profiles.work]\n"


def test_a_fault_is_told_where_it_is() -> None:
    """A value that was not saved is on no line; one that was there before is named with its own."""
    path = configure("[batch]\n")
    fault = refusal_of("config", "set", "batch.jobs", "99")
    assert fault.message == "jobs in [batch] must be from 1 to 64, not 99"
    assert fault.hint == "lightning-tts batch --help lists what the options take"
    path.write_text('voice = "avery"\nspeed = 9\n')
    fault = refusal_of("config", "set", "voice", "daniel")
    assert fault.message.startswith(f"{path}:2: speed cannot be used")


def test_names_and_values() -> None:
    """Refuse keys that are none and words that are not such a value, and never a key on the command line."""
    path = configure("")
    for name, profile, problem in (
        ("vioce", None, "unknown setting 'vioce'"),
        ("batch.voic", None, "unknown setting 'batch.voic'"),
        ("api-key", None, "unknown setting 'api-key'"),
        ("say.jobs", None, "unknown setting 'say.jobs'"),
        ("port", None, "unknown setting 'port'"),
        ("profile", "p", "unknown setting 'profile'"),
        ("voice", "a b", "is not a profile name"),
    ):
        with pytest.raises(UsageFault) as fault:
            spot_of(name, profile)
        assert problem in fault.value.message
    with pytest.raises(UsageFault, match="a whole number, not 'many'"):
        change(path, spot_of("batch.jobs", None), ["many"])
    with pytest.raises(UsageFault, match="true or false, not '2'"):
        change(path, spot_of("keyring", None), ["2"])
    with pytest.raises(UsageFault, match="takes one value"):
        change(path, spot_of("voice", None), ["a", "b"])
    assert path.read_text() == ""


def test_a_slice_that_the_machine_knows(capsys: pytest.CaptureFixture[str]) -> None:
    """A configuration may ask for it on a machine that has none."""
    run_here("config", "set", "batch.shard", "auto")
    run_here("config", "get", "batch.shard")
    assert capsys.readouterr().out.strip() == "auto"
    with pytest.raises(LightningError):
        run_here("config", "set", "batch.shard", "3/2")
