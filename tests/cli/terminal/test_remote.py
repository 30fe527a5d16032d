"""The remote control: keys and status line by themselves, and the real command in a real terminal."""

import contextlib
import itertools
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.command_line import COMMAND, KEY
from support.fades import common_prefix, ends_in_fade, is_whole_but_for_pause
from support.fake_server import Exchange, Responder, SpeechServer, refuses, serving, speaks, speech_events
from support.null_sink import Recording, SoundCard, noise, silence_inside, without_silence
from support.pty_session import WITHIN_S, Terminal, repeated_if_late, shown, terminal, until

from lightning_cli.audio.fades import FADE_MS
from lightning_cli.cli.terminal.keyboard import Key, KeyDecoder, _can_return

RATE = 24_000
FADE_BYTES = 2 * RATE * FADE_MS // 1000
TEXT = "This is the first sentence. Here comes the second one! Is this already the third one?"
ONE, TWO, THREE = (noise(RATE * 4 // 10, seed) for seed in (1, 2, 3))
# For the test that presses keys, so that it is never too late.
LONG = tuple(noise(RATE * 5, seed) for seed in (4, 5, 6))
LEFT, RIGHT = "\x1b[D", "\x1b[C"
ROOT = str(Path(__file__).resolve().parents[3])


@pytest.fixture
def card(sound_card: SoundCard) -> SoundCard:
    """Return the card at a rate that makes short recordings."""
    return sound_card.at(RATE)


# The keys by themselves.


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        (b" r+=-?q", [Key.PAUSE, Key.REPEAT, Key.LOUDER, Key.LOUDER, Key.QUIETER, Key.HELP, Key.QUIT]),
        (b"\x1b[D\x1b[C\x1bOD\x1bOC", [Key.PREVIOUS, Key.NEXT, Key.PREVIOUS, Key.NEXT]),
        (b"ls\n", [b"l", b"s", b"\n"]),
        (b"\x1b[A\x1b[1;5D\x1b[15~\x1bOP\x1bx", [b"\x1b[A", b"\x1b[1;5D", b"\x1b[15~", b"\x1bOP", b"\x1bx"]),
        (b"\x1b\x1b[D", [b"\x1b", Key.PREVIOUS]),
        (b"\x1b[\x01q[]", [b"\x1b[", b"\x01", Key.QUIT, Key.SLOWER, Key.FASTER]),
        ("é".encode(), [b"\xc3", b"\xa9"]),
    ],
)
def test_what_is_typed_becomes_keys(typed: bytes, keys: list[Key | bytes]) -> None:
    """Keys are found in both modes of a terminal, and what is none comes back whole."""
    got = list(KeyDecoder().feed(typed))
    assert [key or raw for raw, key in got] == keys
    assert b"".join(raw for raw, _ in got) == typed


@settings(deadline=None)
@given(
    typed=st.lists(st.sampled_from([b"\x1b", b"[", b"O", b"D", b"1", b";", b" ", b"q", b"\xff", b"\x1b[C"])),
    cuts=st.lists(st.integers(0, 30)),
)
def test_nothing_typed_is_lost_however_it_arrives(typed: list[bytes], cuts: list[int]) -> None:
    """Cut anywhere, the same keys come, and all bytes that are not keys."""
    whole = b"".join(typed)
    places = sorted({0, len(whole), *(place for place in cuts if place < len(whole))})
    decoder, once = KeyDecoder(), KeyDecoder()
    got = [one for a, b in itertools.pairwise(places) for one in decoder.feed(whole[a:b])]
    assert got == list(once.feed(whole))
    rest = decoder.flush()
    assert rest == once.flush()
    assert b"".join(raw for raw, _ in got) + rest == whole
    assert decoder.flush() == b""


# The line by itself.


# The command in a terminal.


def _plain(shown: str) -> str:
    return re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", shown)


