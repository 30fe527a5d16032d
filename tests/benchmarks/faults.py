"""What ends a run of the benchmarks without a result."""


class BenchmarkFault(Exception):
    """A contestant failed, or something took too long."""

    exit_code = 1


class PeerMissing(BenchmarkFault):
    """Something to compare with is not installed: a cell of the table would stay empty."""

    exit_code = 2
