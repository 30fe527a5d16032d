"""Figures beside those of others, taken in one run: ``python -m tests.benchmarks [ROW...]``."""

import sys
from pathlib import Path

# The tests are not a package: their helpers and this one are imported by their own names, as under pytest.
_TESTS = str(Path(__file__).resolve().parent.parent)
if _TESTS not in sys.path:
    sys.path.insert(0, _TESTS)
