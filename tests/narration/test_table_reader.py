"""Tables as people have them: each real-world form is read, or refused by the one sentence that helps."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lightning_cli.errors import UsageFault
from lightning_cli.narration.manifest import read_sources
from lightning_cli.narration.rows import Reading, ReadingOptions
from lightning_cli.narration.table_reader import parse_columns, parse_delimiter, parse_map
from lightning_cli.system.install import install_command

PLAIN = ReadingOptions()


def read(path: Path, raw: bytes, options: ReadingOptions = PLAIN) -> Reading:
    """Read bytes as a source of that name."""
    path.write_bytes(raw)
    return read_sources([str(path)], iter([]), options)


def said(reading: Reading) -> list[tuple[str, str | None]]:
    """Return text and output of every row; a reading with a problem fails."""
    assert reading.problems == []
    return [(row.read(), row.output) for row in reading.rows]


TWO = [("The gate opens.", "a.wav"), ("Closed.", "b.wav")]


@pytest.mark.parametrize(
    ("name", "raw", "note"),
    [
        ("plain.csv", b"text,output\nThe gate opens.,a.wav\nClosed.,b.wav\n", None),
        ("semicolon.csv", b'text;output\n"The gate opens.";a.wav\nClosed.;b.wav\n', "separated by semicolons"),
        ("tabs.csv", b"text\toutput\nThe gate opens.\ta.wav\nClosed.\tb.wav\n", "separated by tabs"),
        ("commas.tsv", b"text,output\nThe gate opens.,a.wav\nClosed.,b.wav\n", "separated by commas"),
        ("pipes.csv", b"text|output\nThe gate opens.|a.wav\nClosed.|b.wav\n", "separated by pipes"),
        ("sep.csv", b"sep=;\r\ntext;output\r\nThe gate opens.;a.wav\r\nClosed.;b.wav\r\n", "separated by semicolons"),
        ("trailing.csv", b"text,output,,\nThe gate opens.,a.wav,,\nClosed.,b.wav,,\n,,,\n", None),
        ("short.csv", b"text,output,voice,speed\nThe gate opens.,a.wav\nClosed.,b.wav,emily\n", None),
        ("cr.csv", b"text,output\rThe gate opens.,a.wav\rClosed.,b.wav\r", None),
        ("case.csv", b"Text , OUTPUT\nThe gate opens.,a.wav\nClosed.,b.wav\n", None),
        ("synonyms.csv", b"File Name,Script\na.wav,The gate opens.\nb.wav,Closed.\n", None),
        ("voices.csv", b"path,sentence,Speaker,Lang\na.wav,The gate opens.,emily,en\nb.wav,Closed.,emily,en\n", None),
        (
            "extra.csv",
            b"id,text,output,notes,status\n1,The gate opens.,a.wav,ask,done\n2,Closed.,b.wav,,\n",
            "left out the columns 'id', 'notes', 'status'",
        ),
        (
            "pandas.csv",
            b",text,output\n0,The gate opens.,a.wav\n1,Closed.,b.wav\n",
            "left out column 1, which has numbers",
        ),
        ("titled.csv", b"My prompts\n\ntext,output\nThe gate opens.,a.wav\nClosed.,b.wav\n", "the header is in line 3"),
        ("md.csv", b"| text | output |\n|---|:-:|\n|The gate opens.|a.wav|\n|Closed.|b.wav|\n", "separated by pipes"),
        ("bom.csv", b"\xef\xbb\xbftext,output\nThe gate opens.,a.wav\nClosed.,b.wav\n", None),
        ("unicode.txt", "text\toutput\nThe gate opens.\ta.wav\nClosed.\tb.wav\n".encode("utf-16"), None),
        (
            "anki.txt",
            b"#separator:tab\n#html:true\n#columns:text\toutput\nThe gate opens.\ta.wav\nClosed.\tb.wav\n",
            "separated by tabs",
        ),
        ("rows.json", b'[{"text": "The gate opens.", "output": "a.wav"}, {"text":"Closed.","output":"b.wav"}]', None),
        (
            "lines.csv",
            b"Scene,Line,Filename\n1,The gate opens.,a.wav\n1,Closed.,b.wav\n",
            "left out the column 'Scene'",
        ),
        ("spaced.csv", b'text, output\n"The gate opens.", "a.wav"\n"Closed.", "b.wav"\n', None),
        ("hidden.csv", "\u200bText*,Out-put:\nThe gate opens.,a.wav\nClosed.,b.wav\n".encode(), None),
        ("org.txt", b"| text | output |\n|---+---|\n|The gate opens.|a.wav|\n|Closed.|b.wav|\n", None),
        (
            "indented.jsonl",
            b'[{"text": "The gate opens.",\n"output": "a.wav"},\n{"text":"Closed.","output":"b.wav"}]',
            None,
        ),
        ("prompts.txt", b"; menus\na.wav: The gate opens.\n\nb.wav: Closed.\n", "list of prompts"),
    ],
)
def test_forms_that_are_read(tmp_path: Path, name: str, raw: bytes, note: str | None) -> None:
    """Every form gives the same two rows; what was found is told in a note."""
    reading = read(tmp_path / name, raw)
    assert said(reading) == TWO
    if note:
        assert any(note in told for told in reading.notes), reading.notes


@pytest.mark.parametrize(
    ("name", "raw", "told"),
    [
        ("ljspeech.csv", b"LJ001|Hello, there|Hello, there\n" * 93, "no column is named text or file"),
        ("foreign.csv", b"id,city\n1,Rome\n2,Oslo\n", "--no-header --columns output,text"),
        ("typo.csv", b"txet,output\nx,a\ny,b\n", "unknown column 'txet' (did you mean 'text'?)"),
        ("typo.csv", b"text,ouput\nx,a\ny,b\n", "unknown column 'ouput' (did you mean 'output'?)"),
        ("two.csv", b"sentence,transcript\nx,y\n", "choose: --map text=sentence"),
        ("surplus.csv", b"text,output\nx,a.wav,y\n", "3 cells, and the header has 2"),
        ("spaces.csv", b'"text" "output"\n"Hello." "a.wav"\n', "name the --delimiter"),
        ("open.csv", b'text,output\n"Hello.,a.wav\n', "a quote that is opened here is never closed"),
        ("quoted.csv", b'text\n"' + b"a" * 140_000, "a quote that is opened here is never closed"),
        ("wide.csv", b"text," + b",".join(b"c%d" % number for number in range(20_000)), "has 20001 columns"),
        ("empty.csv", b"", "is empty"),
        ("unnamed.csv", b"text,output,\nx,a.wav,y\nx,a.wav,z\n", "column 3 has no name"),
        ("both.csv", b"file,text\na.wav,One.\nb.wav,Two.\n", "--map output=file"),
        ("real.csv", b"PK\x03\x04\xff\xfe", "if it is a spreadsheet"),
        ("broken.xlsx", b"PK\x03\x04\xff\xfe", "cannot be read"),
        ("page.xls", b"<html><table>", "is not a spreadsheet"),
        ("takes.csv", b"Take,Filename\nx,a_01\ny,a_02\n" * 40, "no column is named text or file"),
        ("numbers.csv", b"Line,Words,Filename\n1,3,a_01\n2,5,a_02\n", "no column is named text or file"),
        ("curly.csv", "text,output\n\u201cOh, no.\u201d,a.wav\n".encode(), 'quotes (straight ones: ")'),
        ("signin.csv", b"<!DOCTYPE html><html><body>Sign in</body></html>\n", "is a web page, despite its name"),
        ("lists.jsonl", b'["x", "a.wav"]\n' * 93, "not a JSON object; the same 92 more times"),
        ("commas.jsonl", b'{"text":"x"},\n' * 93, "the same 92 more times"),
        ("strings.json", b'{"welcome": "Hello."}', "to_entries[] | {output: .key, text: .value}"),
        ("batch.jsonl", b'{"custom_id": "1", "body": {}}\n', "name one with --map text=NAME"),
        ("object.json", b'{"rows": []}', "jq -c '.rows[]'"),
        ("a.docx", b"PK\x03\x04", "pandoc --wrap=none -t gfm"),
        ("my file.pdf", b"%PDF-1.4", "my file.pdf'"),
        ("rows.yaml", b"- text: x\n", "yq -o=json"),
        ("a.mp3", b"ID3", "audio, not a text"),
        ("a.csv", b"text\ncaf\xe9\n", "add --encoding windows-1252"),
    ],
)
def test_forms_that_are_refused_by_one_sentence(tmp_path: Path, name: str, raw: bytes, told: str) -> None:
    """A table that cannot be read gives one problem, however long it is, and the problem says what to do."""
    problems = read(tmp_path / name, raw).problems
    assert len(problems) == 1
    assert told in problems[0]


@pytest.mark.parametrize(
    ("raw", "columns", "expected"),
    [
        (
            b'LJ1|"In being|"In being\nLJ2|and "so" on|and so\n',
            "output,text",
            [('"In being', "LJ1"), ('and "so" on', "LJ2")],
        ),
        (b"Front\tBack <b>x</b>\ttag\n", "text,_", [("Front", None)]),
        (b"a.wav,Hello\nb.wav,Bye\n", "output,text", [("Hello", "a.wav"), ("Bye", "b.wav")]),
        (b"#separator:Semicolon\nOne;x\nTwo;y\n", "text,_", [("One", None), ("Two", None)]),
        # The delimiter in a text.
        (b"a;Oh; no.\nb;Yes.\n", "output,text", [("Oh; no.", "a"), ("Yes.", "b")]),
    ],
)
def test_tables_without_a_header(
    tmp_path: Path, raw: bytes, columns: str, expected: list[tuple[str, str | None]]
) -> None:
    """--no-header --columns reads LJSpeech's pipes, decks of Anki and any list; columns beyond the named are told."""
    options = replace(PLAIN, header=False, columns=parse_columns(columns))
    assert said(read(tmp_path / "a.txt", raw, options)) == expected


