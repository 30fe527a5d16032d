"""Who is compared with, whether they are there, and in which version; nothing missing is passed over in silence."""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from benchmarks import network
from benchmarks.faults import PeerMissing

# Distribution -> what to install for it.
DISTRIBUTIONS = {
    "lightning-tts": "pip install -e .",
    "typer": "pip install -e .",
    "requests": "pip install -e .",
    "sounddevice": "pip install -e .",
    "numpy": "pip install -e .",
    "rich": "pip install -e .",
    "pybase64": "pip install -e .",
    "httpx": "pip install -e '.[bench]'",
    "httpx-sse": "pip install -e '.[bench]'",
    "matplotlib": "pip install -e '.[bench]'",
    "edge-tts": "pip install -e '.[bench]'",
    "smallestai": "pip install -e '.[bench]'",
    "hibari-tts": "pip install -e '.[local]'",
}
# The console script by which a distribution is compared.
SCRIPTS = {"lightning-tts": "lightning-tts", "edge-tts": "edge-tts", "smallestai": "smallestai"}
# Program -> the Debian package that has it, and what makes it tell its version.
PROGRAMS = {
    "sh": ("dash", None),
    "curl": ("curl", "--version"),
    "jq": ("jq", "--version"),
    "base64": ("coreutils", "--version"),
    "pulseaudio": ("pulseaudio", "--version"),
    "pactl": ("pulseaudio-utils", None),
    "parec": ("pulseaudio-utils", None),
    "mpv": ("mpv", "--version"),
    "paplay": ("pulseaudio-utils", "--version"),
    "aplay": ("alsa-utils", "--version"),
    "ffplay": ("ffmpeg", "-version"),
    "pipewire": ("pipewire", "--version"),
    "wireplumber": ("wireplumber", None),
    "pipewire-pulse": ("pipewire-pulse", None),
    "dbus-run-session": ("dbus", None),
    "valgrind": ("valgrind", "--version"),
    "ip": ("iproute2", "-V"),
    "openssl": ("openssl", "version"),
}
# What makes round trips.
NETWORK = "network namespaces"
_VERSION = re.compile(r"\d+(?:\.\d+)+")


def check(wanted: Iterable[str]) -> dict[str, str]:
    """Return the version of everything in ``wanted``; raises ``PeerMissing`` naming all that is not there."""
    versions: dict[str, str] = {}
    missing: list[str] = []
    for name in sorted(set(wanted)):
        try:
            versions[name] = _version(name)
        except PeerMissing as fault:
            missing.append(str(fault))
    if missing:
        raise PeerMissing("cannot compare with what is not there:\n  " + "\n  ".join(missing))
    return {name: version for name, version in versions.items() if version}


def _version(name: str) -> str:
    if name == NETWORK:
        network.check()
        return ""
    return _distribution(name) if name in DISTRIBUTIONS else _program(name)


def _distribution(name: str) -> str:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError as fault:
        raise PeerMissing(f"{name} is not installed: {DISTRIBUTIONS[name]}") from fault
    script = SCRIPTS.get(name)
    if script and not Path(sys.executable).with_name(script).exists():
        raise PeerMissing(f"{name} is installed without its command {script}: {DISTRIBUTIONS[name]}")
    return version


def _program(name: str) -> str:
    package, flag = PROGRAMS[name]
    path = shutil.which(name)
    if path is None:
        raise PeerMissing(f"{name} is not on PATH: apt-get install {package}")
    if flag is None:
        return ""
    told = subprocess.run([path, flag], capture_output=True, text=True, timeout=30, check=False).stdout
    found = _VERSION.search(told)
    return found[0] if found else "unknown"


def machine() -> dict[str, str]:
    """Describe what the figures were taken on."""
    model, cores = platform.processor() or platform.machine(), 0
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            name, _, value = line.partition(":")
            cores += name.strip() == "processor"
            if name.strip() == "model name":
                model = value.strip()
    return {
        "processor": model,
        "cores": str(cores or 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load before": f"{os.getloadavg()[0]:.2f}",
    }
