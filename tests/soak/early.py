"""End the program again and again while its early connection is somewhere on its way: it never crashes.

The first argument is the number of runs (300).
"""

import os
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import certifi
from support.certificates import make, serving_context

_SLOWEST_S = 0.05
# The first line of the program, and an end at any moment of the connection's life.
_PROGRAM = """
import sys, time
from lightning_cli.client import preconnect as early
early.begin(["say", "Hello"])
time.sleep(float(sys.argv[1]))
sys.exit(7)
"""


def main() -> None:
    """Run, count, and fail if any run ended in another way than it should."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as directory, socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        certificate = make(Path(directory), "IP:127.0.0.1")
        # A long list of authorities: loading it is where the thread is most of the time.
        trusted = Path(directory, "trusted.pem")
        trusted.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + certificate.read_bytes())
        threading.Thread(target=_serve, args=(listener, certificate), daemon=True).start()
        env = {
            **{name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
            **dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), ""),
            "SSL_CERT_FILE": str(trusted),
            "SMALLEST_API_KEY": "sk_soak",
            "LIGHTNING_TTS_BASE_URL": f"https://127.0.0.1:{listener.getsockname()[1]}",
        }
        ended: Counter[int] = Counter()
        chance = random.Random(2)
        for _ in range(runs):
            argv = (sys.executable, "-c", _PROGRAM, str(chance.uniform(0, 3 * _SLOWEST_S)))
            ended[subprocess.run(argv, env=env, timeout=60, check=False).returncode] += 1
        told = ", ".join(f"{count} ended with {code}" for code, count in sorted(ended.items()))
        sys.stdout.write(f"{runs} runs: {told}\n")
        if set(ended) != {7}:
            sys.exit(1)


def _serve(listener: socket.socket, certificate: Path) -> None:
    context, chance = serving_context(certificate), random.Random(1)
    while True:
        sock = listener.accept()[0]
        threading.Thread(target=_shake, args=(sock, context, chance.uniform(0, _SLOWEST_S)), daemon=True).start()


def _shake(sock: socket.socket, context: ssl.SSLContext, delay_s: float) -> None:
    time.sleep(delay_s)
    try:
        with context.wrap_socket(sock, server_side=True) as secured:
            secured.recv(1)
    except OSError:
        # The program is gone: that is the point.
        sock.close()


if __name__ == "__main__":
    main()
