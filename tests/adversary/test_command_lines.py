"""Texts, files and command lines that mean harm: nothing said is lost, nothing in them stops the rest."""

import os
import subprocess
import threading
import wave
from pathlib import Path

import pytest
from support.command_line import COMMAND, environment, lightning

from lightning_cli.errors import UsageFault
from lightning_cli.narration.manifest import read_sources
from lightning_cli.sinks.targets import PathRegistry


@pytest.mark.parametrize("by_pipe", [False, True])
def test_a_text_with_a_scene_break_is_spoken_whole(tmp_path: Path, *, by_pipe: bool) -> None:
    """A chapter with a row of dots in it makes one whole file, recorded and played again with its text."""
    text, out = "He paused.\n\n• • •\n\nThen he left.\n\n—\n", tmp_path / "x.wav"
    (tmp_path / "chapter.txt").write_text(text, encoding="utf-8")
    source = ("-f", str(tmp_path / "chapter.txt")) if not by_pipe else ()
    common = ("--echo", "-o", str(out))
    tape = str(tmp_path / "tape")
    plain = ("--markup", "none", "--record", tape)
    done = lightning("say", *source, *common, *plain, stdin=text.encode() if by_pipe else None)
    assert (done.code, done.stdout.decode()) == (0, text)
    with wave.open(str(out)) as made:
        frames = made.getnframes()
    assert frames > 44100
    again = lightning("say", *common, "--replay", tape)
    assert (again.code, again.stdout.decode(), again.stderr) == (0, text, "")
    with wave.open(str(out)) as made:
        assert made.getnframes() == frames


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_result_is_whole_where_standard_output_takes_little_at_a_time(unbuffered: str) -> None:
    """A pipe that another process made non-blocking is waited for, and no short write loses the rest."""
    env = environment(PYTHONUNBUFFERED=unbuffered)
    whole = subprocess.run((*COMMAND, "voices"), capture_output=True, env=env, timeout=60, check=True).stdout
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    got: list[bytes] = []

    def read() -> None:
        while block := os.read(reading, 4096):
            got.append(block)

    # Full but for less than the list, and nothing is read before the command had to wait.
    filled = 0
    while filled + 4096 * 2 <= 65536:
        filled += os.write(writing, b"x" * 4096)
    process = subprocess.Popen((*COMMAND, "voices"), stdout=writing, stderr=subprocess.PIPE, env=env)
    os.close(writing)
    assert process.stderr is not None
    # The note goes out before the list, of which only a part fits.
    assert process.stderr.readline().startswith(b"note: no API key")
    reader = threading.Thread(target=read, name="lightning-test-reader", daemon=True)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    reader.start()
    assert process.wait(60) == 0
    reader.join(60)
    process.stderr.close()
    os.close(reading)
    assert b"".join(got)[filled:] == whole


def test_names_in_a_directory_that_was_removed_lead_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell may stand where another has removed the directory; absolute names are still told apart."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    places = PathRegistry()
    places.read("x.txt", "the text")
    places.write("x.wav", "the audio")
    places.write(str(tmp_path / "x.wav"), "the audio")
    with pytest.raises(UsageFault, match="twice"):
        places.write(str(tmp_path / "x.wav"), "the audio")


def test_a_directory_of_texts_with_a_fifo_in_it_is_refused_at_once(tmp_path: Path) -> None:
    """What only looks like a text by its name is named; opening it would wait for a writer without end."""
    (tmp_path / "a.txt").write_text("Hello.", encoding="utf-8")
    os.mkfifo(tmp_path / "b.txt")
    reading = read_sources([str(tmp_path)], iter(()))
    assert reading.problems == [f"{tmp_path / 'b.txt'}: cannot be read (not a regular file)"]


def test_an_output_named_by_half_a_character_is_refused(tmp_path: Path) -> None:
    """JSON can name what no file system takes: the row is named, and no traceback shown."""
    (tmp_path / "m.jsonl").write_text('{"text": "hi", "output": "a\\ud800.wav"}\n', encoding="utf-8")
    done = lightning("batch", "m.jsonl", "-d", "out", cwd=tmp_path)
    assert done.code == 2
    assert done.lines[0].startswith("error: m.jsonl:1: the output is not valid Unicode at character 1")
    assert not list(tmp_path.rglob("*.wav"))
