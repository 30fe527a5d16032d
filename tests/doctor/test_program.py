"""The interpreter's packages, the directories, the settings and the terminal, where something is wrong with them."""

import importlib.metadata
from collections.abc import Iterable
from pathlib import Path

import pytest

from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.doctor import program
from lightning_cli.doctor import program as settings
from lightning_cli.doctor.checks import Finding
from lightning_cli.doctor.network import ServiceAnswer, network, server
from lightning_cli.errors import ExitCode
from lightning_cli.settings.keys import Key
from lightning_cli.system.install import install_command

ONCE = RetryPolicy(retries=0, max_wait_s=0)


# More than a file system takes for one name.
TOO_LONG = "/" + "x" * 300


def named(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return findings by their check."""
    return {one.check: one for one in findings}


def test_a_key_with_a_warning() -> None:
    """Pass on what is to be known about the place of a key."""
    found, told = settings.key(lambda: Key("made-up", "a file", "others can read it"), has_base_url=False)
    assert found is not None
    assert (told.state, told.hint) == ("warn", "others can read it")


def test_program_without_an_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report where the requirements are unknown, and what an extra lacks."""

    def unknown(name: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", unknown)
    (found,) = program.packages()
    assert (found.state, "is not installed as a package" in found.message) == ("warn", True)
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: ['no-such-package>=1; extra == "odd"', "-"])
    odd = named(program.packages())["extra odd"]
    assert (odd.state, odd.hint) == ("ok", f"{install_command('odd')} adds it")


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count what a directory holds for so long only, and tell of a runtime directory that cannot be one."""
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path.parent))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "file"))
    found = named(program.directories())
    assert (found["runtime"].state, "Not a directory" in found["runtime"].message) == ("warn", True)
    monkeypatch.setattr(program, "_WALK_S", -1.0)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "more").write_bytes(b"12345")
    assert program._usage(tmp_path) == (1, 5)


def test_names_that_cannot_be_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report places that the system refuses to look at, instead of breaking."""
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, TOO_LONG)
    found = named(program.directories())
    assert {one.state for one in found.values()} == {"warn"}
    assert settings.config(Path(TOO_LONG), None).state == "ok"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", TOO_LONG)
    nobody = ServiceSettings(base_url="https://127.0.0.1:1", key="made-up", retry=ONCE)
    assert named(network(ServiceAnswer(nobody, "nowhere")))["authorities"].state == "fail"
    (told,) = server()
    assert told.message == "none runs"


def test_terminal() -> None:
    """Warn of a terminal that does not take every letter."""
    (found,) = program.terminal({"standard output": (True, "iso8859-1")}, colour=False)
    assert (found.state, "iso8859-1" in found.message) == ("warn", True)


def test_a_broken_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is missing or cannot be imported fails by name; an extra in part is a warning."""
    required = ["no-such-thing>=1", "pytest", "typer", "pytest; extra == 'half'", "no-such-thing; extra == 'half'"]
    # What an installed extra has too does not tell that another was asked for.
    required += ["pytest; extra == 'whole'", "pytest; extra == 'other'", "nothing-such; extra == 'other'"]
    required += ["hypothesis; extra == 'part'", "nothing-else; extra == 'part'"]
    monkeypatch.setattr("importlib.metadata.requires", lambda _: required)
    monkeypatch.setattr(program, "_MODULES", {"typer": "typer.nothing_of_this_name"})
    found: dict[str, Finding] = {one.check: one for one in program.packages()}
    assert {name: one.state for name, one in found.items()} == {
        "package no-such-thing": "fail",
        "package typer": "fail",
        "packages": "ok",
        "extra half": "ok",
        "extra whole": "ok",
        "extra other": "ok",
        "extra part": "warn",
    }
    assert "nothing_of_this_name" in found["package typer"].message
    assert found["package typer"].exit_code == ExitCode.CONFIG
