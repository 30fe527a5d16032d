"""Completion: what the program answers a shell, from what it knows without loading a command or asking anybody."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.command_line import COMMAND, environment

from lightning_cli.cli.completion.completing import complete, matching, quoted, read_line
from lightning_cli.cli.names import COMMANDS
from lightning_cli.playback.devices import OutputDevice
from lightning_cli.system import last_seen, paths
from lightning_cli.system.small_files import write_json
from tools import generate

BREAKS = " \t\n\"'@><=;|&(:"
VOICES = {
    "version": 1,
    "voices": [
        {
            "id": "nova clone",
            "name": "Nova",
            "model": "lightning_v3.1",
            "languages": ["en"],
            "description": "ours\x1b[2J",
        },
        {"id": "bad\nline"},
        {"id": "bad\x1b[31mcolour"},
        {"id": 5},
        "no voice",
    ],
}


def _tables(inner: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    keys = st.sampled_from(
        ["version", "voices", "devices", "dictionaries", "id", "name", "host_api", "words", "accents"]
    )
    ones = st.dictionaries(keys, inner)
    return ones.map(lambda table: {"version": 1, **table})


def values(*words: str) -> list[str]:
    """Complete the last word and return the values that begin as it does."""
    _, prefix, found = complete(words)
    return [value for value, _ in matching(found, words[-1][len(prefix) :])]


def asked(*words: str) -> tuple[str, str]:
    """Return how the last word is completed, and what stands before the completed part."""
    how, prefix, _ = complete(words)
    return how, prefix


def kept(name: str, value: object) -> None:
    """Put a file into the cache directory."""
    assert write_json(paths.cache_dir() / name, value)


def test_files_are_those_of_the_commands() -> None:
    """The table and the scripts say what the commands say: ``make completions`` was run."""
    for path, text in generate.completions().items():
        assert path.read_text(encoding="utf-8") == text, f"{path} is out of date: make completions"


def test_commands() -> None:
    """The first word is a command, and below a group one of its own, with what each does."""
    assert values("") == list(COMMANDS)
    assert values("dicts", "") == ["list", "create", "update", "delete", "sync"]
    assert values("dicts", "s") == ["sync"]
    assert dict(complete([""])[2])["voices"] == "List the voices"
    assert asked("nonsense", "") == ("nothing", "")
    assert values("--ver") == ["--version"]


def test_options() -> None:
    """Options are offered once, except those that may repeat, and not behind ``--``."""
    assert values("say", "--mat") == ["--math-notation"]
    assert "--voice" not in values("say", "-v", "x", "--")
    assert "--play" not in values("say", "--play", "--")
    assert "--no-keys" not in values("say", "--keys", "--")
    assert "--output" in values("say", "--output", "x.wav", "--")
    assert {"-v", "--voice"} <= set(values("say", "-"))
    assert asked("say", "--", "--vo") == ("nothing", "")
    assert asked("say", "--nonsense=x", "") == ("nothing", "")
    # Where nothing but an option can follow, options are what an empty word can be.
    assert {"--json", "-h"} <= set(values("devices", ""))
    assert asked("devices", "x") == asked("config", "set", "nonsense", "") == ("nothing", "")


def test_where_a_value_begins() -> None:
    """A value stands alone, behind an equals sign, or at the end of a bunch of letters."""
    assert asked("say", "--join", "") == ("values", "")
    assert asked("say", "--join=n") == ("values", "--join=")
    assert asked("say", "-nvd") == ("values", "-nv")
    assert asked("say", "-nq", "") == ("nothing", "")
    assert asked("say", "-nv", "daniel", "-o", "") == ("files", "")
    assert asked("say", "-ox") == ("files", "-o")
    assert asked("say", "--output=x") == ("files", "--output=")
    assert asked("say", "--speed", "") == ("nothing", "")
    assert asked("say", "--play=") == ("nothing", "")
    # Its value is optional, so the next word is none.
    assert asked("say", "--stats", "") == ("nothing", "")
    assert "--voice" in values("say", "--stats", "--v")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("say", "--join", ""), ["natural", "raw"]),
        (("say", "-r", ""), ["8000", "16000", "24000", "44100"]),
        (("say", "-m", ""), ["lightning_v3.1", "lightning_v3.1_pro"]),
        (("say", "--format", "f"), ["flac"]),
        (("say", "-l", "h"), ["hi"]),
        (("voices", "-l", "h"), ["hi", "hindi"]),
        (("voices", "--gender", ""), ["female", "male"]),
        (("serve", "--engine", "n"), ["neural"]),
        (("completion", ""), ["bash", "zsh", "fish", "powershell"]),
        (("--install-completion", "b"), ["bash"]),
        (("config", "get", "serve.h"), ["serve.host"]),
        (("config", "set", "join", ""), ["natural", "raw"]),
        (("config", "set", "voice", "espeak-en"), ["espeak-en"]),
        (("config", "set", "serve.engine", "n"), ["neural"]),
        (("config", "set", "quiet", ""), ["true", "false"]),
        (("say", "-v", "HEAR"), ["heart"]),
    ],
    ids=" ".join,
)
def test_values_that_never_change(words: tuple[str, ...], expected: list[str]) -> None:
    """Choices, rates, models, formats, languages, shells and keys are those of the commands."""
    assert values(*words) == expected


def test_files_and_directories() -> None:
    """Files and directories are left to the shell, which knows best."""
    assert asked("batch", "")[0] == "files"
    assert asked("batch", "x.csv", "")[0] == "files"
    assert asked("batch", "-d", "")[0] == "directories"
    assert asked("dicts", "create", "")[0] == "files"
    assert asked("dicts", "create", "x.csv", "")[0] == "values"
    assert asked("dicts", "update", "id", "")[0] == "files"
    assert asked("say", "")[0] == "nothing"


def test_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Voices are the bundled and the cached ones of the line's model and language, and the offline engine's."""
    kept("voices-0.json", VOICES)
    found = dict(complete(["say", "-v", ""])[2])
    assert found["nova clone"] == "en, ours [2J"
    assert found["daniel"] == "male, american, en"
    assert found["heart"] == "offline, en"
    assert all(value.isprintable() and text.isprintable() for value, text in found.items())
    assert "bad" not in "".join(found)
    only_pro = values("say", "--model=lightning_v3.1_pro", "-v", "")
    assert "meher" in only_pro
    assert "daniel" not in only_pro
    monkeypatch.setenv("LIGHTNING_TTS_MODEL", "lightning_v3.1_pro")
    assert values("say", "--cloud", "-v", "") == [
        voice for voice in only_pro if not voice.startswith(("heart", "espeak"))
    ]
    assert values("say", "--local", "-l", "en", "-v", "") == ["heart", "espeak-en"]
    assert "espeak-de" in values("voices", "--preview", "espeak-")


