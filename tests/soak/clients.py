"""Speak to one server with the newest clients of others: python tests/soak/clients.py, behind ``make clients``.

OpenAI's SDKs for Python and JavaScript, Vercel's AI SDK, LiveKit's and pipecat's services, and a page in Chromium, if
that is installed. It fails when one of them hears nothing or too little.
"""

import functools
import http.server
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.serve_process import Served, running

ROOT = Path(__file__).resolve().parents[2]
SPOKEN_BYTES = 40_000
FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
PAGE = """<!doctype html><title>waiting</title><script>
(async () => {
  const answer = await fetch("URL/v1/audio/speech", {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: "Bearer any" },
    body: JSON.stringify({ model: "tts-1", voice: "nova", input: "Hello there, my friend.", response_format: "wav" }),
  });
  const audio = await new OfflineAudioContext(1, 1, 24000).decodeAudioData(await answer.arrayBuffer());
  document.body.textContent = JSON.stringify([answer.status, audio.duration, answer.headers.get("X-Lightning-Voice")]);
})().catch((fault) => { document.body.textContent = JSON.stringify(String(fault)); });
</script><body></body>"""


def python_of(name: str) -> str:
    """Return the interpreter of an environment that ``make clients`` makes."""
    return str(ROOT / ".venv" / name / "bin" / "python")


def told_by(*command: str, where: Path = ROOT) -> Any:
    """Run a client and return what it printed as JSON."""
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def check_openai_python(served: Served) -> None:
    """Every format, as a stream."""
    with tempfile.TemporaryDirectory() as directory:
        command = (python_of("clients"), "tests/vendor/client_openai.py", served.url, directory, *FORMATS)
        subprocess.run(command, cwd=ROOT, timeout=600, check=True)
        for kind in FORMATS:
            assert Path(directory, kind).stat().st_size > SPOKEN_BYTES // 10, kind


def check_javascript(served: Served) -> None:
    """OpenAI's SDK and Vercel's AI SDK."""
    home = ROOT / ".venv" / "clients-js"
    shutil.copy(ROOT / "tests" / "vendor" / "client_openai.mjs", home)
    heard = told_by("node", "client_openai.mjs", served.url, where=home)
    assert all(heard[kind] > SPOKEN_BYTES // 10 for kind in FORMATS), heard
    assert heard["pieces"] == heard["pcm"] > SPOKEN_BYTES
    assert heard["refused"] == ["NotFoundError", 404, "model_not_found"]
    assert heard["voice"] == ["BadRequestError", 400, "voice"]
    assert heard["ai"][0] > SPOKEN_BYTES // 2
    assert heard["ai"][1] == "audio/wav"


def check_agents(served: Served) -> None:
    """LiveKit and pipecat, with their services for OpenAI and for smallest.ai."""
    heard = told_by(python_of("clients"), "tests/vendor/client_agents.py", served.url)
    assert len(heard) == 5, heard
    assert all(1.5 < seconds < 5 for seconds in heard.values()), heard


def check_page(served: Served, page: str, *, admitted: bool) -> None:
    """Look what a page heard: one of an admitted origin decodes it, another one gets nothing."""
    browser = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium"))), None)
    assert browser is not None, "no Chromium: apt-get install chromium-headless-shell"
    command = (
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=20000",
        "--dump-dom",
        page,
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    told = json.loads(done.stdout.partition("<body>")[2].partition("</body>")[0])
    if admitted:
        status, seconds, voice = told
        assert (status, voice) == (200, "espeak-en"), told
        assert 0.8 < seconds < 4, told
    else:
        assert "Failed to fetch" in told, told
    assert served.process.poll() is None


class _Pages(http.server.BaseHTTPRequestHandler):
    def __init__(self, served: list[Served], *given: Any) -> None:
        self._served = served
        super().__init__(*given)

    def do_GET(self) -> None:
        """Answer with the page."""
        body = PAGE.replace("URL", self._served[0].url).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def check_pages() -> None:
    """Serve the page on a port of its own, to a server that admits its origin and to one that does not."""
    served: list[Served] = []
    pages = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Pages, served))
    threading.Thread(target=pages.serve_forever, name="pages", daemon=True).start()
    origin = f"http://127.0.0.1:{pages.server_port}"
    try:
        for allowed in (True, False):
            options = ("--allow-origin", origin) if allowed else ()
            with running("--engine", "espeak", *options) as one:
                served[:] = [one]
                check_page(one, origin, admitted=allowed)
    finally:
        pages.shutdown()
        pages.server_close()


def main() -> None:
    """Check all of them."""
    with running("--engine", "espeak", "--concurrency", "0") as served:
        for check in (check_openai_python, check_javascript, check_agents):
            check(served)
            sys.stdout.write(f"{check.__name__}: ok\n")
    check_pages()
    sys.stdout.write("check_pages: ok\n")


if __name__ == "__main__":
    main()
