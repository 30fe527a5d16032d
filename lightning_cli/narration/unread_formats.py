"""Formats that are not read: what each of them is, and the one command that makes something readable of it."""

import shlex
from pathlib import Path

AUDIO = frozenset(
    ".wav .pcm .raw .flac .ogg .opus .mp3 .ulaw .alaw .ul .al .sln .gsm .m4a .m4b".split()
    + ".aac .wma .aiff .mp4 .mkv .webm".split()
)
_PANDOC = "pandoc --wrap=none -t gfm {name} -o {stem}.md"
_OFFICE = "soffice --headless --convert-to docx {name}"
_EBOOK = "ebook-convert {name} {stem}.epub"
_COMMANDS = {
    **dict.fromkeys((".docx", ".odt", ".rtf", ".rst", ".org", ".tex", ".fb2", ".textile", ".wiki"), _PANDOC),
    **dict.fromkeys((".typ", ".ipynb", ".dbk"), _PANDOC),
    **dict.fromkeys((".adoc", ".asciidoc"), "asciidoctor {name} -o {stem}.html"),
    **dict.fromkeys((".doc", ".pages", ".wps"), _OFFICE),
    **dict.fromkeys((".mobi", ".azw", ".azw3", ".lit", ".pdb", ".kfx"), _EBOOK),
    ".pdf": "pdftotext {name} {stem}.txt",
    **dict.fromkeys((".pptx", ".ppt", ".odp", ".key"), "soffice --headless --convert-to pdf {name}"),
    ".ps": "ps2ascii {name} {stem}.txt",
    ".djvu": "djvutxt {name} {stem}.txt",
    **dict.fromkeys((".yaml", ".yml"), "yq -o=json -I=0 '.[]' {name} > {stem}.jsonl"),
    ".toml": "yq -p=toml -o=json {name} > {stem}.json",
    ".xml": "yq -p=xml -o=json {name} > {stem}.json",
    **dict.fromkeys((".po", ".pot"), "po2csv {name} {stem}.csv"),
    **dict.fromkeys((".xliff", ".xlf"), "xliff2po {name} {stem}.po"),
    ".numbers": "export it from Numbers as {stem}.csv",
    ".gsheet": "download it from Google Sheets as {stem}.csv",
    ".gdoc": "download it from Google Docs as {stem}.md",
    **dict.fromkeys((".xlsb", ".fods", ".uos", ".wk1", ".123"), "soffice --headless --convert-to xlsx {name}"),
    **dict.fromkeys((".parquet", ".feather", ".arrow"), "duckdb -c \"COPY (FROM '{plain}') TO '{plainstem}.csv'\""),
    **dict.fromkeys((".db", ".sqlite", ".sqlite3"), "sqlite3 -csv -header {name} 'SELECT ...' > {stem}.csv"),
    **dict.fromkeys((".apkg", ".colpkg"), "export it from Anki as 'Notes in Plain Text (.txt)'"),
    ".gz": "gunzip -k {name}",
    ".bz2": "bunzip2 -k {name}",
    ".xz": "unxz -k {name}",
    ".zst": "unzstd {name}",
    **dict.fromkeys((".zip", ".7z", ".rar", ".tar"), "unpack it, as with: bsdtar -xf {name}"),
    **dict.fromkeys((".ttml", ".dfxp"), "tt convert -i {name} -o {stem}.srt"),
    **dict.fromkeys((".sbv", ".sub", ".lrc", ".smi", ".sami"), "ffmpeg -i {name} {stem}.srt"),
    **dict.fromkeys((".fountain", ".spmd"), "cp {name} {stem}.md"),
    **dict.fromkeys((".log", ".nfo"), "cp {name} {stem}.txt"),
    **dict.fromkeys((".fdx", ".celtx"), "export it from the screenplay program as plain text, {stem}.txt"),
    **dict.fromkeys((".eml", ".msg", ".mht", ".mhtml"), "save its text as {stem}.txt"),
}
_HEADS = ((b"%PDF-", ".pdf"), (b"{\\rtf", ".rtf"), (b"\xd0\xcf\x11\xe0", ".doc"), (b"\x1f\x8b", ".gz"))


def how_to_convert(path: Path, raw: bytes = b"") -> str | None:
    """Return a sentence that says what to do with a file that is not read; None when nothing is known of it."""
    suffix = path.suffix.lower()
    if suffix in AUDIO:
        return "audio, not a text; batch reads texts and writes audio"
    if suffix not in _COMMANDS and raw.startswith(b"PK\x03\x04"):
        return "if it is a spreadsheet, give it the extension .xlsx or .ods; if a book, .epub"
    known = suffix if suffix in _COMMANDS else next((kind for head, kind in _HEADS if raw.startswith(head)), None)
    if known is None:
        return None
    # A name may begin with a dash, and a shell takes it for an option.
    name = str(path) if not str(path).startswith("-") else f"./{path}"
    stem = name.removesuffix(path.suffix)
    command = _COMMANDS[known].format(name=shlex.quote(name), stem=shlex.quote(stem), plain=name, plainstem=stem)
    told = command if command.startswith(("export", "download", "save", "unpack")) else f"convert it: {command}"
    return f"{known} is not read; {told}"
