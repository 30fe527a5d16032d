"""Checks of the program itself: interpreter, packages, extras, directories, terminal.

Also of the settings: the place of the configuration and of the key; never the key itself.
"""

import importlib
import importlib.metadata
import os
import platform
import re
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lightning_cli import __version__
from lightning_cli.doctor.checks import Finding, fail, failed, ok, warn
from lightning_cli.errors import ConfigError, ExitCode
from lightning_cli.request import KEY_VARIABLE
from lightning_cli.settings.keys import Key
from lightning_cli.system import paths
from lightning_cli.system.counting import counted
from lightning_cli.system.install import install_command
from lightning_cli.system.text_width import page_size

_DISTRIBUTION = "lightning-tts"
# What a distribution is imported as where that is not its name. sounddevice starts PortAudio, which sound.py does.
_MODULES = {"websockets": "websockets.sync.client", "sounddevice": None}
_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:.*extra\s*==\s*[\"']([^\"']+)[\"'])?")
# Not needed for speech.
_NO_MATTER = frozenset({"bench"})
_WALK_S = 2.0
_MEGABYTE = 1_000_000


def python() -> Iterator[Finding]:
    """Report the interpreter and the platform."""
    version, system = platform.python_version(), platform.platform()
    yield ok(
        "python",
        f"{platform.python_implementation()} {version} on {system}",
        version=version,
        implementation=platform.python_implementation(),
        executable=sys.executable,
        platform=system,
        program_version=__version__,
    )


