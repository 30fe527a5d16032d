"""What users of other tools type, and how the same is done here: hints where no option or command has that meaning.

Loaded only after a usage error. Other names of what there is stand in ``system/close_words.py``.
"""

# The command, "" for any of them; then names of options without dashes, and the hint. Asked for in this order.
_OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("say", "text", "the text needs no option: {program} say TEXT"),
    ("say", "t", "the text needs no option: {program} say TEXT"),
    ("say", "stdin input-stdin", "a pipe needs no option: ... | {program} say"),
    ("say", "stdout output-raw raw to-stdout", "-o - writes raw PCM to standard output"),
    ("say", "encoding charset", "convert the text first: iconv -f ENCODING -t utf-8 FILE | {program} say"),
    ("say", "ssml", "SSML needs no option: a text that begins with <speak is read as SSML"),
    ("say", "overwrite force y yes", "files are replaced without a question; --no-clobber keeps them"),
    ("say", "append", "write another file and join the two, or give all the texts at once: -f one.txt -f two.txt"),
    ("batch", "resume continue", "a re-run needs no option: it makes what is missing or has changed"),
    ("batch", "overwrite y yes", "files are replaced when their text changes; --force makes all of them anew"),
    ("login", "key api-key apikey token", "{program} login asks for the key, or reads it from standard input"),
    (
        "",
        "api-key apikey key token auth-token bearer",
        "set SMALLEST_API_KEY, or run {program} login; other users can see a key on the command line",
    ),
    ("", "list-voices voices", "{program} voices lists them"),
    ("", "list-devices devices audio-devices", "{program} devices lists them"),
    ("voices", "list all", "{program} voices lists all of them"),
    ("devices", "list all", "{program} devices lists all of them"),
    ("", "proxy", "set HTTPS_PROXY, as for curl"),
    ("", "config config-file", "set LIGHTNING_TTS_CONFIG=FILE"),
    ("", "color colour no-color no-colour", "set NO_COLOR=1, or FORCE_COLOR=1"),
    ("", "version", "{program} --version"),
    ("say", "trace", "--stats=trace shows every step"),
    ("say", "mono stereo channels ac", "the audio is always mono"),
    (
        "say batch",
        "pitch emotion style seed temperature stability similarity consistency enhancement instructions",
        "to send a field of the service that this version does not know: --field {name}=VALUE",
    ),
)
_COMMANDS: dict[str, str] = {
    "version": "{program} --version",
    "help man usage": "{program} {next}--help",
    "install update upgrade uninstall": "use what installed it: pip, pipx or uv",
    "previous prev back": "{program} again plays the current sentence again",
}


def other_option(command: str, option: str, program: str) -> str:
    """Return the hint for an option of other tools; empty where none is known."""
    name = option.lstrip("-").replace("_", "-")
    for commands, names, hint in _OPTIONS:
        if name in names.split() and (not commands or command in commands.split()):
            return hint.format(program=program, name=name.replace("-", "_"))
    return ""


def other_command(typed: str, following: str, program: str) -> str:
    """Return the hint for a command of other tools; ``following`` is the command that was typed behind it, or empty."""
    hint = next((hint for names, hint in _COMMANDS.items() if typed in names.split()), "")
    return hint.format(program=program, next=f"{following} " if following else "")
