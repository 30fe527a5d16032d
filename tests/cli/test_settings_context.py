"""The configuration behind a command line: read when it is needed, and not for help."""

import subprocess
import sys

import pytest
from support.command_line import keyed, lightning
from support.config_files import configure, parsed

from lightning_cli.errors import ExitCode


def test_a_bad_file_ends_a_run_but_not_the_help() -> None:
    """End with 3 before anything is sent; answer --help and config path all the same."""
    configure('api_key = "sk_0123456789"')
    done = lightning("say", "x", env=keyed())
    assert done.code == ExitCode.CONFIG
    assert done.lines[0].endswith("config.toml:1: api_key is a secret, which does not belong in this file")
    assert done.lines[1].startswith("hint: lightning-tts login")
    assert "0123456789" not in done.stderr
    for arguments in (("say", "--help"), ("config", "path")):
        assert lightning(*arguments).code == 0


def test_help_tells_the_tool_s_own_defaults() -> None:
    """Keep what the file says out of --help."""
    configure("volume = 37\n")
    context = parsed("say")
    assert context.params["volume"] == 37
    context.shows_all = True  # type: ignore[attr-defined] # of our own context
    assert "default: 100" in context.get_help()
    assert "default: 37" not in context.get_help()


@pytest.mark.unmeasured("what measures reads its own settings with tomllib")
def test_no_file_costs_nothing() -> None:
    """Load nothing of what a file or a stored key would need."""
    code = (
        "import sys\nfrom lightning_cli.cli.run import main\nmain(['say', 'x', '--dry-run'])\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stderr.split())
    heavy = {"tomllib", "keyring", "platformdirs"}
    ours = {
        f"lightning_cli.{name}" for name in ("config", "config_values", "key_programs", "key_places", "cli.configured")
    }
    assert "lightning_cli.cli.settings_context" in loaded
    assert not loaded & (heavy | ours)
