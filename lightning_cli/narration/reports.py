"""Reports of several runs as one: what became of every output, and the sums."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lightning_cli.errors import UsageFault
from lightning_cli.system.small_files import TooLong, read_small

_LIMIT_BYTES = 256 << 20
_STATUSES = ("built", "current", "failed", "held")
# Each run has paid for its own, also for what another run has done again.
_PAID = ("characters", "requests", "retries")


def read_report(path: str) -> Mapping[str, Any]:
    """Read a report of ``batch --report``; raises ``UsageFault`` for any other file."""
    try:
        value = json.loads(read_small(path, _LIMIT_BYTES))
    except (OSError, TooLong) as fault:
        told = getattr(fault, "strerror", None) or fault
        raise UsageFault(f"cannot read the report {path!r}: {told}", hint="check the name") from fault
    except (ValueError, RecursionError):
        value = None
    if not _is_report(value):
        raise UsageFault(f"{path!r} is not a report", hint="write one with: lightning-tts batch ... --report FILE")
    report: Mapping[str, Any] = value
    return report


def _is_report(value: Any) -> bool:
    try:
        numbers = [value["totals"][name] for name in _PAID] + [item["audio_seconds"] for item in value["items"]]
        words = [item[name] for item in value["items"] for name in ("output", "status")]
        version = value["version"]
    except (LookupError, TypeError):
        return False
    return (
        version == 1
        and all(isinstance(one, int | float) for one in numbers)
        and all(isinstance(one, str) for one in words)
    )


def merge_reports(reports: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """Return several reports as one; where runs tell of the same output, the last one counts.

    The exit code is null where any run was interrupted, else the first that is not 0.
    """
    items = {item["output"]: item for report in reports for item in report["items"]}
    counts = Counter(item["status"] for item in items.values())
    codes = [report.get("exit_code") for report in reports]
    merged: dict[str, object] = {
        "version": 1,
        "exit_code": None if None in codes else next((code for code in codes if code), 0),
        "seconds": max((float(report.get("seconds") or 0) for report in reports), default=0.0),
        "items": list(items.values()),
        "totals": {
            **{status: counts[status] for status in _STATUSES},
            **{name: sum(int(report["totals"][name]) for report in reports) for name in _PAID},
            "audio_seconds": round(sum(float(item["audio_seconds"]) for item in items.values()), 3),
        },
    }
    books = [report["book"] for report in reports if "book" in report]
    return merged | ({"book": books[-1]} if books else {})
