"""What commands leave behind for completion: the devices that were there, the dictionaries that were listed."""

import json
import os
from pathlib import Path

from support.command_line import keyed, lightning
from support.fake_server import serving
from support.list_commands import account, answers
from support.null_sink import SoundCard

from lightning_cli.cli.completion import completion_values
from lightning_cli.cli.completion.completing import complete


def offered(*words: str) -> dict[str, str]:
    """Complete an empty word behind ``words``."""
    return dict(complete([*words, ""])[2])


def test_devices_after_listing(sound_card: SoundCard) -> None:
    """``devices`` notes what it sees; completion offers exactly that, by names that choose a device."""
    assert offered("say", "--device") == {}
    listed = json.loads(lightning("devices", "--json", env=keyed(**sound_card.environment)).stdout)
    assert "out44100" in [device["sink"] for device in listed]
    assert offered("say", "--device") == {device["sink"] or device["name"]: device["host_api"] for device in listed}


def test_dictionaries_after_listing() -> None:
    """``dicts list`` notes the ids, also that there are none any more."""
    with account() as ours:
        ours.run("list")
        assert offered("say", "--dict") == {}
    one = {"id": "d1", "items": [{"word": "a", "pronunciation": "b"}]}
    with serving(lambda exchange: answers(exchange, [one])) as server:
        assert lightning("dicts", "list", "--base-url", server.url, env=keyed()).code == 0
        assert offered("dicts", "delete") == {"d1": "a"}


def test_completion_without_what_it_reads(tmp_path: Path) -> None:
    """What is not there, or is something else, completes to nothing."""
    (tmp_path / "list").write_text("[]")
    for path in (tmp_path / "nothing", tmp_path / "list", tmp_path):
        assert completion_values._read(str(path)) == {}
    cache = Path(os.environ["XDG_CACHE_HOME"], "lightning-tts", "dictionaries.json")
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text(
        json.dumps({"version": 1, "dictionaries": {"a": [1, {"id": 2}, {"id": "x", "words": 3}], "b": None}})
    )
    assert completion_values._dictionaries({}, {}) == [("x", "")]
