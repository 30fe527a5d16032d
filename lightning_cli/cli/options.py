"""Every option once: an alias per option with its flag, environment variable and help.

Commands share the aliases, so that a flag means the same everywhere. The options of the request's fields are not
here: they are read off the table in request.py (option_groups.py).
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from lightning_cli.request import VARIABLE_PREFIX

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[TEXT]...", help="What to say; '-' or nothing reads standard input.", show_default=False),
]
TextFiles = Annotated[
    list[str] | None,
    typer.Option("--file", "-f", metavar="FILE", help="Speak a text file; may repeat."),
]
Whole = Annotated[bool, typer.Option("--whole", help="Send the text as one request instead of sentence by sentence.")]
MaxChars = Annotated[
    int,
    typer.Option(
        "--max-chars", metavar="N", min=20, max=8000, envvar=VARIABLE_PREFIX + "MAX_CHARS", help="Cut longer sentences."
    ),
]

Markup = Annotated[
    Literal["auto", "markdown", "none"],
    typer.Option(
        "--markup", envvar=VARIABLE_PREFIX + "MARKUP", help="Turn markup and terminal codes into speakable text."
    ),
]
FlushAfter = Annotated[
    int,
    typer.Option(
        "--flush-after",
        metavar="MS",
        min=100,
        max=600000,
        envvar=VARIABLE_PREFIX + "FLUSH_AFTER",
        help="Speak what a pipe has written when it stops for so long inside a sentence.",
    ),
]
Subtitles = Annotated[
    list[str] | None,
    typer.Option("--subtitles", metavar="FILE", help="Write subtitles to .srt, .vtt or .json; may repeat."),
]

Echo = Annotated[bool, typer.Option("--echo", help="Pass the text through to stdout in step with the voice.")]

Outputs = Annotated[
    list[str] | None,
    typer.Option("--output", "-o", metavar="PATH", help="Write to a file, '-' is stdout; may repeat."),
]
Play = Annotated[bool, typer.Option("--play", help="Play as well as write.")]
FormatName = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        envvar=VARIABLE_PREFIX + "FORMAT",
        help="wav, pcm, raw, flac, ogg, opus, mp3, ulaw, alaw, or a telephone's gsm, sln, ul, al; default: by the"
        " file's extension, pcm on stdout.",
    ),
]
NoClobber = Annotated[bool, typer.Option("--no-clobber", help="Refuse to replace an existing file.")]
KeepPartial = Annotated[bool, typer.Option("--keep-partial", help="Keep the .part file of a run that failed.")]
HoldSegments = Annotated[bool, typer.Option("--hold-segments", help="Write to a pipe only segments that are complete.")]
Device = Annotated[
    str | None,
    typer.Option(
        "--device", metavar="NAME|INDEX", envvar=VARIABLE_PREFIX + "DEVICE", help="Play on this output device."
    ),
]
Prebuffer = Annotated[
    int | None,
    typer.Option(
        "--prebuffer",
        metavar="MS",
        min=0,
        max=30000,
        envvar=VARIABLE_PREFIX + "PREBUFFER",
        help="Hold this much back first.",
    ),
]
Volume = Annotated[
    int,
    typer.Option(
        "--volume",
        metavar="PERCENT",
        min=0,
        max=400,
        envvar=VARIABLE_PREFIX + "VOLUME",
        help="How loud to play; never clips.",
    ),
]
Keys = Annotated[
    bool | None,
    typer.Option(
        "--keys/--no-keys",
        envvar=VARIABLE_PREFIX + "KEYS",
        show_default=False,
        help="Space, arrows, r, + and -, q while playing; default: when standard input is a terminal.",
    ),
]
Join = Annotated[
    Literal["natural", "raw"], typer.Option("--join", envvar=VARIABLE_PREFIX + "JOIN", help="How segments are joined.")
]
PauseSentence = Annotated[
    int,
    typer.Option(
        "--pause-sentence",
        metavar="MS",
        min=0,
        max=60000,
        envvar=VARIABLE_PREFIX + "PAUSE_SENTENCE",
        help="Between sentences.",
    ),
]
PauseParagraph = Annotated[
    int,
    typer.Option(
        "--pause-paragraph",
        metavar="MS",
        min=0,
        max=60000,
        envvar=VARIABLE_PREFIX + "PAUSE_PARAGRAPH",
        help="Between paragraphs.",
    ),
]

DictFile = Annotated[
    list[Path] | None,
    typer.Option("--dict-file", metavar="FILE", help="Sync a dictionary file (see dicts sync) and use it; may repeat."),
]
ContextId = Annotated[
    str | None,
    typer.Option(
        "--context-id",
        metavar="ID",
        envvar=VARIABLE_PREFIX + "CONTEXT_ID",
        help="With --transport ws: speak the sentences as parts of one utterance of this id.",
    ),
]

Route = Annotated[
    Literal["auto", "seed", "unified"],
    typer.Option("--route", envvar=VARIABLE_PREFIX + "ROUTE", help="Which generation of the API's paths to use."),
]
Transport = Annotated[
    Literal["sse", "sync", "ws"],
    typer.Option("--transport", envvar=VARIABLE_PREFIX + "TRANSPORT", help="Event stream, whole answer, or WebSocket."),
]
WireFormat = Annotated[
    Literal["pcm", "wav", "mp3", "ulaw", "alaw"] | None,
    typer.Option(
        "--wire-format", envvar=VARIABLE_PREFIX + "WIRE_FORMAT", help="What to ask the service for; default pcm."
    ),
]
Curl = Annotated[bool, typer.Option("--curl", help="Print the requests as curl commands and send nothing.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="List the requests and send nothing.")]

BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url", metavar="URL", envvar=VARIABLE_PREFIX + "BASE_URL", help="Another address of the service."
    ),
]
Local = Annotated[bool, typer.Option("--local", help="Speak with the embedded offline engine.")]
Cloud = Annotated[bool, typer.Option("--cloud", help="Speak with the service, or fail.")]
ApiKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--api-key-file",
        metavar="FILE",
        envvar=VARIABLE_PREFIX + "API_KEY_FILE",
        help="Read the key from a file; default: the variable SMALLEST_API_KEY.",
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        # Eager: what the file says about the other options depends on it.
        "--profile",
        metavar="NAME",
        envvar=VARIABLE_PREFIX + "PROFILE",
        is_eager=True,
        help="Use this profile of the configuration.",
    ),
]
Keyring = Annotated[bool, typer.Option("--keyring", help="Keep the key in the system keyring.")]
InsecureHttp = Annotated[
    bool,
    typer.Option(
        "--insecure-http",
        envvar=VARIABLE_PREFIX + "INSECURE_HTTP",
        help="Send the key unencrypted beyond this machine.",
    ),
]
Retries = Annotated[
    int,
    typer.Option(
        "--retries", metavar="N", min=0, max=100, envvar=VARIABLE_PREFIX + "RETRIES", help="Tries after the first."
    ),
]
Concurrency = Annotated[
    int,
    typer.Option(
        "--concurrency",
        metavar="N",
        min=0,
        max=1000,
        envvar=VARIABLE_PREFIX + "CONCURRENCY",
        help="Requests the account takes at a time, over all your shells; 0 does not look.",
    ),
]

Quiet = Annotated[bool, typer.Option("--quiet", "-q", envvar=VARIABLE_PREFIX + "QUIET", help="Say nothing but errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", envvar=VARIABLE_PREFIX + "VERBOSE", help="Say what happens.")]
Debug = Annotated[bool, typer.Option("--debug", envvar=VARIABLE_PREFIX + "DEBUG", help="Show tracebacks.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]

Stats = Annotated[
    Literal["summary", "trace", "json"] | None,
    typer.Option(
        "--stats",
        envvar=VARIABLE_PREFIX + "STATS",
        help="Tell times and counts on stderr at the end; alone it tells a summary, with =trace every step.",
    ),
]


_LONGEST_S = 1e6


def _waited(seconds: float) -> float:
    """Refuse a time that no clock can count."""
    if not seconds <= _LONGEST_S:  # also refuses NaN
        raise typer.BadParameter(f"{seconds} is not a number of seconds up to {_LONGEST_S:.0f}.")
    return seconds


ConnectTimeout = Annotated[
    float,
    typer.Option(
        "--connect-timeout",
        metavar="S",
        min=0.001,
        callback=_waited,
        envvar=VARIABLE_PREFIX + "CONNECT_TIMEOUT",
        help="To be connected.",
    ),
]
FirstByteTimeout = Annotated[
    float,
    typer.Option(
        "--first-byte-timeout",
        metavar="S",
        min=0.001,
        callback=_waited,
        envvar=VARIABLE_PREFIX + "FIRST_BYTE_TIMEOUT",
        help="To the first audio.",
    ),
]
IdleTimeout = Annotated[
    float,
    typer.Option(
        "--idle-timeout",
        metavar="S",
        min=0.001,
        callback=_waited,
        envvar=VARIABLE_PREFIX + "IDLE_TIMEOUT",
        help="Between pieces of audio.",
    ),
]
MaxWait = Annotated[
    float,
    typer.Option(
        "--max-wait",
        metavar="S",
        min=0,
        callback=_waited,
        envvar=VARIABLE_PREFIX + "MAX_WAIT",
        help="Time to spend waiting for a busy service.",
    ),
]


Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...",
        help="What to narrate: .csv .tsv .xlsx .jsonl .txt .md .html .epub .srt, a directory; '-' is JSONL on stdin.",
        show_default=False,
    ),
]
Directory = Annotated[
    Path | None,
    typer.Option(
        "--directory", "-d", metavar="DIR", envvar=VARIABLE_PREFIX + "DIRECTORY", help="Write the outputs here."
    ),
]
RowFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        envvar=VARIABLE_PREFIX + "FORMAT",
        help="wav, pcm, raw, flac, ogg, opus, mp3, ulaw, alaw, or a telephone's gsm, sln, ul, al; default: by each"
        " output's extension, else wav.",
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
        "--pause-text",
        metavar="MS",
        min=0,
        max=60000,
        envvar=VARIABLE_PREFIX + "PAUSE_TEXT",
        help="Between texts of a book.",
    ),
]
MaxSpeed = Annotated[
    float,
    typer.Option(
        "--max-speed",
        metavar="X",
        min=1,
        max=2,
        envvar=VARIABLE_PREFIX + "MAX_SPEED",
        help="How much faster a subtitle may be spoken to fit its time.",
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        envvar=VARIABLE_PREFIX + "ENCODING",
        help="Encoding of the sources; default: UTF-8, UTF-16 or windows-1252 as found.",
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter",
        metavar="CHAR",
        envvar=VARIABLE_PREFIX + "DELIMITER",
        help="Delimiter of tables: one character, comma, semicolon, tab or pipe; default: as found.",
    ),
]
ColumnMap = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="COLUMN=NAME,...", help="Which column of the table is which: text=Script; may repeat."
    ),
]
NoHeader = Annotated[bool, typer.Option("--no-header", help="The table has no header; name its columns by --columns.")]
ColumnNames = Annotated[
    str | None,
    typer.Option(
        "--columns", metavar="NAME,...", help="Columns of a table without a header, as in output,text; _ skips one."
    ),
]
AllowOutside = Annotated[
    bool, typer.Option("--allow-outside", help="Let a source name text files outside its own directory.")
]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        min=1,
        max=64,
        envvar=VARIABLE_PREFIX + "JOBS",
        help="Requests at a time; accounts take 1.",
    ),
]
WaitForService = Annotated[
    str | None,
    typer.Option(
        "--wait-for-service",
        metavar="TIME",
        envvar=VARIABLE_PREFIX + "WAIT_FOR_SERVICE",
        help="Wait this long (30m, 2h) for a service that does not answer, instead of stopping.",
    ),
]
Budget = Annotated[
    int | None,
    typer.Option(
        "--budget", metavar="N", min=0, envvar=VARIABLE_PREFIX + "BUDGET", help="Send at most so many characters."
    ),
]
ShardSpec = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="K/N",
        envvar=VARIABLE_PREFIX + "SHARD",
        help="Do the K-th of N slices; auto/N takes K from Kubernetes or Slurm, whose arrays need no flag.",
    ),
]
Check = Annotated[bool, typer.Option("--check", help="Name what is stale and send nothing; exit 10 if anything is.")]
Diff = Annotated[bool, typer.Option("--diff", help="List what would be spoken and send nothing.")]
Force = Annotated[bool, typer.Option("--force", help="Speak everything again.")]
Clean = Annotated[
    bool, typer.Option("--clean", help="Remove outputs that no row names any more; with --check, list them.")
]
Report = Annotated[str | None, typer.Option("--report", metavar="FILE", help="Write a JSON report of the run.")]
CacheDirectory = Annotated[
    Path | None,
    typer.Option("--cache", metavar="DIR", envvar=VARIABLE_PREFIX + "CACHE", help="Keep audio here; may be shared."),
]
CacheLimit = Annotated[
    int,
    typer.Option(
        "--cache-limit",
        metavar="MB",
        min=1,
        envvar=VARIABLE_PREFIX + "CACHE_LIMIT",
        help="Above this size the least recently used audio goes, save what the run itself used.",
    ),
]
PruneAll = Annotated[bool, typer.Option("--all", help="Remove everything.")]


SearchWords = Annotated[
    list[str] | None,
    typer.Argument(metavar="[WORD]...", help="Words that the id, name, description or accent has.", show_default=False),
]
Search = Annotated[str | None, typer.Option("--search", metavar="TEXT", help="The same, as one text.")]
# The filters read no variables: what a person speaks with by default is not what a list should be cut down to.
OnlyLanguage = Annotated[
    str | None, typer.Option("--language", "-l", metavar="CODE|NAME", help="Only of this language: hi or hindi.")
]
OnlyGender = Annotated[str | None, typer.Option("--gender", metavar="NAME", help="Only of this gender.")]
OnlyAccent = Annotated[str | None, typer.Option("--accent", metavar="NAME", help="Only of this accent.")]
OnlyAge = Annotated[str | None, typer.Option("--age", metavar="NAME", help="Only of this age: young, senior.")]
OnlyUseCase = Annotated[str | None, typer.Option("--use-case", metavar="NAME", help="Only for this use.")]
OnlyModel = Annotated[str | None, typer.Option("--model", "-m", metavar="ID", help="Only of this model.")]
OnlyOffline = Annotated[bool, typer.Option("--offline", help="Only the offline engine's own.")]
Refresh = Annotated[bool, typer.Option("--refresh", help="Ask the service again, or fail.")]

DictionaryFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="Words and how they sound: .csv, .tsv, .json or .toml.")
]
DictionaryId = Annotated[str, typer.Argument(metavar="ID", help="The id of a dictionary.")]
DictionaryIds = Annotated[list[str], typer.Argument(metavar="ID...", help="The ids of dictionaries.")]
Preview = Annotated[
    str | None, typer.Option("--preview", metavar="ID", help="Hear a voice say a sentence in its language.")
]
Areas = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CHECK]...",
        help="Look at these alone: program, key, places, network, server, sound, engine or terminal.",
        show_default=False,
    ),
]
NoNetwork = Annotated[bool, typer.Option("--no-network", help="Leave the service alone.")]
Speak = Annotated[
    bool, typer.Option("--speak", help="Have the service speak one word too, which costs its characters.")
]
PreviewOutput = Annotated[
    str | None, typer.Option("--output", "-o", metavar="PATH", help="With --preview: write instead of playing.")
]
ConfigKey = Annotated[str, typer.Argument(metavar="KEY", help="A key, or one of a command: batch.jobs.")]
ConfigValue = Annotated[list[str], typer.Argument(metavar="VALUE...", help="What to set it to; a list takes several.")]
InProfile = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Change this profile.")]


# None reads a variable: each is for one run.
JsonResult = Annotated[bool, typer.Option("--json", help="Tell at the end what was made, as one JSON object.")]
Record = Annotated[
    str | None,
    typer.Option("--record", metavar="FILE", help="Keep what the service answers, each piece with its time."),
]
Replay = Annotated[
    str | None,
    typer.Option("--replay", metavar="FILE", help="Speak what was recorded; needs no key and no network."),
]
ReplaySpeed = Annotated[
    Literal["real", "full"] | None,
    typer.Option(
        "--replay-speed", show_default=False, help="As it came, or at once; default: real when played, else full."
    ),
]
