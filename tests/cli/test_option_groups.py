"""Every field of the request reaches whatever sets, checks, stores or sends it, by the table alone."""

from typing import Any

import pytest

from lightning_cli.cli.app import load_command
from lightning_cli.cli.config.config_template import template
from lightning_cli.cli.configured import shared_keys
from lightning_cli.cli.help import OTHER, section_of
from lightning_cli.cli.option_groups import JoinOptions
from lightning_cli.cli.say.replaying import _REQUESTED
from lightning_cli.cli.say.say_options import SayOptions
from lightning_cli.errors import InvalidRequest
from lightning_cli.local.validation import validate
from lightning_cli.narration.columns import column_of, request_fields
from lightning_cli.request import FIELDS, RequestDefaults, RequestField, check_field, default_of

WITH_FLAG = {name: field for name, field in FIELDS.items() if field.flag}
# A value that each kind of field takes, and one that the service refuses.
WRONG: dict[str, Any] = {
    "text": 5,
    "choice": "none of them",
    "number": 99,
    "switch": "maybe",
    "id": "a b",
    "ids": "x",
    "further": "x",
}


def value_of(field: RequestField) -> Any:
    """Return a value that a field takes."""
    return True if field.kind == "switch" else field.example


def parameter_of(command: str, name: str) -> Any:
    """Return the parameter of a command."""
    return next((one for one in load_command(command).params if one.name == name), None)


@pytest.mark.parametrize(("name", "field"), WITH_FLAG.items(), ids=WITH_FLAG)
def test_a_field_is_an_option_of_the_commands(name: str, field: RequestField) -> None:
    """Flag, variable, help and section are the table's; the flag's value reaches the request."""
    for command in ("say", "batch"):
        parameter = parameter_of(command, field.parameter)
        if command == "batch" and field.is_per_request:
            assert parameter is None
            continue
        assert f"--{field.flag}" in parameter.opts
        assert not field.short or f"-{field.short}" in parameter.opts
        assert (parameter.envvar, parameter.help) == (field.variable, field.help)
        assert section_of(command, field.flag) != OTHER
    options: Any = SayOptions(**{field.parameter: value_of(field)})
    assert options.request_fields()[name] == value_of(field)


@pytest.mark.parametrize(("name", "field"), WITH_FLAG.items(), ids=WITH_FLAG)
def test_a_field_is_a_key_of_the_configuration(name: str, field: RequestField) -> None:
    """It may stand at the top of the file, the first file shows it, and its limits are the field's."""
    assert field.flag in shared_keys()
    assert f"\n# {field.flag} = " in template()
    check_field(name, value_of(field))


@pytest.mark.parametrize(("name", "field"), FIELDS.items(), ids=FIELDS)
def test_a_field_is_a_column_of_manifests(name: str, field: RequestField) -> None:
    """By the flag's name, its own where users know it, and its synonyms."""
    value = value_of(field) if field.flag else field.choices[0]
    own = {name} if field.kind != "further" else set()
    for column in {field.parameter if field.parameter != "dicts" else "dict", *own, *field.columns} - {""}:
        known = column_of(column)
        assert known is not None
        cell = list(value) if isinstance(value, tuple) else value
        assert request_fields({known: cell}) == (((name, value),), [])


@pytest.mark.parametrize(("name", "field"), FIELDS.items(), ids=FIELDS)
def test_a_field_is_checked_as_the_service_does(name: str, field: RequestField) -> None:
    """In a body; what is not part of it is ignored."""
    sent = {"text": "x", "voice_id": "x", name: WRONG[field.kind]}
    assert [issue["path"][0] for issue in validate(sent)] == ([name] if field.is_body_field else [])


@pytest.mark.parametrize(("name", "field"), WITH_FLAG.items(), ids=WITH_FLAG)
def test_a_field_is_recorded_and_replayed(name: str, field: RequestField) -> None:
    """The recorded default is taken; a value of another kind is not."""
    default = default_of(name) if default_of(name) != () else []
    assert name == "voice_id" or _REQUESTED[field.parameter](default)
    assert not _REQUESTED[field.parameter]({})


def test_limits_hold_without_a_text() -> None:
    """A run's fields are checked before there is anything to say."""
    with pytest.raises(InvalidRequest, match="speed 9 is outside"):
        RequestDefaults(voice_id="x", speed=9)


def test_the_join_rule_is_that_of_the_options() -> None:
    """Each option in its place."""
    rule = JoinOptions(join="raw", pause_sentence=1, pause_paragraph=2, pause_heading=3).join_rule
    assert (rule.raw, rule.sentence_ms, rule.paragraph_ms, rule.heading_ms) == (True, 1, 2, 3)


def test_the_fingerprint_of_a_run_is_that_of_every_release() -> None:
    """Stamps of earlier releases stay valid."""
    defaults = RequestDefaults(voice_id="daniel", sample_rate=24000, speed=1.5, session_id="s")
    assert defaults.fingerprint() == "87b1c656b2a77dc52191c2f9a85be0a9cbfeccff0e1899b1c32765f77b0f999c"
    assert defaults.request("x").fingerprint() == defaults.fingerprint()
