"""Where the text comes from: arguments, files and standard input, whole or still being written."""

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.cuts import cut, places, singles

from lightning_cli.cli.say import text_source
from lightning_cli.errors import ExitCode, UsageFault
from lightning_cli.text.encodings import decoded_blocks
from lightning_cli.text.reading import Reading
from lightning_cli.text.segmenter import Boundary

LONG_S = 20.0  # only a hang takes that long
SAMPLE = "Grüße, नमस्ते 你好 😀! Ende.\n"


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Return a function that replaces standard input; it is closed afterwards."""
    opened = []

    def use(descriptor: int) -> None:
        opened.append(os.fdopen(descriptor, encoding="utf-8"))
        monkeypatch.setattr(sys, "stdin", opened[-1])

    yield use
    for file in opened:
        file.close()


@pytest.fixture
def piped(stdin: Callable[[int], None]) -> Callable[[bytes], None]:
    """Return a function that pipes bytes in, all at once."""

    def use(data: bytes) -> None:
        reader, writer = os.pipe()
        os.write(writer, data)
        os.close(writer)
        stdin(reader)

    return use


def read(words: list[str], files: list[str] | None = None) -> str:
    """Read everything."""
    return "".join(text_source.read_texts(words, files or []))


def test_arguments_are_joined_and_stdin_is_left_alone(stdin: Callable[[int], None]) -> None:
    """Take the words and leave a shell's loop its own input."""
    reader, writer = os.pipe()
    os.write(writer, b"the loop's next line\n")
    os.close(writer)
    stdin(reader)
    assert text_source.read_texts(["Hello", "big  world"], []) == ["Hello big  world"]
    assert os.read(reader, 100) == b"the loop's next line\n"


def test_files_leave_stdin_alone(piped: Callable[[bytes], None], tmp_path: Path) -> None:
    """Read the files that are named, and nothing else."""
    piped(b"not this\n")
    (tmp_path / "a.txt").write_text("from a file", encoding="utf-8")
    assert read([], [str(tmp_path / "a.txt")]).strip() == "from a file"
    assert os.read(sys.stdin.fileno(), 100) == b"not this\n"


@pytest.mark.parametrize(("words", "files"), [([], []), (["-"], []), ([], ["-"])])
def test_stdin(piped: Callable[[bytes], None], words: list[str], files: list[str]) -> None:
    """Read standard input when it is piped and nothing else is named, and where a dash names it."""
    piped(SAMPLE.encode())
    assert read(words, files).strip() == SAMPLE.strip()


def test_several_files_are_paragraphs(piped: Callable[[bytes], None], tmp_path: Path) -> None:
    """Speak files in the order given, standard input among them, with a paragraph's pause between."""
    for name in "ab":
        (tmp_path / name).write_text(f"This is the text of file {name}.", encoding="utf-8")
    piped(b"This is the text of standard input.")
    pieces = text_source.read_texts([], [str(tmp_path / "a"), "-", str(tmp_path / "b")])
    segments = list(text_source.cut(pieces, Reading(), language=None))
    assert [(segment.spoken, segment.boundary) for segment in segments[:2]] == [
        ("This is the text of file a.", Boundary.PARAGRAPH),
        ("This is the text of standard input.", Boundary.PARAGRAPH),
    ]
    assert segments[2].spoken == "This is the text of file b."


def test_whole_or_growing(piped: Callable[[bytes], None], tmp_path: Path, stdin: Callable[[int], None]) -> None:
    """Recognise what is complete: arguments, files, a redirected file; a pipe and a FIFO are not."""
    file = tmp_path / "a.txt"
    file.write_text("text", encoding="utf-8")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert isinstance(text_source.read_texts(["words"], []), list)
    assert isinstance(text_source.read_texts([], [str(file)]), list)
    assert not isinstance(text_source.read_texts([], [str(file), str(fifo)]), list)
    piped(b"text")
    assert not isinstance(text_source.read_texts([], []), list)
    stdin(os.open(file, os.O_RDONLY))
    assert text_source.read_texts([], [])[0] == "text"  # type: ignore[index] # a list, which this shows


