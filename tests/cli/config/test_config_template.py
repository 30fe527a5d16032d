"""The file that `config edit` begins with."""

import os
from pathlib import Path

from support.command_line import lightning
from support.config_files import config_home
from support.scripted_editor import append, editor

from lightning_cli.cli.config.config_report import check_all
from lightning_cli.cli.config.config_template import template
from lightning_cli.cli.configured import shared_keys
from lightning_cli.settings.config_file import parse_config


def test_edit_begins_with_a_list_of_keys(tmp_path: Path) -> None:
    """Make the file, for this user alone, from what the editor leaves of the template."""
    done = lightning("config", "edit", env=editor(tmp_path, append('\nvoice = "new"\n')))
    path = config_home() / "config.toml"
    assert (done.code, done.stdout, done.stderr) == (0, b"", f"saved {path}\n")
    text = path.read_text()
    assert "\n# sample-rate = 44100\n" in text
    assert text.endswith('voice = "new"\n')
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["config.toml"]


def test_the_template_is_right() -> None:
    """The template has every key, commented out, and is valid when it is not."""
    text = template()
    assert parse_config(Path("t"), text.encode()).profiles == []
    active = "\n".join(line[2:] for line in text.split("\n") if line.startswith("# "))
    file = parse_config(Path("t"), active.encode())
    check_all(file)
    assert [key for key in sorted(shared_keys()) if file.at((), key) is None] == []
