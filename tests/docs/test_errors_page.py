"""What docs/errors.md says about errors: each is made to happen, and looks as it is written there."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command_line import COMMAND, Done, environment, keyed, lightning
from support.fake_server import Exchange, ramp, refuses, serving, speech_events
from support.pty_session import terminal

PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
ERRORS = re.findall(r"^- `(error: .+)`$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def _unkeyed(*arguments: str) -> Callable[[], Done]:
    return lambda: lightning("say", *arguments)


def _keyed(*arguments: str) -> Callable[[], Done]:
    return lambda: lightning("say", "Hi", "--retries", "0", *arguments, env=keyed())


def _refused() -> Done:
    with serving(refuses("401 Unauthorized", {"error": "Unauthorized"})) as server:
        return _keyed("--base-url", server.url, "-o", "out.wav")()


def _incomplete() -> Done:
    def cut(exchange: Exchange) -> None:
        exchange.head()
        exchange.chunk(speech_events(ramp(3000))[0])
        exchange.hang_up()

    with serving(cut) as server:
        return _keyed("--base-url", server.url, "-o", "out.wav")()


def _page() -> Done:
    page = b"<!DOCTYPE html><title>Sign in to Hotel Wi-Fi</title>"
    with serving(lambda exchange: exchange.answer(page, kind="text/html")) as server:
        return _keyed("--base-url", server.url, "-o", "out.wav")()


def _no_device() -> Done:
    return lightning("say", "Hi")


def _on_a_terminal() -> Done:
    with terminal((*COMMAND, "say", "Hi", "-o", "-"), environment()) as opened:
        code = opened.end()
        return Done(code, b"", opened.text.replace("\r", ""))


CASES: dict[str, Callable[[], Done]] = {
    "no API key found": _unkeyed("Hi", "--cloud"),
    "voice …": _unkeyed("Hi", "-v", "daniel", "-o", "out.wav"),
    "the service refused": _refused,
    "a web page came": _page,
    "refusing to send the key": _keyed("--base-url", "http://example.com", "-o", "out.wav"),
    "cannot connect": _keyed("--base-url", "http://127.0.0.1:1", "-o", "out.wav"),
    "… the audio is incomplete": _incomplete,
    "no audio output device found": _no_device,
    "refusing to write audio": _on_a_terminal,
    "unknown option": _unkeyed("-5 degrees"),
    "cannot tell the audio format": _unkeyed("Hi", "-o", "out.xyz"),
    "cannot write": _unkeyed("Hi", "-o", "no-such-directory/out.wav"),
}


@pytest.mark.parametrize("beginning", CASES)
def test_every_error(beginning: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said in the page's words, with a hint, and nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    (written,) = (error for error in ERRORS if error.removeprefix("error: ").startswith(beginning))
    done = CASES[beginning]()
    assert done.code not in {0, 1}
    looks = ".+".join(map(re.escape, written.split("…")))
    assert re.search(f"^{looks}", done.stderr, re.MULTILINE), done.stderr
    assert "\nhint: " in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_case_is_written() -> None:
    """The page and these cases name the same errors."""
    assert len(ERRORS) == len(CASES)
