"""The command ``say``: text in, speech out."""

from collections.abc import Sequence
from pathlib import Path

from lightning_cli.audio.joins import JoinRule
from lightning_cli.cli import backend
from lightning_cli.cli import options as opt
from lightning_cli.cli.say import outputs
from lightning_cli.cli.say.progress import showing
from lightning_cli.cli.say.speaking import RunListeners, TextSource, explain, speak
from lightning_cli.cli.say.taping import with_result, with_tape
from lightning_cli.cli.say.text_source import FLUSH_AFTER_S
from lightning_cli.cli.service_options import Service, with_service
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.request import SpeechRequest, check_language
from lightning_cli.sinks import SinkOptions
from lightning_cli.system.records import Record
from lightning_cli.text.segmenter import DEFAULT_MAX_CHARS

_JOIN = JoinRule()


@with_service
@with_result
@with_tape
def say(
    service: Service,
    *,
    words: opt.Words = None,
    files: opt.TextFiles = None,
    output: opt.Outputs = None,
    play: opt.Play = False,
    format_name: opt.FormatName = None,
    voice: opt.Voice = None,
    model: opt.Model = None,
    sample_rate: opt.SampleRate = None,
    speed: opt.Speed = None,
    language: opt.Language = None,
    dicts: opt.Dicts = None,
    dict_files: opt.DictFile = None,
    session_id: opt.SessionId = None,
    request_id: opt.RequestId = None,
    context_id: opt.ContextId = None,
    number_language: opt.NumberLanguage = None,
    math_notation: opt.MathNotation = None,
    expire_content: opt.ExpireContent = False,
    whole: opt.Whole = False,
    max_chars: opt.MaxChars = DEFAULT_MAX_CHARS,
    markup: opt.Markup = "auto",
    flush_after: opt.FlushAfter = int(FLUSH_AFTER_S * 1000),
    subtitles: opt.Subtitles = None,
    echo: opt.Echo = False,
    join: opt.Join = "natural",
    pause_sentence: opt.PauseSentence = int(_JOIN.sentence_ms),
    pause_paragraph: opt.PauseParagraph = int(_JOIN.paragraph_ms),
    device: opt.Device = None,
    prebuffer: opt.Prebuffer = None,
    stats: opt.Stats = None,
    volume: opt.Volume = 100,
    keys: opt.Keys = None,
    no_clobber: opt.NoClobber = False,
    keep_partial: opt.KeepPartial = False,
    hold_segments: opt.HoldSegments = False,
    dry_run: opt.DryRun = False,
    curl: opt.Curl = False,
    local: opt.Local = False,
    cloud: opt.Cloud = False,
    route: opt.Route = "auto",
    transport: opt.Transport = "sse",
    wire_format: opt.WireFormat = None,
    concurrency: opt.Concurrency = 1,
) -> None:
    """Speak text: play it, or write it to a file or pipe.

    Without -o the speech is played while it is still being made. With -o it is written; --play does both.

    For example:

      lightning-tts say "Hello from the terminal"

      lightning-tts say -f chapter.md -o chapter.wav
    """
    files_options = SinkOptions(clobber=not no_clobber, keep_partial=keep_partial, hold_segments=hold_segments)
    script = TextSource(words or [], files or [], whole, max_chars, markup, flush_after)
    target = outputs.plan(
        outputs.OutputOptions(
            paths=tuple(output or ()),
            play=play,
            # A standing wish says how to write whenever something is written.
            format_name=format_name if output or service.is_flag("format_name") else None,
            sample_rate=sample_rate,
            files=files_options,
            device=device,
            prebuffer_ms=prebuffer,
            stats=stats,
            counted=service.result is not None,
            listening=outputs.PlaybackOptions(service.console, volume, keys, script.reads_stdin, echo),
        )
    )
    if context_id is not None:
        script.check_context()
    way = backend.BackendOptions(local, cloud, route, transport, wire_format, bool(subtitles), concurrency, context_id)
    settings = backend.choose(service.unasked() if dry_run or curl else service, way)
    check_language("language", language)  # first, since the engine's voice follows from it
    wish = SpeechRequest(
        # Every field is checked here, before a file is opened, a device woken or a word sent.
        text="x",
        voice_id=backend.voice_for(settings, voice, model, language),
        sample_rate=target.sample_rate,
        output_format=wire_format or "pcm",
        model=model,
        speed=speed,
        language=language,
        number_pronunciation_language=number_language,
        math_notation=math_notation,
        pronunciation_dicts=tuple(dicts or ()),
        session_id=session_id,
        request_id=request_id,
        expire_content=expire_content,
    )
    backend.check_offline(settings, wish, dictionaries=bool(dicts or dict_files))
    backend.warn_of_codec(settings, service.console)
    if dry_run or curl:
        explain(script, wish, settings, service.console, as_curl=curl)
        return
    rule = JoinRule(raw=join == "raw", sentence_ms=pause_sentence, paragraph_ms=pause_paragraph)
    asked = SayOptions(local, echo, dict_files or [], subtitles or [], output or [], files_options)
    _run(service, settings, wish, target, script, rule, asked)


class SayOptions(Record):
    """What the command line says of a run beyond its text, its request and its sound."""

    engine: bool
    echo: bool
    dict_files: Sequence[Path]
    subtitles: Sequence[str]
    paths: Sequence[str]
    files_options: SinkOptions


def _run(
    service: Service,
    settings: ServiceSettings,
    wish: SpeechRequest,
    target: outputs.Outputs,
    script: TextSource,
    rule: JoinRule,
    asked: SayOptions,
) -> None:
    """Speak, with whatever was asked for around it."""
    captions = None
    if asked.subtitles:
        # Most runs write none.
        from lightning_cli.cli.say.captions import Captions

        captions = Captions(asked.subtitles, asked.files_options)
    shown = showing(service.console, script, target, paths=asked.paths, echo=asked.echo)
    observers = [shown] if service.result is None else [service.result, shown]
    if service.result is not None:
        service.result.begin(wish, settings, target)
    opened = backend.open_client(settings, service.console, wish, asked_for=asked.engine, taping=service.taping)
    with opened as client, target.heard(service.console), shown:
        if asked.dict_files:
            wish = backend.with_dictionaries(client, settings, wish, asked.dict_files)
        heard_s = target.heard_s if asked.echo else None
        told = RunListeners(service.console, captions, target.begin_sentence, heard_s, target.ledger, observers)
        text = service.taping.script(script, wish, settings, rule) if service.taping else script
        speak(client, text, wish, target.sink, client.retries, rule, told)