def _environment(card: SoundCard, **extra: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": ROOT, "SMALLEST_API_KEY": KEY, **card.environment, **extra}


def _command(server: SpeechServer, *arguments: str) -> list[str]:
    return [*COMMAND, "say", *arguments, "-r", str(RATE), "--join", "raw", "--base-url", server.url]


@contextlib.contextmanager
def _speaking(
    card: SoundCard,
    *arguments: str,
    responders: Sequence[Responder] = (speaks(ONE), speaks(TWO), speaks(THREE)),
    columns: int = 80,
    environment: Mapping[str, str] | None = None,
) -> Iterator[tuple[Terminal, Recording]]:
    """Speak three sentences in a terminal while the card records."""
    with serving(*responders) as server, card.record() as recording:
        command = _command(server, *(arguments or (TEXT,)))
        with terminal(command, _environment(card, **(environment or {})), columns) as opened:
            yield opened, recording


def _until_heard(recording: Recording, pcm: bytes, *, begins: int = 0) -> None:
    until(lambda: recording.pcm.find(pcm[:2_000], begins) >= 0, "the recording never has it")


@repeated_if_late
def test_pause(card: SoundCard) -> None:
    """Space inserts silence and loses nothing; the line says what is heard, and is gone at the end."""
    with _speaking(card) as (opened, recording):
        _until_heard(recording, ONE)
        opened.wait_for("This is the first")
        opened.press(" ")
        opened.wait_for("‖")
        recording.wait_for_bytes(RATE // 2)
        opened.press(" ")
        # Wherever the pause fell.
        until(lambda: TWO[:2_000] in without_silence(recording), "it does not go on")
        opened.wait_for("Here comes the second one!")
        assert opened.end() == 0
        assert opened.settings() == opened.found
        assert opened.line == ""
    assert is_whole_but_for_pause(without_silence(recording), ONE + TWO + THREE, FADE_BYTES)
    assert silence_inside(recording) > RATE // 6
    assert "ahead" in opened.text


@repeated_if_late
def test_every_other_key(card: SoundCard) -> None:
    """Left, right and r go from sentence to sentence; minus and plus change the volume; others do nothing."""
    one, two, three = LONG
    with _speaking(card, responders=[speaks(pcm) for pcm in LONG]) as (opened, recording):
        begins = 0
        for sentence, keys in ((one, RIGHT), (two, LEFT), (one, "x" + RIGHT), (two, "r"), (two, "--")):
            _until_heard(recording, sentence, begins=begins)
            begins = recording.pcm.find(sentence[:2_000], begins) + 2_000
            opened.press(keys)
        opened.wait_for("volume 80 %")
        opened.press("+=")
        until(lambda: "volume" not in opened.line, "the volume is not back")
        opened.press("]")
        opened.wait_for("speed 1.1x")
        opened.press("[")
        until(lambda: "speed" not in opened.line, "the speed is not back")
        # The volume may still be on its way.
        recording.wait_for_bytes(RATE // 2)
        opened.press(RIGHT)
        _until_heard(recording, three)
        opened.press(RIGHT)
        assert opened.end() == 0
        assert opened.settings() == opened.found
    heard = without_silence(recording)
    assert heard.startswith(one[:2_000])
    assert [heard.count(sentence[:2_000]) for sentence in LONG] == [2, 3, 1]


ENDS = {
    "quit": 0,
    "interrupt": -signal.SIGINT,
    "terminate": -signal.SIGTERM,
    "hang up": -signal.SIGHUP,
    "break": 5,
    "refuse": 4,
}


@pytest.mark.parametrize("how", ENDS)
@repeated_if_late
def test_the_terminal_is_left_as_it_was(card: SoundCard, how: str) -> None:
    """However a run ends, the terminal is set as before and the line is gone."""
    leaves = threading.Event()

    def stays(exchange: Exchange) -> None:
        exchange.head(extra=("Content-Length: 1000000",))
        exchange.send(b"".join(speech_events(ONE)[:-1]))
        assert leaves.wait(WITHIN_S)
        exchange.hang_up()

    responders: list[Responder] = [refuses("403 Forbidden", {"error": "no"})] if how == "refuse" else [stays]
    with _speaking(card, "Hello there", "--retries", "0", responders=responders) as (opened, recording):
        if how != "refuse":
            recording.wait_for_sound()
            until(lambda: not opened.is_canonical(), "the keys were not taken")
        if how in {"quit", "interrupt"}:
            opened.press("q" if how == "quit" else "\x03")
        elif how in {"terminate", "hang up"}:
            opened.process.send_signal(-ENDS[how])
        elif how == "break":
            leaves.set()
        assert opened.end() == ENDS[how]
        leaves.set()
        assert opened.settings() == opened.found
        assert opened.line == ""
        assert ("error: " in opened.text) == (ENDS[how] > 0)


@repeated_if_late
def test_quitting_beside_a_file_completes_the_file(card: SoundCard, tmp_path: Path) -> None:
    """With -o and --play, q ends the sound; the file gets every sample and the run ends well."""
    target = tmp_path / "all.pcm"
    may_go_on = threading.Event()

    def waits(exchange: Exchange) -> None:
        assert may_go_on.wait(WITHIN_S)
        speaks(TWO)(exchange)

    responders = (speaks(ONE), waits, speaks(THREE))
    with _speaking(card, TEXT, "-o", str(target), "--play", responders=responders) as (opened, recording):
        recording.wait_for_sound()
        opened.press("q")
        opened.wait_for("playback stopped")
        assert opened.settings() == opened.found
        may_go_on.set()
        assert opened.end() == 0
    assert target.read_bytes() == ONE + TWO + THREE
    assert ends_in_fade(without_silence(recording), ONE, FADE_BYTES)


@repeated_if_late
def test_messages_and_the_line_do_not_meet(card: SoundCard) -> None:
    """A note takes the line away in the write that brings it, and the line comes back below."""

    def breaks(exchange: Exchange) -> None:
        exchange.head(extra=("Content-Length: 1000000",))
        exchange.send(b"".join(speech_events(ONE)[:-1]))
        opened.wait_for("▸ 0:00")
        exchange.hang_up()

    with _speaking(card, "Hello there", responders=(breaks, speaks(TWO))) as (opened, recording):
        _until_heard(recording, TWO)
        opened.wait_for("retrying in")
        # The second try is short: the run ends by itself behind its last sample.
        assert opened.end() == 0
    before, note, after = opened.raw.partition("\r\x1b[Knote: ")
    assert before.endswith("\x1b[K")
    assert note
    assert "retrying in" in after.partition("\r\n")[0]
    assert "▸ 0:00" in _plain(after.partition("\r\n")[2])


@pytest.mark.parametrize(
    ("columns", "environment", "shows"),
    [
        (40, {}, "▸ 0:00 / 0:00  +0 s  Hello th"),
        (200, {"NO_COLOR": "1"}, "\r▸ 0:00 / 0:00  0 s ahead  ? shows the keys  Hello there\x1b[K"),
    ],
)
@repeated_if_late
def test_the_line_fits_the_terminal(card: SoundCard, columns: int, environment: dict[str, str], shows: str) -> None:
    """Narrow or wide, with colours or without; one row below the last message and nothing else."""
    with _speaking(card, "Hello there", columns=columns, responders=[speaks(ONE)], environment=environment) as (
        opened,
        _,
    ):
        until(lambda: shows in (opened.raw if environment else opened.text), "the line is not there")
        opened.press("q")
        assert opened.end() == 0
    assert "\n" not in opened.raw
    assert ("\x1b[32m" in opened.raw) == (not environment)


@pytest.mark.parametrize(
    ("arguments", "environment", "shown"),
    [(["--quiet"], {}, ""), ([], {"TERM": "dumb"}, ""), (["--echo"], {}, "Hello there")],
)
@repeated_if_late
def test_keys_without_a_line(card: SoundCard, arguments: list[str], environment: dict[str, str], shown: str) -> None:
    """Where no line can be drawn or none is wanted, not one byte of it is written."""
    responders = [speaks(LONG[0])]
    with _speaking(card, "Hello there", *arguments, responders=responders, environment=environment) as (
        opened,
        recording,
    ):
        recording.wait_for_sound()
        opened.wait_for(shown)
        opened.press("q")
        assert opened.end() == 0
    assert opened.raw == shown


@repeated_if_late
def test_text_typed_at_the_terminal(card: SoundCard) -> None:
    """Where the text itself is typed, the keyboard stays what it is."""
    with _speaking(card, "-", responders=[speaks(ONE), speaks(TWO)]) as (opened, recording):
        opened.press("Speak: quite early.\n")
        recording.wait_for_sound()
        assert opened.is_canonical()
        opened.press("\x04")
        assert opened.end() == 0
    assert without_silence(recording) == ONE
    assert "▸" not in opened.text


# A shell in the terminal.

PROMPT = "ready> "


@contextlib.contextmanager
def _shell(card: SoundCard, *shell: str) -> Iterator[Terminal]:
    shell = shell or ("bash", "--norc", "--noprofile", "-i")
    with terminal(shell, _environment(card, PS1=PROMPT, HISTFILE="")) as opened:
        opened.wait_for(PROMPT)
        yield opened


def _say(server: SpeechServer, *arguments: str) -> str:
    return shlex.join(_command(server, *arguments))


@repeated_if_late
def test_typed_ahead_reaches_the_shell(card: SoundCard) -> None:
    """What is typed before the keys are taken, and what is typed for others, is there for the shell afterwards."""
    with serving(speaks(LONG[0])) as server, card.record() as recording, _shell(card) as opened:
        # Typed while the shell still runs something else.
        opened.press(f"sleep 0.2; {_say(server, 'Hello there')}\necho be''fore\n")
        recording.wait_for_sound()
        if not _can_return():
            # Such a kernel leaves one way: not to read what waits, and so no keys.
            opened.press("\x03")
        else:
            until(lambda: not opened.is_canonical(), "the keys were not taken")
            opened.press("ech+o+sec''ond\n")
            opened.wait_for("volume 120 %")
            opened.press("q")
            # Two keys were taken out of its line, so it waits for another Enter.
            opened.wait_for(PROMPT + "echosec''ond ")
        opened.wait_for("before\r\n")


@repeated_if_late
def test_what_follows_q_is_for_the_shell(card: SoundCard) -> None:
    """A command typed right behind the q runs whole, though it has letters that were keys."""
    with serving(speaks(LONG[0])) as server, card.record() as recording, _shell(card) as opened:
        opened.press(_say(server, "Hello there") + "\n")
        recording.wait_for_sound()
        until(lambda: not opened.is_canonical(), "the keys were not taken")
        opened.press("qecho stat''us $? q r +\n" if _can_return() else "q")
        if not _can_return():
            opened.wait_for(PROMPT, times=2)
            opened.press("echo stat''us $? q r +\n")
        opened.wait_for("status 0 q r +")


@repeated_if_late
def test_without_a_way_to_give_back_there_are_no_keys(card: SoundCard, tmp_path: Path) -> None:
    """Where the system takes nothing back, what was typed ahead is not read: it waits for the shell."""
    forbidden = tmp_path / "legacy_tiocsti"
    forbidden.write_text("0\n")
    code = (
        "import sys, pathlib, lightning_cli.cli.terminal.keyboard as terminal; "
        "terminal._LEGACY_TIOCSTI = pathlib.Path(sys.argv.pop(1)); "
        "from lightning_cli.cli.run import main; sys.exit(main())"
    )
    with serving(speaks(ONE)) as server, card.record() as recording, _shell(card) as opened:
        command = [sys.executable, "-c", code, str(forbidden), *_command(server, "Hello there")[len(COMMAND) :]]
        opened.press(f"sleep 0.2; {shlex.join(command)}\necho be''fore\n")
        opened.wait_for("note: keyboard control off")
        opened.wait_for("before\r\n")
    assert without_silence(recording) == ONE


@repeated_if_late
def test_a_background_job_is_not_stopped(card: SoundCard) -> None:
    """``say ... &`` plays on without touching the terminal, and takes the keys when it comes to the foreground."""
    responders = [speaks(pcm) for pcm in LONG]
    with serving(*responders) as server, card.record() as recording, _shell(card) as opened:
        opened.press(f"{_say(server, TEXT)} &\n")
        recording.wait_for_sound()
        opened.press("jobs; echo s''een\n")
        opened.wait_for("seen")
        assert "Running" in opened.text
        assert "▸" not in opened.raw
        opened.press("fg\n")
        opened.wait_for("▸")
        until(lambda: not opened.is_canonical(), "no keys in the foreground")
        _quit(opened)


@repeated_if_late
def test_suspend_and_resume(card: SoundCard, tmp_path: Path) -> None:
    """Ctrl-Z gives the terminal back and stops the sound, fg goes on where it stopped, and no sample is lost."""
    responders = [speaks(pcm) for pcm in LONG]
    # A shell that does not put the terminal right itself.
    with serving(*responders) as server, card.record() as recording, _shell(card, "dash", "-i") as opened:
        opened.press(f"stty -a > {tmp_path}/before; echo s''et\n")
        opened.wait_for("set")
        opened.press(_say(server, TEXT) + "\n")
        recording.wait_for_sound()
        until(lambda: not opened.is_canonical(), "the keys were not taken")
        opened.press("\x1a")
        opened.wait_for("Stopped")
        opened.press(f"stty -a | cmp - {tmp_path}/before && echo sa''me\n")
        opened.wait_for("same")
        recording.wait_for_bytes(RATE // 2)
        quiet = len(without_silence(recording))
        recording.wait_for_bytes(RATE // 2)
        assert len(without_silence(recording)) == quiet
        opened.press("fg\n")
        until(lambda: len(without_silence(recording)) > quiet + RATE, "it does not go on")
        until(lambda: not opened.is_canonical(), "the keys were not taken again")
        _quit(opened)
    heard, whole = without_silence(recording), b"".join(LONG)
    # Ctrl-Z fades, what faded is heard again, and the end fades as well.
    same = common_prefix(heard, whole)
    assert 0 <= heard.find(whole[same + 2 * FADE_BYTES : same + 4 * FADE_BYTES]) <= same + 4 * FADE_BYTES


def _quit(opened: Terminal) -> None:
    prompts = opened.text.count(PROMPT)
    opened.press("q")
    opened.wait_for(PROMPT, times=prompts + 1)
    opened.press("echo stat''us $?\n")
    opened.wait_for("status 0")


@repeated_if_late
def test_keys_where_standard_input_is_a_pipe(card: SoundCard) -> None:
    """The keys come from the terminal all the same, once the text has ended; in a script only with --keys."""
    with (
        serving(speaks(LONG[0]), speaks(ONE), speaks(LONG[0])) as server,
        card.record() as recording,
        _shell(card) as opened,
    ):
        opened.press(f"echo Hello there | {_say(server, '--keys')}; echo stat''us $?\n")
        recording.wait_for_sound()
        until(lambda: not opened.is_canonical(), "the keys were not taken")
        opened.press("q")
        opened.wait_for("status 0")
        script = f"echo Hello there | {_say(server)}; echo en''ded $?"
        opened.press(f"sh -c {shlex.quote(script)}\n")
        opened.wait_for("ended 0")
        opened.press(f"(echo Hello there; cat) | {_say(server)}; echo re''sult $?\n")
        # While it lives, the writer may read the terminal itself.
        until(lambda: len(server.requests) > 2, "the last text was not asked for")
        assert opened.is_canonical()
        opened.press("\x04")
        until(lambda: not opened.is_canonical(), "the keys were not taken after the text")
        opened.press("?")
        opened.wait_for("keys: space pause; left, right sentence;")
        until(lambda: " s ahead" in opened.raw.rpartition("q quit")[2], "the line was not drawn again")
        assert "shows the keys" not in opened.raw.rpartition("q quit")[2]
        opened.press("q")
        opened.wait_for("result 0")
    assert opened.raw.count("Hello there\x1b[K") + opened.raw.count("Hello there") >= 2


def _run(card: SoundCard, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal."""
    environment = _environment(card)
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60
    )
    shown.append(done.stderr)
    return done


@repeated_if_late
def test_keys_without_a_terminal(card: SoundCard) -> None:
    """Asking for keys without a terminal is answered with a warning, and the speech is played."""
    with serving(speaks(ONE)) as server, card.record() as recording:
        done = _run(card, ["setsid", "--wait", *_command(server, "Hello there", "--keys")])
    assert done.returncode == 0
    assert done.stderr.startswith("warning: --keys needs a terminal")
    assert without_silence(recording) == ONE


@repeated_if_late
def test_the_volume_without_keys(card: SoundCard, tmp_path: Path) -> None:
    """--volume scales what is played, never a file, and says so when it had to hold back."""
    loud = noise(RATE // 20) + b"\xff\x7f" * 100
    target = tmp_path / "all.pcm"
    for percent in ("50", "400"):
        with serving(speaks(loud)) as server, card.record() as recording:
            done = _run(card, _command(server, "Hello there", "--volume", percent, "--play", "-o", str(target)))
        assert done.returncode == 0
        assert ("reduced by up to 12.0 dB" in done.stderr) == (percent == "400")
        assert max(recording.samples) == (16_384 if percent == "50" else 32_767)
        assert target.read_bytes() == loud


@repeated_if_late
def test_in_tmux(card: SoundCard, tmp_path: Path) -> None:
    """Under a terminal multiplexer the keys work and the line is one line."""
    tmux = ("tmux", "-u", "-S", str(tmp_path / "socket"), "-f", "/dev/null")
    with serving(*(speaks(pcm) for pcm in LONG)) as server, card.record() as recording:
        command = f"{_say(server, TEXT)}; echo status $?; sleep 60"
        environment = _environment(card)
        subprocess.run((*tmux, "new-session", "-d", "-x", "60", "-y", "10", command), env=environment, check=True)
        try:

            def shown() -> list[str]:
                done = subprocess.run((*tmux, "capture-pane", "-p"), env=environment, capture_output=True, check=False)
                return done.stdout.decode().rstrip("\n").split("\n")

            recording.wait_for_sound()
            subprocess.run((*tmux, "send-keys", "Right"), env=environment, check=True)
            _until_heard(recording, LONG[1])
            subprocess.run((*tmux, "send-keys", "Left"), env=environment, check=True)
            _until_heard(recording, LONG[0], begins=recording.pcm.find(LONG[1][:2_000]))
            until(lambda: shown()[0].endswith("  This is the first sentence."), "the line is not there")
            assert shown()[1:] == []
            subprocess.run((*tmux, "send-keys", "q"), env=environment, check=True)
            until(lambda: shown() == ["status 0"], "it does not end")
        finally:
            subprocess.run((*tmux, "kill-server"), env=environment, check=False)
