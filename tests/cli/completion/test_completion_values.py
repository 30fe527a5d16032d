"""What commands leave behind for completion: the devices that were there, the dictionaries that were listed."""

from support.command_line import keyed, lightning
from support.fake_server import serving
from support.list_commands import account, answers
from support.null_sink import SoundCard

from lightning_cli.cli.completion.completing import complete


def offered(*words: str) -> dict[str, str]:
    """Complete an empty word behind ``words``."""
    return dict(complete([*words, ""])[2])


def test_devices_after_listing(sound_card: SoundCard) -> None:
    """``devices`` notes what it sees; completion offers exactly that, by names that choose a device."""
    assert offered("say", "--device") == {}
    listed = lightning("devices", env=keyed(**sound_card.environment))
    names = [(line.split("\t")[1], line.split("\t")[2]) for line in listed.stdout.decode().splitlines()]
    assert names
    assert offered("say", "--device") == dict(names)


def test_dictionaries_after_listing() -> None:
    """``dicts list`` notes the ids, also that there are none any more."""
    with account() as ours:
        ours.run("list")
        assert offered("say", "--dict") == {}
    one = {"id": "d1", "items": [{"word": "a", "pronunciation": "b"}]}
    with serving(lambda exchange: answers(exchange, [one])) as server:
        assert lightning("dicts", "list", "--base-url", server.url, env=keyed()).code == 0
        assert offered("dicts", "delete") == {"d1": "a"}
