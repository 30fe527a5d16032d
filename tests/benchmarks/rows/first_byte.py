"""How long until there is audio on standard output."""

import json
from collections.abc import Iterator

from benchmarks.lab import KEY, Lab
from benchmarks.processes import first_byte_s
from benchmarks.results import Measure, against, at_most


def measure(lab: Lab) -> Iterator[Measure]:
    """Compare exec to the first PCM on stdout, from a server that answers at once and ends at once."""
    lab.service.plan()
    url = lab.service.stream_url
    commands = {
        "ours": lab.say("-o", "-"),
        "curl": [lab.program("sh"), "-c", pipeline(url)],
        "http.client": lab.reference("argparse_httpclient", "Hello", url),
        "script": lab.reference("typer_requests", "Hello", url),
    }
    taken = lab.compare(commands, lambda argv: first_byte_s(argv, lab.environment) * 1e3)
    yield from against(
        "server delay 0",
        "ms",
        taken["ours"],
        [
            ("typer + requests, 20 lines", taken["script"], at_most(1.1)),
            ("argparse + http.client, 20 lines", taken["http.client"], None),
            ("curl -sN | jq | base64 -d", taken["curl"], None),
        ],
    )


def pipeline(url: str, *options: str) -> str:
    """Return the shell's way to do it, with more options for curl."""
    body = json.dumps({"text": "Hello", "voice_id": "daniel", "sample_rate": 44100, "output_format": "pcm"})
    headers = f"-H 'Authorization: Bearer {KEY}' -H 'Content-Type: application/json'"
    curl = f"curl -sN {' '.join(options)} '{url}' {headers} -d '{body}'"
    pick = 'select(startswith("data:")) | .[5:] | fromjson | .audio // empty'
    return f"{curl} | jq -Rr --unbuffered '{pick}' | base64 -d"
