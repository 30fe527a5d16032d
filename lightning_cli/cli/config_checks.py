"""Limits that neither an option's type nor the request knows: each check is one that the command makes itself, later.

What a check needs is loaded by the command that has the option, and by no other.
"""

from collections.abc import Callable

from lightning_cli.errors import UsageFault


def _check_format(value: object) -> None:
    from lightning_cli.sinks.containers import CONTAINERS

    if str(value).lower().removeprefix(".") not in CONTAINERS:
        raise UsageFault(f"there is no format {value}", hint=f"use one of {', '.join(CONTAINERS)}")


def _check_url(value: object) -> None:
    from lightning_cli.client.settings import ServiceSettings

    ServiceSettings(base_url=str(value))


def _check_context(value: object) -> None:
    from lightning_cli.request import check_id

    check_id("context_id", str(value))


def _check_shard(value: object) -> None:
    from lightning_cli.narration.shard import shard_of

    if not str(value).startswith("auto"):  # which asks the machine it runs on
        shard_of(str(value))


CHECKS: dict[str, Callable[[object], None]] = {
    "format": _check_format,
    "base-url": _check_url,
    "context-id": _check_context,
    "shard": _check_shard,
}
