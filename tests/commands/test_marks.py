"""Marks of the text in whole commands: what is sent, what it costs, and what is told."""

import json
from pathlib import Path

import pytest
from support.batch_runs import asked, batch, outputs, speaking, write_rows
from support.command_line import Done, keyed, lightning
from support.fake_server import SpeechServer

from lightning_cli.errors import ExitCode

USAGE = int(ExitCode.USAGE)


def say(server: SpeechServer, *words: str, stdin: bytes | None = None) -> Done:
    """Speak into a pipe, at 8000 Hz."""
    return lightning("say", *words, "--base-url", server.url, "-r", "8000", "-o", "-", stdin=stdin, env=keyed())


def test_say_sends_what_marks_ask_for() -> None:
    """Each segment's request has its voice, speed and language, and nothing of a mark."""
    with speaking() as server:
        done = say(server, "One. [pause:2s] [voice:anyone]Two. [speed:1.5][lang:hi]Three and [sub:4|four].")
        bodies = [request.json for request in server.requests if request.method == "POST"]
    assert done.code == 0
    assert [body["text"] for body in bodies] == ["One.", "Two.", "Three and four."]
    assert [body["voice_id"] for body in bodies] == ["daniel", "anyone", "anyone"]
    assert [(body.get("speed"), body.get("language")) for body in bodies] == [(None, None)] * 2 + [(1.5, "hi")]


def test_a_pause_lasts_as_long_as_it_says() -> None:
    """To the sample, within a text and at its end, whole and live alike."""
    with speaking() as server:
        plain = say(server, "One there. [pause:0] Two there. [pause:0]").stdout
        paused = say(server, "One there. [pause:1.5s] Two there. [pause:500ms]").stdout
        live = say(server, stdin=b"One there. [pause:1.5s] Two there. [pause:500ms]").stdout
    assert len(paused) - len(plain) == 2 * 8 * 2000
    assert live == paused


def test_an_unfinished_text_drops_what_is_wrong() -> None:
    """It is told once, with its place; a whole text is not spoken at all."""
    text = "One.\nTwo [pause:x] three [pause:x] four."
    with speaking() as server:
        live = say(server, stdin=text.encode())
        whole = say(server, text)
        assert asked(server).total() > 0
        sent = len(server.requests)
        say(server, text)
        assert len(server.requests) == sent
    assert live.code == 0
    assert live.stderr.count("[pause:x]") == 1
    assert "standard input:2:5: dropped [pause:x]" in live.stderr
    assert whole.code == USAGE
    assert whole.lines[0].startswith("error: 2:5: [pause:x]: 'x' is not a length of time")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["[voice:magnuss] Hi"], "did you mean 'magnus'?"),
        (["--local", "[voice:magnus] Hi"], "magnus"),
        (["[voice:en] Hi"], "unknown voice 'en' (did you mean [lang:en]?)"),
        (["[lang:xx] Hi"], "xx"),
    ],
)
def test_unknown_voices_and_languages(words: list[str], told: str) -> None:
    """They are refused before anything is sent, with a hint at what is meant."""
    done = lightning("say", "--dry-run", *words, env=keyed())
    assert done.code == USAGE
    assert told in done.lines[0]


def test_marks_that_stay() -> None:
    """Without marks they are text."""
    for flags in (["--no-marks"], ["--markup", "none"]):
        done = lightning("say", "--dry-run", *flags, "So [pause:1s] it.", env=keyed())
        assert b"So [pause:1s] it." in done.stdout


def test_thoughts(tmp_path: Path) -> None:
    """They are silent, and spoken where that is asked for."""
    path = tmp_path / "answer.md"
    path.write_text("<think>\nHm, well.\n</think>\n\nForty *litres*.\n")
    assert b"Hm" not in lightning("say", "--dry-run", "-f", str(path), env=keyed()).stdout
    done = lightning("say", "--dry-run", "--thinking", "-f", str(path), env=keyed())
    assert b"Hm, well." in done.stdout
    assert b"think>" not in done.stdout


