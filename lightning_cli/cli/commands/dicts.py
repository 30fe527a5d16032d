"""The commands ``dicts``: pronunciation dictionaries, which the service keeps, or without a key the offline engine."""

from pathlib import Path

import typer

from lightning_cli.catalogue.dictionaries import (
    create_dictionary,
    delete_dictionary,
    list_dictionaries,
    replace_dictionary,
    sync_words,
)
from lightning_cli.cli import options as opt
from lightning_cli.cli import options_other as more
from lightning_cli.cli.app import CONTEXT_SETTINGS
from lightning_cli.cli.service_options import Service, with_service
from lightning_cli.cli.terminal.listing import write_json, write_list
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import LOCAL_URL, ServiceSettings
from lightning_cli.errors import ExitCode, KeyRefused, ServiceError, Unavailable, UsageFault
from lightning_cli.system import last_seen
from lightning_cli.system.counting import counted
from lightning_cli.text.wordlist import read_words

_COLUMNS = ("id", "words", "created", "which")
_DONE = {
    "unchanged": "{id} is up to date with {path} ({words})",
    "found": "using {id}, which has the words of {path} ({words})",
    "created": "created {id} from {path} ({words})",
    "updated": "updated {id} from {path} ({words})",
}


app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=CONTEXT_SETTINGS)


@app.callback(invoke_without_command=True)
def dicts(ctx: typer.Context) -> None:
    """Manage pronunciation dictionaries.

    A dictionary file has a word and its pronunciation, spelt in ordinary words, on each line: mysql,my-sequel. The
    ids that these commands print go to: lightning-tts say --dict ID

    Without an API key the offline voices have dictionaries of their own.

    For example:

      lightning-tts dicts sync words.csv

      lightning-tts say "mysql" --dict "$(lightning-tts dicts sync words.csv)"
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(ExitCode.USAGE)


@app.command("list")
@with_service
def list_command(service: Service, as_json: opt.Json = False) -> None:
    """List the account's dictionaries.

    For example:

      lightning-tts dicts list

      lightning-tts dicts list --json | jq -r '.[].id'
    """
    settings = _settings(service)
    with _client(settings) as client:
        found = list_dictionaries(client)
    last_seen.remember_dictionaries(settings.api_root, {one.id: dict(one.items) for one in found})
    if as_json:
        write_json(
            service.console,
            [
                {
                    "id": one.id,
                    "items": [{"word": word, "pronunciation": sound} for word, sound in one.items],
                    "createdAt": one.created_at,
                }
                for one in found
            ],
        )
        return
    rows = [[one.id, str(len(one.items)), one.created_at or "", ", ".join(dict(one.items))] for one in found]
    write_list(service.console, _COLUMNS, rows)
    if not found:
        service.console.note("note: no dictionaries")


@app.command("create")
@with_service
def create_command(service: Service, file: more.DictionaryFile) -> None:
    """Make a dictionary from a file and print its id.

    For example:

      lightning-tts dicts create words.csv

      lightning-tts say -f post.md --dict "$(lightning-tts dicts create words.toml)"
    """
    words = _words(service, file)
    with _client(_settings(service)) as client:
        service.console.result(create_dictionary(client, words))


@app.command("update")
@with_service
def update_command(service: Service, dictionary_id: more.DictionaryId, file: more.DictionaryFile) -> None:
    """Replace all words of a dictionary with those of a file.

    For example:

      lightning-tts dicts update 6650f1c2 words.csv

      lightning-tts dicts update "$(cat words.id)" words.json
    """
    words = _words(service, file)
    chosen = _checked(dictionary_id)
    with _client(_settings(service)) as client:
        replace_dictionary(client, chosen, words)
    service.console.note(_DONE["updated"].format(id=dictionary_id, words=counted(len(words), "word"), path=file))


@app.command("delete")
@with_service
def delete_command(service: Service, dictionary_ids: more.DictionaryIds) -> None:
    """Delete dictionaries; a failure does not stop the others.

    For example:

      lightning-tts dicts delete 6650f1c2

      lightning-tts dicts delete "$(cat words.id)" 6650f1c2
    """
    ids = list(dict.fromkeys(map(_checked, dictionary_ids)))
    refused = 0
    with _client(_settings(service)) as client:
        for dictionary_id in ids:
            try:
                delete_dictionary(client, dictionary_id)
            except (KeyRefused, Unavailable):
                # The next one would fail alike.
                raise
            except ServiceError as fault:
                if len(ids) == 1:
                    raise
                refused += 1
                service.console.error(f"{dictionary_id}: {fault.message}", fault.hint)
            else:
                service.console.note(f"deleted {dictionary_id}")
    if refused:
        raise ServiceError(f"cannot delete {refused} of {len(ids)} dictionaries", hint="see above")


@app.command("sync")
@with_service
def sync_command(service: Service, file: more.DictionaryFile) -> None:
    """Keep a dictionary equal to a file, and print its id.

    Nothing is sent when one has them already. A dictionary that was made from another file is never changed.

    For example:

      lightning-tts dicts sync words.csv

      lightning-tts dicts sync words.csv > words.id
    """
    words = _words(service, file)
    settings = _settings(service)
    with _client(settings) as client:
        synced = sync_words(client, words, file, settings.api_root)
    service.console.note(_DONE[synced.action].format(id=synced.id, words=counted(len(words), "word"), path=file))
    if not synced.remembered:
        service.console.warn("cannot save the link to this file; changing it will create a new dictionary")
    service.console.result(synced.id)


def _settings(service: Service) -> ServiceSettings:
    """Return how the dictionaries are reached: at the service, or without a key in the offline engine's own file."""
    settings = service.settings()
    if settings is not None:
        return settings
    service.console.note("note: no API key; using the dictionaries of the offline voices")
    return ServiceSettings(base_url=LOCAL_URL, timeouts=service.timeouts, retry=service.retry)


def _client(settings: ServiceSettings) -> SpeechClient:
    if not settings.is_local:
        return SpeechClient(settings)
    from lightning_cli.local.adapter import LocalAdapter

    return SpeechClient(settings, local=LocalAdapter())


def _words(service: Service, path: Path) -> dict[str, str]:
    """Read a file; every problem gets a line of its own."""
    read = read_words(path)
    for problem in read.problems:
        service.console.error(problem)
    if read.problems:
        raise UsageFault(f"{path} cannot be used", hint="fix the lines above and run again; nothing was sent")
    return read.words


def _checked(dictionary_id: str) -> str:
    if not dictionary_id.strip():
        raise UsageFault("the id of a dictionary is empty", hint="lightning-tts dicts list shows the ids")
    return dictionary_id
