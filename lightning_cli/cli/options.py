"""Every option once: an alias per option with its flag, environment variable and help.

Commands share the aliases, so that a flag means the same everywhere. The options of the request's fields are not
here: they are read off the table in request.py (option_groups.py).
"""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

from lightning_cli.request import VARIABLE_PREFIX

_Parameter = TypeVar("_Parameter", bound=typer.models.ParameterInfo)
_OPTION, _ARGUMENT = vars(typer.Option(...)), vars(typer.Argument(...))


class Option(typer.models.OptionInfo):
    """An option as Typer has it, in a twentieth of the time: a command has up to sixty, and Typer copies each often."""

    def __init__(self, name: str, *further: str, **about: Any) -> None:
        # Typer finds the first name in the place of the default where an option is an annotation.
        self.__dict__ = {**_OPTION, "default": name, "param_decls": further, **about}

    def __copy__(self) -> "Option":
        """Return a copy that Typer may change."""
        return _copied(self)


class Argument(typer.models.ArgumentInfo):
    """An argument of the command line, which has no flag."""

    def __init__(self, **about: Any) -> None:
        self.__dict__ = {**_ARGUMENT, **about}

    def __copy__(self) -> "Argument":
        """Return a copy that Typer may change."""
        return _copied(self)


def _copied(parameter: _Parameter) -> _Parameter:
    made = object.__new__(type(parameter))
    made.__dict__ = dict(parameter.__dict__)
    return made


Words = Annotated[
    list[str] | None,
    Argument(metavar="[TEXT]...", help="Text to speak; '-' or nothing reads standard input.", show_default=False),
]
TextFiles = Annotated[
    list[str] | None,
    Option("--file", "-f", metavar="FILE", help="Speak a text file; may repeat."),
]
Whole = Annotated[bool, Option("--whole", help="Send the whole text as one request instead of sentence by sentence.")]
MaxChars = Annotated[
    int,
    Option(
        "--max-chars",
        metavar="N",
        min=20,
        max=8000,
        envvar=VARIABLE_PREFIX + "MAX_CHARS",
        help="Split sentences longer than N characters.",
    ),
]

Markup = Annotated[
    Literal["auto", "markdown", "none"],
    Option("--markup", envvar=VARIABLE_PREFIX + "MARKUP", help="How to treat markup and terminal codes."),
]
Thinking = Annotated[
    bool,
    Option(
        "--thinking",
        envvar=VARIABLE_PREFIX + "THINKING",
        help="Speak what a model thinks, between <think> and </think>.",
    ),
]
NoMarks = Annotated[
    bool,
    Option(
        "--no-marks",
        envvar=VARIABLE_PREFIX + "NO_MARKS",
        help="Leave marks such as [pause:1s] in the text as they are.",
    ),
]
FlushAfter = Annotated[
    int,
    Option(
        "--flush-after",
        metavar="MS",
        min=100,
        max=600000,
        envvar=VARIABLE_PREFIX + "FLUSH_AFTER",
        help="Speak an unfinished sentence after the pipe has been idle this long.",
    ),
]
Subtitles = Annotated[
    list[str] | None,
    Option("--subtitles", metavar="FILE", help="Write subtitles to .srt, .vtt or .json; may repeat."),
]

Echo = Annotated[bool, Option("--echo", help="Print the text to stdout in step with the voice.")]

