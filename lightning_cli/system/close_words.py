"""What a mistyped word was meant to be; every "did you mean" uses it.

Other names for the same thing come first, then beginnings and parts, then few wrong letters: a wrong guess is worse
than none.
"""

import bisect
from collections.abc import Iterable

# A number that is meant is at most so many times as large or as small.
_TIMES = 3
# From how many letters on one may be wrong, two, three.
_LENGTHS = (3, 6, 10)

# Other names for what is known, in the order in which they are meant; those that are not known where one is typed are
# left out. Dashes before a word do not count.
_SYNONYMS = {
    # options
    "out outfile out-file output-file outputfile save save-to write write-media to destination o w wav output": (
        "output directory"
    ),
    "outdir out-dir output-dir output-directory folder": "directory output",
    "input in i infile input-file filename": "file",
    "lang locale language-code": "language",
    "speaker voice-id voice-name": "voice",
    "samplerate sampling-rate sample hz sr ar freq frequency": "sample-rate",
    "fmt type codec container ext extension audio-format file-format data-format response-format": "format",
    "tempo speaking-rate pace slow": "speed",
    "gain loudness": "volume",
    "audio-device output-device ao": "device",
    "offline": "local",
    "online remote": "cloud",
    "url host endpoint server api-base api-url": "base-url",
    "bind listen addr address": "host",
    "cors origin origins": "allow-origin",
    "silent": "quiet",
    "vv loglevel log-level msg-level": "verbose",
    "dryrun dry dry-run simulate n": "dry-run diff",
    "threads parallel workers j": "jobs concurrency",
    "srt vtt subs captions write-subtitles": "subtitles",
    "no-overwrite": "no-clobber",
    "retry": "retries",
    "pause gap silence sentence-silence": "pause-sentence",
    "key-file keyfile": "api-key-file",
    "token": "token-file",
    "dictionary lexicon": "dict-file",
    "sex": "gender",
    "p": "port",
    # values
    "websocket websockets wss": "ws",
    "md commonmark": "markdown",
    "plain off": "none",
    "wave": "wav",
    # commands
    "auth authenticate signin sign-in setup init": "login",
    "signout sign-out": "logout",
    "speak tts read play synth synthesize synthesise generate convert stream": "say",
    "halt silence mute kill quit": "stop",
    "next": "skip",
    "continue unpause": "resume",
    "repeat replay": "again",
    "volume rate": "set",
    "narrate render": "batch",
    "server api": "serve",
    "settings preferences configure": "config",
    "check health diagnose test whoami": "doctor",
    "outputs speakers": "devices",
    "dictionary dictionaries pronunciations lexicon": "dicts",
    "list-voices list models languages langs lang": "voices",
    "ls list": "list show info",
    "size usage": "info",
    "where": "path",
    "rm remove delete reset": "delete unset prune",
    "add new": "create",
    "clear clean": "prune cache",
}


def close_words(typed: object, known: Iterable[object], *, most: int = 1, within: int = 3) -> list[str]:
    """Return up to ``most`` of ``known`` that may be meant by ``typed``, whatever their case; the likeliest first.

    ``within`` is how many letters may be wrong, in long words.
    """
    word = str(typed).casefold().strip()
    by_name = {str(name).casefold(): str(name) for name in known}
    for likely in (_synonyms, _numbers, _beginnings, _parts):
        found = likely(word, by_name)
        if found:
            return [by_name[name] for name in found[:most]]
    return [by_name[name] for name in _misspelt(word, by_name, within)[:most]]


def did_you_mean(typed: object, known: Iterable[object], *, most: int = 1) -> str:
    """Return "did you mean A or B?" for a hint; empty where nothing in ``known`` is close."""
    close = close_words(typed, known, most=most)
    return question(*close) if close else ""


def meant(typed: object, known: Iterable[object]) -> str:
    """Return " (did you mean 'A'?)" for the end of a message; empty where nothing in ``known`` is close."""
    close = close_words(typed, known)
    return f" ({question(repr(close[0]))})" if close else ""


def question(*words: str) -> str:
    """Return "did you mean A or B?", of words that are known to be meant."""
    return f"did you mean {' or '.join(words)}?"


def _synonyms(word: str, known: Iterable[str]) -> list[str]:
    bare = word.lstrip("-").replace("_", "-")
    names = {name.lstrip("-").replace("_", "-"): name for name in known}
    meant_by = [one for before, after in _SYNONYMS.items() if bare in before.split() for one in after.split()]
    return [names[one] for one in meant_by if one in names][:1]


def _numbers(word: str, known: Iterable[str]) -> list[str]:
    names = list(known)
    if not word.isdecimal() or not all(name.isdecimal() for name in names):
        return []
    # Another order of magnitude is another unit.
    near = [name for name in names if int(name) <= _TIMES * int(word) and int(word) <= _TIMES * int(name)]
    return sorted(near, key=lambda name: abs(int(name) - int(word)))[:1]


def _beginnings(word: str, known: Iterable[str]) -> list[str]:
    """Return what begins with ``word``, or is all but the last few letters of it; the shortest first."""
    bare = word.lstrip("-.")
    if len(bare) < 2:  # noqa: PLR2004 - one letter begins too much
        return []
    return sorted((name for name in known if name.lstrip("-.").startswith(bare)), key=len)


def _parts(word: str, known: Iterable[str]) -> list[str]:
    """Return what has ``word`` as one of its own words."""
    bare = word.strip("-")
    return [name for name in known if bare in name.strip("-").split("-")] if bare else []


def _misspelt(word: str, known: Iterable[str], within: int) -> list[str]:
    bare = word.strip("-.")
    # Two letters are close to everything.
    limit = min(bisect.bisect(_LENGTHS, len(bare)), within)
    wrong = {name: wrong_letters(bare, name.strip("-.")) for name in known}
    least = min(wrong.values(), default=limit + 1)
    found = [name for name, count in wrong.items() if count == least <= limit]
    return sorted(found, key=lambda name: (-_common(bare, name.strip("-.")), len(name)))


def _common(left: str, right: str) -> int:
    """Return how many letters two words begin with alike."""
    return next((at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), 99)


def wrong_letters(left: str, right: str) -> int:
    """Return how many letters must be put in, taken out, replaced or swapped with the next to make ``right``."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, one in enumerate(left, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other))
            if i > 1 and j > 1 and one == right[j - 2] and left[i - 2] == other:
                least = min(least, earlier[j - 2] + 1)
            row.append(least)
    return row[-1]
