"""Sources of a batch: every format gives the same rows, every problem is told with file and line."""

import json
import os
from pathlib import Path

import pytest
from support.batch_runs import asked, batch, outputs, speaking, write_rows
from support.command_line import keyed, lightning

from lightning_cli.narration import manifest
from lightning_cli.narration.manifest import read_sources
from lightning_cli.narration.rows import Row

USAGE = 2


def rows_of(*sources: Path | str, stdin: bytes = b"") -> list[Row]:
    """Read sources that have no problem."""
    reading = read_sources([str(source) for source in sources], iter([stdin]))
    assert reading.problems == []
    return reading.rows


def problems_of(path: Path, raw: bytes) -> list[str]:
    """Return the problems of a source, without its directory."""
    path.write_bytes(raw)
    return [problem.replace(f"{path.parent}/", "") for problem in read_sources([str(path)], iter([])).problems]


def test_tables_and_json_lines_say_the_same(tmp_path: Path) -> None:
    """CSV, TSV and JSONL with the same rows read alike; empty cells set nothing; quotes hold line ends and commas."""
    (tmp_path / "a.csv").write_text(
        "\ufefftext,output,voice,speed,dict,expire-content\n"
        '"One, two\nthree",a.wav,emily,1.5,"d1 d2",yes\nFour,b.wav,,,,\n'
    )
    (tmp_path / "a.tsv").write_text(
        "Text\toutput\tvoice_id\tspeed\tdict\tExpire Content\n"
        '"One, two\nthree"\ta.wav\temily\t1.5\td1,d2\ttrue\n\nFour\tb.wav\t\t\t\t\n'
    )
    one = {"text": "One, two\nthree", "output": "a.wav", "voice": "emily", "speed": 1.5, "dict": ["d1", "d2"]}
    lines = (
        f"{json.dumps({**one, 'expire_content': True})}\n\n" + '{"text": "Four", "output": "b.wav", "voice": null}\n'
    )
    (tmp_path / "a.jsonl").write_text(lines)
    read = [rows_of(tmp_path / name) for name in ("a.csv", "a.tsv", "a.jsonl")]
    read.append(rows_of("-", stdin=lines.encode()))
    said = [[(row.read(), row.output, row.fields) for row in rows] for rows in read]
    fields = (("expire_content", True), ("pronunciation_dicts", ("d1", "d2")), ("speed", 1.5), ("voice_id", "emily"))
    assert said[0] == [("One, two\nthree", "a.wav", fields), ("Four", "b.wav", ())]
    assert said[1:] == [said[0]] * 3
    assert [row.place for row in read[0]] == [f"{tmp_path}/a.csv:2", f"{tmp_path}/a.csv:4"]
    assert [row.place for row in read[3]] == ["standard input:1", "standard input:3"]


def test_texts_and_directories(tmp_path: Path) -> None:
    """A text file has an utterance on each line, a directory one in each file that is not hidden, under its path."""
    (tmp_path / "lines.txt").write_text("One.\n\nThree.\n* * *\n")
    (tmp_path / "book" / "part").mkdir(parents=True)
    (tmp_path / "book" / "b.md").write_text("# Title\n\nText.")
    (tmp_path / "book" / "part" / "a.txt").write_text("First.\nSecond.")
    (tmp_path / "book" / ".hidden.txt").write_text("x")
    (tmp_path / "book" / "notes.rst").write_text("x")
    rows = rows_of(tmp_path / "lines.txt", tmp_path / "book")
    assert [(row.stem, row.read()) for row in rows] == [
        ("lines-0001", "One."),
        ("lines-0003", "Three."),
        ("b", "# Title\n\nText."),
        ("part/a", "First.\nSecond."),
    ]


@pytest.mark.parametrize(
    ("name", "raw", "told"),
    [
        ("a.csv", b"text,colour,text\nx,y,z\n", ["a.csv:1: the column 'text' stands twice"]),
        ("a.csv", b"txt,output\nx,y\n", ["a.csv:1: unknown column 'txt' (did you mean 'text'?)"]),
        ("a.csv", b"text,voice,voice_id\nx,y,z\n", ["a.csv:1: 'voice_id' is also 'voice'"]),
        (
            "a.csv",
            b"text,speed\nx,fast\ny\n\n,1\n",
            ["a.csv:2: speed 'fast'", "a.csv:5: no text"],
        ),
        ("a.csv", b'text\n"open', ["a.csv:2: a quote that is opened here is never closed"]),
        ("a.csv", b"text\nok\n\xff\n", ["a.csv:3: not UTF-8 (byte 8)"]),
        (
            "a.csv",
            "text\nx\n".encode("utf-16-le"),
            ["a.csv:1: looks like utf-16-le; add --encoding utf-16-le"],
        ),
        (
            "a.jsonl",
            b'{"text": 1}\n[]\n{"a"\n{"text":"x","text":"y"}\n',
            ["l:3: not J", "l:1: text is", "l:4: the key", "l:2: not a"],
        ),
        ("a.json", b'[{"text":"x"},\n{"text":"x","text":"y"}]', ["a.json: the key 'text' stands twice in an object"]),
        ("a.jsonl", b'{"text":"x","file":"y"}\n', ["a.jsonl:1: both text and file"]),
        ("a.jsonl", b'{"text":"x","sample_rate":1.5,"math_notation":"perhaps"}', ["sample_rate 1.5", "math_notation"]),
        ("a.doc", b"x", ["a.doc: .doc is not read; convert it: soffice"]),
        ("a.xyz", b"x", ["a.xyz: its extension"]),
        ("a.csv", b"text\n", ["a.csv: there is nothing to narrate"]),
    ],
)
def test_problems_name_file_and_line(tmp_path: Path, name: str, raw: bytes, told: list[str]) -> None:
    """Every problem of a source is found, each with its place."""
    found = problems_of(tmp_path / name, raw)
    assert len(found) == len(told)
    for problem, part in zip(found, told, strict=True):
        assert part in problem, found


