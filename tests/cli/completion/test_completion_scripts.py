"""Completion in real shells: what the tab key does to a line in bash, zsh and fish."""

import subprocess
from pathlib import Path

import pytest
from support.shells import BASH_COMPLETION, SCRIPTS, bash, fish, surroundings, zsh

from lightning_cli.system import paths
from lightning_cli.system.small_files import write_json

DEVICES = ['USB "x" (hw:1,0)', "hw:0,0 Baz's $1", "hw:0,1", "back\\slash", "Déjà vu"]
BASH = f"source {SCRIPTS / 'lightning-tts.bash'}"
ZSH = ("autoload -Uz compinit && compinit -u -D", f"source {SCRIPTS / '_lightning-tts'}")
FISH = f"source {SCRIPTS / 'lightning-tts.fish'}"
# What is typed, and what bash and zsh make of it.
LINES = {
    "dicts sy": "dicts sync ",
    "say --voice=aad": "say --voice=aadya ",
    "say -nvaad": "say -nvaadya ",
    "say --device USB": r"say --device USB\ \"x\"\ \(hw:1,0\) ",
    "say --device=USB": r"say --device=USB\ \"x\"\ \(hw:1,0\) ",
    'say --device "USB': r'say --device "USB \"x\" (hw:1,0)" ',
    "say --device 'USB": "say --device 'USB \"x\" (hw:1,0)' ",
    r"say --device USB\ \"": r"say --device USB\ \"x\"\ \(hw:1,0\) ",
    "say --device hw:": "say --device hw:0,",
    "say --device hw:0,0": r"say --device hw:0,0\ Baz\'s\ \$1 ",
    'say --device "hw:0,0': r"""say --device "hw:0,0 Baz's \$1" """,
    "say --device back": r"say --device back\\slash ",
    "say --device Dé": r"say --device Déjà\ vu ",
    "say -o fil": r"say -o file\ one.txt ",
    "say --output=fil": r"say --output=file\ one.txt ",
    'say -o "fil': 'say -o "file one.txt" ',
    "batch --directory dir": r"batch --directory dir\ two/",
    "say 'Hello' > fil": r"say 'Hello' > file\ one.txt ",
    # Free text has no completion.
    "say fil": "say fil",
}


@pytest.fixture
def place(private_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with two names in it to complete, the devices having been listed before."""
    (tmp_path / "file one.txt").touch()
    (tmp_path / "dir two").mkdir()
    monkeypatch.chdir(tmp_path)
    listed = [{"name": name, "host_api": "ALSA"} for name in DEVICES]
    assert write_json(paths.cache_dir() / "devices.json", {"version": 1, "devices": listed})
    return tmp_path


def test_scripts_parse() -> None:
    """Every shell reads its own script."""
    for command in (
        ("bash", "-n", "lightning-tts.bash"),
        ("zsh", "-n", "_lightning-tts"),
        ("fish", "-n", "lightning-tts.fish"),
    ):
        subprocess.run((*command[:-1], str(SCRIPTS / command[-1])), check=True, timeout=60)


def test_bash(place: Path) -> None:
    """Bash alone, without the package bash-completion, completes every kind of word and quotes it as it was begun."""
    with bash(BASH, environment=surroundings()) as prompt:
        made = {line: prompt.completed("lightning-tts " + line) for line in LINES}
        names = prompt.listed("lightning-tts say --voice da")
    assert made == {line: "lightning-tts " + after for line, after in LINES.items()}
    assert {"daniel", "daisy"} <= set(names.split())


def test_bash_with_the_package(place: Path) -> None:
    """The package bash-completion, which brings its own ways to cut words, changes nothing."""
    lines = ("say --voice=aad", "say --device hw:0,0", 'say --device "hw:0,0', "say -o fil", "dicts sy")
    with bash(f"source {BASH_COMPLETION}", BASH, environment=surroundings()) as prompt:
        made = {line: prompt.completed("lightning-tts " + line) for line in lines}
        through = prompt.completed("sudo lightning-tts dicts sy")
    assert made == {line: "lightning-tts " + LINES[line] for line in lines}
    assert through == "sudo lightning-tts dicts sync "


def test_the_program_that_is_typed_is_asked(place: Path, private_environment: Path) -> None:
    """A program named by its path is asked itself; an alias and a name with nothing behind it fall back."""
    bin_directory = Path(surroundings()["PATH"].partition(":")[0])
    for directory in (place, private_environment):
        (directory / "bin").symlink_to(bin_directory)
    with bash(BASH, "alias t=lightning-tts", "complete -F _lightning_tts t", environment=surroundings()) as prompt:
        assert prompt.completed("bin/lightning-tts dicts sy") == "bin/lightning-tts dicts sync "
        assert prompt.completed("~/bin/lightning-tts dicts sy") == "~/bin/lightning-tts dicts sync "
        assert prompt.completed("t dicts sy") == "t dicts sync "
        assert prompt.completed("true; LANG=C lightning-tts dicts sy") == "true; LANG=C lightning-tts dicts sync "


def test_zsh(place: Path) -> None:
    """Zsh does the same, and shows what is known of each voice."""
    with zsh(*ZSH, environment=surroundings()) as prompt:
        made = {line: prompt.completed("lightning-tts " + line) for line in LINES}
        names = prompt.listed("lightning-tts say --voice da")
    assert made == {line: "lightning-tts " + after for line, after in LINES.items()}
    assert "male, american, en" in names


def test_fish(place: Path) -> None:
    """Fish offers whole words with what is known of them; quoting is its own business."""
    wanted: dict[str, list[str]] = {
        "dic": ["dicts"],
        "dicts sy": ["sync"],
        "--vers": ["--version"],
        "say --voice aad": ["aadya"],
        "say --voice=aad": ["--voice=aadya"],
        "say -nvaad": ["-nvaadya"],
        "say --device USB": [DEVICES[0]],
        'say --device "USB': [DEVICES[0]],
        "say --device='USB": ["--device=" + DEVICES[0]],
        "say --device hw:": DEVICES[1:3],
        "say --device back": [DEVICES[3]],
        "say --device Dé": [DEVICES[4]],
        "say -o fil": ["file one.txt"],
        "say --output=fil": ["--output=file one.txt"],
        "batch --directory dir": ["dir two/"],
        "batch --directory fil": [],
        "say fil": [],
        "say -- --vo": [],
        "bogus --vo": [],
    }
    offered = fish(["lightning-tts " + line for line in wanted], surroundings(), FISH)
    assert {line: [word for word, _ in words] for line, words in zip(wanted, offered, strict=True)} == wanted
    assert offered[3] == [("aadya", "indian, en hi")]
