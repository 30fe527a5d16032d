"""The options of batch and cache, every one once: the second half of options.py, which is as long as a file may be."""

from pathlib import Path
from typing import Annotated

import typer


Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...",
        help="What to narrate: .csv .tsv .jsonl .txt .md, a directory, or '-' for JSONL on standard input.",
        show_default=False,
    ),
]
Directory = Annotated[
    Path | None,
    typer.Option("--directory", "-d", metavar="DIR", envvar=_PREFIX + "DIRECTORY", help="Write the outputs here."),
]
RowFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        envvar=_PREFIX + "FORMAT",
        help="wav, pcm, raw, flac, ogg, opus, mp3, ulaw or alaw; default: by each output's extension, else wav.",
    ),
]
Book = Annotated[str | None, typer.Option("--book", metavar="FILE", help="Put all texts into one file, in order.")]
BookSubtitles = Annotated[
    list[str] | None,
    typer.Option("--subtitles", metavar="FILE", help="Subtitles of the book: .srt, .vtt or .json; may repeat."),
]
PauseText = Annotated[
    int,
    typer.Option(
        "--pause-text", metavar="MS", min=0, max=60000, envvar=_PREFIX + "PAUSE_TEXT", help="Between texts of a book."
    ),
]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs", "-j", metavar="N", min=1, max=64, envvar=_PREFIX + "JOBS", help="Requests at a time; accounts take 1."
    ),
]
Budget = Annotated[
    int | None,
    typer.Option("--budget", metavar="N", min=0, envvar=_PREFIX + "BUDGET", help="Send at most so many characters."),
]
ShardSpec = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="K/N",
        envvar=_PREFIX + "SHARD",
        help="Do the K-th of N slices; auto/N takes K from Kubernetes or Slurm, whose arrays need no flag.",
    ),
]
Check = Annotated[bool, typer.Option("--check", help="Name what is stale and send nothing; exit 10 if anything is.")]
Diff = Annotated[bool, typer.Option("--diff", help="List what would be spoken and send nothing.")]
Force = Annotated[bool, typer.Option("--force", help="Speak everything again.")]
Report = Annotated[str | None, typer.Option("--report", metavar="FILE", help="Write a JSON report of the run.")]
CacheDirectory = Annotated[
    Path | None,
    typer.Option("--cache", metavar="DIR", envvar=_PREFIX + "CACHE", help="Keep audio here; may be shared."),
]
CacheLimit = Annotated[
    int,
    typer.Option(
        "--cache-limit",
        metavar="MB",
        min=1,
        envvar=_PREFIX + "CACHE_LIMIT",
        help="Above this size the least recently used audio goes, save what the run itself used.",
    ),
]
PruneAll = Annotated[bool, typer.Option("--all", help="Remove everything.")]
