"""The cache of audio: exact, whole or absent, one worker for each fingerprint, the least used gone first."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cli.client.stream import WordTime
from lightning_cli.errors import OutputError
from lightning_cli.narration.cache import Entry, SpeechCache, intact, pack, unpack

RATES = st.sampled_from([8000, 16000, 24000, 44100])
LONG_S = 20.0


def name(number: int) -> str:
    """Return a fingerprint."""
    return f"{number:064x}"


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=6000).map(lambda raw: raw[: len(raw) // 2 * 2]), RATES)
def test_entries_come_back_exactly(pcm: bytes, rate: int) -> None:
    """Any samples, noise and silence, at any rate, with the words' times."""
    entry = Entry(pcm, rate, (WordTime(0, "नमस्ते", 0.1, 0.5),))
    assert unpack(pack(entry)) == entry


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_damaged_entry_is_absent(data: st.DataObject) -> None:
    """Cut anywhere, or with any byte changed, an entry does not count."""
    raw = bytearray(pack(Entry(b"\1\2" * 500, 24000)))
    at = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        del raw[at:]
    else:
        raw[at] ^= data.draw(st.integers(1, 255))
    assert not intact(bytes(raw))
    assert unpack(bytes(raw)) is None


def test_what_is_put_is_there(tmp_path: Path) -> None:
    """An entry is found by its fingerprint, replaced by a later one, and absent once it is torn."""
    cache = SpeechCache(tmp_path / "deep" / "cache")
    assert cache.get(name(1)) is None
    assert cache.usage() == (0, 0, None)
    cache.put(name(1), Entry(b"\1\0", 8000))
    cache.put(name(1), Entry(b"\2\0", 8000))
    assert cache.get(name(1)) == Entry(b"\2\0", 8000)
    (path,) = (path for path in (tmp_path / "deep").rglob("*") if path.is_file())
    path.write_bytes(path.read_bytes()[:-1])
    assert not cache.has(name(1))
    assert cache.get(name(1)) is None


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    """Pruning keeps what was used last, sweeps up what killed processes left, and leaves what is not its own."""
    cache = SpeechCache(tmp_path)
    ages = [5, 1, 9, 3, 7, 2, 8, 4, 6, 10]
    for number, age in enumerate(ages):
        cache.put(name(number), Entry(os.urandom(2000), 8000))
        os.utime(tmp_path / "00" / name(number), (age, age))
    cache.get(name(1))
    old, young, alien = (tmp_path / "00" / one for one in (".a.part", ".b.part", "mine.txt"))
    for path in (old, young, alien):
        path.write_text("x")
    os.utime(old, (1, 1))
    size = cache.usage().size_bytes
    assert cache.prune(size // 2 + 100).entries == 5
    kept = [age for number, age in enumerate(ages) if cache.has(name(number))]
    assert sorted(kept) == [1, 7, 8, 9, 10]
    assert [path.exists() for path in (old, young, alien)] == [False, True, True]


def test_a_limit_holds_while_a_run_goes_on(tmp_path: Path) -> None:
    """As the cache grows what is old goes; what the run has put or used itself stays, whatever the limit."""
    before = SpeechCache(tmp_path)
    for number in range(8):
        before.put(name(number), Entry(os.urandom(3000), 8000))
        os.utime(tmp_path / "00" / name(number), (1 + number, 1 + number))
    cache = SpeechCache(tmp_path, limit_bytes=20_000)
    assert cache.has(name(0))
    for number in range(20, 30):
        cache.put(name(number), Entry(os.urandom(3000), 8000))
    assert [number for number in range(30) if cache.has(name(number))] == [0, *range(20, 30)]
    assert cache.prune().entries > 0
    assert cache.usage().size_bytes <= 20_000


def test_one_at_a_time_between_threads(tmp_path: Path) -> None:
    """A lock is held by one thread at a time, another name is free, and no lock file stays."""
    cache = SpeechCache(tmp_path)
    inside: list[int] = []
    most: list[int] = []
    guard = threading.Lock()

    def work() -> None:
        for _ in range(20):
            with cache.locked("one", time.sleep):
                with guard:
                    inside.append(1)
                    most.append(len(inside))
                with guard:
                    inside.pop()

    threads = [threading.Thread(target=work, name=f"worker-{number}") for number in range(4)]
    with cache.locked("other", time.sleep):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LONG_S)
    assert set(most) == {1}
    assert len(most) == 80
    assert list((tmp_path / "locks").iterdir()) == []


