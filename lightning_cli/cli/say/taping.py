"""The options that keep a run or tell of it; what they need is loaded only by whoever uses them."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec

from lightning_cli.cli import options as opt
from lightning_cli.cli.service_options import Service
from lightning_cli.errors import LightningError, UsageFault

_Own = ParamSpec("_Own")


def with_result(command: Callable[Concatenate[Service, _Own], None]) -> Callable[..., None]:
    """Give a command ``--json`` behind its own; what collects for it is in the service that it receives."""
    handled: Callable[..., None] = command

    def run(service: Service, *, as_json: opt.JsonResult = False, **own: Any) -> None:
        if not as_json:
            handled(service, **own)
            return
        from lightning_cli.cli.say.json_result import Result, write_result

        result = Result(service.console, own, is_replay=own.get("replay") is not None)
        try:
            handled(service._replace(result=result), **own)
        except LightningError as fault:
            # Reported, and written, where every failure is.
            fault.result = result.as_json(is_complete=False)
            raise
        write_result(service.console, result.as_json(is_complete=True), None)

    return extended(command, run)


def with_tape(command: Callable[Concatenate[Service, _Own], None]) -> Callable[..., None]:
    """Give a command the options behind its own; the tape, if there is one, is in the service that it receives."""
    handled: Callable[..., None] = command

    def run(
        service: Service,
        *,
        record: opt.Record = None,
        replay: opt.Replay = None,
        replay_speed: opt.ReplaySpeed = None,
        **own: Any,
    ) -> None:
        # One output collides with nothing.
        if own["files"] or own["subtitles"] or record or replay or len(own["output"] or ()) > 1:
            _check_places(own, record, replay)
        if replay is not None:
            from lightning_cli.cli.say.replaying import replaying

            if record is not None:
                raise UsageFault("--record and --replay exclude each other", hint="a recording can be copied")
            with replaying(replay, replay_speed, own) as taping:
                handled(service._replace(taping=taping), **own)
            return
        if replay_speed is not None:
            raise UsageFault("--replay-speed says how fast a recording is played", hint="add --replay FILE")
        if record is None:
            handled(service, **own)
            return
        from lightning_cli.cli.say.recording_mode import recording

        with recording(record, service.console, own) as taping:
            handled(service._replace(taping=taping), **own)

    return extended(command, run)


def _check_places(own: Mapping[str, Any], record: str | None, replay: str | None) -> None:
    """Raise ``UsageFault`` when a place is to be written twice, or over what is read."""
    from lightning_cli.sinks.targets import PathRegistry  # most runs have one place

    places = PathRegistry()
    for name in own["files"] or ():
        places.read(name, "the text")
    if replay is not None:
        places.read(replay, "the recording")
    for name in own["output"] or ():
        places.write(name, "the audio")
    for name in own["subtitles"] or ():
        places.write(name, "the subtitles")
    if record is not None:
        places.write(record, "the recording")


def extended(command: Callable[..., None], run: Callable[..., None]) -> Callable[..., None]:
    """Return ``run`` the name and help of ``command``, and the options of both."""
    own_parameters = list(inspect.signature(command).parameters.values())
    added = [one for one in inspect.signature(run).parameters.values() if one.kind is one.KEYWORD_ONLY]
    told: Any = functools.wraps(command)(run)
    # Typer reads options off the signature.
    told.__signature__ = inspect.Signature([*own_parameters, *added])
    wrapped: Callable[..., None] = told
    return wrapped
