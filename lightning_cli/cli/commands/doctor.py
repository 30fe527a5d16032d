"""The command ``doctor``: checks everything that speech needs, and says what to do about failures."""

import json
import sys
from contextlib import closing
from typing import TYPE_CHECKING, TextIO, cast

import typer

from lightning_cli.cli import options as opt
from lightning_cli.cli import options_other as more
from lightning_cli.cli.terminal.console import Console, is_terminal, uses_colour
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.settings import SERVICE_URL, ServiceSettings, Timeouts
from lightning_cli.doctor.checks import Finding, exit_code
from lightning_cli.doctor.run import AREAS, DoctorOptions, examine
from lightning_cli.errors import UsageFault
from lightning_cli.settings.keys import Key, find_key
from lightning_cli.system.paths import config_path

if TYPE_CHECKING:
    from lightning_cli.cli.settings_context import SettingsContext

_NAME_WIDTH = 15
# How long another command may keep the account's only slot.
_BUSY_S = 5.0


def doctor(
    ctx: typer.Context,
    areas: more.Areas = None,
    no_network: more.NoNetwork = False,
    speak: more.Speak = False,
    device: opt.Device = None,
    profile: opt.Profile = None,
    base_url: opt.BaseUrl = None,
    api_key_file: opt.ApiKeyFile = None,
    insecure_http: opt.InsecureHttp = False,
    connect_timeout: opt.ConnectTimeout = 5.0,
    first_byte_timeout: opt.FirstByteTimeout = 10.0,
    idle_timeout: opt.IdleTimeout = 10.0,
    as_json: opt.Json = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Check what speech needs: program, key, service, sound and offline engine.

    Exits with 0 when nothing failed, otherwise with the lowest failing code: 3 settings, key, packages or engine,
    5 network, 6 sound. Warnings do not count. The key is never shown.

    For example:

      lightning-tts doctor

      lightning-tts doctor sound

      lightning-tts doctor --no-network --json
    """
    if unknown := frozenset(areas or ()) - frozenset(AREAS):
        raise UsageFault(f"unknown check {min(unknown)!r}", hint=f"the checks are {', '.join(AREAS)}")
    looked_at = frozenset(areas or AREAS) - ({"network"} if no_network else set())
    if speak and "network" not in looked_at:
        raise UsageFault("--speak cannot be combined with --no-network", hint="drop --no-network, or name network too")
    timeouts = Timeouts(connect_s=connect_timeout, first_byte_s=first_byte_timeout, idle_s=idle_timeout)

    def make_settings(key: Key | None) -> ServiceSettings:
        return ServiceSettings(
            base_url=base_url or SERVICE_URL,
            key=key.value if key else None,
            insecure_http=insecure_http,
            timeouts=timeouts,
            # Each check runs once.
            retry=RetryPolicy(retries=0, max_wait_s=_BUSY_S),
        )

    def find() -> Key | None:
        # No program is asked for a key that will not be used.
        return find_key(api_key_file, cast("SettingsContext", ctx).key_places(), asks="network" in looked_at)

    options = DoctorOptions(
        find_key=find,
        make_settings=make_settings,
        has_base_url=base_url is not None,
        config=(config_path(), profile),
        streams={name: (is_terminal(stream), getattr(stream, "encoding", None) or "") for name, stream in _streams()},
        colour=uses_colour(sys.stderr),
        device=device,
        speaks=speak,
        areas=looked_at,
    )
    console = Console()
    findings: list[Finding] = []
    with closing(examine(options)) as found:
        for finding in found:
            findings.append(finding)
            if not as_json:
                _show(console, finding)
    code = exit_code(findings)
    if as_json:
        told = {"version": 1, "exit_code": int(code), "findings": [finding.as_json() for finding in findings]}
        console.result(json.dumps(told))
    raise typer.Exit(code)


def _streams() -> list[tuple[str, TextIO | None]]:
    return [("stdin", sys.stdin), ("stdout", sys.stdout), ("stderr", sys.stderr)]


def _show(console: Console, finding: Finding) -> None:
    console.finding(finding.state, f"{finding.check:<{_NAME_WIDTH}} {finding.message}")
    if finding.hint:
        console.finding("", f"{'':<{_NAME_WIDTH}} {finding.hint}")
