"""Pronunciation dictionaries: the protocol's bodies, kept on disk, and heard in the speech."""

from pathlib import Path

import pytest
from support.serve_process import SYNC, order, running

from lightning_cli.serve.dictionary_store import DictionaryFault, DictionaryStore

PATH = "/waves/v1/pronunciation-dicts"


def test_the_life_of_a_dictionary_across_a_restart() -> None:
    """Created, listed, heard, found again by the next server, replaced, deleted with a body."""
    items = [{"word": "mysql", "pronunciation": "my sequel"}]
    with running() as served:
        made = served.ask(PATH, {"items": items}).json
        assert set(made) == {"id", "items", "createdAt"}
        assert len(made["id"]) == 24
        assert made["createdAt"].endswith("Z")
        spoken = served.ask(SYNC, order(text="Use mysql now.", pronunciation_dicts=[made["id"]])).body
        assert spoken == served.ask(SYNC, order(text="Use my sequel now.")).body
        assert spoken != served.ask(SYNC, order(text="Use mysql now.")).body
    with running() as served:
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
