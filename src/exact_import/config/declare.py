"""How a setting is declared: an entry of the table in `settings`, for all places that know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from exact_import.config import parsers


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting, in all the places that know it.

    `parse` reads its text, raising ValueError with what was expected. `flags` and what follows are
    the option of the command line: `type` is bool for a flag, `{default}` in the help the default.
    `about` is what config.example.ini says above it: "" if it belongs to the setting before, None
    if it is not listed; `sample` is shown there behind a `;`, in place of the default. No message
    repeats the value of a `secret` one.
    """

    default: Any
    parse: Callable[[str], Any]
    flags: str = ""
    help: str = ""
    type: type = str
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    metavar: str | None = None
    about: str | None = None
    sample: str = ""
    secret: bool = False
    name: str = ""
    variable: str = ""

    def field(self) -> Any:
        """Return the field of a dataclass that is this setting; `table_of` gives it its name."""
        return field(default=self.default, metadata={"setting": self}, repr=not self.secret)

    @property
    def shown_default(self) -> str:
        """The default, as it is written in an INI."""
        if isinstance(self.default, tuple):
            return ", ".join(self.default)
        return f"{self.default:g}" if isinstance(self.default, float) else str(self.default or "")


def flag(flags: str, text: str) -> Any:
    """Return the field of a setting that is on or off; off by default."""
    return Setting(False, parsers.flag, flags, text, bool).field()


def word(*words: str, default: str | None = None, **more: Any) -> Any:
    """Return the field of a setting that is one of `words`, the first by default; as `Setting`."""
    usual = words[0] if default is None else default
    return Setting(usual, parsers.one_of(*words), choices=words, **more).field()


def file(flags: str, text: str, metavar: str | None = None) -> Any:
    """Return the field of a setting that names a file; none by default."""
    return Setting(None, Path, flags, text, Path, metavar=metavar).field()


def table_of(owner: type, prefix: str) -> Mapping[str, Setting]:
    """Return the settings among the fields of `owner`, by name; `prefix` begins their variables."""
    return {
        known.name: replace(
            known.metadata["setting"], name=known.name, variable=prefix + known.name.upper()
        )
        for known in fields(owner)
        if known.metadata
    }
