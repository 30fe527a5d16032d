"""The options of the commands that list, keep and check things, once each: voices, dictionaries, doctor."""

from pathlib import Path
from typing import Annotated

import typer

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
