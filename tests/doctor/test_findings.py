"""The exit code that follows from findings."""

from lightning_cli.doctor.findings import exit_code, fail, ok, warn
from lightning_cli.errors import ExitCode


def test_the_lowest_code_among_the_failures_counts() -> None:
    """Settings come before the network, the network before the sound; warnings fail nothing."""
    sound = fail("sound", "", "", ExitCode.AUDIO)
    network = fail("service", "", "", ExitCode.NETWORK)
    assert exit_code([ok("a", ""), warn("b", "", "")]) == ExitCode.OK
    assert exit_code([sound, network]) == ExitCode.NETWORK
    assert exit_code([sound, network, fail("key", "", "", ExitCode.CONFIG)]) == ExitCode.CONFIG