Outputs = Annotated[
    list[str] | None,
    Option("--output", "-o", metavar="PATH", help="Write to a file, '-' is stdout; may repeat."),
]
Play = Annotated[bool, Option("--play", help="Play as well as write.")]
FormatName = Annotated[
    str | None,
    Option(
        "--format",
        metavar="NAME",
        envvar=VARIABLE_PREFIX + "FORMAT",
        help="wav, pcm, raw, flac, ogg, opus, mp3, ulaw, alaw, or a telephone's gsm, sln, ul, al; default: by the"
        " file's extension, pcm on stdout.",
    ),
]
NoClobber = Annotated[bool, Option("--no-clobber", help="Refuse to replace an existing file.")]
KeepPartial = Annotated[bool, Option("--keep-partial", help="Keep the .part file of a run that failed.")]
HoldSegments = Annotated[
    bool, Option("--hold-segments", help="Hold back each sentence until it is complete before writing it to a pipe.")
]
Device = Annotated[
    str | None,
    Option("--device", metavar="NAME|INDEX", envvar=VARIABLE_PREFIX + "DEVICE", help="Play on this output device."),
]
Prebuffer = Annotated[
    int | None,
    Option(
        "--prebuffer",
        metavar="MS",
        min=0,
        max=30000,
        envvar=VARIABLE_PREFIX + "PREBUFFER",
        help="Buffer this much audio before playback starts.",
    ),
]
Volume = Annotated[
    int,
    Option(
        "--volume",
        metavar="PERCENT",
        min=0,
        max=400,
        envvar=VARIABLE_PREFIX + "VOLUME",
        help="Playback volume; limited so that it never clips.",
    ),
]
LeadIn = Annotated[
    int,
    Option(
        "--lead-in",
        metavar="MS",
        min=0,
        max=10000,
        envvar=VARIABLE_PREFIX + "LEAD_IN",
        show_default=False,
        help="Play silence first, for outputs that sleep (Bluetooth, HDMI).",
    ),
]
Rate = Annotated[
    float,
    Option(
        "--rate",
        metavar="X",
        min=0.5,
        max=4.0,
        envvar=VARIABLE_PREFIX + "RATE",
        help="Playback speed at the same pitch; files and requests stay as they are.",
    ),
]
Keys = Annotated[
    bool | None,
    Option(
        "--keys/--no-keys",
        envvar=VARIABLE_PREFIX + "KEYS",
        show_default=False,
        help="Control playback from the keyboard: space, arrows, r, +, -, [, ], q; default: on a terminal.",
    ),
]
Join = Annotated[
    Literal["natural", "raw"], Option("--join", envvar=VARIABLE_PREFIX + "JOIN", help="How segments are joined.")
]
PauseSentence = Annotated[
    int,
    Option(
        "--pause-sentence",
        metavar="MS",
        min=0,
        max=60000,
        envvar=VARIABLE_PREFIX + "PAUSE_SENTENCE",
        help="Pause between sentences.",
    ),
]
PauseParagraph = Annotated[
    int,
    Option(
        "--pause-paragraph",
        metavar="MS",
        min=0,
        max=60000,
        envvar=VARIABLE_PREFIX + "PAUSE_PARAGRAPH",
        help="Pause between paragraphs.",
    ),
]

DictFile = Annotated[
    list[Path] | None,
    Option("--dict-file", metavar="FILE", help="Sync a dictionary file (see dicts sync) and use it; may repeat."),
]
ContextId = Annotated[
    str | None,
    Option(
        "--context-id",
        metavar="ID",
        envvar=VARIABLE_PREFIX + "CONTEXT_ID",
        help="Send all sentences as one utterance with this id (needs --transport ws).",
    ),
]

Route = Annotated[
    Literal["auto", "seed", "unified"],
    Option("--route", envvar=VARIABLE_PREFIX + "ROUTE", help="Which version of the API endpoints to use."),
]
Transport = Annotated[
    Literal["sse", "sync", "ws"],
    Option(
        "--transport",
        envvar=VARIABLE_PREFIX + "TRANSPORT",
        help="Receive the audio as an event stream, a whole answer, or over a WebSocket.",
    ),
]
WireFormat = Annotated[
    Literal["pcm", "wav", "mp3", "ulaw", "alaw"] | None,
    Option(
        "--wire-format",
        envvar=VARIABLE_PREFIX + "WIRE_FORMAT",
        help="Audio format to request from the service; default pcm.",
    ),
]
Curl = Annotated[bool, Option("--curl", help="Print the requests as curl commands and send nothing.")]
DryRun = Annotated[bool, Option("--dry-run", "-n", help="List the requests and send nothing.")]

