"""What a mistyped word was meant to be."""

from lightning_cli.system.close_words import close_words


def test_the_closest_comes_first_and_case_does_not_count() -> None:
    """As it is spelt where it is known."""
    assert close_words("Daniell ", ["emily", "Daniel", "danielle"], most=3) == ["danielle", "Daniel"]
    assert close_words("vois", ["voice", "volume"]) == ["voice"]


def test_what_is_far_from_everything_means_nothing() -> None:
    """A wrong guess is worse than none."""
    assert close_words("xyz", ["voice", "volume"]) == []
    assert close_words("", ["voice"]) == []
    assert close_words(8001, [8000, 44100]) == ["8000"]
