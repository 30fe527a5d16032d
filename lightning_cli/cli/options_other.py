"""The options of batch, cache, voices, dicts, doctor and config, each once: loaded by those commands alone.

A command that speaks has no use for them, and building them takes a hundredth of its start-up.
"""

from pathlib import Path

from lightning_cli.cli.options import Argument, Option, setting
from lightning_cli.system.records import Annotated

Sources = Annotated[
    list[str],
    Argument(
        metavar="SOURCE...",
        help="What to narrate: .csv .tsv .xlsx .jsonl .txt .md .html .epub .srt, a directory; '-' is JSONL on stdin.",
        show_default=False,
    ),
]
Directory = Annotated[
    Path | None,
    setting("--directory", "-d", metavar="DIR", help="Write the outputs to this directory."),
]
RowFormat = Annotated[
    str | None,
    setting(
        "--format",
        metavar="NAME",
        help="wav, pcm, raw, flac, ogg, opus, mp3, ulaw, alaw, or a telephone's gsm, sln, ul, al; default: by each"
        " output's extension, else wav.",
    ),
]
Book = Annotated[str | None, Option("--book", metavar="FILE", help="Put all texts into one file, in order.")]
BookSubtitles = Annotated[
    list[str] | None,
    Option("--subtitles", metavar="FILE", help="Subtitles of the book: .srt, .vtt or .json; may repeat."),
]
PauseText = Annotated[
    int,
    setting("--pause-text", metavar="MS", min=0, max=60000, help="Pause between the texts of a book."),
]
MaxSpeed = Annotated[
    float,
    setting("--max-speed", metavar="X", min=1, max=2, help="How much faster a subtitle may be spoken to fit its time."),
]
Cast = Annotated[
    list[str] | None,
    Option(
        "--cast",
        metavar="FILE|NAME=ID,...",
        help="Who speaks which lines: HOST=emily,GUEST=daniel, or a TOML file; may repeat.",
    ),
]
Encoding = Annotated[
    str | None,
    setting(
        "--encoding", metavar="NAME", help="Encoding of the sources; default: UTF-8, UTF-16 or windows-1252 as found."
    ),
]
Delimiter = Annotated[
    str | None,
    setting(
        "--delimiter",
        metavar="CHAR",
        help="Delimiter of tables: one character, comma, semicolon, tab or pipe; default: as found.",
    ),
]
ColumnMap = Annotated[
    list[str] | None,
    Option("--map", metavar="COLUMN=NAME,...", help="Which column of the table is which: text=Script; may repeat."),
]
NoHeader = Annotated[bool, Option("--no-header", help="The table has no header; name its columns by --columns.")]
ColumnNames = Annotated[
    str | None,
    Option(
        "--columns", metavar="NAME,...", help="Columns of a table without a header, as in output,text; _ skips one."
    ),
]
AllowOutside = Annotated[
    bool, Option("--allow-outside", help="Let a source name text files outside its own directory.")
]
Jobs = Annotated[
    int,
    setting("--jobs", "-j", metavar="N", min=1, max=64, help="Number of parallel requests; most accounts allow 1."),
]
WaitForService = Annotated[
    str | None,
    setting(
        "--wait-for-service",
        metavar="TIME",
        help="Wait this long (30m, 2h) for a service that does not answer, instead of stopping.",
    ),
]
Budget = Annotated[
    int | None,
    setting("--budget", metavar="N", min=0, help="Stop after sending N characters."),
]
ShardSpec = Annotated[
    str | None,
    setting(
        "--shard",
        metavar="K/N",
        help="Process slice K of N. auto/N reads K from Kubernetes; Slurm arrays are detected automatically.",
    ),
]
Check = Annotated[
    bool, Option("--check", help="List outdated files without sending anything; exit 10 if there are any.")
]
Diff = Annotated[bool, Option("--diff", help="List what would be spoken, without sending anything.")]
Summary = Annotated[
    bool, Option("--summary", help="With --diff: count sentences by file and voice, and say why each file is outdated.")
]
Force = Annotated[bool, Option("--force", help="Speak everything again.")]
Title = Annotated[str | None, Option("--title", metavar="TEXT", help="Title of the book, as a tag (.m4b .m4a .mp3).")]
Author = Annotated[
    str | None,
    setting("--author", metavar="TEXT", help="Author of the book, as a tag."),
]
Cover = Annotated[
    Path | None, Option("--cover", metavar="FILE", help="Cover of the book: JPEG or PNG (.m4b .m4a .mp3).")
]
Chapters = Annotated[
    list[str] | None,
    Option("--chapters", metavar="FILE", help="Chapters of the book: .ffmeta .vtt .json .txt; may repeat."),
]
LoudnessGoal = Annotated[
    str | None,
    setting("--loudness", metavar="LUFS", help="Loudness of the book, by one gain: LUFS, or podcast, audiobook, acx."),
]
Pad = Annotated[
    str | None,
    setting("--pad", metavar="MS,MS", help="Silence at the head and tail of the book."),
]
Bitrate = Annotated[
    str | None,
    setting("--bitrate", metavar="KBIT", help="Bitrate of lossy formats: 64k."),
]
Clean = Annotated[bool, Option("--clean", help="Remove outputs that no row names any more; with --check, list them.")]
Report = Annotated[str | None, Option("--report", metavar="FILE", help="Write a JSON report of the run.")]
CacheDirectory = Annotated[
    Path | None,
    setting("--cache", metavar="DIR", help="Audio cache directory; can be shared."),
]
CacheLimit = Annotated[
    int,
    setting(
        "--cache-limit", metavar="MB", min=1, help="Maximum cache size; least recently used audio is evicted first."
    ),
]
PruneAll = Annotated[bool, Option("--all", help="Remove everything.")]


