"""What a mistyped word was meant to be."""

from lightning_cli.system.close_words import close_words, did_you_mean, meant


def test_the_closest_comes_first_and_case_does_not_count() -> None:
    """As it is spelt where it is known."""
    assert close_words("Daniell ", ["emily", "Daniel", "danielle"], most=3) == ["danielle", "Daniel"]
    assert close_words("vois", ["voice", "volume"]) == ["voice"]


def test_what_is_far_from_everything_means_nothing() -> None:
    """A wrong guess is worse than none."""
    assert close_words("xyz", ["voice", "volume"]) == []
    assert close_words("", ["voice"]) == []
    assert close_words(8001, [8000, 44100]) == ["8000"]


def test_sentences() -> None:
    """Name close words in a hint or in a message, and nothing where none is close."""
    known = ["daniel", "Daniela", "magnus"]
    assert did_you_mean("danniel", known) == "did you mean daniel?"
    assert did_you_mean("DANNIEL", known, most=3) == "did you mean daniel or Daniela?"
    assert meant("magnuss", known) == " (did you mean 'magnus'?)"
    assert did_you_mean("qqqq", known) == meant("qqqq", known) == ""
