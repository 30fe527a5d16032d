"""How the tool speaks: sentences read as those of curl, git and uv do, and the phrases of an older dialect stay out."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "lightning_cli"
# What must not come back in anything that a person reads: the traits of the dialect, then single sentences of it.
_TRAITS = (
    r"\bis no (?!longer)[a-z]",
    r"\bis none of\b",
    r"\bthere is no\b",
    r"\bis to (speak|be)\b",
    r"\bif it stays\b",
    r"\bothers than\b",
    r"\b(it|they|the [a-z]+) tells?\b",
    r"\bTell (times|at|what)\b",
    r"\?\.\.\.;",
    r"\b(nobody|somebody|whoever)\b",
    r"\bbelongs? into\b",
    r"\b(known here|no key known)\b",
    r"\bso many (characters|requests)\b",
    r"\bas far as is known\b",
    r"\bwhatever its name says\b",
    r"\bmust stay where\b",
    r"\bwas taken for\b",
)
_SENTENCES = (
    "needs the service, and the offline engine",
    "so the offline engine speaks",
    "leave --voice out",
    "needs a key and none was found",
    "excludes --cloud",
    "were never seen",
    "; 0 does not look",
    "Speak what a pipe has written",
    "Hold this much back",
    "Cut longer sentences",
    "How loud to play",
    "only segments that are complete",
    "Another address of the service",
    "or fail.",
    "beyond this machine",
    "Tries after the first",
    "To be connected",
    "Between pieces of audio",
    "Say nothing but errors",
    "Say what happens",
    "Which generation of",
    "Requests at a time; accounts",
    "Name what is stale",
    "the run itself used",
    "Do the K-th",
    "arrays need no flag",
    "Look at these alone",
    "Leave the service alone",
    "and later only what changed",
    "stand-in for",
    "Look at the ",
    "Admit only who",
    "to keep them out",
    "no place for",
    "the lines named above",
    "that public documents named",
    "are no text for one request",
    "is the usual speed",
    "in no format known",
    "is not written to a terminal",
    "no connection to the service",
    "has no right to",
    "sent no more audio in time",
    "holds no usable key",
    "has changed the file meanwhile",
    "It is what holds without",
    "and no other.",
    "asked for again each time",
    "ran dry",
    "outputs to build",
    "over 0 connections",
    "there are no keys",
    "it is not shown",
    "wants standard output for itself",
    "has what it takes",
    "is not ours alone",
    "Each cue is named by",
)
FORBIDDEN = re.compile("|".join((*_TRAITS, *map(re.escape, _SENTENCES))))


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings of a module that may be read by a person, with their lines; docstrings are for programmers.

    The docstring of a command is its help, so that those are read too. Values stand as ``{}``.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    is_command = path.parent.name == "commands"
    skipped: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            is_help = is_command and isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            skipped |= set() if is_help else {id(body[0].value)}
        if isinstance(node, ast.JoinedStr):
            skipped |= set(map(id, node.values))
            yield node.lineno, "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def test_no_phrase_of_the_older_dialect() -> None:
    """Each hit is named with its place: say it as curl, git or uv would."""
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {text.strip()[:120]!r}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, text in sentences(path)
        if " " in text and FORBIDDEN.search(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "the voice magnus needs the service, and the offline engine is to speak",
        "{} is no base URL",
        "there is no column {}",
        "try again later; if it stays, report the request id",
        "Tell times and counts on stderr at the end",
        "the key in {} has no right to this",
    ],
)
def test_the_phrases_are_found(text: str) -> None:
    """Sentences as they once were."""
    assert FORBIDDEN.search(text)


# What is counted may be one; a limit ("one request takes at most 8000 characters") is none.
_NOUNS = "files|entries|segments|requests|retries|words|sentences|cells|problems|texts|minutes|characters"
_COUNTED = re.compile(rf"(?<!most )(?<!than )(?<!to )\{{\}} ({_NOUNS})\b(?!/s)")
_LIMITS = (
    "budget of {}",
    "(limit {}",
    "{} of {} ",
    "{} requests",
    "for {} char",
    "sentences of at most",
    "letters, and {}",
    "text has {}",
)


def test_one_is_singular() -> None:
    """A number with its noun is made in one place, so that no sentence says "1 files"."""
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {text[:120]!r}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, text in sentences(path)
        if _COUNTED.search(text) and not any(limit in text for limit in _LIMITS)
    ]
    assert not found, "\n".join(found)


def test_every_did_you_mean_is_made_in_one_place() -> None:
    """Close words are found by close_words alone, so that they are found alike everywhere."""
    found = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if "get_close_matches" in path.read_text("utf-8")
    ]
    assert not found
