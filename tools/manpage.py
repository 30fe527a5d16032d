"""The man page, written from the commands: man(7) macros, ASCII, nothing that a checker warns about."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from lightning_cli import __version__
from lightning_cli.cli.help import OTHER, SECTIONS, grouped, is_argument, record_of
from lightning_cli.cli.names import COMMANDS, PROGRAM
from lightning_cli.errors import ExitCode
from tools.surface import first_line, paragraphs, walk

# Of the last change to what is written here by hand.
_DATE = "2026-11-22"
# An option that so many commands have is described once.
_COMMON = 3
_WIDTH = 79
_ORDER = (*SECTIONS, OTHER)
_SENTENCE_END = re.compile(r"(?<=[.?!]) +(?=[A-Z[])")
_ESCAPES = str.maketrans(
    {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti", '"': "\\(dq", ".": "\\&."}
)
_DESCRIPTION = """\
Speaks while the speech is still being made, and never loses a word: what is written gets its name only when it is
complete, and an answer of the service that breaks off is asked for again.

With a key the smallest.ai Lightning service speaks, without one the embedded offline engine. Standard output carries
the result only: audio, a list or JSON. Everything else goes to standard error.

An option comes before an environment variable, that before the configuration, and that before the default. An option
may be given as --voice ID, --voice=ID or -v ID; -- ends the options."""
_VARIABLES = {
    "SMALLEST_API_KEY": "The key of the service. Never taken from the command line, never shown.",
    "LIGHTNING_TTS_CONFIG": "The configuration file, if it is another one.",
    "LIGHTNING_TTS_TOKEN": "The token that serve asks for, and that its clients send.",
    "NO_COLOR, FORCE_COLOR, TERM": "Whether messages are coloured, decided for each stream by itself.",
    "HTTPS_PROXY, ALL_PROXY, NO_PROXY": "How the service is reached.",
    "XDG_CONFIG_HOME, XDG_CACHE_HOME, XDG_STATE_HOME": "Where the files below are, if not in their usual places.",
}
_FILES = {
    "~/.config/lightning-tts/config.toml": "The configuration.",
    "~/.cache/lightning-tts/": "Voices, devices and dictionaries as they were listed last, and the audio of batch.",
    "~/.local/state/lightning-tts/": "Which dictionary belongs to which file, and which route the service answers.",
}


class _Page:
    """Collect lines of roff."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def section(self, title: str) -> None:
        self.lines.append(f".SH {title}")

    def subsection(self, title: str) -> None:
        self.lines.append(f'.SS "{_escaped(title)}"')

    def paragraph(self, text: str) -> None:
        # The first paragraph needs no macro, and a checker says so.
        if not self.lines[-1].startswith((".SH", ".SS")):
            self.lines.append(".PP")
        self.lines += _filled(text)

    def tagged(self, tag: str, text: str) -> None:
        """Write a term, itself roff already, and what it means."""
        self.lines += [".TP", tag, *_filled(text)]

    def example(self, text: str) -> None:
        self.lines += [".PP", ".RS 4", ".nf", _escaped(text), ".fi", ".RE"]

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


class _Told(NamedTuple):
    """What is said of an option: its tag in roff, its help with default and range, its section."""

    tag: str
    text: str
    section: str
    variable: str | None


def _filled(text: str) -> list[str]:
    """Begin a line with each sentence, and keep lines short."""
    return [
        line
        for sentence in _SENTENCE_END.split(text)
        for line in textwrap.wrap(_escaped(sentence), _WIDTH, break_long_words=False, break_on_hyphens=False)
    ]


def _escaped(text: str) -> str:
    escaped = text.translate(_ESCAPES)
    return "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in escaped)


def manpage() -> str:
    """Write the page."""
    page = _Page()
    commands = list(walk())
    options = {path: list(_options(command, ctx)) for path, command, ctx in commands}
    counted = Counter(told for own in options.values() for told in dict.fromkeys(own))
    common = [told for told, count in counted.items() if count >= _COMMON]
    page.lines.append(f'.TH LIGHTNING\\-TTS 1 {_DATE} "{PROGRAM} {__version__}" "User Commands"')
    _write_head(page, commands[0][1])
    page.section("COMMANDS")
    for path, command, ctx in commands:
        if path:
            _write_command(page, path, command, ctx, [told for told in options[path] if told not in common])
    page.section("OPTIONS")
    page.paragraph(f"Of {PROGRAM} itself:")
    _write_options(page, [told for told in options[()] if told not in common])
    page.subsection("Common options")
    page.paragraph("These mean the same in every command that has them, which its --help-all says.")
    _write_options(page, common)
    _write_tail(page, [told for own in options.values() for told in own])
    return page.text()


