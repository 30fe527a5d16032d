"""What the command line says for one run of ``batch``, as one frozen record that is handed on the whole way."""

from lightning_cli.cli import options as opt
from lightning_cli.cli.option_groups import BackendOptions, CuttingOptions, JoinOptions, RequestOptions
from lightning_cli.errors import UsageFault
from lightning_cli.narration.cache import DEFAULT_LIMIT_BYTES, MEGABYTE
from lightning_cli.narration.clock import DEFAULT_MAX_SPEED
from lightning_cli.narration.rows import ReadingOptions
from lightning_cli.narration.source_encoding import check_encoding
from lightning_cli.narration.table_reader import parse_columns, parse_delimiter, parse_map


class BatchOptions(RequestOptions, CuttingOptions, JoinOptions, BackendOptions, kw_only=True):
    """Every option of ``batch`` but the service's own."""

    sources: opt.Sources
    directory: opt.Directory = None
    format_name: opt.RowFormat = None
    book: opt.Book = None
    subtitles: opt.BookSubtitles = None
    pause_text: opt.PauseText = 1000
    max_speed: opt.MaxSpeed = DEFAULT_MAX_SPEED
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
    jobs: opt.Jobs = 1
    budget: opt.Budget = None
    wait_for_service: opt.WaitForService = None
    shard: opt.ShardSpec = None
    report: opt.Report = None
    cache: opt.CacheDirectory = None
    cache_limit: opt.CacheLimit = DEFAULT_LIMIT_BYTES // MEGABYTE

    @property
    def reading(self) -> ReadingOptions:
        """Return how sources are read; raise ``UsageFault`` for a flag that says nothing."""
        if self.columns and not self.no_header:
            raise UsageFault("--columns names the columns of a table without a header", hint="add --no-header")
        return ReadingOptions(
            encoding=check_encoding(self.encoding) if self.encoding else None,
            delimiter=parse_delimiter(self.delimiter) if self.delimiter else None,
            mapping=parse_map(self.column_map or ()),
            header=not self.no_header,
            columns=parse_columns(self.columns) if self.columns else (),
            allow_outside=self.allow_outside,
        )
