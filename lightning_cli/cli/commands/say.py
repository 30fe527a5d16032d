"""The command ``say``: text in, speech out."""

import contextlib
import os
import stat
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lightning_cli.cli import backend
from lightning_cli.cli.say import outputs
from lightning_cli.cli.say.say_options import SayOptions
from lightning_cli.cli.say.speaking import RunListeners, TextSource, explain, speak
from lightning_cli.cli.say.taping import taping
from lightning_cli.cli.service_options import Service, with_service
from lightning_cli.cli.terminal.console import is_terminal
from lightning_cli.errors import UsageFault
from lightning_cli.request import RequestDefaults
from lightning_cli.sinks.containers import has_audio_ending
from lightning_cli.system.records import Record

if TYPE_CHECKING:
    from lightning_cli.cli.say.json_result import JsonResult
    from lightning_cli.cli.say.progress import ProgressDisplay
    from lightning_cli.cli.say.taping import RecordingMode
    from lightning_cli.client.settings import ServiceSettings

_DASHES = ("\u2013", "\u2014", "\u2212")
# So much of a file tells what it is.
_HEAD_BYTES = 512
# What has a meaning only where something is played.
_PLAYS = ("keys", "volume", "rate", "device", "lead_in", "prebuffer", "overlap", "drop_after")


@with_service
def say(service: Service, options: SayOptions) -> None:
    """Speak text: play it, or write it to a file or pipe.

    Without -o the speech is played while it is still being made. With -o it is written; --play does both.

    For example:

      lightning-tts say "Hello from the terminal"

      lightning-tts say -f chapter.md -o chapter.wav
    """
    if not options.as_json:
        with taping(service, options) as (taken, tape):
            _say(service, taken, None, tape)
        return
    from lightning_cli.cli.say.json_result import collecting

    with collecting(service.console, options) as result, taping(service, options) as (taken, tape):
        _say(service, taken, result, tape)


def _say(service: Service, options: SayOptions, result: "JsonResult | None", tape: "RecordingMode | None") -> None:
    """Check everything before a file is opened, a device woken or a word sent; then speak."""
    if options.format_name and not options.output and not service.is_flag("format_name"):
        # A variable and the configuration set how to write, and not that something is written.
        options = options._replace(format_name=None)
    _check_words(service, options)
    script = TextSource(options.words or [], options.files or [], options.text_reading, options.flush_after)
    fields = options.request_fields()
    target = outputs.plan(
        options,
        sample_rate=fields["sample_rate"],
        context=outputs.OutputContext(service.console, script.reads_stdin, script.is_piped),
    )
    if options.context_id is not None:
        script.check_context()
    sends_nothing = options.dry_run or options.curl
    settings = (tape.settings() if tape is not None else None) or backend.choose(
        service.unasked() if sends_nothing else service,
        options,
        word_timestamps=bool(options.subtitles),
        context_id=options.context_id,
    )
    fields |= {"sample_rate": target.sample_rate, "output_format": options.wire_format or "pcm"}
    defaults = backend.request_defaults(settings, fields)
    backend.check_offline(settings, defaults)
    backend.warn_of_codec(settings, service.console)
    script = script._replace(resolve=backend.delivery_resolver(settings, fields), note=service.console.warn)
    if sends_nothing:
        explain(script, defaults, settings, service.console, as_curl=options.curl)
        return
    _run(_Run(service, options, settings, defaults, target, script, result, tape))


def _check_words(service: Service, options: SayOptions) -> None:
    """Raise ``UsageFault`` where the text is the names of files; note what else is probably not meant."""
    words = options.words or []
    literal = service.context is not None and service.context.has_dashes
    dashed = [word for word in words if word[:1] in _DASHES]
    if dashed and not literal:
        _check_dashes(service, dashed)
    if words and not literal and all(map(_is_file, words)):
        import shlex

        if has_audio_ending(words[0]):
            raise UsageFault(f"{words[0]!r} is audio, not a text", hint=f"to write to it: -o {shlex.quote(words[0])}")
        _check_kinds(words)
        named = " ".join(f"-f {shlex.quote(word)}" for word in words)
        raise UsageFault(f"{words[0]!r} is a file", hint=f"speak what is in it with {named}, or its name behind --")
    # As a setting it gives way to either.
    if service.is_flag("overlap") and options.overlap:
        for name in ("now", "drop_after"):
            if service.is_flag(name):
                raise UsageFault(f"{service.flag_of(name)} cannot be combined with --overlap", hint="drop one of them")
    if options.output is not None and not options.play:
        idle = [name for name in _PLAYS if service.is_flag(name)]
        if idle:
            flags = " and ".join(map(service.flag_of, idle))
            verb = "has" if len(idle) == 1 else "have"
            service.console.warn(f"{flags} {verb} no effect on what is written; add --play to hear it too")