@pytest.mark.parametrize("name", ["a.epub", "a.xlsx", "a.ods"])
def test_what_has_no_end_is_no_book_and_no_sheet(tmp_path: Path, name: str) -> None:
    """A link of a cloned repository may lead to a device; a pipe would be waited for."""
    for make in (lambda path: path.symlink_to("/dev/zero"), os.mkfifo):
        path = tmp_path / name
        make(path)
        assert read_sources([str(path)], iter([])).problems == [f"{path}: cannot be read (not a regular file)"]
        path.unlink()


def test_keys_that_stand_twice_are_found_at_once(tmp_path: Path) -> None:
    """However many there are: each is counted once, and not once for each other."""
    keys = [_Key(f"k{number}") for number in range(300)]
    twice: list[str] = []
    manifest._object(twice, [(key, 1) for key in [*keys, keys[0], keys[7]]])
    assert twice == ["k0", "k7"]
    assert _Key.compared < 3_000


class _Key(str):
    """A key that counts how often it is compared."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        type(self).compared += 1
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        return str.__hash__(self)


def test_all_problems_are_told_at_once_and_nothing_is_sent(tmp_path: Path) -> None:
    """Clashing names, bad values, missing files and bad encodings of several sources: exit 2, each with its line."""
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    one = write_rows(
        tmp_path / "one.csv",
        [
            ("Fine.", "", "a.wav", ""),
            ("Fine.", "", "A.wav", ""),
            ("Fine.", "", "../b.wav", ""),
            ("Fine.", "", "c.aac", ""),
            ("Fine.", "", "d.wav", "3"),
            ("", "absent.txt", "e.wav", ""),
            ("", "latin.txt", "f.wav", ""),
            ("Fine.", "", "g.opus", "1"),
        ],
        header=("text", "file", "output", "speed"),
    )
    two = tmp_path / "two.jsonl"
    two.write_text('{"text": "bad \\ud800", "output": "h.wav"}\n{"text": "x", "output": "/tmp/i.wav"}\n')
    with speaking() as server:
        done = batch(one.name, tmp_path, server, two.name)
        assert server.requests == []
    assert done.code == USAGE
    told = [line.removeprefix("error: ") for line in done.lines]
    for part in (
        "one.csv:3: the output 'A.wav' is also that of one.csv:2",
        "one.csv:4: the output '../b.wav' is outside",
        "one.csv:5: ",
        "one.csv:6: speed 3 is outside 0.5 to 2",
        "one.csv:7: absent.txt cannot be read",
        "one.csv:8: latin.txt:1: not UTF-8 (byte 3)",
        "two.jsonl:1: the text is not valid Unicode at character 4",
        "two.jsonl:2: the output '/tmp/i.wav' is outside",
        "8 problems in the sources",
    ):
        assert any(line.startswith(part) for line in told), (part, told)
    assert outputs(tmp_path) == {}


def test_what_a_row_says_is_in_its_request(tmp_path: Path) -> None:
    """Cells win over flags; names without an extension get the format's; a file is looked for beside its manifest."""
    (tmp_path / "lines").mkdir()
    (tmp_path / "lines" / "words.md").write_text("Read *this* aloud.")
    source = write_rows(
        tmp_path / "lines" / "s.csv",
        [
            ("", "words.md", "one", "emily", "8000", "0.5", "run"),
            ("Two and nothing more than that.", "", "", "", "", "", ""),
        ],
        header=("text", "file", "output", "voice", "sample_rate", "speed", "request_id"),
    )
    with speaking() as server:
        done = batch(source, tmp_path, server, "--format", "flac", "-v", "magnus", "-r", "16000")
    assert done.code == 0, done.stderr
    first, second = (request.json for request in server.requests)
    assert first == {
        "text": "Read this aloud.",
        "voice_id": "emily",
        "sample_rate": 8000,
        "output_format": "pcm",
        "speed": 0.5,
        "request_id": "run",
    }
    assert (second["voice_id"], second["sample_rate"]) == ("magnus", 16000)
    assert sorted(outputs(tmp_path)) == ["one.flac", "s-0002.flac"]


