"""The check-up: what is right, what is wrong, what to do about it, and which code it ends with."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support import certificates
from support.command_line import KEY, Done, environment, keyed, lightning
from support.fake_server import Exchange, SpeechServer, ramp, refuses, serving, speaks

from lightning_cli.doctor.run import AREAS
from lightning_cli.errors import ExitCode

FINDING_KEYS = ["check", "state", "message", "hint", "facts"]
ALWAYS = ["python", "packages", "extra", "configuration", "key", "cache", "state", "runtime"]
NO_SOUND = {"PULSE_SERVER": ""}


def doctor(*arguments: str, env: dict[str, str] | None = None) -> tuple[Done, dict[str, dict[str, Any]]]:
    """Run a check-up and return its findings by name, their form checked."""
    done = lightning("doctor", "--json", *arguments, env=env)
    told = json.loads(done.stdout)
    assert list(told) == ["version", "exit_code", "findings"]
    assert (told["version"], told["exit_code"]) == (1, done.code)
    for one in told["findings"]:
        assert list(one) == FINDING_KEYS
        assert one["state"] in {"ok", "warn", "fail"}
        assert one["hint"] or one["state"] == "ok", one
    assert KEY not in done.stdout.decode()
    assert not done.stderr
    return done, {one["check"]: one for one in told["findings"]}


def lists_voices(exchange: Exchange) -> None:
    """Answer the cheap call, and speak when asked to."""
    if exchange.request.method == "GET":
        date = ("Date: Sun, 01 Nov 2020 00:00:00 GMT",)
        exchange.answer(b'{"voices":[]}', kind="application/json", extra=date)
    else:
        speaks(ramp(4410), extra=("x-request-id: spoken",))(exchange)


def test_all_is_well() -> None:
    """With a key and a service nothing fails, and every check tells its facts."""
    areas = [area for area in AREAS if area not in {"sound", "engine"}]
    with serving(lists_voices) as server:
        done, found = doctor(*areas, "--base-url", server.url, "--speak", env=keyed())
        requests = list(server.requests)
    assert done.code == 0, done.stdout
    names = list(dict.fromkeys(name.split()[0] if name.startswith("extra ") else name for name in found))
    assert names == [*ALWAYS, "proxy", "service", "key check", "clock", "first audio", "server", "terminal"]
    assert {name for name, one in found.items() if one["state"] != "ok"} == {"clock"}
    assert [request.method for request in requests] == ["GET", "POST"]
    assert {request.headers["authorization"] for request in requests} == {f"Bearer {KEY}"}
    assert requests[0].path == "/waves/v1/lightning-v3.1/get_voices"
    facts = {name: one["facts"] for name, one in found.items()}
    assert set(facts["service"]["milliseconds"]) == {"DNS", "TCP connect", "answer's head"}
    assert facts["key"] == {"source": "SMALLEST_API_KEY"}
    assert facts["proxy"] == {"proxy": None}
    assert facts["key check"] == {"status": 200}
    assert facts["clock"]["ahead_seconds"] > 86400
    assert facts["first audio"]["audio_seconds"] == pytest.approx(0.1)
    assert facts["first audio"]["request_id"] == "spoken"
    assert facts["packages"]["versions"]["requests"]
    assert facts["cache"]["writable"] is True


def test_a_refused_key_is_told() -> None:
    """A 401 is a failure of the key, not of the network, and its words are escaped; without a key it is none."""
    with serving(refuses("401 Unauthorized", {"error": "no \x1b[31m way"})) as server:
        done = lightning("doctor", "key", "network", "--base-url", server.url, env=keyed())
        bare, found = doctor("network", "--base-url", server.url)
        assert "authorization" not in server.requests[1].headers
    assert (bare.code, found["key check"]["state"]) == (ExitCode.OK, "ok")
    assert done.code == ExitCode.CONFIG
    lines = done.stdout.decode().splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("fail key check"))
    assert "401" in lines[at]
    assert "SMALLEST_API_KEY" in lines[at + 1]
    assert "\x1b" not in done.stdout.decode()
    assert KEY not in done.stdout.decode()
    assert any(line.startswith("ok   service") for line in lines)


def test_no_key_is_no_fault(private_environment: Path) -> None:
    """Without a key the engine speaks, and nothing is wrong with that. Places that cannot be used are warned of."""
    blocked = private_environment / "blocked"
    blocked.write_text("a file where a directory belongs")
    _, found = doctor("--no-network", env=environment(**NO_SOUND, XDG_CACHE_HOME=str(blocked)))
    assert found.keys() > {"python", "packages", "server", "offline engine", "terminal"}
    assert not {"service", "proxy", "key check"} & found.keys()
    assert found["key"]["state"] == "ok"
    assert found["key"]["facts"] == {"source": None}
    assert found["cache"]["state"] == "warn"


@pytest.mark.parametrize(("wrong", "check"), [("key", "key"), ("address", "address")])
def test_settings_that_cannot_be_used(tmp_path: Path, wrong: str, check: str) -> None:
    """A key file that is not there, and a key that would travel in the open, fail as settings."""
    named = tmp_path / "key" if wrong == "key" else None
    arguments = ("--api-key-file", str(named)) if named else ("--base-url", "http://192.0.2.1")
    done, found = doctor("key", *arguments, env=keyed())
    assert done.code == ExitCode.CONFIG
    assert found[check]["state"] == "fail"


def test_nobody_listens() -> None:
    """A closed port is a failure of the network."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done, found = doctor("network", "--base-url", f"http://127.0.0.1:{port}", env=keyed())
    assert done.code == ExitCode.NETWORK
    assert found["service"]["state"] == "fail"
    assert "key check" not in found


