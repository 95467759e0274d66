"""`Settings`: everything a command was told, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from exact_import.config.notices import Notices

Level = Literal["error", "warning", "off"]
Policy = Literal["overwrite", "keep", "fill", "never"]


@dataclass(frozen=True, slots=True)
class Safeguard:
    """The most creates or updates that a plan may hold: a number, or a share of the mirror."""

    text: str
    number: float
    percent: bool

    def allows(self, count: int, of: int) -> bool:
        """Tell whether `count` changes are allowed where the mirror holds `of` accounts."""
        return count <= (self.number * of / 100 if self.percent else self.number)


@dataclass(frozen=True, slots=True)
class DivisionRules:
    """What a [division N] section says: the text that means it, and settings of its own."""

    named: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a command was told, whoever told it.

    Times are seconds (`watch_try_every` minutes), budgets are calls. `sections` are the mapping
    sections that the INI has; `policies` are by kind and field; `overlay` are connection values
    from the environment or `.env`, by section and option, which never reach the INI; `notices`
    is what [notify] says.
    """

    config: Path = Path("config.ini")
    has_config: bool = False
    rest_url: str = ""
    division: int | None = None
    division_by: str = ""
    divisions: Mapping[int, DivisionRules] = field(default_factory=dict)
    delimiter: str | None = None
    encoding: str | None = None
    mode: Literal["upsert", "create", "update"] = "upsert"
    limit: int | None = None
    strict: bool = False
    retry: bool = False
    recreate: bool = False
    force: bool = False
    wait: bool = False
    match_account: tuple[str, ...] = (
        "ID",
        "Code",
        "VATNumber",
        "ChamberOfCommerce",
        "Name+Postcode",
        "Name",
    )
    match_contact: tuple[str, ...] = ("ID", "Email", "FirstName+LastName")
    new_account_status: str = "C"
    blank: Literal["keep", "clear"] = "keep"
    reserve: int = 250
    settle_after: float = 60.0
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    country: str = ""
    date_order: Literal["", "dmy", "mdy", "ymd"] = ""
    decimal: Literal["", ",", "."] = ""
    max_updates: Safeguard | None = None
    max_creates: Safeguard | None = None
    reread_after_days: float = 7.0
    keep_runs: float = 90.0
    watch_rest: float = 5.0
    watch_poll: float = 0.0
    watch_try_every: float = 15.0
    sections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    policies: Mapping[tuple[str, str], Policy] = field(default_factory=dict)
    levels: Mapping[str, Level] = field(default_factory=dict)
    overlay: Mapping[tuple[str, str], str] = field(default_factory=dict)
    notices: Notices = field(default_factory=Notices)

    @property
    def journal(self) -> Path:
        """The journal that belongs to the configuration: `config.journal.sqlite3` beside it."""
        return self.config.with_name(f"{self.config.stem}.journal.sqlite3")

    def for_division(self, number: int) -> Settings:
        """Return the settings of the division `number` in a run over several."""
        rules = self.divisions.get(number, DivisionRules())
        return replace(self, **{**rules.overrides, "division": number, "division_by": ""})

    def policy(self, kind: str, name: str) -> Policy | None:
        """Return what the INI says about overwriting the field, or None where it says nothing."""
        return self.policies.get((kind, name.casefold())) or self.policies.get(
            ("", name.casefold())
        )
