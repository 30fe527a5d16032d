"""Dictionary files: every format, every fault with its line."""

import csv
import io
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.list_commands import run

from lightning_cli.errors import UsageFault
from lightning_cli.text.wordlist import SUFFIXES, read_words

WORDS = {"mysql": "my-sequel", "SQL": "sequel", "Zoë, née Ng": 'say "zoh-ee"'}
ITEMS = [{"word": word, "pronunciation": sound} for word, sound in WORDS.items()]
QUOTED = '"Zoë, née Ng", "say ""zoh-ee"""'
GOOD = {
    "plain.csv": 'mysql,my-sequel\nSQL,sequel\n"Zoë, née Ng","say ""zoh-ee"""\n',
    "header.CSV": "# ours\r\nWord, Pronunciation\r\n\r\n# more\r\nmysql, my-sequel\r\nSQL ,sequel\r\n" + QUOTED,
    "bom.csv": "\ufeffword,pronunciation\nmysql,my-sequel\nmysql,my-sequel\nSQL,sequel\n" + QUOTED,
    "tabs.tsv": 'mysql\tmy-sequel\nSQL\tsequel\nZoë, née Ng\t"say ""zoh-ee"""\n',
    "object.json": json.dumps(WORDS),
    "array.json": json.dumps(ITEMS, indent=2, ensure_ascii=False),
    "items.json": json.dumps({"id": "64f1", "items": ITEMS, "createdAt": "2026-01-02"}),
    "twice.json": '{"items": [{"word": "lost", "pronunciation": "lost"}], "items": ' + json.dumps(WORDS) + "}",
    "itemsobject.json": json.dumps({"items": WORDS}),
    "top.toml": 'mysql = "my-sequel"\nSQL = "sequel"\n"Zoë, née Ng" = "say \\"zoh-ee\\""\n',
    "table.toml": '[items]\nmysql = "my-sequel"\nSQL = "sequel"\n"Zoë, née Ng" = \'say "zoh-ee"\'\n',
    "tables.toml": "".join(
        f"[[items]]\nword = {json.dumps(word)}\npronunciation = {json.dumps(sound)}\n" for word, sound in WORDS.items()
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_files(name: str, tmp_path: Path) -> None:
    """Every format and habit gives the same words in the same order."""
    path = tmp_path / name
    path.write_bytes(GOOD[name].encode())
    read = read_words(path)
    assert (list(read.words.items()), read.problems) == (list(WORDS.items()), ())


ARRAY = """[
{"word": "a", "pronunciation": "b"},
{"word": "a", "pronunciation": "c"},
{"word": 5},
7,
{"word": "\\ud800", "pronunciation": "x"}]"""
BAD = {
    "two.csv": (
        "word,pronunciation\n,nothing\nmysql,\na,b,c\n# fine\nlonely\nok,fine\nok,other\n",
        [
            ":2: the word is empty",
            ":3: the pronunciation of mysql is empty",
            ":4: 3 columns; there must be 2: word, pronunciation",
            ":6: 1 column; there must be 2: word, pronunciation",
            ":8: ok has another pronunciation on line 7: fine, here other",
        ],
    ),
    "quotes.csv": ('a,b\n"two\n# lines",c\nd,e,f\n"open,x\n', [":4: 3 columns", ":5: the quotes do not close"]),
    "turned.csv": ("pronunciation,word\nx,y\n", [":1: the columns must be word first"]),
    "empty.csv": ("# nothing\n\n", [": no words in it"]),
    "broken.json": ('{\n "a": "b",\n}', [":3: this is not JSON: "]),
    "empty.json": ("", [":1: this is not JSON: "]),
    "number.json": ("7", [":1: there must be an object or an array"]),
    "array.json": (
        ARRAY,
        [
            ":3: a has another pronunciation on line 2: b, here c",
            ":4: word and pronunciation must be text",
            ":5: word and pronunciation must be text",
            ":6: \ud800 is not valid Unicode",
        ],
    ),
    "object.json": ('{"a": "b",\n "a": "c",\n "": "d", "e": null}', [":2: a has", ":3: the word is", ":3: word and"]),
    "beside.json": ('{"items": {"a": "b"}, "mysql": "x"}', [": mysql is outside items"]),
    "deep.json": ("[" * 100_000, [": this is not JSON: "]),
    "long.json": ("[" + "9" * 5000 + "]", [": this is not JSON: "]),
    "dotted.toml": ('ok = "fine"\n# node\nnode.js = "node jay ess"\nn = 4\n', [":3: node is a table", ":4: word and"]),
    "twice.toml": ('a = "b"\na = "b"\n', [":2: this is not TOML: Cannot overwrite a value"]),
    "empty.toml": ('a = ""\n', [":1: the pronunciation of a is empty"]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_told_whole(name: str, tmp_path: Path) -> None:
    """Every problem has its file and line."""
    content, wanted = BAD[name]
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    problems = read_words(path).problems
    assert len(problems) == len(wanted), problems
    for problem, start_of in zip(problems, wanted, strict=True):
        assert problem.startswith(f"{path}{start_of}")


def test_encodings(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are named by line and place, beside the other problems; UTF-16 is read by its mark."""
    path = tmp_path / "latin.csv"
    path.write_bytes(b"ok,fine\nZo\xeb,zoh-ee\nna\xefve,x,y\n")
    assert read_words(path).problems == (
        f"{path}:2: byte 3 of the line is not UTF-8; it may be windows-1252",
        f"{path}:3: byte 3 of the line is not UTF-8; it may be windows-1252",
        f"{path}:3: 3 columns; there must be 2: word, pronunciation",
    )
    path.write_text("mysql,x\n", encoding="utf-16")
    assert read_words(path).words == {"mysql": "x"}
    path.write_text("lonely\n" * 50)
    assert len(read_words(path).problems) == 21
    assert read_words(path).problems[-1] == f"{path}: and 30 more problems"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a directory, another suffix and a file without end are usage errors."""
    (tmp_path / "dir.csv").mkdir()
    (tmp_path / "words.txt").write_text("a,b\n")
    (tmp_path / "endless.json").symlink_to("/dev/zero")
    for name in ("missing.csv", "dir.csv", "words.txt", "endless.json"):
        with pytest.raises(UsageFault, match=name):
            read_words(tmp_path / name)
    assert run("dicts", "sync", tmp_path / "missing.csv").code == 2


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp")), min_size=1).filter(
    lambda text: text == text.strip() and not text.startswith(("#", "\ufeff"))
)
_WORDS = st.dictionaries(_TEXT, _TEXT, min_size=1, max_size=8)


@settings(deadline=None, max_examples=60)
@given(_WORDS)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, made: dict[str, str]) -> None:
    """CSV, TSV and JSON as others write them come back word for word."""
    folder = tmp_path_factory.getbasetemp()
    for name, dialect in (("made.csv", csv.excel), ("made.tsv", csv.excel_tab)):
        table = io.StringIO(newline="")
        csv.writer(table, dialect).writerows([("word", "pronunciation"), *made.items()])
        (folder / name).write_bytes(table.getvalue().encode())
    (folder / "made.json").write_text(json.dumps(made, indent=1), encoding="utf-8")
    for name in ("made.csv", "made.tsv", "made.json"):
        read = read_words(folder / name)
        assert (read.words, read.problems) == (made, ())


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(SUFFIXES),
    st.binary() | st.text(st.sampled_from('a,"\n\t#{}[]:=. \r\\wordpnc'), max_size=60).map(str.encode),
)
def test_no_file_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, suffix: str, content: bytes) -> None:
    """Whatever stands in a file, there are words without problems, or problems."""
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(content)
    read = read_words(path)
    assert read.problems or read.words
    assert all(word.strip() and sound.strip() for word, sound in read.words.items())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("word;pronunciation\nSQL;sequel\n", {"SQL": "sequel"}),
        ('# sheet\nSQL;sequel\n"a;b";c\n', {"SQL": "sequel", "a;b": "c"}),
        ("SQL,see; quell\n", {"SQL": "see; quell"}),
    ],
)
def test_semicolons(tmp_path: Path, text: str, words: dict[str, str]) -> None:
    """A file that a spreadsheet wrote with semicolons is read; a comma that divides is preferred."""
    path = tmp_path / "words.csv"
    path.write_text(text)
    assert read_words(path).words == words


HANG_S = 20.0


def test_a_dictionary_of_many_words(tmp_path: Path) -> None:
    """Every word of a long TOML file finds its line at once."""
    path = tmp_path / "words.toml"
    path.write_text("".join(f'word{number} = "sound"\n' for number in range(20_000)) + 'last = ""\n')
    begun = time.monotonic()
    assert f"{path}:20001: " in read_words(path).problems[0]
    assert time.monotonic() - begun < HANG_S