def packages() -> Iterator[Finding]:
    """Import every package the program needs, and list the installed extras."""
    try:
        required = importlib.metadata.requires(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        yield warn(
            "packages",
            f"{_DISTRIBUTION} {__version__} is not installed as a package, so its requirements cannot be checked",
            "install it, as with pip install lightning-tts",
        )
        return
    base: list[str] = []
    extras: dict[str, list[str]] = {}
    for line in required:
        found = _REQUIREMENT.match(line)
        if found is not None:
            names = extras.setdefault(found[2], []) if found[2] else base
            names.append(found[1])
    yield from _base(base)
    for extra, names in extras.items():
        if extra not in _NO_MATTER:
            others = {name for other, theirs in extras.items() if other != extra for name in theirs}
            yield _extra(extra, names, [name for name in names if name not in others] or names)


def _base(names: list[str]) -> Iterator[Finding]:
    versions: dict[str, str] = {_DISTRIBUTION: __version__}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
            module = _MODULES.get(name, name.replace("-", "_"))
            if module is not None:
                importlib.import_module(module)
        except importlib.metadata.PackageNotFoundError:
            yield _broken(name, "is not installed")
        except (ImportError, OSError) as fault:
            yield _broken(name, f"cannot be imported ({fault})")
    shown = ", ".join(f"{name} {version}" for name, version in versions.items())
    yield ok("packages", shown, versions=versions)


def _broken(name: str, why: str) -> Finding:
    hint = f"install it again: {install_command(again=True)}"
    return fail(f"package {name}", f"{name} {why}", hint, ExitCode.CONFIG)


def _extra(extra: str, names: list[str], own: list[str]) -> Finding:
    """Report an extra; what it shares with others does not tell that it was asked for, what is its ``own`` does."""
    versions: dict[str, str | None] = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = None
    missing = [name for name, version in versions.items() if version is None]
    shown = ", ".join(f"{name} {version or 'missing'}" for name, version in versions.items())
    if not missing:
        return ok(f"extra {extra}", shown, versions=versions)
    hint = f"{install_command(extra)} adds it"
    if not set(own) <= set(missing):
        return warn(f"extra {extra}", shown, hint, versions=versions)
    return ok(f"extra {extra}", "not installed", hint, versions=versions)


def directories() -> Iterator[Finding]:
    """Report the tool's directories, their sizes, and whether they can be written."""
    yield _directory("cache", paths.cache_dir(), "caching is disabled")
    yield _directory("state", paths.state_dir(), "nothing is remembered from one run to the next")
    try:
        runtime = paths.private_runtime_dir()
    except OSError as fault:
        # A directory of another user has no strerror.
        why = fault.strerror or str(fault)
        yield warn("runtime", f"cannot be used ({why})", "set XDG_RUNTIME_DIR to a directory of your own")
    else:
        yield _directory("runtime", runtime, "your shells do not take turns on one account")


def _directory(check: str, path: Path, otherwise: str) -> Finding:
    try:
        path.stat()
        exists = True
    except (FileNotFoundError, NotADirectoryError):
        exists = False
    except OSError as fault:
        hint = "check the variables that begin with XDG, and whose directories they name"
        return warn(check, f"{path} cannot be read ({fault.strerror}): {otherwise}", hint, path=str(path))
    here = path
    while not here.exists() and here != here.parent:
        here = here.parent
    files, size_bytes = _usage(path)
    facts: dict[str, Any] = {"path": str(path), "exists": exists, "files": files, "bytes": size_bytes}
    if not (here.is_dir() and os.access(here, os.W_OK | os.X_OK)):
        return warn(
            check,
            f"{path} cannot be written: {otherwise}",
            f"chown {here}, or set XDG_{check.upper()}_{'DIR' if check == 'runtime' else 'HOME'}",
            **facts,
            writable=False,
        )
    size = f"{size_bytes / 1e6:.1f} MB" if size_bytes >= _MEGABYTE else f"{size_bytes / 1e3:.1f} kB"
    shown = f"{counted(files, 'file')}, {size}" if exists else "not there yet"
    return ok(check, f"{path}: {shown}", **facts, writable=True)


def _usage(path: Path) -> tuple[int, int]:
    """Count files and bytes, for two seconds at most."""
    files = size_bytes = 0
    deadline = time.monotonic() + _WALK_S
    for directory, _, names in os.walk(path):
        for name in names:
            try:
                about = os.lstat(os.path.join(directory, name))  # noqa: PTH118 - caches hold many files
            except OSError:
                continue
            if stat.S_ISREG(about.st_mode):
                files, size_bytes = files + 1, size_bytes + about.st_size
        if time.monotonic() > deadline:
            break
    return files, size_bytes


def terminal(streams: dict[str, tuple[bool, str]], *, colour: bool) -> Iterator[Finding]:
    """Report what the terminal can show; ``streams`` has for each whether it is one, and its encoding."""
    size = page_size()
    encodings = {encoding for _, encoding in streams.values() if encoding}
    interactive = [name for name, (is_terminal, _) in streams.items() if is_terminal]
    facts: dict[str, Any] = {
        "terminals": interactive,
        "encodings": {name: encoding for name, (_, encoding) in streams.items()},
        "term": os.environ.get("TERM"),
        "columns": size.columns,
        "lines": size.lines,
        "colour": colour,
    }
    on = " and ".join(interactive) or "none of its streams"
    shown = f"on {on}, {size.columns} x {size.lines}, {'with' if colour else 'without'} colour"
    if all(encoding.lower().replace("-", "") == "utf8" for encoding in encodings):
        yield ok("terminal", f"{shown}, UTF-8", **facts)
    else:
        message = ", ".join(sorted(encodings))
        yield warn("terminal", f"{shown}, {message}", "set LANG to one that ends in .UTF-8, or PYTHONUTF8=1", **facts)


def config(path: Path, profile: str | None) -> Finding:
    """Report the configuration in use; one that cannot be read has ended the command before this."""
    exists = os.path.exists(path)  # noqa: PTH110 - one that cannot be looked up is none, and Path's raises
    message = f"{path}" if exists else f"none at {path}"
    used = f", profile {profile}" if profile else ""
    return ok("configuration", message + used, path=str(path), exists=exists, profile=profile)


def key(find: Callable[[], Key | None], *, has_base_url: bool) -> tuple[Key | None, Finding]:
    """Look for the key once, and report where it comes from."""
    try:
        found = find()
    except ConfigError as fault:
        return None, failed("key", fault)
    if found is not None and found.warning:
        return found, warn("key", f"from {found.source}", found.warning, source=found.source)
    if found is not None:
        return found, ok("key", f"from {found.source}", source=found.source)
    if has_base_url:
        return None, ok("key", "none; the server at --base-url is asked without one", source=None)
    hint = f"set {KEY_VARIABLE} to use the service"
    return None, ok("key", "not set; the offline voices need none", hint, source=None)
