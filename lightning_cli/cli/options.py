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
        """Return what Typer may change."""
        return _copied(self)


class Argument(typer.models.ArgumentInfo):
    """The same for what stands on the command line without a flag."""

    def __init__(self, **about: Any) -> None:
        self.__dict__ = {**_ARGUMENT, **about}

    def __copy__(self) -> "Argument":
        """Return what Typer may change."""
        return _copied(self)


def _copied(parameter: _Parameter) -> _Parameter:
    made = object.__new__(type(parameter))
    made.__dict__ = dict(parameter.__dict__)
    return made


Words = Annotated[
    list[str] | None,
    Argument(metavar="[TEXT]...", help="What to say; '-' or nothing reads standard input.", show_default=False),
]
TextFiles = Annotated[
    list[str] | None,
    Option("--file", "-f", metavar="FILE", help="Speak a text file; may repeat."),
]
Whole = Annotated[bool, Option("--whole", help="Send the text as one request instead of sentence by sentence.")]
MaxChars = Annotated[
    int,
    Option(
        "--max-chars", metavar="N", min=20, max=8000, envvar=VARIABLE_PREFIX + "MAX_CHARS", help="Cut longer sentences."
    ),
]

Markup = Annotated[
    Literal["auto", "markdown", "none"],
    Option("--markup", envvar=VARIABLE_PREFIX + "MARKUP", help="Turn markup and terminal codes into speakable text."),
]
FlushAfter = Annotated[
    int,
    Option(
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
    Option("--subtitles", metavar="FILE", help="Write subtitles to .srt, .vtt or .json; may repeat."),
]

Echo = Annotated[bool, Option("--echo", help="Pass the text through to stdout in step with the voice.")]

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
HoldSegments = Annotated[bool, Option("--hold-segments", help="Write to a pipe only segments that are complete.")]
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
        help="Hold this much back first.",
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
        help="How loud to play; never clips.",
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
        help="Space, arrows, r, + and -, [ and ], q while playing; default: when standard input is a terminal.",
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
        help="Between sentences.",
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
        help="Between paragraphs.",
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
        help="With --transport ws: speak the sentences as parts of one utterance of this id.",
    ),
]

Route = Annotated[
    Literal["auto", "seed", "unified"],
    Option("--route", envvar=VARIABLE_PREFIX + "ROUTE", help="Which generation of the API's paths to use."),
]
Transport = Annotated[
    Literal["sse", "sync", "ws"],
    Option("--transport", envvar=VARIABLE_PREFIX + "TRANSPORT", help="Event stream, whole answer, or WebSocket."),
]
WireFormat = Annotated[
    Literal["pcm", "wav", "mp3", "ulaw", "alaw"] | None,
    Option("--wire-format", envvar=VARIABLE_PREFIX + "WIRE_FORMAT", help="What to ask the service for; default pcm."),
]
Curl = Annotated[bool, Option("--curl", help="Print the requests as curl commands and send nothing.")]
DryRun = Annotated[bool, Option("--dry-run", "-n", help="List the requests and send nothing.")]

BaseUrl = Annotated[
    str | None,
    Option("--base-url", metavar="URL", envvar=VARIABLE_PREFIX + "BASE_URL", help="Another address of the service."),
]
Local = Annotated[bool, Option("--local", help="Speak with the embedded offline engine.")]
Cloud = Annotated[bool, Option("--cloud", help="Speak with the service, or fail.")]
ApiKeyFile = Annotated[
    Path | None,
    Option(
        "--api-key-file",
        metavar="FILE",
        envvar=VARIABLE_PREFIX + "API_KEY_FILE",
        help="Read the key from a file; default: the variable SMALLEST_API_KEY.",
    ),
]
Profile = Annotated[
    str | None,
    Option(
        # Eager: what the file says about the other options depends on it.
        "--profile",
        metavar="NAME",
        envvar=VARIABLE_PREFIX + "PROFILE",
        is_eager=True,
        help="Use this profile of the configuration.",
    ),
]
Keyring = Annotated[bool, Option("--keyring", help="Keep the key in the system keyring.")]
InsecureHttp = Annotated[
    bool,
    Option(
        "--insecure-http",
        envvar=VARIABLE_PREFIX + "INSECURE_HTTP",
        help="Send the key unencrypted beyond this machine.",
    ),
]
Retries = Annotated[
    int,
    Option("--retries", metavar="N", min=0, max=100, envvar=VARIABLE_PREFIX + "RETRIES", help="Tries after the first."),
]
Concurrency = Annotated[
    int,
    Option(
        "--concurrency",
        metavar="N",
        min=0,
        max=1000,
        envvar=VARIABLE_PREFIX + "CONCURRENCY",
        help="Requests the account takes at a time, over all your shells; 0 does not look.",
    ),
]

Quiet = Annotated[bool, Option("--quiet", "-q", envvar=VARIABLE_PREFIX + "QUIET", help="Say nothing but errors.")]
Verbose = Annotated[bool, Option("--verbose", envvar=VARIABLE_PREFIX + "VERBOSE", help="Say what happens.")]
Debug = Annotated[bool, Option("--debug", envvar=VARIABLE_PREFIX + "DEBUG", help="Show tracebacks.")]
Json = Annotated[bool, Option("--json", help="Write JSON.")]

