"""What makes an output the one it is, and texts that change while they are spoken."""

from dataclasses import replace
from pathlib import Path

import pytest

from lightning_cli.audio.joins import JoinRule
from lightning_cli.errors import InvalidRequest, UsageFault
from lightning_cli.narration.plan import Cutting, Identity, Planner, Recipe
from lightning_cli.narration.rows import Row
from lightning_cli.request import RequestDefaults

CUTTING = Cutting("auto", 250, whole=False)


def test_a_default_that_is_spelled_out_is_the_same() -> None:
    """Its audio is found again, under either fingerprint; another speed or dictionary is another sound."""
    identity = Identity("service", {"d1": "one"})
    plain = RequestDefaults(voice_id="daniel")
    spelled = plain._replace(model="lightning_v3.1", speed=1.0, math_notation=False)
    assert identity.of(spelled) == identity.of(plain)
    assert identity.all_of(plain) == (identity.of(plain),)
    assert identity.all_of(spelled)[0] == identity.of(plain) != identity.all_of(spelled)[1]
    with_words = plain._replace(pronunciation_dicts=("d1",))
    assert identity.of(with_words) != Identity("service", {"d1": "two"}).of(with_words)
    assert len({identity.of(one) for one in (plain, with_words, plain._replace(speed=1.5))}) == 3


def test_a_book_of_versions_before_is_known_under_every_name(tmp_path: Path) -> None:
    """The engine had another name, and defaults were spelled out or not; items that set none are alike in both."""
    defaults = RequestDefaults(voice_id="daniel")
    rows = [row(2), row(3)]
    items, _ = planner(tmp_path).plan(rows)
    items[1] = replace(items[1], defaults=defaults._replace(speed=1.0))

    def recipe(identity: Identity) -> Recipe:
        return Recipe(identity, CUTTING, JoinRule())

    known = recipe(Identity("now", {}, ("once",))).all_of_book(items, ["extra"])
    assert known[: len(known) // 2] == recipe(Identity("now", {})).all_of_book(items, ["extra"])
    assert known[len(known) // 2 :] == recipe(Identity("once", {})).all_of_book(items, ["extra"])
    assert len(set(known)) == 4


def test_the_shape_of_a_text_is_that_of_every_release() -> None:
    """A flag that came later counts once it is used."""
    assert CUTTING.shape == ("auto", 250, False)
    assert CUTTING._replace(marks=False).shape == ("auto", 250, False, False, False)


def test_a_text_without_a_word_is_refused() -> None:
    """There is nothing to ask for."""
    with pytest.raises(InvalidRequest, match="no text to speak"):
        CUTTING.segments("***\n", None)


def planner(tmp_path: Path) -> Planner:
    """Return a planner of WAV files in a directory."""
    return Planner(
        tmp_path,
        "wav",
        lambda _fields, _container: RequestDefaults(voice_id="daniel"),
        cutting=CUTTING,
    )


def row(number: int, text: str | None = "Hello.", file: Path | None = None, output: str | None = None) -> Row:
    """Return a row."""
    return Row(f"s.csv:{number}", f"s-{number}", text, file, output, ())


def test_every_problem_is_kept(tmp_path: Path) -> None:
    """Two rows under one name, one without a word, one outside; what can be made is planned all the same."""
    rows = [row(2, output="a.wav"), row(3, output="A.WAV"), row(4, text="***"), row(5, output="../b.wav"), row(6)]
    items, problems = planner(tmp_path).plan(rows)
    assert [item.name for item in items if item.place in {"s.csv:2", "s.csv:6"}] == ["a.wav", "s-6.wav"]
    assert [problem.partition(": ")[0] for problem in problems] == ["s.csv:3", "s.csv:4", "s.csv:5"]
    assert problems[0] == "s.csv:3: the output 'A.WAV' is also that of s.csv:2"


def test_a_text_that_changes_during_the_run_is_not_spoken(tmp_path: Path) -> None:
    """Its audio would be recorded as that of another."""
    file = tmp_path / "a.txt"
    file.write_text("Hello there. And you.")
    ((item,), problems) = planner(tmp_path).plan([row(1, text=None, file=file)])
    assert problems == []
    assert [request.text for _, request in item.requests(CUTTING)] == ["Hello there.", "And you."]
    file.write_text("Bye.")
    with pytest.raises(UsageFault, match="has changed during the run"):
        item.requests(CUTTING)


def test_the_pause_of_a_heading_counts_where_there_are_headings(tmp_path: Path) -> None:
    """Other outputs have the fingerprint of versions that knew none, and stay current when it is changed."""
    texts = ["Well-known -- and 3 - 2 = 1.", "# One\n\nTwo.", "One\n---\nTwo.", "> One\n> ===\n"]
    items, problems = planner(tmp_path).plan([row(number, text) for number, text in enumerate(texts)])
    assert not problems
    identity = Identity("service", {})
    usual, other = (Recipe(identity, CUTTING, JoinRule(heading_ms=ms)) for ms in (None, 5))
    assert [usual.of(item) == other.of(item) for item in items] == [True, False, False, False]
    assert usual.of(items[0]) == "329aac96cff98b85f5aaa311995ca0aaf94162bf8b2b09dc52d4e642d69ea288"
    unread = CUTTING._replace(markup="none")
    usual, other = (Recipe(identity, unread, JoinRule(heading_ms=ms)) for ms in (None, 5))
    assert [usual.of(item) for item in items] == [other.of(item) for item in items]
