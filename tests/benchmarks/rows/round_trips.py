"""How long until there is audio on standard output, from a server that is far away."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import certifi
from support.certificates import make

from benchmarks.lab import Lab
from benchmarks.network import FAR, Network
from benchmarks.processes import first_byte_s
from benchmarks.results import Measure, against, at_most
from benchmarks.rows.first_byte import pipeline
from benchmarks.serving import speech_service

_ROUND_TRIPS_MS = (20, 100, 250)
_GOAL_AT_MS = 100
# What fits the first flight of a new connection (RFC 6928): base64 -d holds its first bytes back for the second.
_SECONDS = 0.05


def measure(lab: Lab) -> Iterator[Measure]:
    """Compare exec to the first PCM on stdout, over TLS 1.3, from a server that answers at once."""
    directory = lab.directory / "tls"
    directory.mkdir()
    certificate = make(directory, f"IP:{FAR}")
    trusted = _authorities(certificate)
    with Network() as network:
        with network.far():
            served = speech_service(FAR, certificate)
            service = served.__enter__()
        try:
            far = replace(lab, service=service, environment={**lab.environment, "REQUESTS_CA_BUNDLE": str(trusted)})
            for round_trip_ms in _ROUND_TRIPS_MS:
                with network.near(), network.round_trips(round_trip_ms):
                    yield from _at(far, round_trip_ms, trusted)
        finally:
            served.__exit__(None, None, None)


def _at(lab: Lab, round_trip_ms: int, trusted: Path) -> Iterator[Measure]:
    lab.service.plan(seconds=_SECONDS)
    url = lab.service.stream_url
    commands = {
        "ours": lab.say("-o", "-"),
        "curl": [lab.program("sh"), "-c", pipeline(url, "--cacert", str(trusted))],
        "script": lab.reference("typer_requests", "Hello", url),
    }
    taken = lab.compare(commands, lambda argv: first_byte_s(argv, lab.environment) * 1e3)
    goal = at_most(1.1) if round_trip_ms == _GOAL_AT_MS else None
    yield from against(
        f"round trips of {round_trip_ms} ms",
        "ms",
        taken["ours"],
        [
            ("curl -sN | jq | base64 -d", taken["curl"], goal),
            ("typer + requests, 20 lines", taken["script"], None),
        ],
        note="the link is made in user space, between two network namespaces",
    )


def _authorities(certificate: Path) -> Path:
    """Add the server's certificate to those that everybody trusts, since a long list takes its time to load."""
    trusted = certificate.with_name("trusted.pem")
    own = certificate.with_name("certificate.pem").read_bytes()
    trusted.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + own)
    return trusted
