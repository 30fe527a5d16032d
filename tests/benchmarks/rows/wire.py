"""How long until the service has the request."""

from collections.abc import Iterator
from typing import Any

from benchmarks.lab import Lab
from benchmarks.processes import Child
from benchmarks.results import Measure, against, ahead, at_most

_VENDOR = "smallestai models tts"


def measure(lab: Lab) -> Iterator[Measure]:
    """Compare exec to the request's last byte at the server; of edge-tts, whose service cannot stand here, start-up."""
    url = lab.service.stream_url
    vendor = [lab.tool("smallestai"), *"models tts Hello --voice-id daniel -o".split(), str(lab.directory / "out.wav")]
    taken = lab.interleave(
        {
            "ours": lambda: asked_ms(lab, lab.say("-o", "-")),
            "script": lambda: asked_ms(lab, lab.reference("typer_requests", "Hello", url)),
            "http.client": lambda: asked_ms(lab, lab.reference("argparse_httpclient", "Hello", url)),
            "vendor": lambda: asked_ms(lab, vendor, framing="wav"),
            "edge-tts": lambda: lab.run([lab.tool("edge-tts"), "--version"]).wall_s * 1e3,
        }
    )
    yield from against(
        "request on the wire",
        "ms",
        taken["ours"],
        [
            ("typer + requests, 20 lines", taken["script"], at_most(1.1)),
            (_VENDOR, taken["vendor"], ahead(3)),
            ("edge-tts --version, no request", taken["edge-tts"], ahead(1)),
            ("argparse + http.client, 20 lines", taken["http.client"], None),
        ],
    )


def asked_ms(lab: Lab, argv: list[str], **plan: Any) -> float:
    """Run a command and return the milliseconds until the server had all of its request."""
    lab.service.plan(**plan)
    environment = {**lab.environment, "SMALLEST_BASE_URL": lab.service.url}
    with Child(argv, environment) as child:
        child.wait()
        return (lab.service.asked().asked_ns - child.began_ns) / 1e6