def test_it_is_for_this_user_alone(tmp_path: Path) -> None:
    """Whatever the umask: directories 0700, files 0600; one that a group may write to is shared with that group."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o2770)
    before = os.umask(0)
    try:
        for root, expected in ((tmp_path / "mine" / "cache", {0o700, 0o600}), (shared, {0o2770, 0o660})):
            cache = SpeechCache(root)
            cache.put(name(1), Entry(b"\1\0", 8000))
            with cache.locked("one", time.sleep):
                assert {path.stat().st_mode & 0o7777 for path in [root, *root.rglob("*")]} == expected
    finally:
        os.umask(before)


def test_one_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    """A shared cache may be read-only: what is in it is used, without a lock."""
    cache = SpeechCache(tmp_path)
    cache.put(name(1), Entry(b"\1\0", 8000))
    for path in [tmp_path, *tmp_path.iterdir()]:
        path.chmod(0o500)
    try:
        reader = SpeechCache(tmp_path)
        assert reader.seems_to_have(name(1))
        assert not reader.seems_to_have(name(2))
        assert reader.get(name(1)) == Entry(b"\1\0", 8000)
    finally:
        for path in [tmp_path, *tmp_path.iterdir()]:
            path.chmod(0o700)


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    """A waiter gets the lock when its holder is killed, and may give up before."""
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from lightning_cli.narration.cache import SpeechCache\n"
        "with SpeechCache(Path(sys.argv[1])).locked('one', time.sleep):\n"
        "    print('held', flush=True)\n    time.sleep(60)"
    )
    cache = SpeechCache(tmp_path)
    holder = subprocess.Popen((sys.executable, "-c", code, str(tmp_path)), stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"

        def gives_up(seconds: float) -> None:
            raise TimeoutError(seconds)

        with pytest.raises(TimeoutError), cache.locked("one", gives_up):
            pass
        looks: list[float] = []

        def kills(seconds: float) -> None:
            looks.append(seconds)
            holder.kill()
            holder.wait(LONG_S)

        with cache.locked("one", kills):
            assert len(looks) == 1
    finally:
        holder.kill()
        holder.communicate(timeout=LONG_S)


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """The error names the directory, and nothing half written stays."""
    (tmp_path / "file").write_text("x")
    cache = SpeechCache(tmp_path / "file")
    with pytest.raises(OutputError, match="file"):
        cache.put(name(1), Entry(b"\1\0", 8000))
    assert cache.get(name(1)) is None
    with pytest.raises(OutputError, match="file"), cache.locked("one", time.sleep):
        pass


PRINT = "ab" * 32


_MAGIC_BYTES, _HASH_BYTES, _LENGTH_BYTES = 5, 32, 4


def test_audio_that_claims_more_than_there_is(tmp_path: Path) -> None:
    """The head of a FLAC may claim 2^36 samples: such an entry is absent, whatever its checksum says."""
    raw = pack(Entry(b"\1\2" * 500, 24000))
    # Of STREAMINFO, behind "fLaC", its own head, block and frame sizes, rate, channels and bits: 36 bits of samples.
    flac = raw.index(b"fLaC")
    place = flac + 4 + 4 + 10 + 3
    forged = raw[:place] + bytes([raw[place] | 0x0F]) + b"\xff" * 4 + raw[place + 5 :]
    sealed = forged[:_MAGIC_BYTES] + hashlib.sha256(forged[_MAGIC_BYTES + _HASH_BYTES :]).digest()
    sealed += forged[_MAGIC_BYTES + _HASH_BYTES :]
    assert intact(sealed)
    assert unpack(sealed) is None
    (tmp_path / PRINT[:2]).mkdir()
    (tmp_path / PRINT[:2] / PRINT).write_bytes(sealed)
    assert SpeechCache(tmp_path).get(PRINT) is None


@pytest.mark.parametrize(
    ("about", "payload"),
    [
        (b"{", None),
        (b"[]", None),
        (b"[" * 100_000, None),
        (b'{"rate": 24000}', None),
        (b'{"rate": "x", "words": []}', b""),
        (b'{"rate": 8000, "words": []}', None),
        (b'{"rate": 24000, "words": [[1]]}', None),
        (b'{"rate": 24000, "words": [[0, "a", "b", "c"]]}', None),
        (b'{"rate": 24000, "words": []}', b"no FLAC"),
    ],
)
def test_a_sealed_entry_that_says_nothing_known(tmp_path: Path, about: bytes, payload: bytes | None) -> None:
    """Its checksum may fit: it is absent all the same, and gone, so that the audio is asked for again."""
    raw = pack(Entry(b"\1\2" * 500, 24000))
    start = _MAGIC_BYTES + _HASH_BYTES
    end = start + _LENGTH_BYTES + int.from_bytes(raw[start : start + _LENGTH_BYTES], "big")
    rest = len(about).to_bytes(_LENGTH_BYTES, "big") + about + (raw[end:] if payload is None else payload)
    forged = raw[:_MAGIC_BYTES] + hashlib.sha256(rest).digest() + rest
    assert intact(forged)
    assert unpack(forged) is None
    cache = SpeechCache(tmp_path)
    cache.put(PRINT, Entry(b"\1\2", 24000))
    (tmp_path / PRINT[:2] / PRINT).write_bytes(forged)
    assert cache.get(PRINT) is None
    assert not cache.has(PRINT)
