"""A cast: whose line it is, what the narrator reads, and what each voice is asked for."""

from pathlib import Path

import pytest
from support.batch_runs import asked, batch, speaking

from lightning_cli.errors import UsageFault
from lightning_cli.narration.cast import Cast, make_cast, parse_pairs
from lightning_cli.narration.columns import Fields

HOST: Fields = (("speed", 1.1), ("voice_id", "emily"))
GUEST: Fields = (("voice_id", "daniel"),)
CAST = make_cast([("c", {"HOST": {"voice": "emily", "speed": 1.1}, "Old Guest": "daniel", "narrator": "nora"})])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HOST: Hello.", [(HOST, "Hello.")]),
        ("**HOST:** Hello.\n__old guest__: Hi.", [(HOST, "Hello."), (GUEST, "Hi.")]),
        ("[HOST] Hello.\n[Old  Guest]: Hi.", [(HOST, "Hello."), (GUEST, "Hi.")]),
        ("HOST (softly): Hello.\n> Host：Again.", [(HOST, "Hello."), (HOST, "Again.")]),
        ("A room.\n\nHOST: Hello.\n\nThey sit.", [((), "A room."), (HOST, "Hello."), ((), "They sit.")]),
        ("HOST: Hello.\nThey sit.", [(HOST, "Hello."), ((), "They sit.")]),
        (
            "HOST: A long speech that\nwraps to the next\nline. They sit.",
            [(HOST, "A long speech that\nwraps to the next\nline. They sit.")],
        ),
        ("HOST:\n\nHello.\nThey sit.", [(HOST, "\nHello."), ((), "They sit.")]),
        ("NURSE: Hello.\nhost:party", [((), "NURSE: Hello."), (HOST, "party")]),
        # Directions, emphasis, times and numbers.
        (
            "HOST [softly]: Hello.\nHOST: (laughing) Hi.\n**HOST** (to all): Ho.",
            [(HOST, "Hello."), (HOST, "Hi."), (HOST, "Ho.")],
        ),
        ("*HOST:* Hello.\n[00:01:02] Host: Hi.\n12. HOST: Ho.", [(HOST, "Hello."), (HOST, "Hi."), (HOST, "Ho.")]),
        ("HOST: [pause:1s] Hello.\nHOST: (I do not know.)", [(HOST, "[pause:1s] Hello."), (HOST, "(I do not know.)")]),
        # One that is not in the cast ends what breaks off.
        ("HOST: And then\nNURSE: Hello.", [(HOST, "And then"), ((), "NURSE: Hello.")]),
        # Printed plays and screenplays, in capitals.
        ("HOST. [Aside.] Hello.\n\nHost. A man.", [(HOST, "Hello."), ((), "Host. A man.")]),
        (
            (
                "INT. INN - DAY\n\nHOST (O.S.)\n(softly)\nHello.\n(beat)\nCome in!\n\nHe sits.\n\n"
                "OLD GUEST ^\nHi.\n\nHOST\n\nEnd."
            ),
            [
                ((), "INT. INN - DAY"),
                (HOST, "Hello.\nCome in!"),
                ((), "He sits."),
                (GUEST, "Hi."),
                ((), "HOST\n\nEnd."),
            ],
        ),
        ("See HOST: Hello.", [((), "See HOST: Hello.")]),
        ("[HOST](http://x) HOST://x", [((), "[HOST](http://x) HOST://x")]),
    ],
)
def test_parts(text: str, expected: list[tuple[Fields, str]]) -> None:
    """Three forms count, at the beginning of a line and for names of the cast; a line that breaks off goes on."""
    assert [(part.fields, part.text.lstrip("\n")) for part in CAST.parts(text)] == [
        (fields, words.lstrip("\n")) for fields, words in expected
    ]


@pytest.mark.parametrize("piece", ["A ", " ", "A\n", "(", "[", "A.", "*", "12:00 ", "A (b) "])
def test_lines_made_to_be_slow(piece: str) -> None:
    """What looks like a name for long is read in linear time."""
    text = f"\nA{piece * 20_000}b\nx\n"
    assert "".join(part.text for part in CAST.parts(text)).strip()
    list(CAST.strangers(text))


