"""Every setting, each written once, and what a command was given, frozen.

The fields of `Settings` and `Notices` are the table of settings: name, type and default as of any
dataclass, and beside them what reads its text, the option that says it too, and what
config.example.ini says about it. A setting X of [import] is also the variable EXACT_IMPORT_X.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from exact_import.config import parsers
from exact_import.config.parsers import Safeguard

Level = Literal["error", "warning", "off"]
Policy = Literal["overwrite", "keep", "fill", "never"]
When = Literal["always", "changes", "problems"]

VARIABLE = "EXACT_IMPORT_"


@dataclass(frozen=True, slots=True)
class Option:
    """An option of the command line.

    Its `type` is str, int, float, Path, or bool for a flag; `choices` are all that it may be,
    `minimum` the least. `{default}` in the help is the default of its setting.
    """

    flags: str
    help: str
    type: type = str
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    metavar: str | None = None
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: what the environment calls it, and what it is by default.

    `parse` reads its text, raising ValueError with what was expected. `about` is what
    config.example.ini says above it: "" where it belongs to the one before, None where it is not
    listed; `sample` is what it shows there, in place of the default, for who takes the `;` away.
    No message repeats the value of a `secret` one.
    """

    name: str
    variable: str
    default: Any
    parse: Callable[[str], Any]
    option: Option | None = None
    about: str | None = None
    sample: str = ""
    secret: bool = False

    @property
    def shown_default(self) -> str:
        """The default, as it is written in an INI."""
        match self.default:
            case tuple():
                return ", ".join(self.default)
            case float():
                return f"{self.default:g}"
            case None | "":
                return ""
            case bool():
                return "yes" if self.default else "no"
            case _:
                return str(self.default)


def _setting(
    default: Any, parse: Callable[[str], Any], option: Option | None = None, **more: Any
) -> Any:
    """Return a field of a dataclass that is a setting; `more` are fields of `Setting`."""
    metadata = {"parse": parse, "option": option, **more}
    return field(default=default, metadata=metadata, repr=not more.get("secret", False))


def _table(owner: type, prefix: str) -> Mapping[str, Setting]:
    return MappingProxyType(
        {
            entry.name: Setting(
                entry.name, prefix + entry.name.upper(), entry.default, **entry.metadata
            )
            for entry in fields(owner)
            if entry.metadata
        }
    )


@dataclass(frozen=True, slots=True)
class Notices:
    """What [notify] says: whom to tell of a run, and when. `attach` sends the report along."""

    success_url: str = _setting(
        "",
        parsers.https,
        secret=True,
        about="Who is told what came of an import, apply or undo; docs/unattended.md says more. "
        "These hold secrets, and no log or message shows them. An address to call when all went "
        "well, and one for when somebody is needed, for a service that watches over nightly jobs:",
        sample="https://hc-ping.com/your-check",
    )
    failure_url: str = _setting(
        "", parsers.https, secret=True, about="", sample="https://hc-ping.com/your-check/fail"
    )
    to: tuple[str, ...] = _setting(
        (),
        parsers.words,
        secret=True,
        about="Messages, one address a line, as in https://appriseit.com/services/ (needs "
        "pip install 'exact-import[notify]'):",
        sample="mailtos://user:password@mail.example.com?to=books@example.com",
    )
    when: When = _setting(
        "problems",
        parsers.one_of("always", "changes", "problems"),
        about="When to send them: problems, changes (or problems), or always.",
        sample="problems",
    )
    attach: bool = _setting(
        False,
        parsers.yes_no,
        about="Whether the report, with the rows it is about, goes along: yes or no.",
        sample="no",
    )


