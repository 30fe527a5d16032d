"""The pages of ``--help`` and ``--help-all``: one table for help, man page and docs/reference.md.

``--help`` shows what most need and fits one screen; ``--help-all`` shows every option by section, with defaults and
ranges. Read only when help is asked for. Help is plain text on a terminal too: drawing it with rich costs as much time
again as everything else, and it could not be compared, searched or piped as it is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lightning_cli import request
from lightning_cli.errors import ExitCode

# The order is that of the help. A field of the request that is not named here stands at the end of its own section; any
# other option that stands in none is put under OTHER, which a test refuses.
SECTIONS: dict[str, list[str]] = {
    "Text": (
        "file whole max-chars markup thinking no-marks flush-after encoding delimiter map no-header columns "
        "allow-outside"
    ).split(),
    "Output": (
        "output play format bitrate directory book subtitles pause-text echo join pause-sentence pause-paragraph "
        "pause-heading "
        "max-speed no-clobber keep-partial hold-segments json report"
    ).split(),
    "Book": "title author cover chapters loudness pad".split(),
    "Voice": "voice cast model language speed sample-rate dict dict-file number-language math-notation".split(),
    "Filters": "search gender accent age use-case offline refresh preview".split(),
    "Playback": "device volume rate lead-in prebuffer keys now overlap drop-after".split(),
    "Work": (
        "check diff summary force clean jobs budget shard wait-for-service cache cache-limit all no-network speak set"
    ).split(),
    "Service": (
        "local cloud base-url api-key-file profile keyring route transport wire-format concurrency "
        "session-id request-id context-id expire-content insecure-http connect-timeout first-byte-timeout "
        "idle-timeout retries max-wait"
    ).split(),
    "Server": "host port token-file engine any-voice allow-origin expiry event-bytes complete-backoff".split(),
    "Rehearsal": "sse-dialect wire-container retire-legacy retire-model latency rate fail seed".split(),
    "Shell": "install-completion show-completion".split(),
    "Recording": "record replay replay-speed".split(),
    "Messages": "dry-run curl stats quiet verbose plain debug version help help-all".split(),
}
OTHER = "Options"
# What --help shows of a command that has too many options for one screen, in this order; with a sentence where that of
# the option is too long for a first look.
_ESSENTIALS: dict[str, dict[str, str]] = {
    "say": {
        **dict.fromkeys("file output play".split(), ""),
        "format": "wav, flac, mp3, opus...; default: by the extension.",
        "subtitles": "",
        "voice": "",
        "language": "A code or name, as in de or german; auto detects it.",
        **dict.fromkeys("model speed sample-rate".split(), ""),
        "volume": "Playback volume; never clips.",
        "rate": "Playback speed at the same pitch.",
        "device": "",
        "keys": "Control playback from the keyboard; ? lists the keys.",
        "local": "",
        **dict.fromkeys("dry-run quiet help help-all".split(), ""),
    },
    "batch": {
        "directory": "",
        "format": "wav, flac, mp3, opus...; default: by the extension.",
        "book": "",
        "subtitles": "Subtitles of the book: .srt, .vtt or .json.",
        "chapters": "Chapters of the book: .ffmeta .vtt .json .txt.",
        "voice": "",
        "language": "A code or name, as in de or german; or auto.",
        "speed": "",
        "cast": "Who speaks which lines: HOST=emily,GUEST=daniel.",
        "check": "List outdated files, send nothing; 10 if any.",
        "diff": "List what would be spoken, send nothing.",
        "force": "",
        "jobs": "Number of parallel requests.",
        **dict.fromkeys("budget local quiet help help-all".split(), ""),
    },
}
# What --help leaves out of every other command.
_RARE = frozenset(
    "insecure-http connect-timeout first-byte-timeout idle-timeout retries max-wait verbose debug".split()
) | frozenset(SECTIONS["Rehearsal"])
_CONTROLS = frozenset("stop pause resume skip again set".split())
# How else a command may end than with 0, 1 or 2. The root shows all codes.
_CODES: dict[str, tuple[int, ...]] = {
    "say": (3, 4, 5, 6, 9),
    "batch": (3, 4, 5, 7, 8, 9, 10),
    "report": (9,),
    "voices": (3, 4, 5, 6, 9),
    "dicts": (3, 4, 5, 9),
    "devices": (6,),
    "doctor": (3, 4, 5, 6, 9),
    "serve": (3, 4, 5),
    "config": (3, 9),
    "login": (3, 4, 5, 9),
    "logout": (3, 9),
    "cache": (3, 9),
    "completion": (9,),
    **dict.fromkeys(_CONTROLS, (6, 9)),
    "status": (9,),
}
_RANGE = re.compile(r"(?:(?P<low>[\d.]+)<=?)?x(?:[<>]=?(?P<high>[\d.]+))?")
# The codes on the screen that most look at; --help-all and docs/errors.md say more.
_BRIEF = {
    ExitCode.CONFIG: "key or configuration",
    ExitCode.REFUSED: "refused",
    ExitCode.NETWORK: "network or server",
    ExitCode.SOME_FAILED: "items failed",
    ExitCode.OUTPUT: "output",
}
# Where a command means something of its own by an option.
_SECTIONS_OF = {
    ("voices", "language"): "Filters",
    ("voices", "model"): "Filters",
    ("voices", "output"): "Filters",
    ("serve", "concurrency"): "Server",
}


def section_of(command: str, option: str) -> str:
    """Return the section of an option, given by its long name without dashes."""
    special = _SECTIONS_OF.get((command, option))
    if special:
        return special
    field = request.FIELDS.get(request.fields_by_flag().get(option, ""))
    other = field.section if field is not None else OTHER
    return next((section for section, options in SECTIONS.items() if option in options), other)


def long_name(parameter: Any) -> str:
    """Return an option's longest name without its dashes."""
    longest: str = max(parameter.opts, key=len)
    return longest.lstrip("-")


