"""Look for inputs that break a target, by atheris: python tests/fuzz/run.py [SECONDS] [TARGET...].

SECONDS are for each target. Where atheris has no build for this Python, ``test_fuzz.py`` alone has to do. What is found
is written to the working directory as ``crash-...``; put it into ``corpus`` under a name that says what it shows.
"""

import importlib
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
LONGEST_BYTES = 4096
MEMORY_MB = 2048
# One input may take so long, with every line of the package counted.
SLOWEST_S = 10


def fuzz(name: str, arguments: list[str]) -> None:
    """Run one target in this process, which does not come back."""
    atheris = importlib.import_module("atheris")

    with atheris.instrument_imports(include=["lightning_cli"]):
        from support.fuzz_targets import TARGETS
    atheris.Setup([sys.argv[0], *arguments], TARGETS[name])
    atheris.Fuzz()


def main(seconds: float, names: list[str]) -> int:
    """Run every target in a process of its own; give the number of those that broke."""
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write("atheris is not installed; test_fuzz.py has looked by itself\n")
        return 0
    broken = 0
    for name in names or sorted(path.name for path in (HERE / "corpus").iterdir()):
        with tempfile.TemporaryDirectory() as found:
            limits = [f"-max_total_time={seconds:g}", f"-max_len={LONGEST_BYTES}", f"-timeout={SLOWEST_S}"]
            limits += [f"-rss_limit_mb={MEMORY_MB}", "-verbosity=0", "-print_final_stats=1"]
            command = [sys.executable, __file__, "--target", name, *limits, found, str(HERE / "corpus" / name)]
            paths = os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])
            code = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, check=False).returncode
        sys.stderr.write(f"{name}: {'broken' if code else 'nothing found'}\n")
        broken += bool(code)
    return broken


if __name__ == "__main__":
    if sys.argv[1:2] == ["--target"]:
        fuzz(sys.argv[2], sys.argv[3:])
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0, sys.argv[2:]))