@dataclass(frozen=True, slots=True)
class DivisionRules:
    """What a [division N] section says: the text that means it, and settings of its own."""

    named: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a command was given, by option, environment, `.env`, INI or default.

    Times are seconds (`watch_try_every` minutes), budgets are calls. `sections` are the mapping
    sections that the INI has; `policies` are by kind and field; `overlay` are connection values
    from the environment or `.env`, by section and option, which never reach the INI; `notices`
    is what [notify] says.
    """

    config: Path = Path("config.ini")
    has_config: bool = False
    rest_url: str = ""
    division: int | None = _setting(
        None, parsers.division, Option("--division", "Division (company) to use.", int)
    )
    division_by: str = ""
    divisions: Mapping[int, DivisionRules] = field(default_factory=dict)
    delimiter: str | None = _setting(
        None, str, Option("--delimiter", 'Column separator, for example ";" or a tab.')
    )
    encoding: str | None = _setting(
        None, str, Option("--encoding", "The file's encoding, such as utf-8.")
    )
    mode: Literal["upsert", "create", "update"] = _setting(
        "upsert",
        parsers.one_of("upsert", "create", "update"),
        Option(
            "--mode",
            "Whether to create, to update, or both (upsert).  [default: {default}]",
            choices=("upsert", "create", "update"),
        ),
    )
    limit: int | None = _setting(
        None,
        parsers.whole,
        Option("--limit", "Only the first N companies, for a first real try.", int, minimum=1),
    )
    strict: bool = _setting(
        False, parsers.flag, Option("--strict", "Send nothing if any row is bad.", bool)
    )
    retry: bool = _setting(
        False, parsers.flag, Option("--retry", "Send again what was refused before.", bool)
    )
    recreate: bool = _setting(
        False,
        parsers.flag,
        Option("--recreate", "Make again what was deleted in Exact Online.", bool),
    )
    force: bool = _setting(
        False, parsers.flag, Option("--force", "Ignore max_updates and max_creates.", bool)
    )
    wait: bool = _setting(
        False,
        parsers.flag,
        Option("--wait", "Sleep until an exhausted day's budget returns.", bool),
    )
    match_account: tuple[str, ...] = _setting(
        ("ID", "Code", "VATNumber", "ChamberOfCommerce", "Name+Postcode", "Name"),
        parsers.keys("account"),
        about="How a row is recognised in Exact Online: the first field of the list that the row "
        "fills in and that finds one account decides. A plus joins fields that must all be the "
        "same.",
    )
    match_contact: tuple[str, ...] = _setting(
        ("ID", "Email", "FirstName+LastName"), parsers.keys("contact"), about=""
    )
    new_account_status: str = _setting(
        "C",
        parsers.status,
        about="New accounts are C (customer), P (prospect), S (suspect) or A (none), unless the "
        "file says so. An account left at A cannot be invoiced.",
    )
    blank: Literal["keep", "clear"] = _setting(
        "keep",
        parsers.one_of("keep", "clear"),
        about="An empty cell: keep leaves the value in Exact Online alone, clear empties it.",
    )
    max_updates: Safeguard | None = _setting(
        None,
        parsers.safeguard,
        about="Stop before anything is sent if a plan changes more accounts than this, or more "
        "contacts (a number, or a share of those that there are). --force ignores both.",
        sample="20 %",
    )
    max_creates: Safeguard | None = _setting(None, parsers.safeguard, about="", sample="500")
    reserve: int = _setting(
        250,
        parsers.whole,
        about="Calls to leave for your other apps: Exact Online allows 5,000 a day.",
    )
    settle_after: float = _setting(
        60.0,
        parsers.number,
        about="Seconds to wait before looking again for a record of which it is not known whether "
        "it was made.",
    )
    connect_timeout: float = _setting(
        10.0,
        parsers.timeout,
        about="Seconds to wait for a connection to Exact Online, and for its answer.",
        sample="10",
    )
    read_timeout: float = _setting(60.0, parsers.timeout, about="", sample="60")
    reread_after_days: float = _setting(
        7.0,
        parsers.number,
        about="Days after which everything is read again where the login may not read deletions.",
        sample="7",
    )
    keep_runs: float = _setting(
        90.0,
        parsers.number,
        about="Days for which the journal remembers what each run did.",
        sample="90",
    )
    watch_rest: float = _setting(
        5.0,
        parsers.number,
        Option(
            "--rest",
            "A file is complete when nothing changed for so long.  [default: {default}]",
            float,
            minimum=0,
            metavar="SECONDS",
        ),
        about='For "exact-import watch": a file is complete when nothing about it has changed for '
        "watch_rest seconds; watch_poll looks at the folder every so many seconds, for network "
        "shares that do not tell (0: the system tells); a file that has to wait is tried again "
        "within watch_try_every minutes.",
    )
    watch_poll: float = _setting(
        0.0,
        parsers.number,
        Option(
            "--poll",
            "Poll every SECONDS (for network shares without change events).",
            float,
            minimum=0,
            metavar="SECONDS",
        ),
        about="",
    )
    watch_try_every: float = _setting(
        15.0,
        parsers.number,
        Option(
            "--try-every",
            "How long at most until a file that had to wait is tried again.  [default: {default}]",
            float,
            minimum=0,
            metavar="MINUTES",
        ),
        about="",
    )
    country: str = _setting(
        "",
        parsers.country,
        about="Where the file does not tell: the country of rows that name none (a code such as "
        "BE; otherwise that of your site), the order of dates (dmy, mdy or ymd), the mark before "
        "decimals (, or .).",
    )
    date_order: Literal["", "dmy", "mdy", "ymd"] = _setting(
        "", parsers.one_of("dmy", "mdy", "ymd"), about=""
    )
    decimal: Literal["", ",", "."] = _setting("", parsers.one_of(",", "."), about="")
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


# By the names of `Settings`: what [import] may say. By those of `Notices`: what [notify] may.
IMPORT = _table(Settings, VARIABLE)
NOTIFY = _table(Notices, f"{VARIABLE}NOTIFY_")

# Options of one run, which no INI says; their variables may stand in `.env` too.
RUN_OPTIONS: Mapping[str, Option] = MappingProxyType(
    {
        "dry_run": Option("-n --dry-run", "Check the file only; no network, no login.", bool),
        "rejects": Option(
            "--rejects",
            "Where refused rows go.  [default: NAME.rejected.csv beside the file]",
            Path,
        ),
        "report": Option(
            "--report",
            "Also write the report as a page, to read or to mail.",
            Path,
            metavar="FILE.html",
        ),
        "sandbox": Option(
            "--sandbox", "Use the sandbox, not the real thing.", bool, variable="USE_SANDBOX"
        ),
        "log_file": Option("--log-file", "Also write what happens to this file.", Path),
        "log_format": Option(
            "--log-format",
            "How the log file is written.  [default: text]",
            choices=("text", "json"),
        ),
    }
)

# Variables that belong to the connection, with where the INI would keep them.
CONNECTION_VARIABLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "EXACT_CLIENT_ID": ("application", "client_id"),
        "EXACT_CLIENT_SECRET": ("application", "client_secret"),
        "EXACT_IMPORT_SITE": ("server", "site"),
        "EXACT_IMPORT_REDIRECT_URI": ("application", "base_url"),
    }
)
VARIABLES = frozenset(
    {
        *(setting.variable for table in (IMPORT, NOTIFY) for setting in table.values()),
        *(VARIABLE + (option.variable or name.upper()) for name, option in RUN_OPTIONS.items()),
        *CONNECTION_VARIABLES,
        f"{VARIABLE}CONFIG",
        f"{VARIABLE}SANDBOX",  # where the sandbox keeps its state
    }
)
