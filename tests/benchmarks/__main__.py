"""Entry of the benchmarks."""

import sys

from benchmarks.command import main

sys.exit(main())
