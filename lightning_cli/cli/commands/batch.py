"""The command ``batch``: many texts in, one file each or one book out; what is up to date stays as it is."""

from collections.abc import Mapping
from typing import Any, cast

from lightning_cli.audio.joins import JoinRule
from lightning_cli.cli import backend
from lightning_cli.cli import options as opt
from lightning_cli.cli.batch.execution import Batch, BatchOptions, BatchReporter
from lightning_cli.cli.batch.preparation import run_batch
from lightning_cli.cli.commands.cache import MEGABYTE, speech_cache
from lightning_cli.cli.service_options import Service, with_service
from lightning_cli.client.settings import SERVICE_URL, ServiceSettings
from lightning_cli.narration.cache import DEFAULT_LIMIT_BYTES
from lightning_cli.narration.plan import Cutting, MakeWish
from lightning_cli.request import DEFAULT_SAMPLE_RATE, SpeechRequest, check_language
from lightning_cli.sinks.containers import Container
from lightning_cli.text.segmenter import DEFAULT_MAX_CHARS

_JOIN = JoinRule()
_PAUSE_TEXT_MS = 1000


@with_service
def batch(
    service: Service,
    sources: opt.Sources,
    directory: opt.Directory = None,
    format_name: opt.RowFormat = None,
    book: opt.Book = None,
    subtitles: opt.BookSubtitles = None,
    pause_text: opt.PauseText = _PAUSE_TEXT_MS,
    check: opt.Check = False,
    diff: opt.Diff = False,
    as_json: opt.Json = False,
    force: opt.Force = False,
    jobs: opt.Jobs = 1,
    budget: opt.Budget = None,
    shard: opt.ShardSpec = None,
    report: opt.Report = None,
    cache: opt.CacheDirectory = None,
    cache_limit: opt.CacheLimit = DEFAULT_LIMIT_BYTES // MEGABYTE,
    voice: opt.Voice = None,
    model: opt.Model = None,
    sample_rate: opt.SampleRate = None,
    speed: opt.Speed = None,
    language: opt.Language = None,
    dicts: opt.Dicts = None,
    session_id: opt.SessionId = None,
    number_language: opt.NumberLanguage = None,
    math_notation: opt.MathNotation = None,
    expire_content: opt.ExpireContent = False,
    whole: opt.Whole = False,
    max_chars: opt.MaxChars = DEFAULT_MAX_CHARS,
    markup: opt.Markup = "auto",
    join: opt.Join = "natural",
    pause_sentence: opt.PauseSentence = int(_JOIN.sentence_ms),
    pause_paragraph: opt.PauseParagraph = int(_JOIN.paragraph_ms),
    local: opt.Local = False,
    cloud: opt.Cloud = False,
    route: opt.Route = "auto",
    transport: opt.Transport = "sse",
    wire_format: opt.WireFormat = None,
    concurrency: opt.Concurrency = 1,
) -> None:
    """Narrate many texts into files, and later only what changed.

    Each sentence is spoken once and kept: a run that was stopped goes on where it stopped, and an edited sentence is
    the only one spoken again. Columns of a table and keys of JSONL: text or file, output, and the request's flags.

    For example:

      lightning-tts batch script.csv -d audio

      lightning-tts batch chapters/ --book book.mp3 --subtitles book.srt
    """
    # As many requests at a time as there are jobs, unless the person knows that the account takes more, or any number.
    slots = max(jobs, concurrency) if concurrency else 0
    if cloud and (check or diff):
        # Whoever sends nothing needs no key, as in a build that has no secrets.
        service, cloud = service._replace(base_url=service.base_url or SERVICE_URL), False
    way = backend.BackendOptions(local, cloud, route, transport, wire_format, bool(subtitles), slots)
    settings = backend.choose(service.unasked() if check or diff else service, way)
    backend.warn_of_codec(settings, service.console)
    flags = {
        "voice_id": voice,
        "model": model,
        "sample_rate": sample_rate,
        "speed": speed,
        "language": language,
        "number_pronunciation_language": number_language,
        "math_notation": math_notation,
        "pronunciation_dicts": tuple(dicts or ()),
        "session_id": session_id,
        # An id for one request: the rows name their own.
        "request_id": None,
        "expire_content": expire_content,
    }
    given = BatchOptions(
        sources=sources,
        directory=directory,
        format_name=format_name,
        book=book,
        subtitles=tuple(subtitles or ()),
        pause_text_ms=pause_text,
        check=check,
        diff=diff,
        as_json=as_json,
        force=force,
        jobs=jobs,
        budget=budget,
        shard=shard,
        report=report,
    )
    run_batch(
        Batch(
            given=given,
            settings=settings,
            make_wish=_wish_maker(settings, flags),
            cutting=Cutting(markup, max_chars, whole),
            rule=JoinRule(raw=join == "raw", sentence_ms=pause_sentence, paragraph_ms=pause_paragraph),
            cache=speech_cache(cache, cache_limit),
            shown=BatchReporter(service.console, engine_asked_for=local),
        )
    )


def _wish_maker(settings: ServiceSettings, flags: Mapping[str, object]) -> MakeWish:
    """Return what makes a row's request out of the flags and what the row says instead."""

    def make(row: Mapping[str, object], container: Container) -> SpeechRequest:
        wish: dict[str, Any] = {**flags, **row}
        check_language("language", wish["language"])  # first, since the engine's voice follows from it
        wish["voice_id"] = backend.voice_for(settings, wish["voice_id"], wish["model"], wish["language"])
        rate = cast("int | None", wish["sample_rate"])
        wish["sample_rate"] = container.rate_or_usual(DEFAULT_SAMPLE_RATE) if rate is None else rate
        request = SpeechRequest(text="x", voice_id=wish["voice_id"])._replace(**wish)
        container.check_rate(request.sample_rate)
        backend.check_offline(settings, request, dictionaries=bool(request.pronunciation_dicts))
        return request

    return make
