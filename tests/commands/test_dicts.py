"""Pronunciation dictionaries: the commands and sync, against a service that keeps them, on a real socket."""

import json
import os
from pathlib import Path

import pytest
from support.command_line import refusal_of
from support.fake_server import refuses, serving
from support.list_commands import account, answers, run, run_on_terminal

from lightning_cli.cli.terminal.console import escape
from lightning_cli.errors import (
    KeyRefused,
)


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """Return a good file."""
    path = tmp_path / "words.csv"
    path.write_text("mysql,my-sequel\nSQL,sequel\n")
    return path


def test_create_update_list_delete() -> None:
    """Each command makes the documented call with the documented body, and prints what the next one needs."""
    path, other = Path(os.environ["HOME"], "a.csv"), Path(os.environ["HOME"], "b.json")
    path.write_text("mysql,my-sequel\nSQL,sequel\n")
    other.write_text('{"Zoë": "zoh-ee"}', encoding="utf-8")
    with account() as ours:
        created = ours.run("create", path)
        (made,) = ours.service.kept
        assert (created.code, created.out, created.err) == (0, made + "\n", "")
        listed = ours.run("list")
        updated = ours.run("update", made, other)
        as_json = ours.run("list", "--json")
        deleted = ours.run("delete", made)
        empty = ours.run("list")
        assert ours.service.log == [
            (
                "POST",
                {
                    "items": [
                        {"word": "mysql", "pronunciation": "my-sequel"},
                        {"word": "SQL", "pronunciation": "sequel"},
                    ]
                },
            ),
            ("GET", None),
            ("PUT", {"id": made, "items": [{"word": "Zoë", "pronunciation": "zoh-ee"}]}),
            ("GET", None),
            ("DELETE", {"id": made}),
            ("GET", None),
        ]
    assert (listed.code, listed.rows) == (0, [[made, "2", "2026-01-02T03:04:05.678Z", "mysql, SQL"]])
    assert (updated.code, updated.out, updated.err) == (0, "", f"updated {made} from {other} (1 word)\n")
    assert as_json.json == [
        {"id": made, "items": [{"word": "Zoë", "pronunciation": "zoh-ee"}], "createdAt": "2026-01-02T03:04:05.678Z"}
    ]
    assert (deleted.code, deleted.out, deleted.err) == (0, "", f"deleted {made}\n")
    assert (empty.code, empty.out, empty.err) == (0, "", "note: no dictionaries\n")


def test_what_was_listed_can_be_a_file() -> None:
    """A dictionary of ``list --json`` is a dictionary file."""
    path = Path(os.environ["HOME"], "saved.json")
    with account() as ours:
        known = ours.service.add(mysql="my-sequel", SQL="sequel")
        path.write_text(json.dumps(ours.run("list", "--json").json[0]))
        assert ours.sync(path) == (known, ["GET"])


def test_deleting_goes_on_after_a_refusal() -> None:
    """One id that is unknown does not keep the others; the exit code tells of it. A lone one is the error itself."""
    with account() as ours:
        first, second = ours.service.add(a="b"), ours.service.add(c="d")
        some = ours.run("delete", first, "0" * 24, second, first)
        assert not ours.service.kept
        assert ours.service.calls() == ["DELETE"] * 3
        alone = ours.run("delete", "0" * 24)
    assert (some.code, some.out) == (4, "")
    assert some.err.splitlines()[1].startswith("error: " + "0" * 24 + ": the service refused")
    assert "error: cannot delete 1 of 3 dictionaries" in some.err
    assert (alone.code, alone.err.splitlines()[0]) == (
        4,
        "error: the service refused the request (404 Not Found): Dictionary not found",
    )


@pytest.mark.parametrize("command", [("create",), ("update", "64f1234567890abcdef12345"), ("sync",)])
def test_nothing_is_sent_from_a_bad_file(command: tuple[str, ...], words: Path) -> None:
    """All problems are told, a line each, before the service hears anything."""
    words.write_text("a,b,c\n,x\nevil\x1b[31m,\n")
    with account() as ours:
        done = ours.run(*command, words)
        assert ours.service.calls() == []
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        f"error: {words}:1: 3 columns; there must be 2: word, pronunciation",
        f"error: {words}:2: the word is empty",
        f"error: {words}:3: the pronunciation of evil\\x1b[31m is empty",
        f"error: {words} cannot be used",
        "hint: fix the lines above and run again; nothing was sent",
    ]


