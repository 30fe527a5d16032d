"""README and docs: every command in them is run as it stands, in bash, with real tools at both ends of every pipe."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.command_line import KEY, environment
from support.null_sink import SoundCard
from support.serve_process import Served, running

README = Path(__file__).resolve().parents[2] / "README.md"
DOCS = README.parent / "docs"
_NAMES = ("recipes", "text-and-sound", "batch", "serve", "service", "configuration")
PAGES = [README, *(DOCS / f"{name}.md" for name in _NAMES)]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIMEOUT_S = 120
_SERVER = "http://127.0.0.1:8765"
# Only set-up is run by others: the project's own pipeline runs the first, test_packaging.py installs.
_ELSEWHERE = ("make demo", "pipx install", "pip install", "lightning-tts serve ")
TEXT = "# One\n\nIt was a dark night.\n\nThen came the *morning*.\n"


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    language: str
    body: str

    @property
    def title(self) -> str:
        """Return its first command."""
        lines = [line for line in self.body.splitlines() if line and not line.startswith("#")]
        return lines[0][:60] if lines else ""


BLOCKS = [Block(*match.groups()) for page in PAGES for match in _BLOCK.finditer(page.read_text(encoding="utf-8"))]
COMMANDS = [block for block in BLOCKS if block.language == "sh" and not block.title.startswith(_ELSEWHERE)]


@dataclass
class Place:
    """A directory like that of a reader, and the environment of their shell."""

    directory: Path
    environment: dict[str, str]
    server: Served

    def run(self, script: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run a script as bash does, with any failure in a pipe being one."""
        return subprocess.run(
            ("bash", "-eo", "pipefail", "-c", script.replace(_SERVER, self.server.url)),
            cwd=self.directory,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
        )

    def seconds(self, name: str) -> float:
        """Measure a file by ffprobe."""
        raw = ("-f", "mulaw", "-ar", "8000") if name.endswith(".ulaw") else ()
        command = ("ffprobe", "-v", "error", *raw, "-show_entries", "format=duration", "-of", "json", name)
        done = subprocess.run(command, cwd=self.directory, capture_output=True, check=True, timeout=_TIMEOUT_S)
        return float(json.loads(done.stdout)["format"]["duration"])


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture(scope="module")
def runtime_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory in which a running server is found."""
    directory = tmp_path_factory.mktemp("reader")
    directory.chmod(0o700)
    return directory


@pytest.fixture(scope="module")
def server(runtime_directory: Path) -> Iterator[Served]:
    """Run one server, which ``say`` without a key finds and uses."""
    with running(home=runtime_directory) as served:
        yield served


@pytest.fixture
def place(tmp_path: Path, runtime_directory: Path, server: Served, sound_card: SoundCard) -> Place:
    """Make what a reader has: the command, a language model, texts and manifests, a repository, a sound card."""
    bin_directory = tmp_path / "bin"
    bin_directory.mkdir()
    _program(bin_directory / "lightning-tts", f'#!/bin/sh\nexec {sys.executable} -m lightning_cli "$@"\n')
    # A stand-in for a language model: it writes as they do, a few letters at a time.
    _program(
        bin_directory / "llm",
        '#!/bin/sh\nfor part in "Once" " upon a" " time. The" " end."; do printf "%s" "$part"; done\n',
    )
    work = tmp_path / "work"
    work.mkdir()
    for name in ("chapter.md", "talk.md", "script.txt", "lines.txt"):
        (work / name).write_text(TEXT if name.endswith(".md") else "The first line.\n\n- The second.\n")
    rows = "text,output\nGood evening.,one{0}\nAnd good night.,two{0}\n"
    for name, suffix in (("episode", ".wav"), ("all", ".wav"), ("narration", ".wav"), ("prompts", ".ulaw")):
        (work / f"{name}.csv").write_text(rows.format(suffix))
    (work / "words.csv").write_text("word,pronunciation\nmysql,my sequel\n")
    env = environment() | sound_card.environment | {"XDG_RUNTIME_DIR": str(runtime_directory)}
    # A reader in a hurry: what is played takes its time.
    env["LIGHTNING_TTS_SPEED"] = "2"
    env["PATH"] = f"{bin_directory}:{env['PATH']}"
    return Place(work, env, server)


def _heard(*names: str) -> Callable[[Place], None]:
    def check(place: Place) -> None:
        for name in names:
            assert place.seconds(name) > 0.3, name

    return check


def _all_of_it_is_there(place: Place) -> None:
    """Hear as much in the video as in the speech: no last sentence is cut off."""
    assert place.seconds("talk.wav") > 0.3
    assert abs(place.seconds("talk.mp4") - place.seconds("talk.wav")) < 0.15


# What a block leaves behind, by the beginning of its first command.
EXPECTED: dict[str, Callable[[Place], None]] = {
    'lightning-tts say "Hello from': _heard("hello.wav"),
    "lightning-tts say -f chapter.md -o - | ffmpeg": _heard("out.opus"),
    'lightning-tts say "Dinner': _heard("dinner.ogg"),
    "llm ": lambda place: _equal((place.directory / "story.txt").read_text(), "Once upon a time. The end."),
    "lightning-tts batch episode.csv": _heard("episode.wav", "episode.mp3"),
    "lightning-tts batch prompts.csv": _heard("prompts/one.ulaw", "prompts/two.ulaw"),
    "lightning-tts say -f talk.md": _all_of_it_is_there,
    "printf": _heard("dialogue/1.wav", "dialogue/2.wav"),
    "curl": _heard("hello.mp3"),
    "parallel": _heard("out/one.wav", "out/two.wav"),
    "lightning-tts batch narration.csv": _heard("out/one.wav", "out/two.wav"),
}


def _equal(one: object, other: object) -> None:
    assert one == other


@pytest.mark.parametrize("block", COMMANDS, ids=lambda block: block.title)
def test_every_command(place: Place, block: Block) -> None:
    """It runs without a failure and leaves what it says."""
    script = block.body
    if block.title.startswith("git log"):
        _try_hook(place, script)
        return
    more = {"JOB_COMPLETION_INDEX": "0"}
    if "dicts" in script:
        more |= {"SMALLEST_API_KEY": KEY, "LIGHTNING_TTS_BASE_URL": place.server.url}
    # A Job of one completion does everything.
    done = place.run(script.replace("auto/8", "auto/1"), **more)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "error" not in done.stderr.lower(), done.stderr
    for beginning, check in EXPECTED.items():
        if block.title.startswith(beginning[:60]):
            check(place)


def test_every_expectation_has_its_command() -> None:
    """Nothing is expected of a command that is not there any more."""
    titles = [block.title for block in COMMANDS]
    assert [one for one in EXPECTED if not any(title.startswith(one[:60]) for title in titles)] == []
    assert len(titles) == len(set(titles))


def _try_hook(place: Place, hook: str) -> None:
    """Commit with the hook in place; what it says goes on in the background, and git does not wait."""
    setup = "git init -q . && git config user.email a@b && git config user.name me"
    assert place.run(setup).returncode == 0
    heard = place.directory / "heard"
    _program(
        place.directory / ".git/hooks/post-commit",
        hook.replace("--quiet &", f"--quiet -o - >{heard}.pcm; mv {heard}.pcm {heard}"),
    )
    done = place.run("git add -A && git commit -qm 'Add the texts'")
    assert done.returncode == 0, done.stderr
    assert heard.stat().st_size > 10_000


def _one(language: str) -> str:
    (block,) = (block.body for block in BLOCKS if block.language == language)
    return block


def test_the_crontab(place: Place) -> None:
    """The last line is five fields and a command, which runs with what the lines before it set and nothing else."""
    *settings, line = _one("crontab").splitlines()
    *times, command = line.split(maxsplit=5)
    assert len(times) == 5
    bare = {name: place.environment[name] for name in ("HOME", "PULSE_SERVER", "PULSE_SINK")}
    bare |= dict(setting.split("=", 1) for setting in settings)
    bare["PATH"] = bare["PATH"].replace("/home/me/.local/bin", place.environment["PATH"].split(":")[0])
    bare["XDG_RUNTIME_DIR"] = place.environment["XDG_RUNTIME_DIR"]
    done = subprocess.run(("/bin/sh", "-c", command), env=bare, capture_output=True, check=False, timeout=_TIMEOUT_S)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_reader_of_a_pipe(place: Place) -> None:
    """Block by block, a stream of unknown length is read by soundfile as the page says."""
    (place.directory / "levels.py").write_text(_one("python"))
    done = place.run(f'lightning-tts say "Hello" -o - --format wav | {sys.executable} levels.py')
    assert done.returncode == 0, done.stderr
    levels = [float(line) for line in done.stdout.splitlines()]
    assert len(levels) > 2
    assert max(levels) > 0.05


def test_the_configuration(place: Place) -> None:
    """Every line of the example is taken, and says what it says."""
    (place.directory / "config.toml").write_text(_one("toml"))
    config = {"LIGHTNING_TTS_CONFIG": str(place.directory / "config.toml")}
    done = place.run("lightning-tts config show --json && lightning-tts config get voice --profile work", **config)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("meher")


def test_the_makefile(place: Place) -> None:
    """Make builds with the rule, and the second time has nothing to do."""
    (place.directory / "Makefile").write_text(_one("make"))
    done = place.run("make chapter.mp3 && make chapter.mp3")
    assert done.returncode == 0, done.stderr
    assert "up to date" in done.stdout
    assert place.seconds("chapter.mp3") > 1


def test_the_snakefile(place: Place) -> None:
    """The rule's shell command makes its slice."""
    (command,) = re.findall(r'shell: "(.*)"', _one("snakemake"))
    for slice_number in range(1, 5):
        done = place.run(command.replace("{input}", "all.csv").replace("{wildcards.k}", str(slice_number)))
        assert done.returncode == 0, done.stderr
    _heard("out/one.wav", "out/two.wav")(place)


