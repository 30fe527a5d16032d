"""The offline engine as it is found: speaking, missing, broken."""

import re
from typing import Any

import pytest

from lightning_cli.doctor import engine as engine_check
from lightning_cli.doctor.checks import Children
from lightning_cli.doctor.engine import engine
from lightning_cli.errors import ExitCode


def test_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look no further where no engine is installed."""
    monkeypatch.setattr(engine_check, "offline_voices", list)
    monkeypatch.setattr(engine_check, "locate", lambda: None)
    facts: dict[str, object] = {}
    engine_check._look(facts)
    assert facts == {"engines": [], "languages": [], "espeak": None}


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise the limits, so that a busy machine does not decide what is found."""
    monkeypatch.setattr("lightning_cli.doctor.sound._PATIENCE_S", 100)
    monkeypatch.setattr("lightning_cli.doctor.engine._PATIENCE_S", 100)


@pytest.mark.usefixtures("patience")
def test_the_engine_speaks() -> None:
    """The offline engine says a word, and tells what it can."""
    (found,) = engine(Children(), needed=False)
    assert found.state == "ok"
    facts: dict[str, Any] = dict(found.facts)
    assert facts["engines"] == ["espeak", "hibari"]
    assert facts["first_audio_seconds"] > 0
    assert facts["audio_seconds"] > 0.2
    assert "de" in facts["languages"]
    assert re.fullmatch(r"\d+\.\d+.*", facts["espeak"]["version"])


@pytest.mark.parametrize(
    ("answer", "needed", "state"),
    [
        ({"engines": [], "languages": [], "espeak": None}, True, "fail"),
        ({"engines": [], "languages": [], "espeak": None}, False, "ok"),
        ({"hung": True, "said": ""}, False, "warn"),
        ({"died": -6, "said": ""}, True, "fail"),
        ({"engines": ["hibari"], "error": "no", "hint": None}, False, "warn"),
        ({"engines": ["hibari"], "languages": ["en"], "espeak": None, "audio_seconds": 0}, True, "fail"),
    ],
)
def test_an_engine_that_does_not_speak(answer: dict[str, Any], *, needed: bool, state: str) -> None:
    """A fault fails the check only where no other engine could speak, and always has a hint."""

    class Answering(Children):
        def ask(self, module: str, *arguments: str, timeout_s: float) -> dict[str, Any]:
            del module, arguments, timeout_s
            return answer

    (found,) = engine(Answering(), needed=needed)
    assert found.state == state
    assert found.exit_code == (ExitCode.CONFIG if state == "fail" else ExitCode.OK)
    assert found.hint