SearchWords = Annotated[
    list[str] | None,
    Argument(metavar="[WORD]...", help="Match voices by id, name, description or accent.", show_default=False),
]
Search = Annotated[str | None, Option("--search", metavar="TEXT", help="The same, as one text.")]
# The filters read no variables: the defaults of speech must not narrow a list.
OnlyLanguage = Annotated[
    str | None, Option("--language", "-l", metavar="CODE|NAME", help="Only this language, as in hi or hindi.")
]
OnlyGender = Annotated[str | None, Option("--gender", metavar="NAME", help="Only this gender.")]
OnlyAccent = Annotated[str | None, Option("--accent", metavar="NAME", help="Only this accent.")]
OnlyAge = Annotated[str | None, Option("--age", metavar="NAME", help="Only this age, as in young or senior.")]
OnlyUseCase = Annotated[str | None, Option("--use-case", metavar="NAME", help="Only this use case.")]
OnlyModel = Annotated[str | None, Option("--model", "-m", metavar="ID", help="Only this model.")]
OnlyOffline = Annotated[bool, Option("--offline", help="Only the offline voices.")]
Refresh = Annotated[bool, Option("--refresh", help="Refresh the list from the service.")]

DictionaryFile = Annotated[Path, Argument(metavar="FILE", help="Words and how they sound: .csv, .tsv, .json or .toml.")]
DictionaryId = Annotated[str, Argument(metavar="ID", help="The id of a dictionary.")]
DictionaryIds = Annotated[list[str], Argument(metavar="ID...", help="The ids of dictionaries.")]
Preview = Annotated[str | None, Option("--preview", metavar="ID", help="Play a sample sentence of this voice.")]
Areas = Annotated[
    list[str] | None,
    Argument(
        metavar="[CHECK]...",
        help="Run only these checks: program, key, places, network, server, sound, engine or terminal.",
        show_default=False,
    ),
]
NoNetwork = Annotated[bool, Option("--no-network", help="Skip network checks.")]
Speak = Annotated[bool, Option("--speak", help="Also synthesize one word (billed).")]
PreviewOutput = Annotated[
    str | None, Option("--output", "-o", metavar="PATH", help="With --preview: write instead of playing.")
]
OnlySet = Annotated[bool, Option("--set", help="Show only what a variable, a profile or the file sets.")]
ConfigKey = Annotated[str, Argument(metavar="KEY", help="A key, or one of a command: batch.jobs.")]
ConfigValue = Annotated[list[str], Argument(metavar="VALUE...", help="What to set it to; a list takes several.")]
InProfile = Annotated[str | None, Option("--profile", metavar="NAME", help="Change this profile.")]