def test_without_a_key_the_offline_engine_keeps_dictionaries(words: Path) -> None:
    """A file that changes has another id then, and the dictionary of before goes; a base URL alone is a service."""
    first = run("dicts", "sync", words)
    assert first.code == 0
    assert first.err.startswith("note: no API key; using the dictionaries of the offline voices\n")
    assert run("dicts", "sync", words).out == first.out
    words.write_text("mysql;my-squirrel\n")
    second = run("dicts", "sync", words)
    assert second.code == 0
    assert second.out not in {"", first.out}
    assert run("dicts", "list").out.split("\t")[:2] == [second.out.strip(), "1"]
    assert run("dicts", "delete", second.out.strip()).code == 0
    assert run("dicts", "list").out == ""
    with account() as ours:
        assert run("dicts", "list", "--base-url", ours.url).code == 0


def test_usage(words: Path) -> None:
    """No command, an unknown one and an empty id are usage errors; help names all five."""
    nothing = run("dicts")
    assert (nothing.code, nothing.out) == (2, "")
    assert all(f"\n  {name} " in nothing.err for name in ("list", "create", "update", "delete", "sync"))
    assert run("dicts", "rename").code == 2
    assert run("dicts", "update", " ", words, "--base-url", "http://127.0.0.1:1").code == 2


@pytest.mark.parametrize(
    ("responder", "code", "told"),
    [
        (
            refuses(
                "400 Bad Request",
                {
                    "error": "Invalid request body",
                    "details": [{"path": ["items", 0, "word"], "message": "Required", "code": "invalid_type"}],
                },
            ),
            4,
            "Invalid request body: items.0.word: Required",
        ),
        (refuses("401 Unauthorized", {"error": "Unauthorized"}), 3, "Unauthorized"),
        (refuses("500 Internal Server Error", {"error": "Internal server error"}), 5, "Internal server error"),
        (lambda exchange: answers(exchange, {"id": ""}), 5, "without an id"),
        (lambda exchange: answers(exchange, "no"), 5, "without an id"),
        (lambda exchange: exchange.answer(b"<html>"), 5, "a web page came instead"),
        (lambda exchange: exchange.answer(b"{"), 5, "not JSON"),
    ],
)
def test_refusals(responder: object, code: int, told: str, words: Path) -> None:
    """What the service says of a bad request reaches the person, with the exit code for its kind."""
    assert callable(responder)
    with serving(responder) as server:
        done = run("dicts", "create", words, "--base-url", server.url)
    assert (done.code, done.out) == (code, "")
    assert told in done.err


def test_a_hostile_list(words: Path) -> None:
    """What is not a dictionary is skipped, control characters are spelt out, and a non-list is a protocol error."""
    item = {"word": "a\x1b[2J\tb", "pronunciation": "x"}
    listed: list[object] = [
        None,
        7,
        {"items": [item]},
        {"id": "", "items": []},
        {"id": "ok\r\n", "items": [item, item, {"word": "b"}, {"word": 5, "pronunciation": "x"}, None], "createdAt": 3},
        {"id": "bare"},
    ]
    with serving(lambda exchange: answers(exchange, listed)) as server:
        done = run("dicts", "list", "--base-url", server.url)
        shown = run_on_terminal(60, "dicts", "list", "--base-url", server.url)
    assert done.rows == [["ok\\r\\n", "2", "-", "a\\x1b[2J\\tb"], ["bare", "0", "-", "-"]]
    assert all(escape(char) == char or char == "\n" for char in shown)
    assert shown.splitlines()[0].split() == ["ID", "WORDS", "CREATED", "WHICH"]
    with serving(lambda exchange: answers(exchange, {"data": []})) as server:
        assert run("dicts", "sync", words, "--base-url", server.url).code == 5


@pytest.mark.usefixtures("key_holder")
def test_a_key_is_refused_for_every_dictionary() -> None:
    """The second is not even asked for."""
    with serving(refuses("401 Unauthorized", {"error": "Unauthorized"})) as made:
        fault = refusal_of("dicts", "delete", "a1", "b2", "--base-url", made.url)
        assert isinstance(fault, KeyRefused)
        assert len(made.requests) == 1
