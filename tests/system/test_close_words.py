"""What a mistyped word was meant to be."""

import pytest

from lightning_cli.system.close_words import close_words, did_you_mean, meant, question

OPTIONS = (
    "--route --output --quiet --rate --context-id --stats --play --lead-in --language --play --voice --speed "
    "--connect-timeout --idle-timeout --volume"
).split()
COMMANDS = "say batch voices dicts devices doctor serve config login logout cache completion".split()


def test_the_closest_comes_first_and_case_does_not_count() -> None:
    """As it is spelt where it is known."""
    assert close_words("Daniell ", ["emily", "Daniel", "danielle"], most=3) == ["danielle"]
    assert close_words("DANEIL", ["emily", "Daniel", "danielle"], most=3) == ["Daniel"]
    assert close_words("voise", ["voice", "volume"]) == ["voice"]
    assert close_words("vois", ["voice", "volume"]) == []
    assert close_words("colour", ["dolour", "color"], most=3) == ["color", "dolour"]


@pytest.mark.parametrize(
    ("typed", "known", "expected"),
    [
        ("--out", OPTIONS, ["--output"]),
        ("--lang", OPTIONS, ["--language"]),
        ("--timeout", OPTIONS, ["--connect-timeout", "--idle-timeout"]),
        ("--text", OPTIONS, []),
        ("--speaker", OPTIONS, ["--voice"]),
        ("auth", COMMANDS, ["login"]),
        ("dict", COMMANDS, ["dicts"]),
        ("speak", COMMANDS, ["say"]),
        ("sya", COMMANDS, ["say"]),
        ("48000", [8000, 16000, 24000, 44100], ["44100"]),
        (8001, [8000, 44100], ["8000"]),
        (180, [8000, 44100], []),
        ("--force", OPTIONS, []),
        ("--trace", OPTIONS, []),
        ("list", ["get", "show"], ["show"]),
        ("en", ["ben", "owen", "heart"], []),
        ("german", ["roman", "heart"], []),
        ("xyz", ["voice", "volume"], []),
        ("", ["voice"], []),
        ("-", OPTIONS, []),
        ("voice", [], []),
    ],
)
def test_other_names_come_before_letters(typed: object, known: list[object], expected: list[str]) -> None:
    """Synonyms, then beginnings and parts, then few wrong letters; a wrong guess is worse than none."""
    assert close_words(typed, known, most=2) == expected


def test_letters_that_may_be_wrong() -> None:
    """One, or two in a longer word, swapped ones counting once; never more than is allowed."""
    assert close_words("lightnign", ["lightning"], within=1) == ["lightning"]
    assert close_words("lihgtnign", ["lightning"], within=1) == []
    assert close_words("lihgtnign", ["lightning"]) == ["lightning"]


def test_sentences() -> None:
    """Name close words in a hint or in a message, and nothing where none is close."""
    known = ["daniel", "danieli", "magnus"]
    assert did_you_mean("danniel", known) == "did you mean daniel?"
    assert did_you_mean("DANI", known, most=3) == "did you mean daniel or danieli?"
    assert meant("magnuss", known) == " (did you mean 'magnus'?)"
    assert question("-l de", "-l nl") == "did you mean -l de or -l nl?"
    assert did_you_mean("qqqq", known) == meant("qqqq", known) == ""
