"""Dates and times in English; the table of readings has every shape of them."""

import pytest

from lightning_cli.local.english import read_english


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from Jan 5-7", "from January fifth to seventh"),
        ("01-Apr-2023", "1 April 2023"),
        ("5 Mar. and 3rd Oct", "5 March and 3rd October"),
        ("June 28 – July 4", "June 28 to July 4"),
        ("UTC+05:30 and GMT-3", "UTC plus 5 30 and GMT minus 3"),
        ("Elapsed: 01:02:03", "Elapsed: 1 hour 2 minutes and 3 seconds"),
        ("in 1:23.45", "in 1 minute 23 point four five seconds"),
        ("since 2024-05", "since May 2024"),
        ("Mar is short", "Mar is short"),
        ("In 2008 Jan Petersen came", "In 2008 Jan Petersen came"),
    ],
)
def test_dates(text: str, said: str) -> None:
    """Months are written out, ranges and zones are words, a time with parts of seconds is how long something took."""
    assert read_english(text) == said
