"""The context whose ``default_map`` is the configuration file: click asks it behind the flag and the variable.

Without a file and a profile this costs one look at the disk; everything else is in configured.py. The map is made
when the first value is looked up, which is after ``--help`` has been answered: help works whatever the file holds.
"""

import os
from typing import TYPE_CHECKING, Any

import typer

from lightning_cli.cli.names import PROFILE
from lightning_cli.system.paths import PROFILE_VARIABLE, existing_config

if TYPE_CHECKING:
    from pathlib import Path

    from lightning_cli.cli.configured import Configured
    from lightning_cli.settings.config_file import ConfigFile
    from lightning_cli.settings.keys import KeyPlaces


class SettingsContext(typer.Context):
    """A context that runs a command with the configuration's values."""

    # Whether "--" stands on the command line: what follows is a text, whatever it looks like.
    has_dashes = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Looked up there, each of the options' variables that is not set would be encoded and raise an error.
        self.variables = frozenset(os.environ)
        self._looked = False
        self._path: Path | None = None
        self._configured: Configured | None = None

    def lookup_default(self, name: str, call: bool = True) -> Any:
        """Return the file's value of a parameter; None when it has none. Raises ``ConfigError``."""
        # Help is parsed so too, and shows the tool's own defaults.
        if self.resilient_parsing:
            return None
        if self.default_map is None:
            # The profile is looked up first, and decides on the rest.
            if name == PROFILE:
                return None if self._is_bare() else self.configured.usual_profile
            has_any = not self._is_bare() or self._has_profile()
            self.default_map = self.configured.default_map() if has_any else {}
        return super().lookup_default(name, call)  # type: ignore[call-overload] # click's signature has two cases

    def key_places(self) -> "KeyPlaces | None":
        """Return the places of the key that the configuration names; None for none. Raises ``ConfigError``."""
        return None if self._is_bare() and not self._has_profile() else self.configured.key_places()

    def invoke(self, callback: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Run the command."""
        if self._configured is not None and self.params.get("debug"):
            # The edge, which shows tracebacks, sees the command line and the environment, and no context.
            os.environ["LIGHTNING_TTS_DEBUG"] = "1"
        return super().invoke(callback, *args, **kwargs)

    @property
    def configured(self) -> "Configured":
        """Return the file's configuration of this command."""
        if self._configured is None:
            from lightning_cli.cli.configured import Configured

            self._configured = Configured(self, None if self._is_bare() else self._path)
        return self._configured

    def use(self, file: "ConfigFile") -> None:
        """Use this file instead of the one on disk."""
        self._looked, self._path = True, file.path
        self.configured.file = file

    def _is_bare(self) -> bool:
        """Return whether there is no file."""
        if not self._looked:
            self._looked = True
            self._path = existing_config()
        return self._path is None

    def _has_profile(self) -> bool:
        if PROFILE in self.params:
            return bool(self.params[PROFILE])
        # A command without the option.
        return bool(os.environ.get(PROFILE_VARIABLE))