def test_a_file_of_ssml_and_its_subtitles(tmp_path: Path) -> None:
    """The ending makes it one; subtitles show what is written; the echo does too."""
    path = tmp_path / "a.ssml"
    path.write_text("<s>AT&amp;T is <sub alias='World Wide Web'>WWW</sub></s><foo/>")
    subtitles = tmp_path / "a.json"
    with speaking() as server:
        flags = ("-f", str(path), "--base-url", server.url, "-r", "8000", "-o", str(tmp_path / "a.wav"))
        done = lightning("say", *flags, "--subtitles", str(subtitles), "--echo", env=keyed())
        assert [*asked(server)] == ["AT&T is World Wide Web"]
    assert "<foo>" in done.stderr
    assert done.stdout.decode().strip() == "AT&T is WWW"
    assert "AT&T is WWW" in json.dumps(json.loads(subtitles.read_text()))


def test_a_batch_moves_pauses_for_nothing(tmp_path: Path) -> None:
    """Cells take marks, and the silence behind a row; another pause makes another file and sends nothing."""
    header = ("text", "output", "pause_after")
    rows = [("One there. [pause:1s] Two there.", "a.wav", "2000"), ("[voice:other]Three there.", "b.wav", "")]
    path = write_rows(tmp_path / "a.csv", rows, header)
    with speaking() as server:
        assert batch(path, tmp_path, server).code == 0
        assert {request.json["voice_id"] for request in server.requests if request.method == "POST"} == {
            "daniel",
            "other",
        }
        before = outputs(tmp_path)
        assert batch(path, tmp_path, server, "--check").code == 0
        sent = len(server.requests)
        rows[0] = ("One there. [pause:3s] Two there.", "a.wav", "1000")
        write_rows(path, rows, header)
        assert batch(path, tmp_path, server).code == 0
        assert len(server.requests) == sent
        after = outputs(tmp_path)
    assert len(after["a.wav"]) - len(before["a.wav"]) == 2 * 44100 * (2 - 1)
    assert after["b.wav"] == before["b.wav"]


def test_a_batch_tells_every_wrong_mark(tmp_path: Path) -> None:
    """With file, line and column, before anything is sent."""
    (tmp_path / "c.txt").write_text("Fine.\n\nNot [speed:9] so.")
    rows = [("Fine.", "", "a.wav"), ("So [pause:x].", "", "b.wav"), ("", "c.txt", "c.wav")]
    path = write_rows(tmp_path / "a.csv", rows, ("text", "file", "output"))
    with speaking() as server:
        done = batch(path.name, tmp_path, server)
        assert server.requests == []
    assert done.code == USAGE
    assert done.lines[0].startswith("error: a.csv:3:4: [pause:x]: ")
    assert "c.txt:3:5: [speed:9]: speed 9 is outside" in done.lines[1]


def test_a_recording_keeps_marks(tmp_path: Path) -> None:
    """What is played again has the same pauses and voices."""
    tape = tmp_path / "a.tape"
    with speaking() as server:
        first = say(server, "One there. [pause:1s] [voice:other]Two there. [pause:1s]", "--record", str(tape))
    again = lightning("say", "--replay", str(tape), "-o", "-", "--replay-speed", "full")
    assert first.code == again.code == 0, again.stderr
    assert again.stdout == first.stdout


def test_a_batch_reads_files_of_ssml(tmp_path: Path) -> None:
    """As a source of its own and in a directory, each one text."""
    (tmp_path / "a.ssml").write_text("<p>AT&amp;T <voice name='other'>is here.</voice></p>")
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "b.ssml").write_text("<speak>One &lt; two.</speak>")
    with speaking() as server:
        done = batch("a.ssml", tmp_path, server, "texts")
        said = asked(server)
    assert done.code == 0, done.stderr
    assert [*said] == ["AT&T", "is here.", "One < two."]