BaseUrl = Annotated[
    str | None,
    Option("--base-url", metavar="URL", envvar=VARIABLE_PREFIX + "BASE_URL", help="Use this service URL."),
]
Local = Annotated[bool, Option("--local", help="Use the offline engine.")]
Cloud = Annotated[bool, Option("--cloud", help="Require the service; never fall back to the offline engine.")]
ApiKeyFile = Annotated[
    Path | None,
    Option(
        "--api-key-file",
        metavar="FILE",
        envvar=VARIABLE_PREFIX + "API_KEY_FILE",
        help="Read the API key from a file; default: SMALLEST_API_KEY.",
    ),
]
Profile = Annotated[
    str | None,
    Option(
        # Eager: the file's values of the other options depend on it.
        "--profile",
        metavar="NAME",
        envvar=VARIABLE_PREFIX + "PROFILE",
        is_eager=True,
        help="Use this configuration profile.",
    ),
]
Keyring = Annotated[bool, Option("--keyring", help="Store the key in the system keyring.")]
InsecureHttp = Annotated[
    bool,
    Option(
        "--insecure-http",
        envvar=VARIABLE_PREFIX + "INSECURE_HTTP",
        help="Allow sending the API key over plain http to other machines.",
    ),
]
Retries = Annotated[
    int,
    Option("--retries", metavar="N", min=0, max=100, envvar=VARIABLE_PREFIX + "RETRIES", help="Number of retries."),
]
Concurrency = Annotated[
    int,
    Option(
        "--concurrency",
        metavar="N",
        min=0,
        max=1000,
        envvar=VARIABLE_PREFIX + "CONCURRENCY",
        help="Maximum simultaneous requests, across all your processes; 0 means no limit.",
    ),
]

Quiet = Annotated[bool, Option("--quiet", "-q", envvar=VARIABLE_PREFIX + "QUIET", help="Print errors only.")]
Verbose = Annotated[bool, Option("--verbose", envvar=VARIABLE_PREFIX + "VERBOSE", help="Print progress details.")]
Debug = Annotated[bool, Option("--debug", envvar=VARIABLE_PREFIX + "DEBUG", help="Show tracebacks.")]
Json = Annotated[bool, Option("--json", help="Print JSON.")]

Stats = Annotated[
    Literal["summary", "trace", "json"] | None,
    Option(
        "--stats",
        envvar=VARIABLE_PREFIX + "STATS",
        help="Print timings and counts to stderr: summary (default), trace or json.",
    ),
]


_LONGEST_S = 1e6


def _waited(seconds: float) -> float:
    """Raise for a time that no clock can count."""
    if not seconds <= _LONGEST_S:  # also refuses NaN
        raise typer.BadParameter(f"{seconds} is not a number of seconds up to {_LONGEST_S:.0f}.")
    return seconds


