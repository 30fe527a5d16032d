"""`--dry-run` and `--curl`: what would be sent."""

import subprocess
from pathlib import Path

from support.command_line import KEY, keyed, lightning
from support.fake_server import ramp, serving, speaks

PCM = ramp(20_000)


def test_dry_run_and_curl_send_nothing(tmp_path: Path) -> None:
    """--dry-run counts, --curl prints commands that, run by a shell, send the very request."""
    text = "It's the first sentence, isn't it? And here comes the second one."
    with serving(speaks(PCM)) as server:
        counted = lightning("say", text, "--dry-run", "--base-url", server.url, env=keyed())
        shown = lightning("say", text, "--curl", "--base-url", server.url, "--expire-content", env=keyed())
        assert server.requests == []
        assert KEY not in shown.stdout.decode()
        for line in shown.stdout.decode().splitlines():
            subprocess.run(("sh", "-c", line), env=keyed(), check=True, capture_output=True, timeout=30)
        sent = [request.json for request in server.requests]
        keys = {request.headers["authorization"] for request in server.requests}
        lightning("say", text, "-o", "-", "--base-url", server.url, "--expire-content", env=keyed())
        ours = [request.json for request in server.requests[2:]]
    assert counted.stdout.decode().splitlines()[-1].startswith("2 requests, 64 characters, to http://127.0.0.1:")
    assert sent == ours
    assert keys == {f"Bearer {KEY}"}
    assert {request.headers["x-expire-content"] for request in server.requests} == {"true"}
