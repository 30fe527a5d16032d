"""What a start takes at a glance is what the long way would give: options that nothing sets, and short sentences."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sentencex import segment
from typer.core import TyperOption

from lightning_cli.cli.app import _Option, load_command
from lightning_cli.request import LANGUAGES
from lightning_cli.text import markup, segmenter

PLAIN_WORDS = st.lists(
    st.sampled_from([*"aIx.!?,;'\"", "Dr", "No", "www", "WwW", " ", "    ", "Mr", "etc", "St", "ok"]), max_size=12
).map("".join)
NEAR_WORDS = st.text(st.sampled_from("aZ .!?,'-\n\t0é。…"), max_size=12)


@pytest.mark.parametrize("name", ["say", "batch", "voices"])
def test_options_that_nothing_sets(name: str) -> None:
    """An option takes at once the value and the source that click would find for it."""
    command = load_command(name)
    options = [one for one in command.params if isinstance(one, _Option)]
    assert len(options) > 10
    for option in options:
        found = []
        for way in (_Option, TyperOption):
            context = command.context_class(command, default_map={})
            way.handle_parse_result(option, context, {}, [])
            value = context.params[option.name]
            found.append(
                (value if option.convert is None else option.convert(value), context.get_parameter_source(option.name))
            )
        assert found[0] == found[1], option.name


@pytest.mark.parametrize("name", ["say", "batch", "voices"])
def test_options_before_they_are_made(name: str) -> None:
    """What the parser asks of an option is what Typer then makes of it, and whatever else is asked makes it."""
    for option in load_command(name).params:
        if isinstance(option, _Option):
            parsed = ("name opts secondary_opts is_flag is_bool_flag _depr_flag_value multiple count nargs").split()
            parsed += ["envvar", "is_eager", "required", "default"]
            before = {one: getattr(option, one) for one in parsed}
            assert "type" not in vars(option)
            assert option.help
            assert before == {one: vars(option)[one] for one in parsed}, option.name
            with pytest.raises(AttributeError, match="no_such_thing"):
                option.no_such_thing  # noqa: B018 - what has to fail


@pytest.mark.parametrize(
    ("words", "made", "files"),
    [
        (["Hello", "-v", "emily", "--retries", "3"], {"voice", "retries"}, None),
        (["-f", "a", "--file", "b", "--no-keys"], {"files", "keys"}, ("a", "b")),
    ],
)
def test_few_options_are_made(words: list[str], made: set[str], files: tuple[str, ...] | None) -> None:
    """Only what the command line sets is made."""
    command = load_command("say")
    context = command.make_context("say", words)
    # The profile is looked up first, with the map of the file's values still unknown.
    found = {one.name for one in command.params if isinstance(one, _Option) and "type" in vars(one)} - {"profile"}
    assert (found, context.params["files"]) == (made, files)


def test_a_variable_sets_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable comes before the default, and is checked."""
    monkeypatch.setenv("LIGHTNING_TTS_VOLUME", "55")
    command = load_command("say")
    context = command.context_class(command, default_map={})
    next(one for one in command.params if one.name == "volume").handle_parse_result(context, {}, [])
    assert context.params == {"volume": 55}
    assert context.get_parameter_source("volume").name == "ENVIRONMENT"


@given(st.one_of(PLAIN_WORDS, NEAR_WORDS))
@example("www.example")
@example("a.www.b")
@example("    indented")
@example("\tindented")
@example("1. one")
@example(" . one")
def test_plain_at_a_glance(words: str) -> None:
    """What a glance takes for plain text has nothing that the machine could act on, and stays as it is."""
    if markup._is_plain(words):
        assert not re.search(markup._ANYTHING, words, re.MULTILINE)
        assert all(markup.speakable(words, mode) == words for mode in markup.MODES)


@settings(max_examples=60)
@given(PLAIN_WORDS)
def test_one_sentence_at_a_glance(words: str) -> None:
    """What a glance takes for one sentence is one in every language."""
    if segmenter._is_one(words):
        assert all(len(segment(language, words)) == 1 for language in LANGUAGES if language != "auto"), words


@pytest.mark.parametrize("words", ["Hello", "Hello there, it's done!", "  Hello?!  ", "Deployment finished."])
def test_taken_at_a_glance(words: str) -> None:
    """The usual short sentence is told at a glance."""
    assert markup._is_plain(words)
    assert segmenter._is_one(words)


@pytest.mark.parametrize("words", ["One. Two", "One\nTwo", "One\n\n", "", " ", "...", "Wait… what", "你好。"])
def test_looked_at_closely(words: str) -> None:
    """Whatever may be more than one sentence, or none, goes to the segmenter."""
    assert not segmenter._is_one(words)
