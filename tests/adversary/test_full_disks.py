"""A system without a writable file system, as a container whose root is read-only: what needs no file works."""

import pytest
from support.command_line import lightning
from support.size_limits import files_of

from lightning_cli.errors import ExitCode


@pytest.fixture(autouse=True)
def no_directories(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the directory of the session, so that the one for temporary files is asked for."""
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.delenv("TMPDIR")


def test_speech_into_a_pipe() -> None:
    """Where no temporary file can be made, the engine still speaks."""
    with files_of(0):
        done = lightning("say", "Hello.", "-o", "-")
    assert (done.code, len(done.stdout) > 20_000) == (ExitCode.OK, True), done.stderr


def test_the_doctor_looks_at_the_rest() -> None:
    """The part about a server says what is missing."""
    with files_of(0):
        done = lightning("doctor", "--no-network")
    assert b"cannot write its note (No usable temporary directory" in done.stdout, done.stderr
