"""Findings that a healthy machine never shows, each made to be found."""

import importlib.metadata
import threading
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from pathlib import Path

import pytest
from support.fake_server import Exchange, Responder, refuses, serving, speaks

from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.doctor import engine_child, program
from lightning_cli.doctor import program as settings
from lightning_cli.doctor.child import Children
from lightning_cli.doctor.findings import Finding, ok
from lightning_cli.doctor.network import ServiceAnswer, network, server
from lightning_cli.doctor.run import _Task
from lightning_cli.errors import ExitCode
from lightning_cli.serve.runtime import write_note
from lightning_cli.settings.keys import Key

ONCE = RetryPolicy(retries=0, max_wait_s=0)
# More than a file system takes for one name.
TOO_LONG = "/" + "x" * 300


def named(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return findings by their check."""
    return {one.check: one for one in findings}


def way_to(answer: Responder, key: str | None = "made-up", *, speaks_too: bool = False) -> dict[str, Finding]:
    """Go the way to a service that gives this answer to everything."""
    with serving(answer) as service:
        asked = ServiceSettings(base_url=service.url, key=key, retry=ONCE)
        return named(network(ServiceAnswer(asked, key and "nowhere", speaks_too)))


def lists(exchange: Exchange) -> None:
    """List no voices, at the right time."""
    exchange.answer(b'{"voices":[]}', kind="application/json", extra=(f"Date: {formatdate(usegmt=True)}",))


def lists_and(then: Responder) -> Responder:
    """List no voices, and speak as ``then`` does."""
    return lambda exchange: lists(exchange) if exchange.request.method == "GET" else then(exchange)


@pytest.mark.parametrize(
    ("answer", "key", "state", "message"),
    [
        (lists, None, "ok", "the service answers without a key"),
        (refuses("404 Not Found", {}), "made-up", "warn", "the key could not be checked"),
        (refuses("403 Forbidden", {}), "made-up", "fail", "403 Forbidden"),
    ],
    ids=["no key", "no list", "no right"],
)
def test_key(answer: Responder, key: str | None, state: str, message: str) -> None:
    """Tell what the service thinks of the key, as far as it says so."""
    found = way_to(answer, key)["key check"]
    assert (found.state, message in found.message) == (state, True)


def test_clock() -> None:
    """Say nothing of a clock that agrees."""
    assert way_to(lists)["clock"].state == "ok"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (speaks(b""), "the service answered with no audio at all"),
        (refuses("402 Payment Required", {}), "402 Payment Required"),
    ],
    ids=["silent", "refused"],
)
def test_first_audio(answer: Responder, message: str) -> None:
    """Fail where a word that was asked for does not come."""
    found = way_to(lists_and(answer), speaks_too=True)["first audio"]
    assert (found.state, message in found.message) == ("fail", True)


def test_authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name a directory of authorities, whose certificates are looked at when they are needed."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    nobody = ServiceSettings(base_url="https://127.0.0.1:1", key="made-up", retry=ONCE)
    found = named(network(ServiceAnswer(nobody, "nowhere")))
    assert found["authorities"].message == f"the directory {tmp_path}"
    assert found["service"].state == "fail"


@pytest.mark.parametrize(
    ("answer", "state", "message"),
    [
        (refuses("503 Service Unavailable", {}), "warn", "says 503"),
        (lambda exchange: exchange.hang_up(), "fail", "closed"),
    ],
    ids=["ending", "gone"],
)
def test_server(answer: Responder, state: str, message: str) -> None:
    """Tell of a server of ours that does not answer as it should."""
    with serving(answer) as service:
        assert write_note(service.url, None)
        (found,) = server()
    assert (found.state, message in found.message) == (state, True), found


def test_a_key_with_a_warning() -> None:
    """Pass on what is to be known about the place of a key."""
    found, told = settings.key(lambda: Key("made-up", "a file", "others can read it"), has_base_url=False)
    assert found is not None
    assert (told.state, told.hint) == ("warn", "others can read it")


def test_program_without_an_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Say so where nothing tells what the program needs, and what an extra lacks."""

    def unknown(name: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", unknown)
    (found,) = program.packages()
    assert (found.state, "runs without being installed" in found.message) == ("warn", True)
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: ['no-such-package>=1; extra == "odd"', "-"])
    odd = named(program.packages())["extra odd"]
    assert (odd.state, odd.hint) == ("ok", "pip install 'lightning-tts[odd]' adds it")


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
    """Tell of places that the system refuses to look at, instead of breaking."""
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


def test_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look no further where no engine is installed."""
    monkeypatch.setattr(engine_child, "offline_voices", list)
    monkeypatch.setattr(engine_child, "locate", lambda: None)
    facts: dict[str, object] = {}
    engine_child._look(facts)
    assert facts == {"engines": [], "languages": [], "espeak": None}


def test_children_are_ended() -> None:
    """End a process that is still asked when the check-up ends, and begin no other."""
    children = Children()
    answers: list[dict[str, object]] = []
    asking = threading.Thread(target=lambda: answers.append(children.ask("engine_child", timeout_s=60)))
    asking.start()
    until(lambda: bool(children._running))
    children.end()
    asking.join(60)
    assert answers == [{"died": -9, "said": ""}]
    assert children.ask("engine_child", timeout_s=60) == {"died": 0, "said": ""}


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_check_that_breaks_or_never_ends() -> None:
    """Raise what a check did not foresee, where it is waited for; tell of one that is not heard of any more."""
    ended = threading.Event()

    def breaks() -> Iterable[Finding]:
        raise ZeroDivisionError

    def waits() -> Iterable[Finding]:
        yield ok("first", "is fine")
        ended.wait(30)

    with pytest.raises(ZeroDivisionError):
        _Task("service", breaks, 30, ExitCode.NETWORK).findings()
    task = _Task("service", waits, 0.0, ExitCode.NETWORK)
    until(lambda: len(task._found) == 1)
    first, found = task.findings()
    assert first.check == "first"
    assert (found.check, found.state, found.message) == ("service", "fail", "nothing more was heard within 0 s")
    ended.set()
    task.wait(30)
