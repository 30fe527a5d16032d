"""The options of one run of ``batch``, as one frozen record that is handed on the whole way."""

from collections.abc import Mapping
from pathlib import Path

from lightning_cli.cli import options as opt
from lightning_cli.cli import options_other as more
from lightning_cli.cli.option_groups import BackendOptions, CuttingOptions, JoinOptions, RequestOptions
from lightning_cli.errors import UsageFault
from lightning_cli.narration.cache import DEFAULT_LIMIT_BYTES, MEGABYTE
from lightning_cli.narration.cast import make_cast, parse_pairs
from lightning_cli.narration.clock import DEFAULT_MAX_SPEED
from lightning_cli.narration.finishing import FinishOptions, pad_ms
from lightning_cli.narration.loudness import loudness_target
from lightning_cli.narration.rows import ReadingOptions
from lightning_cli.narration.source_encoding import check_encoding
from lightning_cli.narration.table_reader import parse_columns, parse_delimiter, parse_map
from lightning_cli.sinks.containers import parse_kbits
from lightning_cli.system.small_files import read_small
from lightning_cli.text.encodings import decode

_CAST_HINT = "name a TOML file, or give the voices: --cast HOST=emily,GUEST=daniel"
_CAST_LIMIT_BYTES = 1 << 20


def _cast_table(value: str) -> tuple[str, Mapping[str, object]]:
    """Return the value of ``--cast``: pairs of names and voices, or a file of TOML. Raise ``UsageFault``."""
    if "=" in value and not Path(value).is_file():
        return "--cast", parse_pairs(value)
    from lightning_cli.system import toml_text

    try:
        table = toml_text.parse(decode(read_small(value, _CAST_LIMIT_BYTES), value))
    except OSError as fault:
        raise UsageFault(f"cannot read the cast {value!r}: {fault.strerror}", hint=_CAST_HINT) from fault
    except (ValueError, RecursionError) as fault:
        raise UsageFault(f"{value}: {fault}", hint='a name has a voice, as in HOST = "emily"') from fault
    return value, table


class BatchOptions(RequestOptions, CuttingOptions, JoinOptions, BackendOptions, kw_only=True):
    """Every option of ``batch`` but the service's own."""

    sources: more.Sources
    directory: more.Directory = None
    format_name: more.RowFormat = None
    book: more.Book = None
    subtitles: more.BookSubtitles = None
    pause_text: more.PauseText = 1000
    max_speed: more.MaxSpeed = DEFAULT_MAX_SPEED
    title: more.Title = None
    author: more.Author = None
    cover: more.Cover = None
    chapters: more.Chapters = None
    loudness: more.LoudnessGoal = None
    pad: more.Pad = None
    bitrate: more.Bitrate = None
    check: more.Check = False
    diff: more.Diff = False
    summary: more.Summary = False
    as_json: opt.Json = False
    force: more.Force = False
    clean: more.Clean = False
    encoding: more.Encoding = None
    delimiter: more.Delimiter = None
    column_map: more.ColumnMap = None
    no_header: more.NoHeader = False
    columns: more.ColumnNames = None
    allow_outside: more.AllowOutside = False
    cast: more.Cast = None
    dict_files: opt.DictFile = None
    jobs: more.Jobs = 1
    budget: more.Budget = None
    wait_for_service: more.WaitForService = None
    shard: more.ShardSpec = None
    report: more.Report = None
    cache: more.CacheDirectory = None
    cache_limit: more.CacheLimit = DEFAULT_LIMIT_BYTES // MEGABYTE

    @property
    def finish(self) -> FinishOptions:
        """Return what the book gets beyond its texts; raise ``UsageFault`` for a flag without effect."""
        return FinishOptions(
            title=self.title,
            author=self.author,
            cover=self.cover,
            loudness=loudness_target(self.loudness) if self.loudness else None,
            pad=pad_ms(self.pad) if self.pad else (0, 0),
            kbits=parse_kbits(self.bitrate) if self.bitrate else None,
        )

    @property
    def reading(self) -> ReadingOptions:
        """Return how sources are read; raise ``UsageFault`` for a flag without effect."""
        if self.columns and not self.no_header:
            raise UsageFault("--columns names the columns of a table without a header", hint="add --no-header")
        return ReadingOptions(
            encoding=check_encoding(self.encoding) if self.encoding else None,
            delimiter=parse_delimiter(self.delimiter) if self.delimiter else None,
            mapping=parse_map(self.column_map or ()),
            header=not self.no_header,
            columns=parse_columns(self.columns) if self.columns else (),
            allow_outside=self.allow_outside,
            cast=make_cast(list(map(_cast_table, self.cast))) if self.cast else None,
        )