def test_a_delimiter_in_a_text_without_a_header(tmp_path: Path) -> None:
    """Lines of one text, words behind a name; where another column follows, it is a problem."""
    bare = replace(PLAIN, header=False)
    assert said(read(tmp_path / "a.csv", b"Oh, no.\nYes.\n", bare)) == [("Oh, no.", None), ("Yes.", None)]
    named = replace(bare, columns=("output", "text"), delimiter=" ")
    assert said(read(tmp_path / "a.txt", b"p1 Please call.\np2 Ask her.\n", named)) == [
        ("Please call.", "p1"),
        ("Ask her.", "p2"),
    ]
    (problem,) = read(tmp_path / "a.csv", b"Oh, no,a\nYes,b\n", replace(bare, columns=("text", "output"))).problems
    assert "a.csv:1: 3 cells, and other rows have 2" in problem
    assert said(read(tmp_path / "a.csv", b'text,output\n"He said \\"no\\", twice",a\n')) == [
        ('He said "no", twice', "a")
    ]


def test_a_table_of_one_column_needs_no_quotes(tmp_path: Path) -> None:
    """What delimits nothing is part of the text."""
    assert said(read(tmp_path / "a.csv", b"text\nOh, no.\n")) == [("Oh, no.", None)]
    assert said(read(tmp_path / "a.json", b'["Oh, no.", {"text": "Yes.", "output": 3}]')) == [
        ("Oh, no.", None),
        ("Yes.", "3"),
    ]


