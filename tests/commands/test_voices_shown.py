"""How voices are shown: to a terminal, to a pipe, whatever the service lists."""

import os
import shlex
import signal
import subprocess
import unicodedata

import pytest
from support.command_line import COMMAND, TIMEOUT_S
from support.fake_server import serving
from support.list_commands import AVERY, DEVANSH, VoiceService, live_voice, run, run_on_terminal

from lightning_cli.cli.terminal.console import escape
from lightning_cli.request import MODELS

HOSTILE = {
    "voices": [
        live_voice("esc\x1b[31m\tred\nline", language=["eng\x07lish"], accent="[bold]x[/bold]", gender="\u202emale"),
        {"voiceId": "huge", "displayName": "N" * 100_000, "tags": {"language": ["x" * 999] * 999, "accent": 5}},
        {"voiceId": "bare", "tags": None},
        {"voiceId": "odd", "displayName": 7, "tags": {"language": {"a": 1}, "gender": ["x"], "usecases": [None, 3]}},
        {"voiceId": "\ud800lone", "displayName": "\u009bC1\u2028"},
        {"voiceId": "i" * 1000},
        {"voiceId": "  "},
        {"voiceId": None},
        {"voiceId": ["list"]},
        "text",
        None,
        [],
    ]
}


def test_a_hostile_catalogue_cannot_reach_the_terminal() -> None:
    """Control characters are spelt out, rows stay rows, sizes stay small, and JSON stays JSON."""
    with serving(VoiceService({"lightning-v3.1": HOSTILE})) as server:
        live = run("voices", "--base-url", server.url)
        cached = run("voices", "--base-url", server.url)
        listed = run("voices", "--base-url", server.url, "--json")
        shown = run_on_terminal(80, "voices", "--base-url", server.url)
    assert live.code == 0
    assert live.out == cached.out
    assert [len(row) for row in live.rows] == [6] * 5
    assert [row[0] for row in live.rows] == [
        "bare",
        "esc\\x1b[31m\\tred\\nline",
        "huge",
        "odd",
        "\\ud800lone",
    ]
    assert live.rows[1][2:5] == ["eng\\x07lish", "\\u202emale", "[bold]x[/bold]"]
    for text in (live.out, listed.out, shown):
        assert all(escape(char) == char or char in "\t\n" for char in text)
    assert len(live.out) < 50_000
    assert [one["id"] for one in listed.json][1] == "esc\x1b[31m\tred\nline"
    assert listed.json[4]["name"] == "\u009bC1"


def test_a_stdout_of_another_encoding() -> None:
    """What its encoding has no bytes for is spelt out; JSON stays JSON."""
    odd = live_voice("jos\u00e9\x7f\u202e") | {"displayName": "\u65e5\u672c\u8a9e " + "long " * 20}
    with serving(VoiceService({"lightning-v3.1": {"voices": [odd]}})) as server:
        arguments = ("voices", "--base-url", server.url, "-m", MODELS[0])
        rows = run(*arguments, PYTHONIOENCODING="ascii").rows
        listed = run(*arguments, "--json", PYTHONIOENCODING="ascii").json
        shown = run_on_terminal(60, *arguments, PYTHONIOENCODING="ascii")
    assert rows[0][0] == "jos\\xe9\\x7f\\u202e"
    assert rows[0][5].startswith("\\u65e5\\u672c\\u8a9e long")
    assert listed[0]["id"] == "jos\u00e9\x7f\u202e"
    assert shown.isascii()
    assert shown.endswith("~\n")


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("target", ["/dev/full", None])
def test_a_list_that_cannot_be_written(form: tuple[str, ...], target: str | None) -> None:
    """A full or closed stdout is an output error."""
    redirection = f">{target}" if target else ">&-"
    command = shlex.join((*COMMAND, "voices", "-q", *form))
    done = subprocess.run(
        ("sh", "-c", f"{command} {redirection}"), stderr=subprocess.PIPE, timeout=TIMEOUT_S, check=False, text=True
    )
    assert done.returncode == 9
    assert done.stderr.startswith("error: standard output ")


def test_a_huge_catalogue_is_listed() -> None:
    """Five thousand voices are parsed, kept and filtered like three."""
    many = {"voices": [live_voice(f"v{number:05}", language=["hindi"], gender="male") for number in range(5_000)]}
    with serving(VoiceService({"lightning-v3.1": many})) as server:
        options = ("--base-url", server.url, "-m", MODELS[0])
        assert len(run("voices", *options).rows) == 5_000
        assert [row[0] for row in run("voices", *options, "v04999").rows] == ["v04999"]
        assert len(server.requests) == 1


@pytest.mark.parametrize("columns", [200, 60, 20])
def test_a_terminal_gets_a_table_that_fits(columns: int) -> None:
    """Columns line up and are cut to the width, ids never; no colour codes, since there is no colour."""
    wide = live_voice("wide", language=["english"], gender="male", accent="very long accent indeed, of the far north")
    wide["displayName"] = "日本語の声 and more of it"
    service = VoiceService({"lightning-v3.1": {"voices": [AVERY, DEVANSH, wide]}})
    with serving(service) as server:
        shown = run_on_terminal(columns, "voices", "--base-url", server.url, "-m", MODELS[0], NO_COLOR="1")
    lines = shown.splitlines()
    assert [line.split()[0] for line in lines] == ["ID", "avery", "devansh", "wide"]
    assert "\x1b" not in shown
    if columns >= 60:
        assert all(_columns(line) <= columns for line in lines)
        starts = {line.find(word) for line, word in zip(lines, ("MODEL", "light", "light", "light"), strict=True)}
        assert starts == {len("devansh  ")}
    assert ("…" in shown) == (columns < 200)


def test_a_terminal_shows_what_needs_a_key() -> None:
    """Without a key a column says so; in a pipe the columns stay as they are."""
    lines = run_on_terminal(100, "voices", "german", NO_COLOR="1").splitlines()
    assert lines[0].split() == ["ID", "MODEL", "LANGUAGES", "GENDER", "ACCENT", "NAME", "NEEDS"]
    needs = {line.split()[0]: line.split()[1:2] + line.split()[6:] for line in lines[1:]}
    assert needs["espeak-de"] == ["offline", "-"]
    assert needs["petra"] == ["lightning_v3.1_pro", "API", "key"]


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def test_a_reader_that_leaves_ends_the_list_quietly() -> None:
    """``voices | head`` ends by SIGPIPE, without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as stdout:
        done = subprocess.run(
            (*COMMAND, "voices", "-q"),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            timeout=TIMEOUT_S,
            check=False,
        )
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")