@pytest.mark.parametrize("text", ['["One.", {"text": "Two."}]', '["One.",\n {"text": "Two."}]\n'])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_an_array_is_read_under_either_name(tmp_path: Path, name: str, text: str) -> None:
    """On one line or on several."""
    (tmp_path / name).write_text(text)
    assert [row.text for row in rows_of(tmp_path / name)] == ["One.", "Two."]


def test_json_lines_on_standard_input(tmp_path: Path) -> None:
    """``-`` reads JSONL from a pipe; without a place for the outputs nothing begins."""
    lines = b'{"text": "From a pipe, and nothing else."}\n'
    with speaking() as server:
        done = lightning("batch", "-", "-d", "out", "--base-url", server.url, stdin=lines, env=keyed(), cwd=tmp_path)
        assert asked(server) == {"From a pipe, and nothing else.": 1}
        refused = lightning("batch", "-", "--base-url", server.url, stdin=lines, env=keyed(), cwd=tmp_path)
    assert done.code == 0, done.stderr
    assert list(outputs(tmp_path)) == ["speech-0001.wav"]
    assert (refused.code, refused.lines[0]) == (USAGE, "error: no output directory given")


def test_a_row_without_a_word(tmp_path: Path) -> None:
    """A row of marks, which no engine speaks, is named before anything is sent; no other row is half the work."""
    (tmp_path / "a.jsonl").write_text('{"text": "One."}\n{"text": "..."}\n')
    done = lightning("batch", str(tmp_path / "a.jsonl"), "-d", str(tmp_path / "out"))
    assert (done.code, done.lines[0]) == (USAGE, f"error: {tmp_path}/a.jsonl:2: no text to speak")
    assert outputs(tmp_path / "out") == {}


def test_directories_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """2 stands before 10, in names and in the names of folders; whatever is not read is named, our outputs are not."""
    book = tmp_path / "book"
    for name in ("Chapter 1.md", "chapter 2.markdown", "chapter 10.text", "part2/a.html", "part10/a.txt"):
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        (book / name).write_text("Words.")
    for name in ("cover.jpg", "notes.docx", "part2/talk.srt", "chapter 2.wav", "other.wav", ".hidden.docx"):
        (book / name).write_text("x")
    reading = read_sources([str(book)], iter([]))
    assert [row.stem for row in reading.rows] == ["Chapter 1", "chapter 2", "chapter 10", "part2/a", "part10/a"]
    assert reading.notes == [f"{book}: 4 files not read: cover.jpg, notes.docx, other.wav, part2/talk.srt"]


def test_a_shells_order_is_obeyed_with_a_warning(tmp_path: Path) -> None:
    """``ch*.md`` puts 10 before 2; an order that no shell would give is the person's own."""
    for number in (1, 2, 10):
        (tmp_path / f"ch{number}.md").write_text("Words.")
    shell = [str(tmp_path / f"ch{number}.md") for number in (1, 10, 2)]
    reading = read_sources(shell, iter([]))
    assert [row.stem for row in reading.rows] == ["ch1", "ch10", "ch2"]
    (warning,) = reading.warnings
    assert "ch10.md: comes before" in warning
    assert read_sources([shell[2], shell[1]], iter([])).warnings == []
    assert read_sources([shell[0], shell[2], shell[1]], iter([])).warnings == []


def test_labels_of_audacity_have_times(tmp_path: Path) -> None:
    """Their lines are cues, whatever the comma, and frequencies are left out."""
    (tmp_path / "a.txt").write_text("0.5\t2.5\tOne.\n\\\t100.0\t2000.0\n2,5\t5,0\tTwo.\n")
    assert [(row.text, row.clock) for row in rows_of(tmp_path / "a.txt")] == [
        ("One.", (500, 2500, 2500)),
        ("Two.", (2500, 5000, None)),
    ]


def test_a_text_that_was_wrapped_is_warned_about(tmp_path: Path) -> None:
    """Each line is spoken by itself, which is not meant where lines break off."""
    (tmp_path / "a.txt").write_text("This is a paragraph that some\neditor has wrapped at a column so that\nit fits.\n")
    (warning,) = read_sources([str(tmp_path / "a.txt")], iter([])).warnings
    assert "name it .md" in warning
    (tmp_path / "a.txt").write_text("The gate opens.\nand closes,\nIt does.\n")
    assert read_sources([str(tmp_path / "a.txt")], iter([])).warnings == []


def test_a_play_is_no_list_of_prompts(tmp_path: Path) -> None:
    """Names twice, or in capitals, are speakers; lines are then spoken as they stand."""
    (tmp_path / "play.txt").write_text("HOST: Hi.\nGUEST: Ho.\n")
    (tmp_path / "talk.txt").write_text("anna: Hi.\nanna: Ho.\n")
    (tmp_path / "urls.txt").write_text("see: this\nhttp://x.org is a page\n")
    for name in ("play", "talk", "urls"):
        rows = rows_of(tmp_path / f"{name}.txt")
        assert [row.output for row in rows] == [None, None]
