"""What is said of an answer: its ids, and the names that the service does not know."""

from pathlib import Path

import pytest
from support.command_line import refusal_of, run_here
from support.fake_server import ramp, refuses, serving, speaks

from lightning_cli.errors import (
    ServiceError,
)


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write beside nothing of the tree."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("key_holder")
def test_ids_that_come_back(capsys: pytest.CaptureFixture[str]) -> None:
    """One's own are told and no more; another's are a warning."""
    told = []
    for echoed in ("mine", "theirs"):
        with serving(speaks(ramp(60), extra=[f"X-External-Request-Id: {echoed}"])) as made:
            run_here("say", "Hi.", "--request-id", "mine", "--verbose", "-o", "x.wav", "--base-url", made.url)
        told.append(capsys.readouterr().err)
    assert "your request id as mine" in told[0]
    assert "warning" not in told[0]
    assert "warning: the answer carries request id theirs, but mine was sent" in told[1]


@pytest.mark.parametrize(
    ("words", "body", "hint"),
    [
        (["--voice", "qqqqzzzz"], {"message": "unknown voice"}, None),
        (["--model", "future_9"], {"message": "unknown model"}, "known models: lightning_v3.1"),
        (["--model", "future_9"], {"message": "no"}, None),
    ],
)
@pytest.mark.usefixtures("key_holder")
def test_names_that_the_service_does_not_know(words: list[str], body: object, hint: str | None) -> None:
    """Name what is close, or what there is, and guess nothing."""
    with serving(refuses("400 Bad Request", body)) as made:
        fault = refusal_of("say", "Hi.", *words, "-o", "x.wav", "--base-url", made.url)
    assert isinstance(fault, ServiceError)
    assert "did you mean" not in (fault.hint or "")
    assert hint is None or (fault.hint or "").startswith(hint)


@pytest.mark.parametrize("more", [[], ["--echo"], ["--whole"], ["--record", "run.rec"]], ids=" ".join)
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("One sentence. Then [voice:nope] another.", "1:20: [voice:nope]: unknown voice 'nope'"),
        ("One sentence. [pause:99]", "1:15: [pause:99]: a pause is 0 to 60 s long"),
        ("... [pause:1s] ...", "no text to speak"),
    ],
)
def test_mistakes_in_a_text_come_first(
    text: str, told: str, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """They are told before the voice is announced, the engine loads or a sentence before them is passed on."""
    assert refusal_of("say", text, "-o", "x.wav", *more).message.endswith(told)
    assert capsys.readouterr() == ("", "")


def test_a_tag_without_effect_is_noted_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Though the text is cut again where it is passed on."""
    run_here("say", "--local", "<speak>Hi <foo>there</foo>.</speak>", "-o", "x.wav", "--echo")
    assert capsys.readouterr().err.count("foo") == 1
