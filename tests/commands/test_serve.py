"""The end of a model, rehearsed from the command line to the command line."""

import sys
from pathlib import Path

import pytest
from support.command_line import environment, lightning, run_here
from support.serve_thread import running_here

from lightning_cli.errors import ConfigError
from lightning_cli.system.install import install_command

KEY = {"SMALLEST_API_KEY": "sk-any"}


@pytest.mark.parametrize("transport", ["sse", "sync", "ws"])
def test_a_retired_model_is_refused_in_the_services_words(tmp_path: Path, transport: str) -> None:
    """Its sentence and what it recommends reach the person, and the hint is a command that then works."""
    with running_here("--engine", "espeak", "--retire-model", "lightning_v3.1") as served:
        where = ("--base-url", f"{served.url}/waves/v1", "-o", str(tmp_path / "a.wav"))
        refused = lightning("say", "Hello there.", "--transport", transport, *where, env=environment(**KEY))
        again = lightning(
            "say", "Hello there.", "--model", "lightning_v3.1_pro", "--voice", "meher", *where, env=environment(**KEY)
        )
    assert refused.code == 4
    assert "Model lightning_v3.1 is retired. Use lightning_v3.1_pro instead." in refused.stderr
    assert "--model lightning_v3.1_pro --voice meher" in refused.stderr
    assert again.code == 0


@pytest.mark.parametrize("transport", ["sse", "ws"])
def test_a_model_that_will_retire_speaks_and_says_so_once(tmp_path: Path, transport: str) -> None:
    """However many sentences there are."""
    with running_here("--engine", "espeak", "--retire-model", "lightning_v3.1=2999-01-06") as served:
        where = ("--base-url", f"{served.url}/waves/v1", "-o", str(tmp_path / "a.wav"), "--transport", transport)
        told = lightning("say", "Hello there, my friend. And hello again to you.", *where, env=environment(**KEY))
    assert told.code == 0
    assert told.stderr.count("will be retired on 2999-01-06. Use lightning_v3.1_pro instead.") == 1


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("--allow-origin", "null"), "'null' is not an origin"),
        (("--allow-origin", "*"), "every origin without a token"),
        (("--retire-model", "lightning_v9"), "unknown model 'lightning_v9'"),
    ],
)
def test_options_that_cannot_be_used(option: tuple[str, str], told: str) -> None:
    """They are refused before anything listens."""
    refused = lightning("serve", *option)
    assert refused.code in {2, 3}
    assert told in refused.stderr


def test_serving_without_its_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name what is missing, and what to install."""
    monkeypatch.delitem(sys.modules, "lightning_cli.serve.run", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ConfigError, match="serve needs uvicorn, which is not installed") as told:
        run_here("serve")
    assert told.value.hint == install_command("local")
