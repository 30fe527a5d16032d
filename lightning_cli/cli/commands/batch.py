"""The command ``batch``: many texts in, one file each or one book out; what is up to date stays as it is."""

from collections.abc import Mapping
from pathlib import Path

from lightning_cli.cli import backend
from lightning_cli.cli.batch.batch_options import BatchOptions
from lightning_cli.cli.batch.execution import Batch, BatchReporter
from lightning_cli.cli.batch.preparation import run_batch
from lightning_cli.cli.commands.cache import speech_cache
from lightning_cli.cli.service_options import Service, with_service
from lightning_cli.client.settings import LOCAL_URL, SERVICE_URL, ServiceSettings
from lightning_cli.errors import ConfigError
from lightning_cli.narration.lock_file import LockFile
from lightning_cli.narration.plan import Cutting, MakeDefaults
from lightning_cli.narration.source import name_word_lists
from lightning_cli.request import DEFAULT_SAMPLE_RATE, RequestDefaults
from lightning_cli.sinks.containers import Container


@with_service
def batch(service: Service, options: BatchOptions) -> None:
    """Narrate many texts into files; re-runs only redo what changed.

    Each sentence is spoken once and kept: a run that was stopped goes on where it stopped, and an edited sentence is
    the only one spoken again. Columns of a table and keys of JSONL: text or file, output, and the request's flags.

    For example:

      lightning-tts batch script.csv -d audio

      lightning-tts batch chapters/ --book book.mp3 --subtitles book.srt
    """
    if options.concurrency:
        # As many requests at a time as there are jobs, unless the account is known to take more, or any number.
        options = options._replace(concurrency=max(options.jobs, options.concurrency))
    sends_nothing = options.check or options.diff
    if sends_nothing and not options.local:
        # What sends nothing needs no key, as in a build that has no secrets.
        service = _as_recorded(service, options)
        options = options._replace(cloud=False)
    settings = backend.choose(
        service.unasked() if sends_nothing else service, options, word_timestamps=bool(options.subtitles)
    )
    backend.warn_of_codec(settings, service.console)
    words = name_word_lists(options.dict_files or ())
    run_batch(
        Batch(
            options=options,
            settings=settings,
            make_defaults=_defaults_maker(settings, options, tuple(words)),
            cutting=Cutting(
                options.markup, options.max_chars, options.whole, options.thinking, marks=not options.no_marks
            ),
            rule=options.join_rule,
            cache=speech_cache(options.cache, options.cache_limit),
            word_lists=words,
            reporter=BatchReporter(service.console, engine_asked_for=options.names_engine),
        )
    )


def _as_recorded(service: Service, options: BatchOptions) -> Service:
    """Return the service with the address that the outputs were made with, where nothing else sets the backend.

    What sends nothing can compare outputs without a key and without an address.
    """
    if options.cloud:
        return service._replace(base_url=service.base_url or SERVICE_URL)
    if service.base_url is not None or service.unasked().key() is not None:
        return service
    directory = options.directory or Path(options.book or "").parent
    lock = LockFile(directory, read_only=True)
    # Where a version before has kept them, any voice may have spoken.
    recorded = lock.service or (SERVICE_URL if lock.is_of_earlier_version else None)
    if recorded is None or recorded.startswith(LOCAL_URL):
        return service
    from lightning_cli.serve.runtime import running_server  # only without a key

    server = running_server()
    if server is not None and recorded.startswith(server.url):
        # It will be found again, with the offline voices that it spoke with.
        return service
    try:
        ServiceSettings(base_url=recorded)
    except ConfigError:
        return service
    return service._replace(base_url=recorded)


def _defaults_maker(settings: ServiceSettings, options: BatchOptions, word_lists: tuple[str, ...] = ()) -> MakeDefaults:
    """Return a function that makes a row's request, but for its text, out of the flags and the row's own values."""
    flags = options.request_fields()

    def make(row: Mapping[str, object], container: Container) -> RequestDefaults:
        fields = {**flags, **row}
        if fields["sample_rate"] is None:
            fields["sample_rate"] = container.rate_or_usual(DEFAULT_SAMPLE_RATE)
        defaults = backend.request_defaults(settings, fields)
        container.check_rate(defaults.sample_rate)
        backend.check_offline(settings, defaults)
        if word_lists:
            defaults = defaults._replace(pronunciation_dicts=(*defaults.pronunciation_dicts, *word_lists))
        return defaults

    return make
