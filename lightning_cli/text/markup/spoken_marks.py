"""What is said in place of marks: URLs, code blocks, table rows, and the full stop that a heading lacks."""

import re
from collections.abc import Iterable
from itertools import zip_longest

# Typographic marks are written as escapes here: several look alike.
_CLOSERS = "\"'*_`)]}>\u201d\u2019\u00bb\u203a\u300d\u300f\u3011\uff09"
_ENDS = ".!?:;,-\u2026\u2013\u2014\u3002\uff01\uff1f\uff1a\uff1b\uff0c\u3001\uff0e\u0964\u0965\u061f\u06d4\u061b\u060c"
_FULL_STOPS = (("\u3040", "\u30ff", "\u3002"), ("\u3400", "\u9fff", "\u3002"), ("\u0900", "\u097f", "\u0964"))
# What stands for a mark of speech (text/marks.py).
_MARKS_OF_SPEECH = "[\U00100000-\U0010fffd]"
_LONG_PATH = 48
_LONG_QUERY = 24
_URL_PARTS = r"(?is)(?:https?://)?(?:[^/?#@]*@)?(?:www\.)?([^/?#]*)([^?#]*)(.*)"
_URL_MARKS = {
    ".": "dot",
    "/": "slash",
    "-": "dash",
    "_": "underscore",
    ":": "colon",
    "?": "question mark",
    "=": "equals",
    "&": "and",
    "#": "hash",
    "~": "tilde",
    "@": "at",
    "+": "plus",
}
_URL_MARK = r"[./_:?=&#~@+-]"
_CODE_NAMES = {
    "bash": "Shell",
    "c++": "C++",
    "console": "Shell",
    "cpp": "C++",
    "cs": "C#",
    "csharp": "C#",
    "css": "CSS",
    "csv": "CSV",
    "fish": "Shell",
    "golang": "Go",
    "graphql": "GraphQL",
    "html": "HTML",
    "ini": "INI",
    "javascript": "JavaScript",
    "js": "JavaScript",
    "json": "JSON",
    "jsonl": "JSON",
    "jsx": "JavaScript",
    "kt": "Kotlin",
    "latex": "LaTeX",
    "md": "Markdown",
    "objc": "Objective-C",
    "php": "PHP",
    "plain": "",
    "plaintext": "",
    "powershell": "PowerShell",
    "ps1": "PowerShell",
    "py": "Python",
    "python3": "Python",
    "rb": "Ruby",
    "rs": "Rust",
    "sh": "Shell",
    "shell": "Shell",
    "sql": "SQL",
    "svg": "SVG",
    "text": "",
    "toml": "TOML",
    "ts": "TypeScript",
    "tsx": "TypeScript",
    "txt": "",
    "typescript": "TypeScript",
    "xml": "XML",
    "yaml": "YAML",
    "yml": "YAML",
    "zsh": "Shell",
}


def full_stop(text: str) -> str:
    """Return the mark that ``text`` lacks to be a sentence: a full stop of its script, or nothing."""
    inner = re.sub(_MARKS_OF_SPEECH, "", text).rstrip(_CLOSERS)
    if not text or (inner and inner[-1] in _ENDS):
        return ""
    return next((mark for low, high, mark in _FULL_STOPS if low <= inner[-1:] <= high), ".")


# What a block of code is called, with the name of its language and without, where that is not English.
_CODE_BLOCKS = {
    "de": "{} Code-Block.",
    "es": "Bloque de código {}.",
    "fr": "Bloc de code {}.",
    "hi": "{} कोड ब्लॉक।",
    "it": "Blocco di codice {}.",
    "mr": "{} कोड ब्लॉक.",
    "nl": "{} codeblok.",
    "pl": "Blok kodu {}.",
    "pt": "Bloco de código {}.",
    "ru": "Блок кода {}.",
    "sv": "{} kodblock.",
}


def code_note(info: str, language: str | None = None) -> str:
    """Name a code block by the first word of its info string, in the language of the text."""
    word = re.match(r"[\w+#-]*", info.strip().lstrip("{."))
    key = word[0].lower() if word else ""
    name = _CODE_NAMES.get(key, key[:1].upper() + key[1:])
    said = _CODE_BLOCKS.get((language or "").split("-")[0], "{} code block.").format(name)
    said = said.replace(" .", ".").strip()
    return said[0].upper() + said[1:]


def url_words(url: str) -> str:
    """Read a URL out: without its scheme, marks as words; a long or encoded one is a link to its host."""
    parts = re.match(_URL_PARTS, url)
    host, path, query = parts.groups() if parts else (url, "", "")
    path = path.rstrip("/")
    if "%" in path + query or len(path) > _LONG_PATH or len(query) > _LONG_QUERY:
        return f"link to {_spelled(host)}"
    return _spelled(host + path + query)


def row_sentences(headers: Iterable[str], cells: Iterable[str]) -> str:
    """Read one row of a table: each cell behind the name of its column; empty cells are left out."""
    said: list[str] = []
    for header, cell in zip_longest(headers, cells, fillvalue=""):
        if cell:
            words = f"{header.rstrip(' :')}: {cell}" if header else cell
            said.append(words + full_stop(words))
    return " ".join(said)


def _spelled(text: str) -> str:
    return " ".join(re.sub(_URL_MARK, lambda mark: f" {_URL_MARKS[mark[0]]} ", text).split())