def test_a_service_that_says_nothing() -> None:
    """A server that never answers is given up in time."""
    with serving(lambda exchange: exchange.stall()) as server:
        done, found = doctor("network", "--base-url", server.url, "--first-byte-timeout", "0.3", env=keyed())
    assert done.code == ExitCode.NETWORK
    assert found["service"]["state"] == "fail"
    assert "--first-byte-timeout" in found["service"]["hint"]
    assert set(found["service"]["facts"]["milliseconds"]) >= {"DNS", "TCP connect"}


def test_tls_with_an_authority_of_its_own(tmp_path: Path) -> None:
    """A private authority is trusted where it is named; the bundle and the handshake are told."""
    both = certificates.make(tmp_path, "IP:127.0.0.1")
    server = SpeechServer([lists_voices], certificates.serving_context(both))
    try:
        _, found = doctor("network", "--base-url", server.url, env=keyed(REQUESTS_CA_BUNDLE=str(both)))
        other = keyed(REQUESTS_CA_BUNDLE=str(tmp_path / "none.pem"))
        done, without = doctor("network", "--base-url", server.url, env=other)
    finally:
        server.close()
    assert found["authorities"]["facts"] == {"path": str(both), "count": 1}
    assert found["service"]["facts"]["milliseconds"]["TLS handshake"] > 0
    assert found["key check"]["state"] == "ok"
    assert done.code == ExitCode.NETWORK
    assert without["authorities"]["state"] == without["service"]["state"] == "fail"


@contextmanager
def forwarding() -> Iterator[tuple[int, list[bytes]]]:
    """Run a proxy that opens one tunnel to wherever it is asked and refuses: its port, and what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            listener.settimeout(30)
            client, _ = listener.accept()
            with client:
                client.settimeout(30)
                asked.append(client.recv(65536))
                client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve, name="proxy")
        thread.start()
        yield listener.getsockname()[1], asked
        thread.join(30)


def test_the_proxy_is_named_without_its_password() -> None:
    """The proxy in effect is told, its password is not, and what it refuses is its own."""
    with forwarding() as (port, asked):
        env = keyed(HTTPS_PROXY=f"http://me:secret-word@127.0.0.1:{port}")
        done, found = doctor("network", "--base-url", "https://service.invalid", env=env)
    assert done.code == ExitCode.NETWORK
    assert found["proxy"]["facts"] == {"proxy": f"http://127.0.0.1:{port}"}
    assert "secret-word" not in done.stdout.decode()
    assert asked[0].startswith(b"CONNECT service.invalid:443 ")
    assert KEY.encode() not in asked[0]
    assert "proxy" in found["service"]["message"]


def test_a_running_server_is_asked(private_environment: Path) -> None:
    """A note of a live process leads to its server; one of a dead process is told as what it is."""
    note = private_environment.parent / "xdg_runtime_dir" / "lightning-tts" / "serve.json"
    note.parent.mkdir(mode=0o700)
    with serving(lambda exchange: exchange.answer(b"{}", kind="application/json")) as server:
        code = (
            "import sys\nfrom lightning_cli.serve.runtime import write_note\n"
            f"assert write_note({server.url!r}, 'a-token')\n"
            "sys.stdout.write('there\\n')\nsys.stdout.flush()\nsys.stdin.read()"
        )
        with subprocess.Popen((sys.executable, "-c", code), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            done, found = doctor("server", env=environment())
        paths = [request.path for request in server.requests]
    assert found["server"]["state"] == "ok"
    assert found["server"]["facts"]["pid"] == holder.pid
    assert paths == ["/waves/v1/health"]
    assert "a-token" not in done.stdout.decode()
    _, later = doctor("server", env=environment())
    assert later["server"]["facts"] == {"note": str(note), "stale": True}


def test_a_word_is_not_spoken_without_the_network() -> None:
    """What cannot go together is refused."""
    for arguments in (("--speak", "--no-network"), ("--speak", "sound")):
        done = lightning("doctor", *arguments)
        assert (done.code, done.stdout) == (ExitCode.USAGE, b"")
    done = lightning("doctor", "nothing")
    assert (done.code, done.stdout) == (ExitCode.USAGE, b"")
    shown = lightning("doctor", "--help").stdout.decode()
    assert all(area in shown for area in (*AREAS, *done.lines[1].removeprefix("hint: the checks are ").split(", ")))