def test_both_ways_at_once() -> None:
    """Refuse words and files together."""
    with pytest.raises(UsageFault, match="both"):
        text_source.read_texts(["word"], ["file"])
    with pytest.raises(UsageFault, match="both"):
        text_source.read_texts(["-", "word"], ["file"])


def test_nothing_on_a_terminal(stdin: Callable[[int], None]) -> None:
    """With no text and a terminal there is nothing to speak, and no input is waited for."""
    master, slave = pty.openpty()
    stdin(slave)
    with pytest.raises(UsageFault, match="no text to speak") as fault:
        text_source.read_texts([], [])
    assert fault.value.exit_code is ExitCode.USAGE
    os.close(master)


def test_typed_on_a_terminal(stdin: Callable[[int], None]) -> None:
    """Read a terminal where a dash asks for it."""
    master, slave = pty.openpty()
    stdin(slave)
    os.write(master, b"Typed in.\n\x04")
    assert read(["-"]).strip() == "Typed in."
    os.close(master)


@pytest.mark.parametrize("files", [[], ["-"]])
def test_closed_stdin(monkeypatch: pytest.MonkeyPatch, files: list[str]) -> None:
    """Report a standard input that was closed by the parent process."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageFault):
        read([], files)


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_files_that_cannot_be_read(piped: Callable[[bytes], None], tmp_path: Path, name: str) -> None:
    """Name the file that cannot be read, before anything is spoken, wherever in the list it stands."""
    (tmp_path / "good.txt").write_text("good", encoding="utf-8")
    bad = str(tmp_path / name)
    piped(b"Good. ")
    for files in ([bad], [str(tmp_path / "good.txt"), bad], ["-", bad]):
        with pytest.raises(UsageFault) as fault:
            text_source.read_texts([], files)
        assert bad in fault.value.message


def decoded(blocks: list[bytes]) -> str:
    """Decode blocks as they would come from a file."""
    return "".join(decoded_blocks(blocks, "the text"))


@settings(deadline=None)
@given(text=st.text(max_size=40), where=places, mark=st.booleans())
@example(text="\ufefftwo marks", where=[1, 2], mark=True)
def test_utf8_cut_anywhere(text: str, where: list[int], *, mark: bool) -> None:
    """Decode the same text from any cut of its bytes; drop one byte order mark and no second one."""
    data = (b"\xef\xbb\xbf" if mark else b"") + text.encode()
    expected = text if mark else text.removeprefix("\ufeff")
    for blocks in ([data], cut(data, where), singles(data)):
        assert decoded([block for block in blocks if block]) == expected


@settings(deadline=None)
@given(
    before=st.text(max_size=20),
    bad=st.sampled_from(
        [b"\xff", b"\xc3", b"\xe9 ", b"\xed\xa0\x80", b"\xc0\x80", b"\xf0\x9f\x98", b"\x80", b"\xe2\x82"]
    ),
    after=st.sampled_from([b"", b"ok", "é".encode()]),
    where=places,
    mark=st.booleans(),
)
def test_undecodable_bytes_are_named(*, before: str, bad: bytes, after: bytes, where: list[int], mark: bool) -> None:
    """Name the offset of the first byte that is not UTF-8, counted in the whole input, at any cut."""
    data = (b"\xef\xbb\xbf" if mark else b"") + before.encode() + bad + after
    try:
        data.decode()
    except UnicodeDecodeError as fault:
        offset, is_cut = fault.start, fault.reason == "unexpected end of data"
    else:
        return  # what came after completed it
    for blocks in ([data], cut(data, where), singles(data)):
        with pytest.raises(UsageFault, match=rf"the text is not UTF-8 at byte {offset}$") as refusal:
            decoded([block for block in blocks if block])
        assert ("is cut off" if is_cut else "iconv") in str(refusal.value.hint)


def test_undecodable_argument() -> None:
    """Refuse an argument that the shell passed as bytes of another encoding."""
    with pytest.raises(UsageFault, match="the argument is not UTF-8 at byte 3"):
        text_source.read_texts([os.fsdecode(b"caf\xe9")], [])
    assert text_source.read_texts(["\ufeffcafé"], []) == ["café"]


def test_undecodable_file_and_stdin(piped: Callable[[bytes], None], tmp_path: Path) -> None:
    """Name where the byte is: a file by its name, standard input as such."""
    (tmp_path / "latin.txt").write_bytes(b"x" * 70_000 + b"\xe9")
    with pytest.raises(UsageFault, match=r"latin\.txt is not UTF-8 at byte 70000"):
        read([], [str(tmp_path / "latin.txt")])
    piped(b"caf\xe9")
    with pytest.raises(UsageFault, match="standard input is not UTF-8 at byte 3"):
        read([])


class Writer:
    """Write into standard input bit by bit, as a language model does."""

    def __init__(self, stdin: Callable[[int], None], flush_after_s: float = LONG_S) -> None:
        reader, self.descriptor = os.pipe()
        stdin(reader)
        self.spoken = text_source.cut(text_source.read_texts([], [], flush_after_s), Reading(), language=None)
        self.segments = iter(self.spoken)

    def write(self, text: str | bytes) -> None:
        """Write."""
        os.write(self.descriptor, text if isinstance(text, bytes) else text.encode())

    def next(self) -> str:
        """Wait for a segment."""
        return next(self.segments).spoken

    def close(self) -> list[str]:
        """End the text; give what is left."""
        os.close(self.descriptor)
        return [segment.spoken for segment in self.segments]


def test_segments_come_while_the_writer_goes_on(stdin: Callable[[int], None]) -> None:
    """Return each sentence as soon as the next has begun, with the pipe still open."""
    writer = Writer(stdin)
    assert not isinstance(writer.spoken, list)
    writer.write("Once upon a time there was a fox. It ")
    assert writer.next() == "Once upon a time there was a fox."
    writer.write("lived in a deep forest. And then ")
    assert writer.next() == "It lived in a deep forest."
    assert writer.close() == ["And then"]


def test_segments_come_when_the_writer_pauses(stdin: Callable[[int], None]) -> None:
    """Release a complete sentence though nothing follows it and the pipe stays open."""
    writer = Writer(stdin)
    writer.write("Once upon a time there was a fox.\n")
    assert writer.next() == "Once upon a time there was a fox."
    writer.write("\n")
    writer.write("It lived in a deep forest. ")
    assert writer.next() == "It lived in a deep forest."
    assert writer.close() == []


def test_a_pause_within_a_sentence_cuts_nothing(stdin: Callable[[int], None]) -> None:
    """Wait for the rest when the writer pauses in the middle of a sentence, of a word and of a character."""
    writer = Writer(stdin)
    parts = [
        b"Once upon ",
        b"a ti",
        b"me there was caf\xc3",
        b"\xa9 au lait in a deep for",
        b"est. The end ",
        b"is near.",
    ]

    def write() -> None:
        for part in parts:
            writer.write(part)
            threading.Event().wait(0.25)  # longer than the pause that ends a sentence
        os.close(writer.descriptor)

    thread = threading.Thread(target=write)
    thread.start()
    segments = [segment.spoken for segment in writer.segments]
    thread.join(LONG_S)
    assert segments == ["Once upon a time there was café au lait in a deep forest.", "The end is near."]


def test_a_long_pause_ends_anything(stdin: Callable[[int], None]) -> None:
    """Speak what there is when the writer has paused for so long that it must be waiting for us; lose nothing of it."""
    writer = Writer(stdin, flush_after_s=0.3)
    writer.write("What is your name")
    assert writer.next() == "What is your name"
    writer.write("? Tell me")
    assert " ".join([writer.next(), *writer.close()]).split() == ["?", "Tell", "me"]


def test_first_live_sentence_may_be_short(stdin: Callable[[int], None]) -> None:
    """Release the first words at once, white space before them or not."""
    writer = Writer(stdin)
    writer.write("\n\n")
    writer.write("Sure! Here ")
    assert writer.next() == "Sure!"
    assert writer.close() == ["Here"]


def test_a_fifo_is_read_while_it_is_written(tmp_path: Path) -> None:
    """Treat a named pipe after -f as what it is."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    heard = threading.Event()

    def write() -> None:
        with fifo.open("w", encoding="utf-8") as file:
            file.write("Once upon a time there was a fox. It ")
            file.flush()
            assert heard.wait(LONG_S)
            file.write("lived happily ever after.")

    thread = threading.Thread(target=write)
    thread.start()
    segments = iter(text_source.cut(text_source.read_texts([], [str(fifo)]), Reading(), language=None))
    assert next(segments).spoken == "Once upon a time there was a fox."
    heard.set()
    assert [segment.spoken for segment in segments] == ["It lived happily ever after."]
    thread.join(LONG_S)