def _check_kinds(names: Sequence[str]) -> None:
    """Raise ``UsageFault`` for a file that begins like something else than text."""
    from lightning_cli.text.encodings import check_kind

    for name in names:
        with contextlib.suppress(OSError), open(name, "rb") as file:  # noqa: PTH123 - costs less
            check_kind(file.read(_HEAD_BYTES), name)


def _check_dashes(service: Service, words: Sequence[str]) -> None:
    """Raise ``UsageFault`` for an option behind a dash that a word processor or a web page has made of hyphens."""
    if service.context is None:
        return
    known = service.context.command.get_params(service.context)
    flags = {name for one in known for name in (*one.opts, *one.secondary_opts)}
    for word in words:
        name = word.lstrip("".join(_DASHES)).partition("=")[0]
        meant = next((flag for flag in (f"--{name}", f"-{name}") if flag in flags), None)
        if meant is not None:
            raise UsageFault(
                f"{word!r} begins with a typographic dash and not with hyphens",
                hint=f"did you mean {meant}? Text that begins so goes after --",
            )


def _is_file(word: str) -> bool:
    # A word without a dot or a slash is one, whatever file has its name.
    return ("." in word or "/" in word) and "\0" not in word and os.path.isfile(word)  # noqa: PTH113 - costs less


def _stdout_is_new_file() -> bool:
    """Return whether standard output was sent into a file of its own, in which nothing is yet."""
    try:
        about = os.fstat(1)
    except OSError:
        return False
    # A file without a name is a program's, which collects what its children write.
    if not stat.S_ISREG(about.st_mode) or about.st_size or not about.st_nlink:
        return False
    import fcntl

    # What is appended to is a log.
    return not fcntl.fcntl(1, fcntl.F_GETFL) & os.O_APPEND


class _Run(Record):
    """The state of a run before it begins."""

    service: Service
    options: SayOptions
    settings: "ServiceSettings"
    defaults: RequestDefaults
    target: outputs.Outputs
    script: TextSource
    result: "JsonResult | None"
    tape: "RecordingMode | None"


def _progress(run: _Run) -> "ProgressDisplay | None":
    """Return the display of the run; None where nothing is shown."""
    if run.service.console.quiet or not is_terminal(sys.stderr):
        return None
    from lightning_cli.cli.say.progress import showing

    return showing(run.service.console, run.script, run.target, paths=run.options.paths, echo=run.options.echo)


def _run(run: _Run) -> None:
    """Speak, with subtitles, echo, progress and result as requested."""
    options, target, settings, defaults = run.options, run.target, run.settings, run.defaults
    console = run.service.console
    captions = None
    if options.subtitles:
        from lightning_cli.cli.say.captions import Captions

        captions = Captions(
            options.subtitles, options.sink_options, by_engine=settings.is_local or settings.speaks_offline
        )
    progress = _progress(run)
    observers = [one for one in (run.result, progress) if one is not None]
    if run.result is not None:
        run.result.begin(defaults, settings, target)
    target.describe(voice=defaults.voice_id)
    tape = run.tape.tape if run.tape is not None else None
    # What is wrong with the text is told before the engine loads.
    script = run.script.opened(defaults.language) if tape is None or not tape.is_replay else run.script
    if options.output is None and not (options.echo or options.as_json) and _stdout_is_new_file():
        console.note("note: the speech is played; nothing is written to standard output (-o - does that)")
    soon = target.deck.when_near if target.deck is not None else None
    opened = backend.open_client(settings, console, defaults, asked_for=options.names_engine, tape=tape, soon=soon)
    with opened as client, target.report_playback(console), progress or contextlib.nullcontext():
        if options.dict_files:
            defaults = backend.with_dictionaries(client, settings, defaults, options.dict_files)
        if target.deck is not None and client.does_wait:
            # What plays loads, and wakes the device, while the service makes the answer.
            client.while_waiting = target.deck.opener()
        echo_by = target.heard_sentences if options.echo else None
        listeners = RunListeners(console, captions, target.begin_sentence, echo_by, target.ledger, observers)
        rule = options.join_rule
        text = run.tape.script(script, defaults, settings, rule) if run.tape is not None else script
        speak(client, text, defaults, target.sink, rule, listeners)
