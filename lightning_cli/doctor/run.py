"""Every check in its order; those that wait run in parallel."""

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lightning_cli.client.settings import ServiceSettings
from lightning_cli.doctor import program
from lightning_cli.doctor import program as settings
from lightning_cli.doctor.checks import Check, Children, Finding, fail, failed
from lightning_cli.doctor.engine import engine
from lightning_cli.doctor.network import ServiceAnswer, network, server
from lightning_cli.doctor.sound import sound
from lightning_cli.errors import ConfigError, ExitCode
from lightning_cli.settings.keys import Key

# What may come on top of the waits that have clocks of their own: a name server that never answers, a busy machine.
_MARGIN_S = 15.0
# No check without the network takes longer: its own clocks are shorter.
_LONGEST_S = 14.0
_ALONE_S = 2.0


AREAS = ("program", "key", "places", "network", "server", "sound", "engine", "terminal")


@dataclass(frozen=True, slots=True)
class DoctorOptions:
    """What is examined: ``areas`` are some of ``AREAS``, to which the network adds the key.

    ``find_key`` and ``make_settings`` raise ``ConfigError``; ``has_base_url`` is True when an address was chosen,
    ``config`` where the configuration may be and which of its profiles is used.
    ``streams`` and ``colour`` are for ``program.terminal``.
    """

    find_key: Callable[[], Key | None]
    make_settings: Callable[[Key | None], ServiceSettings]
    has_base_url: bool
    config: tuple[Path, str | None]
    streams: dict[str, tuple[bool, str]]
    colour: bool
    device: str | None = None
    speaks: bool = False
    areas: frozenset[str] = frozenset(AREAS)


def examine(options: DoctorOptions) -> Generator[Finding, None, None]:
    """Yield the findings, in the order of the checks; closing the generator ends what still runs."""
    areas = options.areas
    if "program" in areas:
        yield from program.python()
    key, key_finding = settings.key(options.find_key, has_base_url=options.has_base_url)
    asked, wrong = _service_answer(options, key)
    children = Children()
    try:
        # Where no key could be had for some fault, the service was to speak all the same.
        needs_engine = key is None and key_finding.state == "ok" and not options.has_base_url
        tasks = _tasks(options, asked, children, needs_engine=needs_engine)
        if "program" in areas:
            yield from program.packages()
        if {"key", "network"} & areas:
            yield settings.config(*options.config)
            yield key_finding
            yield from wrong
        if "places" in areas:
            yield from program.directories()
        for task in tasks:
            yield from task.findings()
        if "terminal" in areas:
            yield from program.terminal(options.streams, colour=options.colour)
    finally:
        children.end()


def _tasks(
    options: DoctorOptions, asked: ServiceAnswer | None, children: Children, *, needs_engine: bool
) -> list["_Task"]:
    """Start the checks that wait."""
    areas, tasks = options.areas, []
    if "network" in areas and asked is not None:
        tasks.append(_network(asked))
    if "server" in areas:
        tasks.append(_Task("server", server, _LONGEST_S, ExitCode.NETWORK))
    if "sound" in areas:
        tasks.append(_Task("sound", partial(sound, children, options.device), _LONGEST_S, ExitCode.AUDIO))
    if "engine" in areas:
        check = partial(engine, children, needed=needs_engine)
        tasks.append(_Task("offline engine", check, _LONGEST_S, ExitCode.CONFIG))
    return tasks


def _service_answer(options: DoctorOptions, key: Key | None) -> tuple[ServiceAnswer | None, list[Finding]]:
    try:
        return ServiceAnswer(options.make_settings(key), key.source if key else None, options.speaks), []
    except ConfigError as fault:
        return None, [failed("address", fault)]


def _network(asked: ServiceAnswer) -> "_Task":
    clocks = asked.settings.timeouts
    patience_s = (clocks.connect_s + clocks.first_byte_s + clocks.idle_s) * (2 if asked.speaks else 1) + _MARGIN_S
    task = _Task("service", partial(network, asked), patience_s, ExitCode.NETWORK)
    # Measurements of the network should not share the processor with the rest.
    task.wait(_ALONE_S)
    return task


class _Task:
    """One check in a thread; a daemon, since nothing ends a thread that waits for a name server."""

    def __init__(self, name: str, check: Check, patience_s: float, exit_code: ExitCode) -> None:
        self._name = name
        self._check = check
        self._patience_s = patience_s
        self._deadline = time.monotonic() + patience_s
        self._exit_code = exit_code
        # Set by the thread before it ends, looked at after the join.
        self._found: list[Finding] = []
        self._bug: BaseException | None = None
        thread_name = f"lightning-doctor-{name.replace(' ', '-')}"
        self._thread = threading.Thread(target=self._run, name=thread_name, daemon=True)
        self._thread.start()

    def wait(self, limit_s: float) -> None:
        """Wait for the check, up to a timeout."""
        self._thread.join(limit_s)

    def findings(self) -> list[Finding]:
        """Wait for the findings and return them; unforeseen exceptions of the check are raised here."""
        self._thread.join(max(0.0, self._deadline - time.monotonic()))
        if self._bug is not None:
            raise self._bug
        found = list(self._found)
        if self._thread.is_alive():
            message = f"no answer within {self._patience_s:g} s"
            found.append(fail(self._name, message, "try again", self._exit_code))
        return found

    def _run(self) -> None:
        try:
            self._found.extend(self._check())
        except BaseException as fault:  # noqa: BLE001 - raised by the thread that joins this one
            self._bug = fault
