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


def setting(name: str, *further: str, **about: Any) -> Option:
    """Return an option that a variable and the configuration can set too, each under the name of the flag."""
    variable = name.removeprefix("--").partition("/")[0].upper().replace("-", "_")
    return Option(name, *further, envvar=VARIABLE_PREFIX + variable, **about)


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
    setting("--max-chars", metavar="N", min=20, max=8000, help="Split sentences longer than N characters."),
]

Markup = Annotated[
    Literal["auto", "markdown", "none"],
    setting("--markup", help="How to treat markup and terminal codes."),
]
Thinking = Annotated[
    bool,
    setting("--thinking", help="Speak what a model thinks, between <think> and </think>."),
]
NoMarks = Annotated[
    bool,
    setting("--no-marks", help="Leave marks such as [pause:1s] in the text as they are."),
]
FlushAfter = Annotated[
    int,
    setting(
        "--flush-after",
        metavar="MS",
        min=100,
        max=600000,
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
    setting(
        "--format",
        metavar="NAME",
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
    setting("--device", metavar="NAME|INDEX", help="Play on this output device."),
]
Prebuffer = Annotated[
    int | None,
    setting("--prebuffer", metavar="MS", min=0, max=30000, help="Buffer this much audio before playback starts."),
]
Volume = Annotated[
    int,
    setting("--volume", metavar="PERCENT", min=0, max=400, help="Playback volume; limited so that it never clips."),
]
LeadIn = Annotated[
    int,
    setting(
        "--lead-in",
        metavar="MS",
        min=0,
        max=10000,
        show_default=False,
        help="Play silence first, for outputs that sleep (Bluetooth, HDMI).",
    ),
]
Rate = Annotated[
    float,
    setting(
        "--rate",
        metavar="X",
        min=0.5,
        max=4.0,
        help="Playback speed at the same pitch; files and requests stay as they are.",
    ),
]
Now = Annotated[bool, Option("--now", help="Silence what plays, and go before all that wait.")]
Overlap = Annotated[
    bool,
    setting("--overlap", help="Play at once, also while another lightning-tts plays; default: in turn."),
]
DropAfter = Annotated[
    float | None,
    setting(
        "--drop-after", metavar="S", min=0, help="Give up when the turn to play has not come after this many seconds."
    ),
]
Keys = Annotated[
    bool | None,
    setting(
        "--keys/--no-keys",
        show_default=False,
        help="Control playback from the keyboard: space, arrows, r, +, -, [, ], q, ?; default: on a terminal.",
    ),
]
Join = Annotated[Literal["natural", "raw"], setting("--join", help="How segments are joined.")]
PauseSentence = Annotated[
    int,
    setting("--pause-sentence", metavar="MS", min=0, max=60000, help="Pause between sentences."),
]
PauseParagraph = Annotated[
    int,
    setting("--pause-paragraph", metavar="MS", min=0, max=60000, help="Pause between paragraphs."),
]
PauseHeading = Annotated[
    int | None,
    setting(
        "--pause-heading",
        metavar="MS",
        min=0,
        max=60000,
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
    setting(
        "--context-id", metavar="ID", help="Send all sentences as one utterance with this id (needs --transport ws)."
    ),
]

Route = Annotated[
    Literal["auto", "seed", "unified"],
    setting("--route", help="Which version of the API endpoints to use."),
]
Transport = Annotated[
    Literal["sse", "sync", "ws"],
    setting("--transport", help="Receive the audio as an event stream, a whole answer, or over a WebSocket."),
]
WireFormat = Annotated[
    Literal["pcm", "wav", "mp3", "ulaw", "alaw"] | None,
    setting("--wire-format", help="Audio format to request from the service; default pcm."),
]
Curl = Annotated[bool, Option("--curl", help="Print the requests as curl commands and send nothing.")]
DryRun = Annotated[bool, Option("--dry-run", "-n", help="List the requests and send nothing.")]

BaseUrl = Annotated[
    str | None,
    setting("--base-url", metavar="URL", help="Use this service URL."),
]
Local = Annotated[bool, setting("--local", help="Use the offline engine, also where a key is set.")]
Cloud = Annotated[bool, Option("--cloud", help="Require the service; never fall back to the offline engine.")]
ApiKeyFile = Annotated[
    Path | None,
    setting("--api-key-file", metavar="FILE", help="Read the API key from a file; default: SMALLEST_API_KEY."),
]
Profile = Annotated[
    str | None,
    setting(
        # Eager: the file's values of the other options depend on it.
        "--profile",
        metavar="NAME",
        is_eager=True,
        help="Use this configuration profile.",
    ),
]
Keyring = Annotated[bool, Option("--keyring", help="Store the key in the system keyring.")]
InsecureHttp = Annotated[
    bool,
    setting("--insecure-http", help="Allow sending the API key over plain http to other machines."),
]
Retries = Annotated[
    int,
    setting("--retries", metavar="N", min=0, max=100, help="Number of retries."),
]
Concurrency = Annotated[
    int,
    setting(
        "--concurrency",
        metavar="N",
        min=0,
        max=1000,
        help="Maximum simultaneous requests, across all your processes; 0 means no limit.",
    ),
]

Quiet = Annotated[bool, setting("--quiet", "-q", help="Print errors only.")]
Verbose = Annotated[bool, setting("--verbose", help="Print progress details.")]
Plain = Annotated[
    bool,
    setting(
        "--plain", help="Show progress as lines that are never redrawn, for screen readers; also with ACCESSIBLE=1."
    ),
]
Debug = Annotated[bool, setting("--debug", help="Show tracebacks.")]
Json = Annotated[bool, Option("--json", help="Print JSON.")]

Stats = Annotated[
    Literal["summary", "trace", "json"] | None,
    setting("--stats", help="Print timings and counts to stderr: summary (default), trace or json."),
]


_LONGEST_S = 1e6


def _waited(seconds: float) -> float:
    """Raise for a time that no clock can count."""
    if not seconds <= _LONGEST_S:  # also refuses NaN
        raise typer.BadParameter(f"{seconds} is not a number of seconds up to {_LONGEST_S:.0f}.")
    return seconds


ConnectTimeout = Annotated[
    float,
    setting("--connect-timeout", metavar="S", min=0.001, callback=_waited, help="Time limit for connecting."),
]
FirstByteTimeout = Annotated[
    float,
    setting("--first-byte-timeout", metavar="S", min=0.001, callback=_waited, help="Time limit for the first audio."),
]
IdleTimeout = Annotated[
    float,
    setting("--idle-timeout", metavar="S", min=0.001, callback=_waited, help="Time limit between chunks of audio."),
]
MaxWait = Annotated[
    float,
    setting("--max-wait", metavar="S", min=0, callback=_waited, help="Longest wait for a busy service."),
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
