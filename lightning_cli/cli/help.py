"""The sections of ``--help``: one table for the help, the man page and docs/reference.md.

Read only when help is asked for. Help is plain text on a terminal too: drawing it with rich costs as much time again
as everything else, and it could not be compared, searched or piped as it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lightning_cli import request

# The order is that of the help. A field of the request that is not named here stands at the end of its own section; any
# other option that stands in none is put under OTHER, which a test refuses.
SECTIONS: dict[str, list[str]] = {
    "Text": (
        "file whole max-chars markup thinking no-marks flush-after encoding delimiter map no-header columns "
        "allow-outside"
    ).split(),
    "Output": (
        "output play format directory book subtitles pause-text echo join pause-sentence pause-paragraph "
        "max-speed no-clobber keep-partial hold-segments json report"
    ).split(),
    "Book": "title author cover chapters loudness pad bitrate".split(),
    "Voice": "voice cast model language speed sample-rate dict dict-file number-language math-notation".split(),
    "Filters": "search gender accent age use-case offline refresh preview".split(),
    "Playback": "device volume rate lead-in prebuffer keys".split(),
    "Work": (
        "check diff force clean jobs budget shard wait-for-service cache cache-limit all no-network speak"
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
    "Messages": "dry-run curl stats quiet verbose debug version help".split(),
}
OTHER = "Options"
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
    """Write a command's arguments, then its options by section, then its commands."""
    arguments = [record for one in command.get_params(ctx) if is_argument(one) and (record := one.get_help_record(ctx))]
    if arguments:
        with formatter.section("Arguments"):
            formatter.write_dl(arguments)
    for section, options in grouped(command, ctx):
        with formatter.section(section):
            formatter.write_dl([record for one in options if (record := one.get_help_record(ctx))])
    if hasattr(command, "format_commands"):
        command.format_commands(ctx, formatter)
