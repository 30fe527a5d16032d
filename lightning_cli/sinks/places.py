"""Which place a name leads to, so that a run neither writes one place twice nor over what it reads."""

import os

from lightning_cli.errors import UsageFault
from lightning_cli.sinks.targets import STDOUT_FD, descriptor_of


class Places:
    """Hold what a run reads and writes, each name followed to where it leads, links included.

    A use is told to people, as in "the audio"; names that cannot be followed are left to whoever opens them.
    """

    def __init__(self) -> None:
        self._uses: dict[str, str] = {}
        # Thousands of outputs share few directories.
        self._directories: dict[str, str] = {}

    def read(self, name: str, use: str) -> None:
        """Note a file that is read; nothing else is lost by being written to."""
        place = self._place_of(name)
        if place is not None and os.path.isfile(place):  # noqa: PTH113 - a Path for each row of a batch takes longer
            self._uses.setdefault(place, use)

    def use_of(self, name: str) -> str | None:
        """Say what the place of ``name`` is used for already; None for nothing."""
        place = self._place_of(name)
        return None if place is None else self._uses.get(place)

    def write(self, name: str, use: str) -> None:
        """Note a place that is written; raises ``UsageFault`` when it has another use, or the same one."""
        other = self.use_of(name)
        if other is not None:
            shown = "standard output" if descriptor_of(name) == STDOUT_FD else name
            both = f"{use} twice" if other == use else f"{other} and {use}"
            raise UsageFault(f"{shown} is to be {both}", hint="give them different names")
        place = self._place_of(name)
        if place is not None:
            self._uses[place] = use

    def _place_of(self, name: str) -> str | None:
        if name == os.devnull or "\0" in name:
            return None
        descriptor = descriptor_of(name)
        if descriptor is not None:
            return os.path.realpath(f"/dev/fd/{descriptor}")
        if os.path.islink(name):  # noqa: PTH114 - as above
            return os.path.realpath(name)
        directory, base = os.path.split(name)
        if directory not in self._directories:
            try:
                self._directories[directory] = os.path.realpath(directory)
            except FileNotFoundError:
                # The working directory was removed: no name in it leads anywhere.
                return None
        return os.path.join(self._directories[directory], base)  # noqa: PTH118 - as above