def test_strangers() -> None:
    """Capitals, bold names and bracketed capitals look like speakers; prose with a colon does not."""
    text = "NURSE: Hello.\nNote: this.\n**Anna:** Hi.\n[BEN] Ho.\n[a link] x\nHOST: Hi.\nTHE END\nIn THE YEAR: x y\n"
    assert list(CAST.strangers(text)) == [(1, "NURSE"), (3, "Anna"), (4, "BEN")]
    play = "HOST\nHi.\n\nINT. INN\nRain.\n\nTHE NURSE\nHo.\n\nTHE END\n"
    assert list(CAST.strangers(play)) == [(7, "THE NURSE")]
    assert list(CAST.strangers(play.replace("HOST\n", "HOST:\n"))) == []


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({}, "the cast has no names"),
        ({"HOST": 5}, "HOST is neither a voice nor a table"),
        ({"HOST": {"voise": "x"}}, "unknown key 'voise' (did you mean 'voice'?)"),
        ({"HOST": {"speed": "fast"}}, "speed 'fast' is not a number"),
    ],
)
def test_what_is_no_cast(table: dict[str, object], told: str) -> None:
    """Each fault names its place."""
    with pytest.raises(UsageFault) as fault:
        make_cast([("cast.toml", table)])
    assert told in fault.value.message
    with pytest.raises(UsageFault, match="not NAME=VOICE"):
        parse_pairs("HOST=emily,GUEST")


def test_later_tables_win() -> None:
    """Pairs on the command line correct a file."""
    cast: Cast = make_cast([("a", {"A": "x", "B": "y"}), ("b", parse_pairs("a = z"))])
    assert cast.member("A") == (("voice_id", "z"),)
    assert cast.member("b") == (("voice_id", "y"),)


PLAY = "# The Gate\n\n**HOST:** Is anyone there?\n\nGUEST: Only me,\nand the wind.\n\nNURSE: Who?\n\nThe door opens.\n"


def test_a_play_of_three_voices(tmp_path: Path) -> None:
    """Each line is asked for with its voice; strangers are told; a new voice sends its own lines alone."""
    (tmp_path / "play.md").write_text(PLAY)
    (tmp_path / "cast.toml").write_text('narrator = "nora"\nGUEST = "daniel"\n[HOST]\nvoice = "emily"\nspeed = 1.2\n')
    where = ("--book", "play.wav", "-r", "8000")
    with speaking() as server:
        done = batch("play.md", tmp_path, server, "--cast", "cast.toml", *where)
        assert done.code == 0, done.lines
        said = {r.json["text"]: (r.json["voice_id"], r.json.get("speed")) for r in server.requests}
        assert said == {
            "The Gate.": ("nora", None),
            "Is anyone there?": ("emily", 1.2),
            "Only me, and the wind.": ("daniel", None),
            "NURSE: Who?": ("nora", None),
            "The door opens.": ("nora", None),
        }
        assert any("play.md:8: 'NURSE' looks like a speaker" in line for line in done.lines)
        sent = len(server.requests)
        assert batch("play.md", tmp_path, server, "--cast", "cast.toml", *where, "--check").code == 0
        again = batch("play.md", tmp_path, server, "--cast", "cast.toml", "--cast", "GUEST=ben", *where)
        assert again.code == 0
        assert [r.json["text"] for r in server.requests[sent:]] == ["Only me, and the wind."]


def test_tables_and_subtitles_have_casts(tmp_path: Path) -> None:
    """A speaker's column may name a member; so may the voice of a subtitle."""
    (tmp_path / "a.csv").write_text("speaker,text\nHost,Hello there.\nmagnus,Hi yourself.\n,Nobody said so.\n")
    (tmp_path / "a.vtt").write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Host>Good day,\n\n00:02.100 --> 00:03.000\n<v Guest>Good night.\n"
    )
    pairs = ("--cast", "HOST=emily,GUEST=daniel", "-r", "8000")
    with speaking() as server:
        assert batch("a.csv", tmp_path, server, *pairs).code == 0
        assert batch("a.vtt", tmp_path, server, *pairs).code == 0
        said = {r.json["text"]: r.json["voice_id"] for r in server.requests}
        assert asked(server).total() == 5
    assert said["Hello there."] == "emily"
    assert said["Hi yourself."] == "magnus"
    assert said["Good day,"] == "emily"
    assert said["Good night."] == "daniel"
