"""Pronunciation dictionaries: the protocol's bodies, kept on disk, and heard in the speech."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from support.asgi_client import DICTIONARIES, stage
from support.serve_process import SYNC, order
from support.serve_thread import running_here

from lightning_cli.local import dictionary_store
from lightning_cli.local.dictionary_store import DictionaryFault, DictionaryStore

PATH = "/waves/v1/pronunciation-dicts"


def test_the_life_of_a_dictionary_across_a_restart() -> None:
    """Created, listed, heard, found again by the next server, replaced, deleted with a body."""
    items = [{"word": "mysql", "pronunciation": "my sequel"}]
    with running_here() as served:
        made = served.ask(PATH, {"items": items}).json
        assert set(made) == {"id", "items", "createdAt"}
        assert len(made["id"]) == 24
        assert made["createdAt"].endswith("Z")
        spoken = served.ask(SYNC, order(text="Use mysql now.", pronunciation_dicts=[made["id"]])).body
        assert spoken == served.ask(SYNC, order(text="Use my sequel now.")).body
        assert spoken != served.ask(SYNC, order(text="Use mysql now.")).body
    with running_here() as served:
        assert served.ask(PATH, method="GET").json == [made]
        other = [{"word": "a", "pronunciation": "b"}]
        assert served.ask(PATH, {"id": made["id"], "items": other}, method="PUT").json == {
            "id": made["id"],
            "items": other,
        }
        assert served.ask(PATH, {"id": made["id"]}, method="DELETE").json == {"id": made["id"], "deleted": True}
        assert served.ask(PATH, {"id": made["id"]}, method="DELETE").status == 404
        assert served.ask(PATH, method="GET").json == []
        refused = served.ask(PATH, {"items": [{"pronunciation": "x"}, {"word": "", "pronunciation": 3}]})
        assert refused.status == 400
        assert refused.json["error"] == "Invalid request body"
        assert refused.json["details"][0] == {
            "code": "invalid_type",
            "expected": "string",
            "received": "undefined",
            "path": ["items", 0, "word"],
            "message": "Required",
        }
        assert [issue["path"] for issue in refused.json["details"][1:]] == [
            ["items", 1, "word"],
            ["items", 1, "pronunciation"],
        ]
        for body in (b"{", b"[]", b'{"items":[]}', b'{"items":[{"word":"\\ud800","pronunciation":"x"}]}'):
            assert served.ask(PATH, body).status == 400


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SQL and sql", "sequel and sql"),
        ("NoSQL SQLite", "NoSQL SQLite"),
        ("(SQL), SQL!", "(sequel), sequel!"),
        ("C++ is C", "see plus plus is C"),
        ("New York SQL", "the big apple sequel"),
    ],
)
def test_whole_words_in_their_exact_case(tmp_path: Path, text: str, said: str) -> None:
    """Nothing inside a word is touched, and a longer entry wins."""
    store = DictionaryStore(tmp_path / "store.json")
    words = {"SQL": "sequel", "C++": "see plus plus", "New York": "the big apple", "York": "yorick"}
    made = store.create([{"word": word, "pronunciation": sound} for word, sound in words.items()])
    assert made is not None
    assert store.respell(text, [made["id"]]) == said


def test_a_dictionary_cannot_turn_a_text_into_a_book(tmp_path: Path) -> None:
    """The length is looked at before anything is built."""
    store = DictionaryStore(tmp_path / "store.json")
    made = store.create([{"word": "a", "pronunciation": "long " * 50_000}])
    assert made is not None
    with pytest.raises(DictionaryFault):
        store.respell("a " * 4000, [made["id"]])


def test_a_broken_store_counts_as_empty(tmp_path: Path) -> None:
    """Whatever stands in the file."""
    path = tmp_path / "store.json"
    for junk in (b"{", b"[]", b'{"dictionaries":[1,{"id":2,"items":[]}]}', b'{"dictionaries":3}'):
        path.write_bytes(junk)
        assert DictionaryStore(path).all() == []


def dictionary(path: Path, *items: tuple[str, str]) -> tuple[DictionaryStore, str]:
    """Keep a dictionary; return the store and its id."""
    kept = DictionaryStore(path / "dictionaries.json")
    made = kept.create([{"word": word, "pronunciation": said} for word, said in items])
    assert made is not None
    return kept, made["id"]


def test_the_work_does_not_grow_with_the_dictionaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of the text is looked up once a dictionary, and their tables are made once."""
    kept, known = dictionary(tmp_path, *((f"word{number}", "said") for number in range(5000)))
    looked_up = 0
    matches = dictionary_store._matches

    def counted(trie: Any, parts: Sequence[str], place: int) -> Iterator[tuple[int, str]]:
        nonlocal looked_up
        looked_up += 1
        return matches(trie, parts, place)

    monkeypatch.setattr(dictionary_store, "_matches", counted)
    text = "nothing word17 word " * 100
    assert kept.respell(text, [known]) == text.replace("word17", "said")
    assert looked_up == 600
    trie = kept._tries[known]
    kept.respell(text, [known, known])
    assert kept._tries[known] is trie
    assert looked_up == 1200