def test_the_slurm_script(place: Place) -> None:
    """The tasks of an array share the rows out by themselves."""
    (script,) = (block.body for block in COMMANDS if "# Slurm" in block.body)
    for task in ("1", "2"):
        array = {"ID": task, "MIN": "1", "STEP": "1", "COUNT": "2"}
        done = place.run(script, **{f"SLURM_ARRAY_TASK_{name}": value for name, value in array.items()})
        assert done.returncode == 0, done.stderr
    _heard("out/one.wav", "out/two.wav")(place)


def test_the_server_and_the_first_commands() -> None:
    """The set-up that is run elsewhere is there to be run: targets of make, extras, the port of the server."""
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    (setup,) = (block.body for block in BLOCKS if block.title.startswith("make demo"))
    assert all(f"\n{target}:" in makefile for target in re.findall(r"^make (\w+)", setup, re.MULTILINE))
    with running() as served:
        assert served.told[0].startswith("Listening on http://127.0.0.1:")
        os.kill(served.process.pid, signal.SIGTERM)
        served.wait()


def test_the_exit_codes() -> None:
    """The table is that of the program."""
    from lightning_cli.errors import ExitCode

    text = (DOCS / "errors.md").read_text(encoding="utf-8")
    listed = {
        int(code): meaning.replace("`", "")
        for code, meaning in re.findall(r"^\| (\d+) \| (.+) \|$", text, re.MULTILINE)
    }
    assert listed == {code.value: code.meaning for code in ExitCode}


def test_the_tools_are_there() -> None:
    """A missing peer of a recipe is a failure, never a recipe that was not tried."""
    for tool in ("ffmpeg", "sox", "mpv", "git", "curl", "parallel", "make"):
        assert shutil.which(tool), f"{tool} is not installed"


def test_files_that_are_named() -> None:
    """Pictures and files that the README points to are there."""
    for page in [README, *DOCS.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).is_file(), f"{page.name} points to {target}"


def test_what_github_renders() -> None:
    """It knows no lists of definitions; a colon would begin their lines."""
    pages = {page.name: page.read_text(encoding="utf-8") for page in [README, *DOCS.glob("*.md")]}
    assert [name for name, text in pages.items() if re.search("^: ", text, re.MULTILINE)] == []


def test_the_picture_keeps_its_spaces() -> None:
    """Browsers draw one space for several, and none at the start of a text; other white space they leave alone."""
    texts = re.findall(r"<text [^>]*>([^<]*)</text>", (DOCS / "run.svg").read_text(encoding="utf-8"))
    assert texts
    assert not [text for text in texts if " " in text]


def test_the_readme_is_short() -> None:
    """It fits a visitor's patience; everything else has a page of its own."""
    assert README.stat().st_size < 10_000
