"""The times of hibari's words: the lengths of phonemes that its model computes, beside what is heard."""

from itertools import pairwise

import numpy as np
import pytest
from support.sibilants import onsets, sentence

from lightning_cli.local import phoneme_clock
from lightning_cli.local.neural import SAMPLE_RATE, NeuralVoice, NeuralWord
from lightning_cli.local.phoneme_clock import PhonemeClock

_VOICE = NeuralVoice()


def _said(text: str) -> tuple[bytes, list[NeuralWord]]:
    words: list[NeuralWord] = []
    audio = np.concatenate(list(_VOICE.render(text, words)))
    return (audio * 32767).astype("<i2").tobytes(), words


@pytest.mark.parametrize("seed", range(3))
def test_words_inside_a_clause(seed: int) -> None:
    """Where nothing but the model knows where a word begins, it is told to within 60 ms."""
    text, hissing = sentence(seed)
    pcm, words = _said(text)
    assert [word.text for word in words] == text.rstrip(".").split()
    heard = onsets(pcm, SAMPLE_RATE)
    for word in words:
        if word.text in hissing:
            assert min(abs(word.start / SAMPLE_RATE - at) for at in heard) < 0.06
    assert all(before.end <= after.start < after.end for before, after in pairwise(words))


def test_a_sentence_too_long_for_the_model() -> None:
    """It is said in pieces, and the times go on behind each."""
    text = ", ".join(f"and in the year number {number} nobody came to see us" for number in "one two three".split() * 4)
    pcm, words = _said(text)
    assert len(words) == len(text.split())
    assert 0.9 < words[-1].end / (len(pcm) / 2) <= 1


def test_what_is_heard_is_the_same() -> None:
    """With times and without."""
    text = "It is the same voice, after all."
    plain = np.concatenate(list(_VOICE.render(text)))
    assert np.array_equal(plain, np.concatenate(list(_VOICE.render(text, []))))


def test_a_model_without_such_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """The voice speaks on, and says nothing of its words."""
    monkeypatch.setattr(phoneme_clock, "_LENGTHS", "/of_another_release")
    voice = NeuralVoice()
    words: list[NeuralWord] = []
    assert len(list(voice.render("Hello there.", words))) == 1
    assert words == []
    with pytest.raises(Exception, match="another_release"):
        PhonemeClock(voice._model.model_path)