def test_a_long_row_that_nearly_matches_is_given_up(tmp_path: Path) -> None:
    """Else its time would grow with the square of the text."""
    kept, known = dictionary(tmp_path, ("a " * 4000 + "b", "never"), ("a a", "once"))

    class Counting(dict[Any, Any]):
        steps = 0

        def get(self, key: Any, default: Any = None) -> Any:
            Counting.steps += 1
            return super().get(key, default)

    root = Counting()
    node = root
    for part in ["a", " "] * 4000:
        following = Counting()
        node[part] = following
        node = following
    kept._tries[known] = (kept._read()[known]["items"], root)
    text = "a " * 2000
    assert kept.respell(text, [known]) == text
    assert Counting.steps <= 4000 * dictionary_store._LONGEST_PARTS


@pytest.mark.parametrize(
    ("word", "text", "said"),
    [
        ("#", "C# is #1", "C# is #1"),
        ("#", "a # b", "a ! b"),
        ("+x", "1+x +x", "1+x !"),
        ("a.", "a. a.b", "! a.b"),
        ("कि", "कि किल", "! किल"),
    ],
)
def test_a_word_ends_where_no_letter_stands_beside_it(tmp_path: Path, word: str, text: str, said: str) -> None:
    """Also one that begins or ends with a sign."""
    kept, known = dictionary(tmp_path, (word, "!"))
    assert kept.respell(text, [known]) == said


def test_the_first_dictionary_and_the_longest_word_win(tmp_path: Path) -> None:
    """In the order of the request."""
    kept, first = dictionary(tmp_path, ("York", "one"))
    made = kept.create([{"word": "York", "pronunciation": "two"}, {"word": "New York", "pronunciation": "three"}])
    assert made is not None
    assert kept.respell("York New York", [first, made["id"]]) == "one three"
    assert kept.respell("York New York", [made["id"], first]) == "two three"


def test_what_is_kept_is_what_the_reader_takes(tmp_path: Path) -> None:
    """The size of the file counts, whatever the script: the one too many is refused, and the others stay."""
    kept = DictionaryStore(tmp_path / "dictionaries.json")
    items = [{"word": f"क{number}", "pronunciation": "ख" * 60} for number in range(16_000)]
    made = [kept.create(items) for _ in range(5)]
    assert None in made
    assert len(kept.all()) == len([one for one in made if one is not None])
    assert DictionaryStore(tmp_path / "dictionaries.json").all() == kept.all()


def test_a_file_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    """What another program or version left may be mended; an empty list written over it may not."""
    path = tmp_path / "dictionaries.json"
    for content in ('{"version": 1, "dictionaries": [{"id": "x"', '{"version": 9}'):
        path.write_text(content)
        assert DictionaryStore(path).create([{"word": "a", "pronunciation": "b"}]) is None
        assert path.read_text() == content
    path.write_text('{"version":1,"dictionaries":[]}')
    assert DictionaryStore(path).create([{"word": "a", "pronunciation": "b"}]) is not None


def test_dictionaries_beyond_the_room_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse a new one and a longer one, and keep what is there."""
    monkeypatch.setattr(dictionary_store, "_STORE_LIMIT_BYTES", 150)

    async def asked() -> None:
        async with stage() as made:
            status, known = await made.ask("POST", DICTIONARIES, {"items": [{"word": "a", "pronunciation": "b"}]})
            assert status == 200
            long = {"items": [{"word": "a", "pronunciation": "b" * 20}]}
            for method, body in (("POST", long), ("PUT", {**long, "id": known["id"]})):
                status, answer = await made.ask(method, DICTIONARIES, body)
                assert (status, answer["error"]) == (507, "The dictionary cannot be stored")
            assert made.pool.dictionaries.all() == [known]

    asyncio.run(asked())


def test_a_store_of_dictionaries_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take no more than it has room for, and leave a text alone that asks for none."""
    store = dictionary_store.DictionaryStore()
    assert store.respell("SQL", []) == "SQL"
    monkeypatch.setattr(dictionary_store, "_STORE_LIMIT_BYTES", 86)
    assert not store._change("one", {"id": "one", "items": [{"word": "SQL", "pronunciation": "sequel"}]})
    assert store._change("one", {"id": "one", "items": [{"word": "a", "pronunciation": "b"}]})