def is_argument(parameter: Any) -> bool:
    """Return whether a parameter is an argument and not an option."""
    return bool(parameter.param_type_name == "argument")


def grouped(command: Any, ctx: Any) -> Iterator[tuple[str, list[Any]]]:
    """Return a command's visible options, section by section, each in the order of the table."""
    visible = [one for one in command.get_params(ctx) if not is_argument(one) and not getattr(one, "hidden", False)]
    by_section: dict[str, list[Any]] = {}
    for option in visible:
        by_section.setdefault(section_of(command.name, long_name(option)), []).append(option)
    for section in (*SECTIONS, OTHER):
        if section in by_section:
            yield section, _ordered(by_section[section], SECTIONS.get(section, ()))


def _ordered(options: Iterable[Any], order: Sequence[str]) -> list[Any]:
    return sorted(
        options, key=lambda option: order.index(long_name(option)) if long_name(option) in order else len(order)
    )


def format_options(command: Any, ctx: Any, formatter: Any) -> None:
    """Write a command's arguments, then its options, then its commands."""
    arguments = [record for one in command.get_params(ctx) if is_argument(one) and (record := one.get_help_record(ctx))]
    if arguments:
        with formatter.section("Arguments"):
            formatter.write_dl(arguments)
    shows_all = getattr(ctx, "shows_all", False)
    essentials = None if shows_all else _ESSENTIALS.get(command.name)
    if essentials is not None:
        options = {long_name(one): one for one in command.get_params(ctx) if not is_argument(one)}
        with formatter.section(OTHER):
            formatter.write_dl([record_of(options[name], ctx, told) for name, told in essentials.items()])
    else:
        for section, listed in grouped(command, ctx):
            shown = [one for one in listed if shows_all or long_name(one) not in _RARE]
            if shown:
                with formatter.section(section):
                    formatter.write_dl([record_of(one, ctx, ranges=shows_all) for one in shown])
    if hasattr(command, "format_commands"):
        command.format_commands(ctx, formatter)


def record_of(option: Any, ctx: Any, told: str = "", *, ranges: bool = False) -> tuple[str, str]:
    """Return an option's names and what it does, with its default, and its range where ``ranges`` are shown.

    ``told`` takes the place of its own help and default. The variable is not named: see ``format_epilog``.
    """
    # An option that is made only now would take back what was said of it.
    _ = option.type
    option.show_envvar = False
    names, text = option.get_help_record(ctx)
    if told:
        return names, told
    text, _, further = text.partition("  [")
    shown = []
    for one in filter(None, further.removesuffix("]").split("; ")):
        limits = _RANGE.fullmatch(one)
        if limits is None:
            shown.append(one)
        elif ranges:
            low, high = limits["low"], limits["high"]
            shown.append(f"{low} to {high}" if low and high else f"at least {low or high}")
    return names, f"{text}  [{'; '.join(shown)}]" if shown else text


def format_epilog(command: Any, ctx: Any, formatter: Any) -> None:
    """Write how options are set for good, where all are shown, and the exit codes that the command can end with."""
    path = ctx.command_path.split()
    shows_all = getattr(ctx, "shows_all", False)
    if shows_all:
        names = [long_name(one) for one in command.get_params(ctx) if getattr(one, "envvar", None)]
        if names:
            _write(
                formatter,
                "Options also have an environment variable and a key in the configuration: --"
                f"{names[0]} is {request.VARIABLE_PREFIX}{names[0].upper().replace('-', '_')} and {names[0]!r}. "
                f"All of them: {', '.join(names)}.",
            )
    name = path[1] if len(path) > 1 else ""
    shows_all = shows_all or not name
    codes = [ExitCode(code) for code in (0, 2, *_CODES.get(name, (3, 9)))] if name else list(ExitCode)
    meanings = {} if shows_all else _BRIEF
    if name:
        meanings = {**meanings, ExitCode.AUDIO: "nothing plays" if name in _CONTROLS else "audio device"}
    told = [f"{code.value} {meanings.get(code, code.meaning)}" for code in codes]
    _write(formatter, f"Exit codes: {'; '.join(told)}.")


def _write(formatter: Any, text: str) -> None:
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(text)
