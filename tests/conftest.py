"""What every test gets: a private home, an environment without our variables, and a sound card for those who ask.

And what every test is held to: it leaves nothing behind, and never shows the key.
"""

import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from support import leftovers
from support.batch_runs import speaks_text
from support.command_line import KEY
from support.fake_server import SpeechServer, serving
from support.null_sink import SoundCard

# Time decides no test. The long run is ``make fuzz``.
hypothesis.settings.register_profile("suite", deadline=None, max_examples=60)
hypothesis.settings.register_profile("fuzz", deadline=None, max_examples=3_000)
hypothesis.settings.load_profile("suite")
_OURS = ("LIGHTNING_TTS_", "SMALLEST_")
# A person has none of these: unbuffered, a full standard output fails at another moment than theirs.
_PYTHON_OURS = ("PYTHONUNBUFFERED",)
# readline sets these for its process, and the suite's workers load it; a terminal of a test has its own size.
_TERMINAL_SIZE = ("COLUMNS", "LINES")
_HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")


# A job in the background of a script ignores Ctrl-C, and so would every command under test.
for _signum in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(_signum) is signal.SIG_IGN:
        signal.signal(_signum, signal.default_int_handler if _signum == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture(autouse=True)
def clean_end(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a thread, a descriptor, a child or a temporary file, or shows the key to anybody.

    It is the first to be set up, so it looks when everything else is gone.
    """
    leftovers.overhear(monkeypatch)
    directories: list[Path] = []
    request.node.stash[_PRIVATE] = directories
    before = leftovers.held()
    yield
    given = request.node.funcargs.get("tmp_path")
    looked_at = [*directories, *([given] if given is not None else [])]
    found = {
        "left behind": leftovers.added(before),
        "temporary files": [str(path) for directory in directories for path in (directory / _SCRATCH).iterdir()],
        "the key is in": [path for directory in looked_at for path in leftovers.with_key(directory)],
        "the key was": leftovers.told(),
    }
    assert not any(found.values()), {what: them for what, them in found.items() if them}


_PRIVATE = pytest.StashKey[list[Path]]()
_SCRATCH = "tmp"


@pytest.fixture(autouse=True)
def private_environment(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    clean_end: None,
) -> Path:
    """Hide the user's settings, keys and proxies, and return the test directories of its own; returns the home."""
    for name in list(os.environ):
        if name.startswith(_OURS) or name.lower().endswith("_proxy") or name in (*_PYTHON_OURS, *_TERMINAL_SIZE):
            monkeypatch.delenv(name)
    root = tmp_path_factory.mktemp("private")
    for name in _HOMES:
        directory = root / name.lower()
        directory.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(directory))
    (root / _SCRATCH).mkdir()
    monkeypatch.setenv("TMPDIR", str(root / _SCRATCH))
    monkeypatch.setattr(tempfile, "tempdir", None)
    request.node.stash[_PRIVATE].append(root)
    return root / "home"


@pytest.fixture
def key_holder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Set up a key and an empty working directory."""
    monkeypatch.setenv("SMALLEST_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def batch_server() -> Iterator[SpeechServer]:
    """Return a server that speaks whatever it is sent."""
    with serving(speaks_text) as made:
        yield made


@pytest.fixture
def batch(batch_server: SpeechServer, key_holder: None) -> Callable[..., int]:
    """Return what runs a batch in this process and gives its exit code; what is wrong before it begins is raised."""

    def run(rows: list[dict[str, str]], *more: str) -> int:
        from lightning_cli.cli.app import root_command

        Path("rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
        words = ["batch", "rows.jsonl", "--cache", "cache", "--base-url", batch_server.url, *more]
        return int(root_command().main(args=words, prog_name="lightning-tts", standalone_mode=False) or 0)

    return run


@pytest.fixture(scope="session")
def sound_card() -> Iterator[SoundCard]:
    """Return a sound card at the service's default rate; ``sound_card.at(rate)`` has others on the same daemon."""
    card = SoundCard(44_100)
    try:
        yield card
    finally:
        card.close()


@pytest.fixture
def card(sound_card: SoundCard) -> SoundCard:
    """Return the card at a rate that makes short recordings."""
    return sound_card.at(24_000)


@pytest.fixture
def doomed_card() -> Iterator[SoundCard]:
    """Return a card that the test may freeze or break."""
    card = SoundCard(24_000)
    try:
        yield card
    finally:
        card.close()
