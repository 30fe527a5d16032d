"""The cache of voices: when it is trusted, when it stands in, and what may spoil it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import TIMEOUT_S
from support.fake_server import serving
from support.list_commands import (
    AVERY,
    AVERY_ROW,
    DEVANSH_ROW,
    MEHER_ROW,
    VoiceService,
    both_pools,
    cache_files,
    ended,
    live_voice,
    run,
    start,
)

from lightning_cli.catalogue.lookup import look_up
from lightning_cli.catalogue.voices import bundled_voices
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.request import MODELS


def make_stale() -> None:
    """Set the age of the caches to two days."""
    assert cache_files()
    for path in cache_files():
        kept = json.loads(path.read_text())
        path.write_text(json.dumps({**kept, "fetched_at": kept["fetched_at"] - 2 * 86400}))


def test_stale_cache_stands_in_for_a_service_that_is_down() -> None:
    """What was listed two days ago is listed again, and it is said so once per model."""
    with serving(both_pools()) as server:
        run("voices", "--base-url", server.url)
        address = server.url
    make_stale()
    listed = run("voices", "--base-url", address)
    assert (listed.code, listed.rows) == (0, [AVERY_ROW, DEVANSH_ROW, MEHER_ROW])
    told = listed.err.splitlines()
    assert told[0].startswith("note: cannot connect")
    assert [line.split(" are those of ")[0] for line in told[1:]] == [
        "note: the voices of lightning_v3.1",
        "note: the voices of lightning_v3.1_pro",
    ]
    assert run("voices", "--base-url", address, "-q").err == ""


def test_stale_cache_is_replaced() -> None:
    """After a day the service is asked again and its new answer kept."""
    service = both_pools()
    with serving(service) as server:
        run("voices", "--base-url", server.url)
        make_stale()
        service.pools["lightning-v3.1"] = {"voices": [AVERY]}
        done = run("voices", "--base-url", server.url)
        assert len(server.requests) == 4
    assert done.rows == [AVERY_ROW, MEHER_ROW]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"version":1}',
        b'{"version":1,"fetched_at":1e999,"voices":[]}',
        b'{"version":1,"fetched_at":NaN,"voices":[]}',
        b'{"version":0,"fetched_at":1,"voices":[]}',
        b"\xff\xfe",
        b"[" * 99_999,
    ],
)
def test_a_spoilt_cache_is_no_obstacle(content: bytes) -> None:
    """A cache file that is not ours counts as absent: it is replaced, and never stands in for the service."""
    with serving(both_pools()) as server, SpeechClient(ServiceSettings(base_url=server.url)) as client:
        for _ in range(2):
            found = look_up([MODELS[1]], server.url, lambda: client, refresh=False)
            assert ([voice.id for voice in found.voices], found.told) == (["meher"], [])
            (path,) = cache_files()
            path.write_bytes(content)
        assert len(server.requests) == 2
        root = server.url
    with SpeechClient(ServiceSettings(base_url=root, retry=RetryPolicy(retries=0))) as client:
        found = look_up([MODELS[1]], root, lambda: client, refresh=False)
    assert {voice.source for voice in found.voices} == {"bundled"}
    assert [voice.id for voice in found.voices] == [one.id for one in bundled_voices() if one.model == MODELS[1]]


def test_a_stale_list_of_everything() -> None:
    """What get-all-models said is asked for again after a day, and stands in for each model when none comes."""
    everything = {"voices": [live_voice("meher"), live_voice("avery"), live_voice("unheard-of")]}
    with serving(VoiceService({}, everything)) as server:
        assert len(run("voices", "--base-url", server.url).rows) == 3
        make_stale()
        assert len(run("voices", "--base-url", server.url).rows) == 3
        assert len(server.requests) == 6
        address = server.url
    make_stale()
    done = run("voices", "--base-url", address)
    assert [row[0] for row in done.rows] == ["avery", "meher"]
    assert "are those of" in done.err


def test_a_cache_that_cannot_be_written_is_no_obstacle() -> None:
    """Where the cache directory cannot be made, the service is asked each time."""
    Path(os.environ["XDG_CACHE_HOME"], "lightning-tts").write_text("a file stands here")
    with serving(both_pools()) as server:
        for _ in range(2):
            done = run("voices", "--base-url", server.url)
            assert (done.code, len(done.rows), done.err) == (0, 3, "")
        assert len(server.requests) == 4


def test_many_at_once_leave_a_whole_cache() -> None:
    """Processes that refresh at the same time each print the list, and what they leave is whole."""
    with serving(both_pools()) as server:
        runs = [start("voices", "--base-url", server.url, "--refresh") for _ in range(4)]
        listed = [ended(one) for one in runs]
        assert {one.code for one in listed} == {0}
        count = len(server.requests)
        after = run("voices", "--base-url", server.url)
        assert len(server.requests) == count
    assert {one.out for one in listed} == {after.out}
    assert all(path.suffix == ".json" for path in cache_files())


def test_a_cached_list_loads_no_http_library() -> None:
    """What needs no network does not pay for it."""
    with serving(both_pools()) as server:
        run("voices", "--base-url", server.url)
        code = (
            "import sys; from lightning_cli.cli.run import main;"
            f"main(['voices', '--base-url', {server.url!r}]);"
            "print(sorted({'requests', 'rich', 'numpy', 'sounddevice'} & set(sys.modules)))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=TIMEOUT_S, check=True)
    assert done.stdout.decode().splitlines()[-1] == "[]"