ConnectTimeout = Annotated[
    float,
    Option(
        "--connect-timeout",
        metavar="S",
        min=0.001,
        callback=_waited,
        envvar=VARIABLE_PREFIX + "CONNECT_TIMEOUT",
        help="Time limit for connecting.",
    ),
]
FirstByteTimeout = Annotated[
    float,
    Option(
        "--first-byte-timeout",
        metavar="S",
        min=0.001,
        callback=_waited,
        envvar=VARIABLE_PREFIX + "FIRST_BYTE_TIMEOUT",
        help="Time limit for the first audio.",
    ),
]
IdleTimeout = Annotated[
    float,
    Option(
        "--idle-timeout",
        metavar="S",
        min=0.001,
        callback=_waited,
        envvar=VARIABLE_PREFIX + "IDLE_TIMEOUT",
        help="Time limit between chunks of audio.",
    ),
]
MaxWait = Annotated[
    float,
    Option(
        "--max-wait",
        metavar="S",
        min=0,
        callback=_waited,
        envvar=VARIABLE_PREFIX + "MAX_WAIT",
        help="Longest wait for a busy service.",
    ),
]


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
    Option(
        "--directory",
        "-d",
        metavar="DIR",
        envvar=VARIABLE_PREFIX + "DIRECTORY",
        help="Write the outputs to this directory.",
    ),
]
RowFormat = Annotated[
    str | None,
    Option(
        "--format",
        metavar="NAME",
        envvar=VARIABLE_PREFIX + "FORMAT",
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
    Option(
        "--pause-text",
        metavar="MS",
        min=0,
        max=60000,
        envvar=VARIABLE_PREFIX + "PAUSE_TEXT",
        help="Pause between the texts of a book.",
    ),
]
MaxSpeed = Annotated[
    float,
    Option(
        "--max-speed",
        metavar="X",
        min=1,
        max=2,
        envvar=VARIABLE_PREFIX + "MAX_SPEED",
        help="How much faster a subtitle may be spoken to fit its time.",
    ),
]
Cast = Annotated[
    list[str] | None,
    typer.Option(
        "--cast",
        metavar="FILE|NAME=ID,...",
        help="Who speaks which lines: HOST=emily,GUEST=daniel, or a TOML file; may repeat.",
    ),
]
Encoding = Annotated[
    str | None,
    Option(
        "--encoding",
        metavar="NAME",
        envvar=VARIABLE_PREFIX + "ENCODING",
        help="Encoding of the sources; default: UTF-8, UTF-16 or windows-1252 as found.",
    ),
]
Delimiter = Annotated[
    str | None,
    Option(
        "--delimiter",
        metavar="CHAR",
        envvar=VARIABLE_PREFIX + "DELIMITER",
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
    Option(
        "--jobs",
        "-j",
        metavar="N",
        min=1,
        max=64,
        envvar=VARIABLE_PREFIX + "JOBS",
        help="Number of parallel requests; most accounts allow 1.",
    ),
]
WaitForService = Annotated[
    str | None,
    Option(
        "--wait-for-service",
        metavar="TIME",
        envvar=VARIABLE_PREFIX + "WAIT_FOR_SERVICE",
        help="Wait this long (30m, 2h) for a service that does not answer, instead of stopping.",
    ),
]
Budget = Annotated[
    int | None,
    Option("--budget", metavar="N", min=0, envvar=VARIABLE_PREFIX + "BUDGET", help="Stop after sending N characters."),
]
ShardSpec = Annotated[
    str | None,
    Option(
        "--shard",
        metavar="K/N",
        envvar=VARIABLE_PREFIX + "SHARD",
        help="Process slice K of N. auto/N reads K from Kubernetes; Slurm arrays are detected automatically.",
    ),
]
Check = Annotated[
    bool, Option("--check", help="List outdated files without sending anything; exit 10 if there are any.")
]
Diff = Annotated[bool, Option("--diff", help="List what would be spoken, without sending anything.")]
Force = Annotated[bool, Option("--force", help="Speak everything again.")]
Title = Annotated[str | None, Option("--title", metavar="TEXT", help="Title of the book, as a tag (.m4b .m4a .mp3).")]
Author = Annotated[
    str | None,
    Option("--author", metavar="TEXT", envvar=VARIABLE_PREFIX + "AUTHOR", help="Author of the book, as a tag."),
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
    Option(
        "--loudness",
        metavar="LUFS",
        envvar=VARIABLE_PREFIX + "LOUDNESS",
        help="Loudness of the book, by one gain: LUFS, or podcast, audiobook, acx.",
    ),
]
Pad = Annotated[
    str | None,
    Option("--pad", metavar="MS,MS", envvar=VARIABLE_PREFIX + "PAD", help="Silence at the head and tail of the book."),
]
Bitrate = Annotated[
    str | None,
    Option("--bitrate", metavar="KBIT", envvar=VARIABLE_PREFIX + "BITRATE", help="Bitrate of the book, such as 64k."),
]
Clean = Annotated[bool, Option("--clean", help="Remove outputs that no row names any more; with --check, list them.")]
Report = Annotated[str | None, Option("--report", metavar="FILE", help="Write a JSON report of the run.")]
CacheDirectory = Annotated[
    Path | None,
    Option("--cache", metavar="DIR", envvar=VARIABLE_PREFIX + "CACHE", help="Audio cache directory; can be shared."),
]
CacheLimit = Annotated[
    int,
    Option(
        "--cache-limit",
        metavar="MB",
        min=1,
        envvar=VARIABLE_PREFIX + "CACHE_LIMIT",
        help="Maximum cache size; least recently used audio is evicted first.",
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
ConfigKey = Annotated[str, Argument(metavar="KEY", help="A key, or one of a command: batch.jobs.")]
ConfigValue = Annotated[list[str], Argument(metavar="VALUE...", help="What to set it to; a list takes several.")]
InProfile = Annotated[str | None, Option("--profile", metavar="NAME", help="Change this profile.")]


# None reads a variable: each is for one run.
JsonResult = Annotated[bool, Option("--json", help="Print a JSON summary of the run when it ends.")]
Record = Annotated[
    str | None,
    Option("--record", metavar="FILE", help="Record what the service answers, with its timing."),
]
Replay = Annotated[
    str | None,
    Option("--replay", metavar="FILE", help="Play a recording; needs no key and no network."),
]
ReplaySpeed = Annotated[
    Literal["real", "full"] | None,
    Option(
        "--replay-speed",
        show_default=False,
        help="Replay in real time or at full speed; default: real when played, else full.",
    ),
]