def test_columns_are_mapped_by_hand(tmp_path: Path) -> None:
    """--map chooses among foreign names, with spaces and commas in them; a name that is not there is one problem."""
    raw = b'ID,"Line, final",File name,text\n1,Hello there.,a,draft\n'
    mapping = parse_map(['text="Line, final",output=file NAME'])
    reading = read(tmp_path / "a.csv", raw, replace(PLAIN, mapping=mapping))
    assert said(reading) == [("Hello there.", "a")]
    assert reading.notes == [f"{tmp_path}/a.csv: left out the columns 'ID', 'text'"]
    problems = read(tmp_path / "a.csv", raw, replace(PLAIN, mapping=parse_map(["text=Line fnal"]))).problems
    assert len(problems) == 1
    assert "did you mean 'Line, final'?" in problems[0]


@pytest.mark.parametrize(
    ("parse", "value", "told"),
    [
        (parse_columns, "output,txt", "did you mean 'text'?"),
        (parse_columns, "text,text", "names 'text' twice"),
        (parse_delimiter, "ab", "is not a delimiter"),
        (lambda value: parse_map([value]), "text", "is not COLUMN=NAME"),
        (lambda value: parse_map([value]), "voise=x", "did you mean 'voice'?"),
    ],
)
def test_flags_are_checked(parse: object, value: str, told: str) -> None:
    """A flag of a table that says nothing is refused, with what was meant."""
    assert callable(parse)
    with pytest.raises(UsageFault) as fault:
        parse(value)
    assert told in fault.value.message


