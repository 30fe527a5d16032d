"""The report of a run as JSON: what became of every item, and the sums."""

import json
from collections.abc import Mapping

from lightning_cli.narration.build import Result
from lightning_cli.narration.run import Totals


def render(totals: Totals, *, exit_code: int | None, seconds: float, book: Mapping[str, object] | None) -> bytes:
    """Write the report; the items stand in the order in which they were finished.

    ``exit_code`` None stands for a run that a signal has ended.
    """
    value: dict[str, object] = {
        "version": 1,
        "exit_code": exit_code,
        "seconds": round(seconds, 3),
        "items": [_item(result) for result in totals.results],
        "totals": {
            **{status: totals.counts[status] for status in ("built", "current", "failed", "held")},
            "characters": totals.characters,
            "requests": totals.requests,
            "retries": totals.retries,
            "audio_seconds": round(totals.audio_s, 3),
        },
    }
    if book is not None:
        value["book"] = dict(book)
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")


def _item(result: Result) -> dict[str, object]:
    tally = result.tally
    return {
        "place": result.item.place,
        "output": result.item.name,
        "status": result.status,
        "reason": result.reason,
        "seconds": round(result.seconds, 3),
        "audio_seconds": round(result.audio_s, 3),
        "characters": tally.characters,
        "requests": tally.requests,
        "retries": tally.retries,
        "request_ids": tally.request_ids,
        "first_byte_seconds": None if tally.first_byte_s is None else round(tally.first_byte_s, 4),
    }
