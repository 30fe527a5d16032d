"""What the command line says for one run of ``batch``, as one frozen record that is handed on the whole way."""

from lightning_cli.cli import options as opt
from lightning_cli.cli.option_groups import BackendOptions, CuttingOptions, JoinOptions, RequestOptions
from lightning_cli.narration.cache import DEFAULT_LIMIT_BYTES, MEGABYTE


class BatchOptions(RequestOptions, CuttingOptions, JoinOptions, BackendOptions, kw_only=True):
    """Every option of ``batch`` but the service's own."""

    sources: opt.Sources
    directory: opt.Directory = None
    format_name: opt.RowFormat = None
    book: opt.Book = None
    subtitles: opt.BookSubtitles = None
    pause_text: opt.PauseText = 1000
    check: opt.Check = False
    diff: opt.Diff = False
    as_json: opt.Json = False
    force: opt.Force = False
    jobs: opt.Jobs = 1
    budget: opt.Budget = None
    shard: opt.ShardSpec = None
    report: opt.Report = None
    cache: opt.CacheDirectory = None
    cache_limit: opt.CacheLimit = DEFAULT_LIMIT_BYTES // MEGABYTE
