"""The turn among real runs that are killed: the short form of tests/soak/mouth.py."""

import pytest
from support.mouth_storm import RATE, queue_with_kills, storm_of_now
from support.null_sink import SoundCard


@pytest.fixture
def card(sound_card: SoundCard, monkeypatch: pytest.MonkeyPatch) -> SoundCard:
    """Return the card, whose runs take turns in the directory of this process."""
    for name, value in sound_card.environment.items():
        monkeypatch.setenv(name, value)
    return sound_card.at(RATE)


def test_a_queue_whose_runs_are_killed(card: SoundCard) -> None:
    """Every sentence is heard once or, where its run was killed, in part or not at all; none over another, in order."""
    outcome = queue_with_kills(card, 3, 1, 0.3)
    assert outcome.problems == []
    assert sum(share == 1 for share in outcome.heard) >= 2


def test_a_storm_of_now(card: SoundCard) -> None:
    """No process, lock or socket is left."""
    assert storm_of_now(card, 4, 1)[1].problems == []