def test_blank_segments_are_not_spoken(piped: Callable[[bytes], None]) -> None:
    """Send no request without a word, from whole and from growing text."""
    assert list(text_source.cut(["  \n\n  ", "\n"], Reading(), language=None)) == []
    piped(b"  \n\n \n")
    assert list(text_source.cut(text_source.read_texts([], []), Reading(), language=None)) == []


def test_whole_text_is_one_segment(piped: Callable[[bytes], None]) -> None:
    """Take all of it as one segment, from a list and from a pipe."""
    text = "This is the first sentence. This is the second one."
    assert [segment.source for segment in text_source.cut([text], Reading(whole=True), language=None)] == [text]
    piped(text.encode())
    assert [
        segment.spoken
        for segment in text_source.cut(text_source.read_texts([], []), Reading(whole=True), language=None)
    ] == [text]


PROGRAM = """
import sys
from lightning_cli.text.reading import Reading
from lightning_cli.cli.say import text_source as texts
from lightning_cli.errors import UsageFault
try:
    pieces = texts.read_texts(sys.argv[1:], [])
    for segment in texts.cut(pieces, Reading(), language=None):
        sys.stdout.buffer.write(segment.spoken.encode() + b"\\n")
        sys.stdout.flush()
except UsageFault as fault:
    sys.stdout.write("fault: " + fault.message)
"""


