"""How much of the long runs to do: SHARE=0.1 in the environment is a tenth of every number, to see that they work."""

import os

SHARE = float(os.environ.get("SHARE", "1"))


def part_of(number: float) -> int:
    """Return the share of a number of hits, rounds, minutes: at least one."""
    return max(1, round(number * SHARE))