Stats = Annotated[
    Literal["summary", "trace", "json"] | None,
    Option(
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
    Option(
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
    Option(
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
    Option(
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
    Option(
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
    Argument(
        metavar="SOURCE...",
        help="What to narrate: .csv .tsv .xlsx .jsonl .txt .md .html .epub .srt, a directory; '-' is JSONL on stdin.",
        show_default=False,
    ),
]
Directory = Annotated[
    Path | None,
    Option("--directory", "-d", metavar="DIR", envvar=VARIABLE_PREFIX + "DIRECTORY", help="Write the outputs here."),
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
        help="Between texts of a book.",
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
        help="Requests at a time; accounts take 1.",
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
    Option("--budget", metavar="N", min=0, envvar=VARIABLE_PREFIX + "BUDGET", help="Send at most so many characters."),
]
ShardSpec = Annotated[
    str | None,
    Option(
        "--shard",
        metavar="K/N",
        envvar=VARIABLE_PREFIX + "SHARD",
        help="Do the K-th of N slices; auto/N takes K from Kubernetes or Slurm, whose arrays need no flag.",
    ),
]
Check = Annotated[bool, Option("--check", help="Name what is stale and send nothing; exit 10 if anything is.")]
Diff = Annotated[bool, Option("--diff", help="List what would be spoken and send nothing.")]
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
    Option("--cache", metavar="DIR", envvar=VARIABLE_PREFIX + "CACHE", help="Keep audio here; may be shared."),
]
CacheLimit = Annotated[
    int,
    Option(
        "--cache-limit",
        metavar="MB",
        min=1,
        envvar=VARIABLE_PREFIX + "CACHE_LIMIT",
        help="Above this size the least recently used audio goes, save what the run itself used.",
    ),
]
PruneAll = Annotated[bool, Option("--all", help="Remove everything.")]


SearchWords = Annotated[
    list[str] | None,
    Argument(metavar="[WORD]...", help="Words that the id, name, description or accent has.", show_default=False),
]
Search = Annotated[str | None, Option("--search", metavar="TEXT", help="The same, as one text.")]
# The filters read no variables: what a person speaks with by default is not what a list should be cut down to.
OnlyLanguage = Annotated[
    str | None, Option("--language", "-l", metavar="CODE|NAME", help="Only of this language: hi or hindi.")
]
OnlyGender = Annotated[str | None, Option("--gender", metavar="NAME", help="Only of this gender.")]
OnlyAccent = Annotated[str | None, Option("--accent", metavar="NAME", help="Only of this accent.")]
OnlyAge = Annotated[str | None, Option("--age", metavar="NAME", help="Only of this age: young, senior.")]
OnlyUseCase = Annotated[str | None, Option("--use-case", metavar="NAME", help="Only for this use.")]
OnlyModel = Annotated[str | None, Option("--model", "-m", metavar="ID", help="Only of this model.")]
OnlyOffline = Annotated[bool, Option("--offline", help="Only the offline engine's own.")]
Refresh = Annotated[bool, Option("--refresh", help="Ask the service again, or fail.")]

DictionaryFile = Annotated[Path, Argument(metavar="FILE", help="Words and how they sound: .csv, .tsv, .json or .toml.")]
DictionaryId = Annotated[str, Argument(metavar="ID", help="The id of a dictionary.")]
DictionaryIds = Annotated[list[str], Argument(metavar="ID...", help="The ids of dictionaries.")]
Preview = Annotated[str | None, Option("--preview", metavar="ID", help="Hear a voice say a sentence in its language.")]
Areas = Annotated[
    list[str] | None,
    Argument(
        metavar="[CHECK]...",
        help="Look at these alone: program, key, places, network, server, sound, engine or terminal.",
        show_default=False,
    ),
]
NoNetwork = Annotated[bool, Option("--no-network", help="Leave the service alone.")]
Speak = Annotated[bool, Option("--speak", help="Have the service speak one word too, which costs its characters.")]
PreviewOutput = Annotated[
    str | None, Option("--output", "-o", metavar="PATH", help="With --preview: write instead of playing.")
]
ConfigKey = Annotated[str, Argument(metavar="KEY", help="A key, or one of a command: batch.jobs.")]
ConfigValue = Annotated[list[str], Argument(metavar="VALUE...", help="What to set it to; a list takes several.")]
InProfile = Annotated[str | None, Option("--profile", metavar="NAME", help="Change this profile.")]


# None reads a variable: each is for one run.
JsonResult = Annotated[bool, Option("--json", help="Tell at the end what was made, as one JSON object.")]
Record = Annotated[
    str | None,
    Option("--record", metavar="FILE", help="Keep what the service answers, each piece with its time."),
]
Replay = Annotated[
    str | None,
    Option("--replay", metavar="FILE", help="Speak what was recorded; needs no key and no network."),
]
ReplaySpeed = Annotated[
    Literal["real", "full"] | None,
    Option("--replay-speed", show_default=False, help="As it came, or at once; default: real when played, else full."),
]
