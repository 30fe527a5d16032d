"""The options of one run of ``batch``, as one frozen record that is handed on the whole way."""

from collections.abc import Mapping
from pathlib import Path

from lightning_cli.cli import options as opt
from lightning_cli.cli.option_groups import BackendOptions, CuttingOptions, JoinOptions, RequestOptions
from lightning_cli.errors import UsageFault
from lightning_cli.narration.cache import DEFAULT_LIMIT_BYTES, MEGABYTE
from lightning_cli.narration.cast import make_cast, parse_pairs
from lightning_cli.narration.clock import DEFAULT_MAX_SPEED
from lightning_cli.narration.finishing import FinishOptions, kbits, loudness_target, pad_ms
from lightning_cli.narration.rows import ReadingOptions
from lightning_cli.narration.source_encoding import check_encoding
from lightning_cli.narration.table_reader import parse_columns, parse_delimiter, parse_map
from lightning_cli.system.small_files import read_small
from lightning_cli.text.encodings import decode

_CAST_LIMIT_BYTES = 1 << 20


def _cast_table(value: str) -> tuple[str, Mapping[str, object]]:
    """Return the value of ``--cast``: pairs of names and voices, or a file of TOML. Raise ``UsageFault``."""
    if "=" in value and not Path(value).is_file():
        return "--cast", parse_pairs(value)
    from lightning_cli.system import toml_text

    try:
        table = toml_text.parse(decode(read_small(value, _CAST_LIMIT_BYTES), value))
    except OSError as fault:
        raise UsageFault(f"cannot read the cast {value!r}: {fault.strerror}", hint="check the name") from fault
    except (ValueError, RecursionError) as fault:
        raise UsageFault(f"{value}: {fault}", hint='a name has a voice, as in HOST = "emily"') from fault
    return value, table


class BatchOptions(RequestOptions, CuttingOptions, JoinOptions, BackendOptions, kw_only=True):
    """Every option of ``batch`` but the service's own."""

    sources: opt.Sources
    directory: opt.Directory = None
    format_name: opt.RowFormat = None
    book: opt.Book = None
    subtitles: opt.BookSubtitles = None
    pause_text: opt.PauseText = 1000
    max_speed: opt.MaxSpeed = DEFAULT_MAX_SPEED
    title: opt.Title = None
    author: opt.Author = None
    cover: opt.Cover = None
    chapters: opt.Chapters = None
    loudness: opt.LoudnessGoal = None
    pad: opt.Pad = None
    bitrate: opt.Bitrate = None
    check: opt.Check = False
    diff: opt.Diff = False
    as_json: opt.Json = False
    force: opt.Force = False
    clean: opt.Clean = False
    encoding: opt.Encoding = None
    delimiter: opt.Delimiter = None
    column_map: opt.ColumnMap = None
    no_header: opt.NoHeader = False
    columns: opt.ColumnNames = None
    allow_outside: opt.AllowOutside = False
    cast: opt.Cast = None
    jobs: opt.Jobs = 1
    budget: opt.Budget = None
    wait_for_service: opt.WaitForService = None
    shard: opt.ShardSpec = None
    report: opt.Report = None
    cache: opt.CacheDirectory = None
    cache_limit: opt.CacheLimit = DEFAULT_LIMIT_BYTES // MEGABYTE

    @property
    def finish(self) -> FinishOptions:
        """Return what the book gets beyond its texts; raise ``UsageFault`` for a flag without effect."""
        return FinishOptions(
            title=self.title,
            author=self.author,
            cover=self.cover,
            loudness=loudness_target(self.loudness) if self.loudness else None,
            pad=pad_ms(self.pad) if self.pad else (0, 0),
            kbits=kbits(self.bitrate) if self.bitrate else None,
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