def test_devices_are_those_seen_last() -> None:
    """Devices that were listed are offered by name, by name and system where two have one name."""
    assert values("say", "--device", "") == []
    names = (("USB: x", "ALSA"), ("USB: x", "JACK"), ("Speaker", "ALSA"))
    devices = [OutputDevice(number, *name, 2, 44100, 0.1, is_default=False) for number, name in enumerate(names)]
    assert last_seen.remembered(devices) is devices
    assert values("say", "--device", "") == ["USB: x, ALSA", "USB: x, JACK", "Speaker"]
    stamp = (paths.cache_dir() / "devices.json").stat().st_mtime_ns
    last_seen.remembered(devices)
    assert (paths.cache_dir() / "devices.json").stat().st_mtime_ns == stamp
    last_seen.remembered(devices[2:])
    assert values("say", "--device", "s") == ["Speaker"]


def test_dictionaries_are_those_listed_last() -> None:
    """Dictionaries of every account are offered with their words, and none twice in one line."""
    last_seen.remember_dictionaries("https://a", {"d1": ["mysql", "nginx"], "d2": []})
    last_seen.remember_dictionaries("https://b", {"d3": ["x" * 100]})
    last_seen.remember_dictionaries("https://a", {"d1": ["mysql", "nginx"]})
    assert dict(complete(["say", "--dict", ""])[2])["d1"] == "mysql, nginx"
    assert values("dicts", "delete", "") == ["d1", "d3"]
    assert values("dicts", "delete", "d1", "") == ["d3"]


