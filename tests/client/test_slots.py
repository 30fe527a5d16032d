"""Processes of one account take turns."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.command_line import COMMAND, keyed, lightning
from support.fake_server import Exchange, ramp, serving, speech_events

from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.client.slots import Slots, release
from lightning_cli.request import SpeechRequest
from lightning_cli.system.paths import private_runtime_dir

PCM = ramp(2000)


class Busy:
    """Count how many requests are under way at a time; the first waits until a second could have come."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._lock = threading.Lock()
        self.hold = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.hold.wait(1.0)
        exchange.stream(speech_events(PCM))
        with self._lock:
            self.now -= 1


@pytest.mark.parametrize(("concurrency", "most"), [("1", 1), ("2", 2), ("0", 3)])
def test_shells_share_the_account(concurrency: str, most: int) -> None:
    """Three commands at once have as many requests under way as the account allows, and all succeed."""
    busy = Busy()
    with serving(busy) as server:
        command = (*COMMAND, "say", "Hi", "-o", "-", "--base-url", server.url, "--concurrency", concurrency)
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, env=keyed()) for _ in range(3)]
        heard = [process.communicate(timeout=60)[0] for process in running]
    assert heard == [PCM] * 3
    assert busy.most <= most
    if most == 1:
        assert busy.most == 1


def test_a_busy_account_is_waited_for_only_so_long() -> None:
    """After --max-wait the command gives up and says what keeps it waiting."""
    settings = ServiceSettings(base_url="http://127.0.0.1:9", key="sk_test_0123456789abcdef")
    slot = Slots(settings).take()
    try:
        done = lightning("say", "Hi", "-o", "-", "--base-url", "http://127.0.0.1:9", "--max-wait", "0.1", env=keyed())
    finally:
        release(slot)
    assert done.code == 5
    assert done.lines[0] == "error: timed out: another lightning-tts used the account for 0.1 s"
    assert "--concurrency" in done.lines[1]


def test_what_is_done_while_the_account_is_busy() -> None:
    """The callback of what plays is called then too: the listener's commands are heard while another run speaks."""
    with serving(lambda exchange: exchange.stream(speech_events(PCM))) as server:
        retry = RetryPolicy(max_wait_s=0.1)
        settings = ServiceSettings(base_url=server.url, key="sk_test_0123456789abcdef", retry=retry)
        slot = Slots(settings).take()
        with SpeechClient(settings) as client:
            client.while_waiting = lambda: release(slot)
            with client.stream(SpeechRequest(text="Hi", voice_id="emily", sample_rate=8000)) as stream:
                assert b"".join(stream) == PCM


def test_no_slot_where_none_is_needed() -> None:
    """Without a key, with the embedded engine, and at concurrency 0, nothing is locked."""
    assert Slots(ServiceSettings(base_url="http://127.0.0.1:9")).take() is None
    assert Slots(ServiceSettings(base_url="local://engine")).take() is None
    assert Slots(ServiceSettings(key="k", concurrency=0)).take() is None


def test_accounts_do_not_disturb_each_other() -> None:
    """Another key or another address has slots of its own; the key is not in the name."""
    slots = [
        Slots(ServiceSettings(key=key, base_url=url)).take()
        for key, url in (("k1", "https://a"), ("k2", "https://a"), ("k1", "https://b"))
    ]
    assert None not in slots
    names = os.listdir(private_runtime_dir())
    assert len(names) == 3
    assert not any("k1" in name for name in names)
    for slot in slots:
        release(slot)


def test_a_runtime_directory_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that others can write to is refused, and speaking goes on without slots."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "lightning-tts").mkdir()
    (tmp_path / "lightning-tts").chmod(0o777)
    with pytest.raises(PermissionError):
        private_runtime_dir()
    assert Slots(ServiceSettings(key="k")).take() is None


def test_a_system_without_locks_takes_no_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the service without a turn where there is nothing to take turns by."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    assert Slots(ServiceSettings(base_url="https://example.org", key="sk_none")).take() is None
