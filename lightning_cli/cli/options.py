"""Every option once: an alias per option with its flag, environment variable and help.

Commands share the aliases, so that a flag means the same everywhere. Limits of request fields live in request.py
alone; what they refuse is reported from there.

The options that say how long to wait for the service; see options.py.

The options of batch and cache, every one once: the second half of options.py, which is as long as a file may be.

The options of the commands that list, keep and check things, once each: voices, dictionaries, doctor.

The options that keep a run or tell of it, every one once; options.py is as long as a file may be.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from lightning_cli.request import LANGUAGES, MODELS, SAMPLE_RATES, SPEED_RANGE

_PREFIX = "LIGHTNING_TTS_"

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
        "--max-chars", metavar="N", min=20, max=8000, envvar=_PREFIX + "MAX_CHARS", help="Cut longer sentences."
    ),
]

Markup = Annotated[
    Literal["auto", "markdown", "none"],
    typer.Option("--markup", envvar=_PREFIX + "MARKUP", help="Turn markup and terminal codes into speakable text."),
]
FlushAfter = Annotated[
    int,
    typer.Option(
        "--flush-after",
        metavar="MS",
        min=100,
        max=600000,
        envvar=_PREFIX + "FLUSH_AFTER",
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
        envvar=_PREFIX + "FORMAT",
        help="wav, pcm, raw, flac, ogg, opus, mp3, ulaw or alaw; default: by the file's extension, pcm on stdout.",
    ),
]
NoClobber = Annotated[bool, typer.Option("--no-clobber", help="Refuse to replace an existing file.")]
KeepPartial = Annotated[bool, typer.Option("--keep-partial", help="Keep the .part file of a run that failed.")]
HoldSegments = Annotated[bool, typer.Option("--hold-segments", help="Write to a pipe only segments that are complete.")]
Device = Annotated[
    str | None,
    typer.Option("--device", metavar="NAME|INDEX", envvar=_PREFIX + "DEVICE", help="Play on this output device."),
]
Prebuffer = Annotated[
    int | None,
    typer.Option(
        "--prebuffer", metavar="MS", min=0, max=30000, envvar=_PREFIX + "PREBUFFER", help="Hold this much back first."
    ),
]
Volume = Annotated[
    int,
    typer.Option(
        "--volume", metavar="PERCENT", min=0, max=400, envvar=_PREFIX + "VOLUME", help="How loud to play; never clips."
    ),
]
Keys = Annotated[
    bool | None,
    typer.Option(
        "--keys/--no-keys",
        envvar=_PREFIX + "KEYS",
        show_default=False,
        help="Space, arrows, r, + and -, q while playing; default: when standard input is a terminal.",
    ),
]
Join = Annotated[
    Literal["natural", "raw"], typer.Option("--join", envvar=_PREFIX + "JOIN", help="How segments are joined.")
]
PauseSentence = Annotated[
    int,
    typer.Option(
        "--pause-sentence", metavar="MS", min=0, max=60000, envvar=_PREFIX + "PAUSE_SENTENCE", help="Between sentences."
    ),
]
PauseParagraph = Annotated[
    int,
    typer.Option(
        "--pause-paragraph",
        metavar="MS",
        min=0,
        max=60000,
        envvar=_PREFIX + "PAUSE_PARAGRAPH",
        help="Between paragraphs.",
    ),
]

Voice = Annotated[
    str | None,
    typer.Option("--voice", "-v", metavar="ID", envvar=_PREFIX + "VOICE", help="The voice; default daniel."),
]
Model = Annotated[
    str | None,
    typer.Option("--model", "-m", metavar="ID", envvar=_PREFIX + "MODEL", help=f"{' or '.join(MODELS)}."),
]
SampleRate = Annotated[
    int | None,
    typer.Option(
        "--sample-rate",
        "-r",
        metavar="HZ",
        envvar=_PREFIX + "SAMPLE_RATE",
        help=f"{', '.join(map(str, SAMPLE_RATES))}; default 44100.",
    ),
]
Speed = Annotated[
    float | None,
    typer.Option(
        "--speed", "-s", metavar="X", envvar=_PREFIX + "SPEED", help=f"{SPEED_RANGE[0]:g} to {SPEED_RANGE[1]:g}."
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language", "-l", metavar="CODE", envvar=_PREFIX + "LANGUAGE", help=f"One of {' '.join(LANGUAGES)}."
    ),
]
Dicts = Annotated[
    list[str] | None,
    typer.Option("--dict", metavar="ID", envvar=_PREFIX + "DICT", help="A pronunciation dictionary; may repeat."),
]
DictFile = Annotated[
    list[Path] | None,
    typer.Option("--dict-file", metavar="FILE", help="Sync a dictionary file (see dicts sync) and use it; may repeat."),
]
SessionId = Annotated[
    str | None,
    typer.Option("--session-id", metavar="ID", envvar=_PREFIX + "SESSION_ID", help="Your id for the session."),
]
RequestId = Annotated[
    str | None,
    typer.Option(
        "--request-id",
        metavar="ID",
        envvar=_PREFIX + "REQUEST_ID",
        help="Your id for the request; -1, -2... are added when the text takes several.",
    ),
]
ContextId = Annotated[
    str | None,
    typer.Option(
        "--context-id",
        metavar="ID",
        envvar=_PREFIX + "CONTEXT_ID",
        help="With --transport ws: speak the sentences as parts of one utterance of this id.",
    ),
]
NumberLanguage = Annotated[
    str | None,
    typer.Option(
        "--number-language", metavar="CODE", envvar=_PREFIX + "NUMBER_LANGUAGE", help="Read numbers in this language."
    ),
]
MathNotation = Annotated[
    bool | None,
    typer.Option(
        "--math-notation/--no-math-notation", envvar=_PREFIX + "MATH_NOTATION", help="Read operators as words."
    ),
]
ExpireContent = Annotated[
    bool,
    typer.Option("--expire-content", envvar=_PREFIX + "EXPIRE_CONTENT", help="Ask the service to delete the text."),
]

Route = Annotated[
    Literal["auto", "seed", "unified"],
    typer.Option("--route", envvar=_PREFIX + "ROUTE", help="Which generation of the API's paths to use."),
]
Transport = Annotated[
    Literal["sse", "sync", "ws"],
    typer.Option("--transport", envvar=_PREFIX + "TRANSPORT", help="Event stream, whole answer, or WebSocket."),
]
WireFormat = Annotated[
    Literal["pcm", "wav", "mp3", "ulaw", "alaw"] | None,
    typer.Option("--wire-format", envvar=_PREFIX + "WIRE_FORMAT", help="What to ask the service for; default pcm."),
]
Curl = Annotated[bool, typer.Option("--curl", help="Print the requests as curl commands and send nothing.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="List the requests and send nothing.")]

BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", envvar=_PREFIX + "BASE_URL", help="Another address of the service."),
]
Local = Annotated[bool, typer.Option("--local", help="Speak with the embedded offline engine.")]
Cloud = Annotated[bool, typer.Option("--cloud", help="Speak with the service, or fail.")]
ApiKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--api-key-file",
        metavar="FILE",
        envvar=_PREFIX + "API_KEY_FILE",
        help="Read the key from a file; default: the variable SMALLEST_API_KEY.",
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        # Eager: what the file says about the other options depends on it.
        "--profile",
        metavar="NAME",
        envvar=_PREFIX + "PROFILE",
        is_eager=True,
        help="Use this profile of the configuration.",
    ),
]
Keyring = Annotated[bool, typer.Option("--keyring", help="Keep the key in the system keyring.")]
InsecureHttp = Annotated[
    bool,
    typer.Option(
        "--insecure-http", envvar=_PREFIX + "INSECURE_HTTP", help="Send the key unencrypted beyond this machine."
    ),
]
Retries = Annotated[
    int,
    typer.Option("--retries", metavar="N", min=0, max=100, envvar=_PREFIX + "RETRIES", help="Tries after the first."),
]
Concurrency = Annotated[
    int,
    typer.Option(
        "--concurrency",
        metavar="N",
        min=0,
        max=1000,
        envvar=_PREFIX + "CONCURRENCY",
        help="Requests the account takes at a time, over all your shells; 0 does not look.",
    ),
]

Quiet = Annotated[bool, typer.Option("--quiet", "-q", envvar=_PREFIX + "QUIET", help="Say nothing but errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", envvar=_PREFIX + "VERBOSE", help="Say what happens.")]
Debug = Annotated[bool, typer.Option("--debug", envvar=_PREFIX + "DEBUG", help="Show tracebacks.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]

Stats = Annotated[
    Literal["summary", "trace", "json"] | None,
    typer.Option(
        "--stats",
        envvar=_PREFIX + "STATS",
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
        envvar=_PREFIX + "CONNECT_TIMEOUT",
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
        envvar=_PREFIX + "FIRST_BYTE_TIMEOUT",
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
        envvar=_PREFIX + "IDLE_TIMEOUT",
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
        envvar=_PREFIX + "MAX_WAIT",
        help="Time to spend waiting for a busy service.",
    ),
]


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