def _write_head(page: _Page, root: Any) -> None:
    page.section("NAME")
    does = first_line(root)
    page.lines.append(f"lightning\\-tts \\- {_escaped(does[0].lower() + does[1:])}")
    page.section("SYNOPSIS")
    page.lines += [".B lightning\\-tts", "[\\fIoption\\fR ...]", "\\fIcommand\\fR", "[\\fIargument\\fR ...]"]
    page.section("DESCRIPTION")
    for text in _DESCRIPTION.split("\n\n"):
        page.paragraph(" ".join(text.split()))


def _write_command(page: _Page, path: Sequence[str], command: Any, ctx: Any, options: Sequence[_Told]) -> None:
    page.subsection(" ".join((PROGRAM, *path, *command.collect_usage_pieces(ctx))))
    said, examples = paragraphs(command)
    for text in said:
        page.paragraph(text)
    for argument in command.get_params(ctx):
        if is_argument(argument) and argument.help:
            page.tagged(f"\\fI{_escaped(argument.make_metavar(ctx))}\\fR", argument.help)
    _write_options(page, options)
    for example in examples:
        page.example(example)


def _write_options(page: _Page, options: Iterable[_Told]) -> None:
    section = ""
    for told in sorted(options, key=lambda told: _ORDER.index(told.section)):
        if told.section != section:
            section = told.section
            page.paragraph(f"{section}:")
        page.tagged(told.tag, told.text)


def _options(command: Any, ctx: Any) -> Iterator[_Told]:
    for section, options in grouped(command, ctx):
        for option in options:
            names, text = record_of(option, ctx, ranges=True)
            # The variables have a section of their own.
            variable = option.envvar if isinstance(option.envvar, str) else None
            yield _Told(_tag(names), " ".join(text.split()), section, variable)


def _tag(names: str) -> str:
    """Set an option's names bold and what it takes in italics."""
    words = []
    for word in names.split():
        comma = "," if word.endswith(",") else ""
        plain = word.removesuffix(",")
        words.append(f"\\fB{_escaped(plain)}\\fR{comma}" if plain.startswith("-") else f"\\fI{_escaped(plain)}\\fR")
    return " ".join(words)


def _write_tail(page: _Page, options: Iterable[_Told]) -> None:
    page.section("ENVIRONMENT")
    for names, text in _VARIABLES.items():
        page.tagged(", ".join(f"\\fB{_escaped(name)}\\fR" for name in names.split(", ")), text)
    by_variable: dict[str, str] = {}
    for told in options:
        if told.variable:
            by_variable.setdefault(told.variable, told.tag)
    for variable, tag in sorted(by_variable.items()):
        page.lines += [".TP", f"\\fB{_escaped(variable)}\\fR", f"Stands for {tag}\\&."]
    page.section("FILES")
    for path, text in _FILES.items():
        page.tagged(f"\\fI{_escaped(path)}\\fR", text)
    page.section('"EXIT STATUS"')
    for code in ExitCode:
        page.tagged(f"\\fB{code.value}\\fR", f"{code.meaning[0].upper()}{code.meaning[1:]}.")
    page.paragraph(
        "Ctrl-C ends the program by SIGINT, so that a shell's loop stops too; a reader that has left, by SIGPIPE."
    )
    page.section("EXAMPLES")
    page.paragraph("Speak; write a file; pass raw audio on; speak while a program is still writing:")
    page.example(f'{PROGRAM} say "Hello from the terminal"')
    page.example(f'{PROGRAM} say "Hello" -o hello.wav')
    page.example(f"{PROGRAM} say -f chapter.md -o - | ffmpeg -f s16le -ar 44100 -ac 1 -i - out.opus")
    page.example(f'llm "tell me a story" | {PROGRAM} say')
    page.paragraph(f"Each command has examples of its own: {', '.join(COMMANDS)}.")
    page.section('"SEE ALSO"')
    page.lines.append(".BR espeak-ng (1),\n.BR ffmpeg (1),\n.BR sox (1)".replace("-", "\\-"))
