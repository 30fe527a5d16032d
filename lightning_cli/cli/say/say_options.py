"""The options of one run of ``say``, as one frozen record that is handed on the whole way."""

from lightning_cli.cli import options as opt
from lightning_cli.cli.option_groups import BackendOptions, CuttingOptions, JoinOptions, SingleRequestOptions
from lightning_cli.cli.say.outputs import OutputOptions
from lightning_cli.cli.say.text_source import FLUSH_AFTER_S
from lightning_cli.system.records import Record


class RecordingOptions(Record):
    """The options of recording and replay."""

    record: opt.Record = None
    replay: opt.Replay = None
    replay_speed: opt.ReplaySpeed = None


class SayOptions(OutputOptions, SingleRequestOptions, CuttingOptions, JoinOptions, BackendOptions, RecordingOptions):
    """Every option of ``say`` but the service's own."""

    words: opt.Words = None
    files: opt.TextFiles = None
    dict_files: opt.DictFile = None
    context_id: opt.ContextId = None
    flush_after: opt.FlushAfter = int(FLUSH_AFTER_S * 1000)
    subtitles: opt.Subtitles = None
    dry_run: opt.DryRun = False
    curl: opt.Curl = False
