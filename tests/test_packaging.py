"""What is shipped: the wheel and the archive, what is in them, and the command as a wheel installs it."""

import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from support.command_line import environment

import lightning_cli

ROOT = Path(__file__).resolve().parent.parent
VERSION = lightning_cli.__version__
SHARED = {
    "share/man/man1/lightning-tts.1": ROOT / "docs/lightning-tts.1",
    "share/bash-completion/completions/lightning-tts": ROOT / "completions/lightning-tts.bash",
    "share/zsh/site-functions/_lightning-tts": ROOT / "completions/_lightning-tts",
    "share/fish/vendor_completions.d/lightning-tts.fish": ROOT / "completions/lightning-tts.fish",
}


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command away from the source tree and return what it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both, with the build backend itself, into a directory of its own."""
    directory = tmp_path_factory.mktemp("dist")
    subprocess.run(
        (sys.executable, "-m", "hatchling", "build", "-d", str(directory)),
        cwd=ROOT,
        capture_output=True,
        timeout=100,
        check=True,
    )
    return directory


def wheel_in(built: Path) -> Path:
    """Name the wheel."""
    (wheel,) = built.glob("*.whl")
    return wheel


def test_wheel(built: Path) -> None:
    """Every module and data file is in the wheel, the licence and the shared files too, and no test."""
    with zipfile.ZipFile(wheel_in(built)) as wheel:
        names = set(wheel.namelist())
        metadata = wheel.read(f"lightning_tts-{VERSION}.dist-info/METADATA").decode()
    package = ROOT / "lightning_cli"
    sources = {
        str(path.relative_to(ROOT))
        for path in package.rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".part"}
    }
    assert {"lightning_cli/py.typed", "lightning_cli/data/voices.json", "lightning_cli/data/commands.json"} <= sources
    assert sources <= names
    pages = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*") if path.is_file()}
    shared = {f"lightning_tts-{VERSION}.data/data/{name}" for name in SHARED}
    shared |= {f"lightning_tts-{VERSION}.data/data/share/doc/lightning-tts/{page}" for page in pages}
    rest = names - sources - shared
    assert shared <= names
    assert all(name.startswith(f"lightning_tts-{VERSION}.dist-info/") for name in rest), rest
    assert f"lightning_tts-{VERSION}.dist-info/licenses/LICENSE" in rest
    assert "License-Expression: MIT" in metadata
    assert "Requires-Python: >=3.11" in metadata


def test_what_a_package_index_shows(built: Path) -> None:
    """The description is the README, and nothing in it leads to a file beside it."""
    with zipfile.ZipFile(wheel_in(built)) as wheel:
        headers, _, text = wheel.read(f"lightning_tts-{VERSION}.dist-info/METADATA").decode().partition("\n\n")
    assert "Description-Content-Type: text/markdown" in headers
    assert "Project-URL: Service, https://smallest.ai" in headers
    assert text.startswith("# lightning-tts\n")
    targets = re.findall(r"\]\(([^)]*)\)", text)
    assert targets
    assert [one for one in targets if not one.startswith("https://")] == []
    assert "text and sound (`text-and-sound.md`)" in text


def test_archive(built: Path) -> None:
    """The archive is already set up to test and build again: sources, tests, scripts, pages, the licence."""
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        # The backend always adds .gitignore.
        names = {name.partition("/")[2] for name in opened.getnames()} - {".gitignore"}
    wanted = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", "tests/conftest.py"}
    wanted |= {str(path.relative_to(ROOT)) for path in SHARED.values()}
    assert wanted | {"completions/lightning-tts.ps1", "tests/support/null_sink.py", "lightning_cli/py.typed"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith((".", "dist"))]


def test_command_from_the_wheel(built: Path, tmp_path: Path) -> None:
    """Installed from the wheel into a bare environment the command works away from the sources."""
    place = tmp_path / "env"
    venv.create(place, symlinks=True)
    python, command = place / "bin/python", place / "bin/lightning-tts"
    install = (sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index")
    run(*install, wheel_in(built), cwd=tmp_path)
    # What it needs is taken from here; tests/soak/install.py fetches it.
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = run(python, "-c", "import lightning_cli; print(lightning_cli.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(place)
    assert run(command, "--version", cwd=tmp_path) == f"lightning-tts {VERSION}\n"
    assert "daniel\t" in run(command, "voices", cwd=tmp_path)
    assert "Hello" in run(command, "say", "Hello", "--dry-run", cwd=tmp_path)
    for name, source in SHARED.items():
        assert (place / name).read_bytes() == source.read_bytes()


def test_extras_are_optional() -> None:
    """No extra is needed at the start, and none under the GPL comes with another."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = " ".join(project["dependencies"])
    assert "espeak" not in needed
    assert "hibari" not in needed
    assert all(
        "espeak" not in " ".join(wanted)
        for extra, wanted in project["optional-dependencies"].items()
        if extra != "espeak"
    )
