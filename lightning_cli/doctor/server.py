"""The server of ours that commands without a key use while it runs."""

import os
from collections.abc import Iterator
from typing import Any

from lightning_cli.client.probe import probe
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.doctor.findings import Finding, failed, ok, warn
from lightning_cli.errors import ExitCode, LightningError
from lightning_cli.serve.runtime import note_path, running_server

_HEALTH = "/health"
_SOON = Timeouts(connect_s=2.0, first_byte_s=2.0, idle_s=2.0)


def server() -> Iterator[Finding]:
    """Tell whether one runs, and ask it how it is."""
    found = running_server()
    try:
        path = note_path()
    except OSError as fault:
        yield ok("server", f"none runs, and there is no place for its note ({fault.strerror or fault})")
        return
    if found is None:
        stale = os.path.exists(path)  # noqa: PTH110 - one that cannot be looked up is none, and Path's raises
        told = f"none; the note {path} is of one that is gone" if stale else "none runs"
        yield ok("server", told, note=str(path), stale=stale)
        return
    facts: dict[str, Any] = {"url": found.url, "pid": found.pid, "note": str(path), "token": found.token is not None}
    try:
        settings = ServiceSettings(
            base_url=found.url, key=found.token, timeouts=_SOON, retry=RetryPolicy(retries=0, max_wait_s=0)
        )
        answer = probe(settings, _HEALTH)
    except LightningError as fault:
        yield failed("server", fault, **facts)._replace(exit_code=ExitCode.NETWORK)
        return
    told = f"process {found.pid} at {found.url}"
    if answer.fault is None:
        yield ok("server", f"{told} answers", **facts, status=answer.status)
    else:
        yield warn("server", f"{told} says {answer.status}", "it may be about to end; start it again", **facts)
