"""Install the wheel with all it needs into a bare environment, use it, and weigh it.

    python tests/soak/install.py [PYTHON...]

Run it from the top of the project, with a network. It fails when the command does not work, when the base install has
more than 28 packages, or when it takes more than 150 MB.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

# 25 of the first version; subtitles that are read (pysubs2), edits that keep comments (tomlkit) and texts that were
# decoded twice (ftfy and its wcwidth) came after, in place of code of ours.
PACKAGES, MEGABYTES = 28, 150


def run(*command: str | Path) -> str:
    """Run a command and return what it printed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def weigh(python: str, wheel: Path, place: Path) -> str:
    """Install for one interpreter; returns a line about it."""
    run(python, "-m", "venv", place)
    ours = place / "bin/python"
    version = run(ours, "-c", "import platform; print(platform.python_version())").strip()
    run(ours, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    site = Path(run(ours, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    own = {"pip", "setuptools", "wheel"}
    packages = sorted(path.name.partition("-")[0] for path in site.glob("*.dist-info"))
    packages = [name for name in packages if name not in own]
    files = [
        path for path in site.rglob("*") if path.is_file() and path.relative_to(site).parts[0].split("-")[0] not in own
    ]
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    command = place / "bin/lightning-tts"
    run(command, "--version")
    run(command, "say", "Hello", "--dry-run")
    if "daniel" not in run(command, "voices"):
        raise SystemExit("the voices are missing")
    for name in ("man/man1/lightning-tts.1", "bash-completion/completions/lightning-tts"):
        if not (place / "share" / name).is_file():
            raise SystemExit(f"share/{name} is missing")
    # Everything that is imported late is there too.
    run(
        ours,
        "-W",
        "error::SyntaxWarning",
        "-c",
        "import soundfile, soxr, sentencex, websockets, requests, rich, pybase64",
    )
    if len(packages) > PACKAGES or megabytes > MEGABYTES:
        raise SystemExit(f"{len(packages)} packages, {megabytes:.0f} MB: {' '.join(packages)}")
    return f"Python {version}: {len(packages)} packages, {megabytes:.0f} MB: {' '.join(packages)}"


def main() -> None:
    """Build the wheel once and install it for every interpreter that is named, else for the one that runs this."""
    with tempfile.TemporaryDirectory() as made:
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", made)
        (wheel,) = Path(made).glob("*.whl")
        for number, python in enumerate(sys.argv[1:] or [sys.executable]):
            sys.stdout.write(weigh(python, wheel, Path(made) / str(number)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
