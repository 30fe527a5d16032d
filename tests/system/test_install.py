"""The command that adds an extra is that of the installer which made the installation."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from lightning_cli.system import install
from lightning_cli.system.install import install_command

NAME = "lightning-tts"


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an environment of its own, active, with a package from an index and two extras."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    monkeypatch.setattr(install, "_source", lambda: ("", False))
    monkeypatch.setattr(install, "_installed_extras", lambda: ["espeak"])
    return tmp_path


def test_pip(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pip of an active environment is on the path; that of another is named."""
    assert install_command("local") == f"pip install '{NAME}[local]'"
    assert install_command(again=True) == f"pip install --force-reinstall {NAME}"
    monkeypatch.delenv("VIRTUAL_ENV")
    assert install_command("local") == f"{prefix}/bin/python -m pip install '{NAME}[local]'"


def test_uv_without_pip(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment of uv's has no pip."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert install_command("local") == f"uv pip install '{NAME}[local]'"
    monkeypatch.delenv("VIRTUAL_ENV")
    assert install_command("local", again=True) == (
        f"uv pip install --python {prefix}/bin/python --reinstall '{NAME}[local]'"
    )


def test_pipx_and_uv_tool_keep_the_extras(prefix: Path) -> None:
    """Both install anew what they are told, so that what is there is named too."""
    (prefix / "uv-receipt.toml").touch()
    assert install_command("local") == f"uv tool install '{NAME}[espeak,local]'"
    assert install_command("espeak", again=True) == f"uv tool install --reinstall '{NAME}[espeak]'"
    (prefix / "pipx_metadata.json").touch()
    assert install_command("local") == f"pipx install --force '{NAME}[espeak,local]'"


@pytest.mark.parametrize(
    ("told", "source"),
    [
        (None, ("", False)),
        ("{", ("", False)),
        (json.dumps({"url": "https://example.org/a.whl", "archive_info": {}}), ("", False)),
        (json.dumps({"url": "file:///src/my%20tts", "dir_info": {}}), ("/src/my tts", False)),
        (json.dumps({"url": "file:///src/tts", "dir_info": {"editable": True}}), ("/src/tts", True)),
    ],
)
def test_a_directory_is_installed_from_again(
    told: str | None, source: tuple[str, bool], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What came from a directory is in no index; its extras come from there too."""
    about = tmp_path / "lightning_tts-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1\n", encoding="utf-8")
    if told is not None:
        (about / "direct_url.json").write_text(told, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert install._source() == source
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    where, is_editable = source
    assert install_command("local").endswith(f"{'-e ' if is_editable else ''}'{where or NAME}[local]'")
