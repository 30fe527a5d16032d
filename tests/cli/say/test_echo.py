"""``--echo``: the text on stdout, character for character, in step with the voice."""

import select
import subprocess
import threading
from collections import deque
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.command_line import COMMAND, keyed, lightning
from support.fake_server import Exchange, ramp, serving, speaks, speech_events
from support.null_sink import SoundCard
from support.pty_session import until

from lightning_cli.cli.say import text_source
from lightning_cli.cli.say.echo import Original, with_originals

TEXT = "# A title\n\nThis is **bold**, my dear friend.  And here is \x1b[1mmore\x1b[0m text.\n\n- one\n- two\n"


@given(st.text(max_size=300), st.sampled_from(("auto", "markdown", "none")))
def test_what_is_passed_on_is_the_text(text: str, mode: str) -> None:
    """All that stands behind the segments, put together, is what was read."""
    original, behind = Original(), deque[str]()
    cut = text_source.cut([text], language=None, max_chars=60, markup=mode, fed=original.fed)
    segments = list(with_originals(cut, original, behind))
    assert len(segments) == len(behind)
    assert "".join(behind) + original.rest() == text


@pytest.mark.parametrize("stdin", [TEXT.encode(), "नमस्ते। दूसरा वाक्य यहाँ है।".encode()])
def test_the_text_comes_out_as_it_went_in(stdin: bytes, tmp_path: Path) -> None:
    """Markup is left out of the speech and not of the text."""
    with serving(speaks(ramp(500))) as server:
        done = lightning(
            *("say", "--echo", "-o", "a.wav", "--base-url", server.url), stdin=stdin, env=keyed(), cwd=tmp_path
        )
    assert (done.code, done.stdout) == (0, stdin), done.stderr
    assert not any("**" in request.json["text"] for request in server.requests)


def test_the_text_waits_for_the_voice(sound_card: SoundCard) -> None:
    """The second sentence is written when it is heard, not when it is asked for."""
    asked = threading.Event()
    heard_first = ramp(44_100 * 3)

    def second(exchange: Exchange) -> None:
        asked.set()
        exchange.stream(speech_events(ramp(4410)))

    with (
        serving(speaks(heard_first), second) as server,
        subprocess.Popen(
            (*COMMAND, "say", "--echo", "--base-url", server.url, "-"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**keyed(), **sound_card.environment},
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"This is the first sentence. And this is the second one.")
        process.stdin.close()
        first = process.stdout.read(len(b"This is the first sentence. "))
        # The first is three seconds of sound, and the second is asked for as soon as it has arrived.
        assert asked.wait(30)
        assert not select.select([process.stdout], [], [], 0)[0]
        rest = process.stdout.read()
    assert process.returncode == 0
    assert first + rest == b"This is the first sentence. And this is the second one."


def test_stdout_cannot_carry_both() -> None:
    """Audio and text do not share standard output."""
    done = lightning("say", "Hi", "--echo", "-o", "-")
    assert (done.code, done.stdout) == (2, b"")


def test_a_reader_that_leaves_ends_the_run(tmp_path: Path) -> None:
    """When nobody reads the text any more the run ends by SIGPIPE, and no file is left."""
    script = 'set -o pipefail; "$@" | { head -c 1 >/dev/null; exec <&-; touch ../gone; }; echo "${PIPESTATUS[0]}"'
    text = "This is a sentence that is long enough. " * 20
    gone, work = tmp_path / "gone", tmp_path / "work"
    work.mkdir()

    def speaks_once_alone(exchange: Exchange) -> None:
        until(gone.exists, "the reader does not leave")
        speaks(ramp(4000))(exchange)

    with serving(speaks(ramp(4000)), speaks(ramp(4000)), speaks_once_alone) as server:
        done = subprocess.run(
            ("bash", "-c", script, "bash", *COMMAND, "say", text, "--echo", "-o", "a.wav", "--base-url", server.url),
            capture_output=True,
            env=keyed(),
            cwd=work,
            check=False,
            timeout=60,
        )
    assert done.stdout.split() == [b"141"]
    assert list(work.iterdir()) == []