def test_delimiters_have_names() -> None:
    """A tab cannot be typed easily."""
    assert [parse_delimiter(name) for name in ("tab", "\\t", "semicolon", "|")] == ["\t", "\t", ";", "|"]


def test_numbers_of_other_programs(tmp_path: Path) -> None:
    """24000.0, 1,2 in a table of semicolons, 1.5 s and TRUE are what they mean; a pause beyond a minute is not."""
    raw = b"text;sample rate;speed;pause after;math notation\nOne.;24000.0;1,2;1.5 s;TRUE\n"
    (row,) = read(tmp_path / "a.csv", raw).rows
    assert dict(row.fields) == {"sample_rate": 24000, "speed": 1.2, "math_notation": True}
    assert row.pause_after_ms == 1500
    (row,) = read(tmp_path / "a.jsonl", b'{"text": "x", "sample_rate": 24000.0, "pause_after": 800}').rows
    assert (dict(row.fields), row.pause_after_ms) == ({"sample_rate": 24000}, 800)
    assert "pause_after '61s' is not" in read(tmp_path / "a.csv", b"text,pause_after\nx,61s\n").problems[0]


def test_encodings(tmp_path: Path) -> None:
    """windows-1252 is found by its dashes and told once; --encoding forces any; Cyrillic bytes are not Western."""
    words = "Grüße aus Köln – ok"
    reading = read(tmp_path / "a.csv", f"text\n{words}\n".encode("cp1252"))
    assert [row.text for row in reading.rows] == [words]
    assert reading.notes == [f"{tmp_path}/a.csv: read as windows-1252"]
    forced = replace(PLAIN, encoding="koi8-r")
    assert [row.text for row in read(tmp_path / "a.csv", "text\nПривет\n".encode("koi8-r"), forced).rows] == ["Привет"]
    assert "not UTF-8" in read(tmp_path / "a.txt", "Привет – это мы".encode("cp1251")).problems[0]


def test_doubts_are_warned_about_once_a_kind(tmp_path: Path) -> None:
    """Errors of formulas, placeholders and comments are spoken after a warning that lists where they stand."""
    raw = (
        b"text,output\n#N/A,a\nHello {name}.,b\nHello {name}.,c\nYou have %d mails.,d\n# scene two,\n"
        b"100 % sure {so} 5 %,e\n"
    )
    reading = read(tmp_path / "a.csv", raw)
    at = f"{tmp_path}/a.csv"
    assert len(reading.rows) == 6
    warnings = reading.warnings
    assert len(warnings) == 5
    assert warnings[0].startswith(f"{at}:2: the text is '#N/A'")
    assert warnings[1].startswith(f"{at}:3, {at}:4: '{{name}}' looks like a placeholder")
    assert "'%d'" in warnings[2]
    assert "'# scene two' looks like a comment" in warnings[3]
    seen = read(tmp_path / "a.csv", b"text,pause\nNaN,0.5\nx,0\n").warnings
    assert ["'NaN'" in told or "a pause of 0.5 ms" in told for told in seen] == [True, True]


