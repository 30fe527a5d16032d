"""Every option once: an alias per option with its flag, environment variable and help.

Commands share the aliases, so that a flag means the same everywhere. The options of the request's fields are not
here: they are read off the table in request.py (option_groups.py).
"""

from pathlib import Path
from typing import Any, Literal, TypeVar

import typer

from lightning_cli.request import VARIABLE_PREFIX
from lightning_cli.system.records import Annotated


class Option(typer.models.OptionInfo):
    """An option as Typer has it, in a fraction of the time: a command has up to seventy, and Typer copies each often.

    What an option does not set is the class's.
    """

    def __init__(self, name: str, *further: str, **about: Any) -> None:
        # Typer finds the first name in the place of the default where an option is an annotation.
        self.__dict__ = {"default": name, "param_decls": further, **about}

    def __copy__(self) -> "Option":
        """Return a copy that Typer may change."""
        return _copied(self)


class Argument(typer.models.ArgumentInfo):
    """An argument of the command line, which has no flag."""

    def __init__(self, **about: Any) -> None:
        self.__dict__ = about

    def __copy__(self) -> "Argument":
        """Return a copy that Typer may change."""
        return _copied(self)


for _ours, _typers in ((Option, typer.Option(...)), (Argument, typer.Argument(...))):
    for _name, _value in vars(_typers).items():
        setattr(_ours, _name, _value)

_Parameter = TypeVar("_Parameter", bound=typer.models.ParameterInfo)


def with_default(parameter: typer.models.ParameterInfo, default: Any) -> typer.models.ParameterInfo:
    """Return what Typer makes of an annotation's option and the default of its parameter."""
    made = _copied(parameter)
    if isinstance(made, typer.models.OptionInfo):
        made.param_decls = (str(made.default), *(made.param_decls or ()))
    made.default = default
    return made


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
Bitrate = Annotated[str | None, Option("--bitrate", metavar="KBIT", help="Bitrate of .mp3 and .opus, such as 64k.")]
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
Now = Annotated[bool, Option("--now", help="Silence what plays, and go before all that wait.")]
Overlap = Annotated[
    bool,
    Option(
        "--overlap",
        envvar=VARIABLE_PREFIX + "OVERLAP",
        help="Play at once, also while another lightning-tts plays; default: in turn.",
    ),
]
DropAfter = Annotated[
    float | None,
    Option(
        "--drop-after",
        metavar="S",
        min=0,
        envvar=VARIABLE_PREFIX + "DROP_AFTER",
        help="Give up when the turn to play has not come after this many seconds.",
    ),
]
Keys = Annotated[
    bool | None,
    Option(
        "--keys/--no-keys",
        envvar=VARIABLE_PREFIX + "KEYS",
        show_default=False,
        help="Control playback from the keyboard: space, arrows, r, +, -, [, ], q, ?; default: on a terminal.",
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
PauseHeading = Annotated[
    int | None,
    Option(
        "--pause-heading",
        metavar="MS",
        min=0,
        max=60000,
        envvar=VARIABLE_PREFIX + "PAUSE_HEADING",
        show_default=False,
        help="Pause behind a heading; default: half as long again as between paragraphs.",
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
Local = Annotated[
    bool, Option("--local", envvar=VARIABLE_PREFIX + "LOCAL", help="Use the offline engine, also where a key is set.")
]
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
Plain = Annotated[
    bool,
    Option(
        "--plain",
        envvar=VARIABLE_PREFIX + "PLAIN",
        help="Show progress as lines that are never redrawn, for screen readers; also with ACCESSIBLE=1.",
    ),
]
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