def test_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Profiles are those of the configuration; one that cannot be read has none."""
    config = tmp_path / "config.toml"
    monkeypatch.setenv("LIGHTNING_TTS_CONFIG", str(config))
    assert values("say", "--profile", "") == []
    config.write_text('voice = "x"\n[profiles.work]\n[profiles.home]\n')
    assert values("say", "--profile", "") == ["work", "home"]
    config.write_text("[[")
    assert values("say", "--profile", "") == []


@settings(max_examples=25)
@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | _tables(inner), max_leaves=8)
)
def test_what_is_not_ours_is_not_offered(value: object) -> None:
    """Whatever stands in the files, completion answers, with printable words."""
    for name in ("voices-1.json", "devices.json", "dictionaries.json"):
        kept(name, value)
    for words in (["say", "-v", ""], ["say", "--device", ""], ["dicts", "delete", ""], ["voices", "--accent", ""]):
        _, _, found = complete(words)
        assert all(word.isprintable() and told.isprintable() for word, told in found)


@pytest.mark.unmeasured("what measures loads dataclasses and socket itself")
def test_nothing_heavy_is_loaded() -> None:
    """An answer costs no command, no Typer, no network and no path arithmetic."""
    code = (
        "import sys, runpy\ntry: runpy.run_module('lightning_cli', run_name='__main__')\n"
        "except SystemExit: sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run(
        (sys.executable, "-c", code, "say", "--voice", "da"),
        env=environment(_LIGHTNING_TTS_COMPLETE="zsh"),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "daniel\tmale, american, en\n" in done.stdout
    loaded = set(done.stderr.split())
    assert "lightning_cli.cli.completion.completing" in loaded
    assert not loaded & {"typer", "requests", "rich", "numpy", "sounddevice", "platformdirs", "dataclasses", "socket"}


def test_protocol() -> None:
    """Fish gets whole words, PowerShell those that fit, a shell that is not known a status of its own."""

    def answer(shell: str, *words: str, **extra: str) -> tuple[int, list[str]]:
        done = subprocess.run(
            (*COMMAND, *words),
            env=environment(_LIGHTNING_TTS_COMPLETE=shell, **extra),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert not done.stderr
        return done.returncode, done.stdout.splitlines()

    assert answer("fish", "say", "--join=") == (0, ["values 7", "--join=natural\t", "--join=raw\t"])
    assert answer("powershell", "say", "--join", _LIGHTNING_TTS_COMPLETE_WORD="r") == (0, ["values 0", "raw\t"])
    assert answer("powershell", "say", "--join") == (0, ["values 0", "natural\t", "raw\t"])
    assert answer("tcsh", "") == (2, [])


@pytest.mark.parametrize(
    ("line", "words", "rest", "quote"),
    [
        ("lt say ", ["lt", "say", ""], "", ""),
        ("lt say x", ["lt", "say", "x"], "x", ""),
        (r"lt say a\ b", ["lt", "say", "a b"], "a b", ""),
        ("lt --voice=ab", ["lt", "--voice=ab"], "ab", ""),
        ("lt hw:0,1", ["lt", "hw:0,1"], "0,1", ""),
        (r"lt hw\:0", ["lt", "hw:0"], "hw:0", ""),
        ('lt "hw:0', ["lt", "hw:0"], "hw:0", '"'),
        ("lt 'a \"b", ["lt", 'a "b'], 'a "b', "'"),
        (r'lt "a\"b\c', ["lt", 'a"b\\c'], 'a"b\\c', '"'),
        ("lt --d='x y", ["lt", "--d=x y"], "x y", "'"),
        ("lt 2>/dev/null say x", ["lt", "say", "x"], "x", ""),
        ("lt a && lt b", ["lt", "b"], "b", ""),
        ("lt a 2>&1 b", ["lt", "a", "b"], "b", ""),
    ],
)
def test_bash_lines(line: str, words: list[str], rest: str, quote: str) -> None:
    """Lines are read as bash reads them, and cut where readline cuts them."""
    read = read_line(line, BREAKS)
    assert (list(read.words), read.words[-1][read.replaced_from :], read.quote) == (words, rest, quote)


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"])), st.sampled_from(["", '"', "'"]))
def test_what_is_quoted_is_read_again(text: str, quote: str) -> None:
    """Whatever is inserted is one word, the same one."""
    read = read_line(f"lt {quote}{quoted(text, quote)}", BREAKS)
    assert list(read.words) == ["lt", text]
    assert read.quote == quote


def test_json_of_the_table_is_readable() -> None:
    """The table has an option a line, so that a change of one is a change of one line."""
    lines = generate.TABLE.read_text(encoding="utf-8").splitlines()
    assert json.loads(next(line for line in lines if '"--voice"' in line).rstrip(","))["value"] == "voice"
