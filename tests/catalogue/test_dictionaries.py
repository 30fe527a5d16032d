"""Keeping a dictionary equal to a file, against a service that keeps dictionaries, on a real socket."""

import json
import os
from pathlib import Path

import pytest
from support.command_line import KEY
from support.list_commands import account, ended, start, state_file

from lightning_cli.catalogue.dictionaries import ensure_dictionary
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import UsageFault


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """Return a good file."""
    path = tmp_path / "words.csv"
    path.write_text("mysql,my-sequel\nSQL,sequel\n")
    return path


def test_sync_sends_only_what_changed(words: Path) -> None:
    """The first run creates, the next sends nothing, whatever the order; a change is put under the same id."""
    with account() as ours:
        made, calls = ours.sync(words)
        assert calls == ["GET", "POST"]
        assert ours.sync(words) == (made, ["GET"])
        words.write_text("# turned round\nSQL,sequel\nmysql,my-sequel\n")
        assert ours.sync(words) == (made, ["GET"])
        words.write_text("mysql,my ess cue ell\n")
        assert ours.sync(words) == (made, ["GET", "PUT"])
        assert ours.service.kept == {made: [{"word": "mysql", "pronunciation": "my ess cue ell"}]}
        assert ours.sync(words) == (made, ["GET"])


def test_sync_knows_a_file_by_its_place(words: Path) -> None:
    """A relative path, a symlink and the absolute path are one file; the state is kept per service."""
    link = words.with_name("link.csv")
    link.symlink_to(words)
    with account() as ours, account() as theirs:
        made, _ = ours.ensure(words)
        words.write_text("mysql,changed\n")
        assert ours.ensure(link) == (made, ["GET", "PUT"])
        other, calls = theirs.ensure(words)
        assert calls == ["GET", "POST"]
        words.write_text("mysql,changed again\n")
        assert ours.ensure(words) == (made, ["GET", "PUT"])
        assert theirs.ensure(words) == (other, ["GET", "PUT"])
        assert json.loads(state_file().read_bytes())["files"].keys() == {ours.url, theirs.url}


def test_sync_uses_an_equal_dictionary_but_never_changes_it(words: Path) -> None:
    """A dictionary made elsewhere is used as it is; when the file changes it gets one of its own."""
    with account() as ours:
        foreign = ours.service.add(SQL="sequel", mysql="my-sequel")
        assert ours.ensure(words) == (foreign, ["GET"])
        words.write_text("mysql,changed\n")
        made, calls = ours.ensure(words)
        assert calls == ["GET", "POST"]
        assert made != foreign
        words.write_text("mysql,changed again\n")
        assert ours.ensure(words) == (made, ["GET", "PUT"])
        assert {item["word"] for item in ours.service.kept[foreign]} == {"mysql", "SQL"}


def test_sync_never_changes_a_dictionary_two_files_share(words: Path) -> None:
    """A copy of a file shares its dictionary until one of the two changes."""
    copy = words.with_name("copy.csv")
    copy.write_bytes(words.read_bytes())
    with account() as ours:
        made, _ = ours.ensure(words)
        assert ours.ensure(copy) == (made, ["GET"])
        words.write_text("mysql,changed\n")
        own, calls = ours.ensure(words)
        assert (own != made, calls) == (True, ["GET", "POST"])
        assert ours.ensure(copy) == (made, ["GET"])


def test_sync_believes_the_service_not_its_memory(words: Path) -> None:
    """A dictionary that is gone is made anew; one that was changed is put right; a lost memory finds its equal."""
    with account() as ours:
        made, _ = ours.ensure(words)
        ours.service.kept[made] = [{"word": "mysql", "pronunciation": "mangled"}]
        assert ours.ensure(words) == (made, ["GET", "PUT"])
        state_file().write_text('{"version": 1, "files": {"x": 3}')
        assert ours.ensure(words) == (made, ["GET"])
        ours.service.kept.clear()
        again, calls = ours.ensure(words)
        assert (again != made, calls) == (True, ["GET", "POST"])


def test_two_accounts_at_one_service(words: Path) -> None:
    """Each account keeps its own dictionary for the file, in turn."""
    with account() as ours:
        first, _ = ours.ensure(words)
        kept, ours.service.kept = ours.service.kept, {}
        second, _ = ours.ensure(words)
        words.write_text("mysql,changed\n")
        assert ours.ensure(words) == (second, ["GET", "PUT"])
        ours.service.kept = kept
        assert ours.ensure(words) == (first, ["GET", "PUT"])


def test_syncing_at_once_creates_once(words: Path) -> None:
    """Processes that sync the same file take turns: one creates, the others find."""
    with account() as ours:
        env = {"SMALLEST_API_KEY": KEY, "LIGHTNING_TTS_BASE_URL": ours.url}
        done = [ended(one) for one in [start("dicts", "sync", words, **env) for _ in range(4)]]
        (made,) = ours.service.kept
        assert sorted(ours.service.calls()) == ["GET"] * 4 + ["POST"]
    assert [(one.code, one.out) for one in done] == [(0, made + "\n")] * 4
    assert json.loads(state_file().read_bytes())["version"] == 1


def test_a_memory_that_cannot_be_written(words: Path) -> None:
    """Sync still works, and says what it costs."""
    Path(os.environ["XDG_STATE_HOME"], "lightning-tts").write_text("a file stands here")
    with account() as ours:
        done = ours.run("sync", words)
        (made,) = ours.service.kept
        assert (done.code, done.out) == (0, made + "\n")
        assert "warning: cannot save the link to this file" in done.err
        assert ours.run("sync", words).out == done.out
        assert ours.service.calls() == ["GET", "POST", "GET"]


def test_ensure_dictionary(words: Path) -> None:
    """Other commands get the id by a call, and a bad file is one error before anything is sent."""
    with account() as ours, SpeechClient(ServiceSettings(base_url=ours.url)) as client:
        made = ensure_dictionary(client, words, ours.url)
        assert ensure_dictionary(client, words, ours.url + "/") == made
        assert ours.service.calls() == ["GET", "POST", "GET"]
        words.write_text(",x\na,b,c\n")
        with pytest.raises(UsageFault, match=r"words\.csv:1: .*; .*words\.csv:2: "):
            ensure_dictionary(client, words, ours.url)
        assert ours.service.calls() == []