def test_a_real_process_reads_a_real_pipe() -> None:
    """Do all of that in a process of its own: speak on while the writer writes, and end when it ends."""
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\xef\xbb\xbf" + "Es war einmal ein grüner Fuchs. Er ".encode())
        process.stdin.flush()
        assert process.stdout.readline().decode() == "Es war einmal ein grüner Fuchs.\n"
        process.stdin.write(b"schlief.")
        process.stdin.close()
        assert process.stdout.read() == b"Er schlief.\n"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("printf 'a line of text\\n' | while read -r line; do {} \"$line\"; done", "a line of text\n"),
        ("printf 'one\\ntwo\\n' | while read -r line; do {} \"$line\"; done", "one\ntwo\n"),
        ("printf 'from a pipe' | {}", "from a pipe\n"),
        ("printf 'from a pipe' | {} -", "from a pipe\n"),
        ("printf 'from a file' > f; {} < f", "from a file\n"),
        ("{} <&-", "fault: no text to speak"),
        ("{} - <&-", "fault: standard input is closed"),
        ("{} < /dev/null", ""),
        ("printf 'caf\\351' | {}", "fault: standard input is not UTF-8 at byte 3"),
        ("{} $(printf 'caf\\351')", "fault: the argument is not UTF-8 at byte 3"),
    ],
)
def test_in_a_shell(command: str, expected: str, tmp_path: Path) -> None:
    """Behave in a shell's pipes, loops and redirections."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    line = command.replace("{}", f"{sys.executable} {program}")
    root = Path(text_source.__file__).parents[3]
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.stderr == b""
    assert done.stdout.decode() == expected