def _workbook(path: Path) -> Path:
    """Write a workbook as openpyxl and LibreOffice do, with a second sheet."""
    pytest.importorskip("python_calamine")
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Script", "File name", "sample rate", "remarks"])
    sheet.append(["Hello there.", "a", 24000.0, "x"])
    sheet.append([])
    sheet.append([5, "b"])
    book.create_sheet("Old").append(["text"])
    book.save(path)
    return path


def test_a_spreadsheet_reads_like_a_table(tmp_path: Path) -> None:
    """Numbers are whole, empty rows nothing, the first sheet is read and the others named."""
    reading = read_sources([str(_workbook(tmp_path / "a.xlsx"))], iter([]))
    assert said(reading) == [("Hello there.", "a"), ("5", "b")]
    assert [row.place for row in reading.rows] == [f"{tmp_path}/a.xlsx:2", f"{tmp_path}/a.xlsx:4"]
    assert dict(reading.rows[0].fields) == {"sample_rate": 24000}
    assert reading.notes == [
        f"{tmp_path}/a.xlsx: reading the sheet 'Sheet'; left out 'Old'",
        f"{tmp_path}/a.xlsx: left out the column 'remarks'",
    ]


def test_a_spreadsheet_as_people_fill_it_in(tmp_path: Path) -> None:
    """Instructions stand before the script, remarks beside it, and one cell for several rows."""
    pytest.importorskip("python_calamine")
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["How to use this"])
    sheet = book.create_sheet("Script")
    for row in (["Text", "Voice"], ["One.", "emily", None, "ask Anna"], ["Two."], ["Three.", "raj"]):
        sheet.append(row)
    sheet.merge_cells("B2:B3")
    book.save(tmp_path / "a.xlsx")
    reading = read_sources([str(tmp_path / "a.xlsx")], iter([]))
    assert [(row.text, dict(row.fields)["voice_id"]) for row in reading.rows] == [
        ("One.", "emily"),
        ("Two.", "emily"),
        ("Three.", "raj"),
    ]
    assert reading.notes == [
        f"{tmp_path}/a.xlsx: reading the sheet 'Script'; left out 'Sheet'",
        f"{tmp_path}/a.xlsx: left out column 4, which has no name",
    ]


def test_a_spreadsheet_that_claims_17_billion_cells_is_refused(tmp_path: Path) -> None:
    """The reader is native code in a process of its own: its end is one sentence."""
    pytest.importorskip("python_calamine")
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "text", "x"
    book.save(tmp_path / "bomb.xlsx")
    (problem,) = read_sources([str(tmp_path / "bomb.xlsx")], iter([])).problems
    assert "takes too much memory or time to read" in problem


def test_names_of_a_strangers_columns_fill_no_screen(tmp_path: Path) -> None:
    """Some are shown, the others counted."""
    names = ",".join(f"c{number}" for number in range(2_000))
    (note,) = read(tmp_path / "a.csv", f"text,{names}\nHello.\n".encode()).notes
    assert note.endswith("'c18', 'c19' and 1980 more")
    keys = {"text": "Hello.", **{f"c{number}": 1 for number in range(2_000)}}
    (note,) = read(tmp_path / "a.jsonl", json.dumps(keys).encode()).notes
    assert note.endswith("'c18', 'c19' and 1980 more")


def test_without_the_extra_the_hint_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names what to install."""
    from lightning_cli.narration import sheet_reader

    def absent(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess((sys.executable,), sheet_reader.MISSING, b"", b"")

    monkeypatch.setattr(subprocess, "run", absent)
    (problem,) = read_sources([str(_workbook(tmp_path / "a.xlsx"))], iter([])).problems
    assert install_command("tables") in problem
