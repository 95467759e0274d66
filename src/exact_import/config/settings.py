"""The table of all settings, and the frozen settings of a command.

The fields of `Settings` and `Notices` are the table: name, type and default as in any dataclass,
and also the parser, the option, and the text for config.example.ini. A setting X of [import] is
also the variable EXACT_IMPORT_X.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from exact_import.config import declare
from exact_import.config.declare import Safeguard, Setting, ValueMap, file, flag, table_of, word
from exact_import.fields import MATCH_CONTACT

if TYPE_CHECKING:
    from exact_import.values.vocabulary import Level

Policy = Literal["overwrite", "keep", "fill", "never", "clear"]
When = Literal["always", "changes", "problems"]

VARIABLE = "EXACT_IMPORT_"


@dataclass(frozen=True, slots=True)
class Notices:
    """The settings of [notify]: whom to notify of a run, and when; `attach` adds the report."""

    success_url: str = Setting(
        "",
        declare.https,
        secret=True,
        sample="https://hc-ping.com/your-check",
        about="Notifications of the outcome of an import, apply or undo (see docs/nightly.md). "
        "These settings hold secrets, so no log or message shows them. If a service monitors your "
        "nightly jobs: the addresses to call after a success, and after a run that needs your "
        "attention.",
    ).field()
    failure_url: str = Setting(
        "", declare.https, secret=True, about="", sample="https://hc-ping.com/your-check/fail"
    ).field()
    to: tuple[str, ...] = Setting(
        (),
        declare.words,
        secret=True,
        sample="mailtos://user:password@mail.example.com?to=books@example.com",
        about="Messages, one address a line, as in https://appriseit.com/services/ (needs "
        "the extra notify: docs/install.md):",
    ).field()
    when: When = word(
        *("always", "changes", "problems"),
        default="problems",
        sample="problems",
        about="When to send messages: problems, changes (also problems), or always.",
    )
    attach: bool = Setting(
        False,
        declare.yes_no,
        sample="no",
        about="Attach the report, which contains data from your rows: yes or no.",
    ).field()


@dataclass(frozen=True, slots=True)
class DivisionRules:
    """A [division N] section: the text that means this division, and settings of its own."""

    named: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)  # loads faster, and nobody compares them
class Settings:
    """The settings of a command from options, environment, `.env`, INI and defaults.

    Times are seconds (`watch_try_every` minutes), budgets are calls. `sections` are the mapping
    sections that the INI has, `values` its value maps by column; `policies` are by kind and field;
    `overlay` are connection values from the environment or `.env`, by section and option, which
    never reach the INI; `notices` is what [notify] says.
    """

    config: Path = Path("config.ini")
    has_config: bool = False
    rest_url: str = ""
    division: int | None = Setting(
        None, declare.division, flags="--division", help="Division (company) to use.", type=int
    ).field()
    division_by: str = ""
    divisions: Mapping[int, DivisionRules] = field(default_factory=dict)
    delimiter: str | None = Setting(
        None, str, flags="--delimiter", help='Column separator, for example ";" or a tab.'
    ).field()
    encoding: str | None = Setting(
        None, str, flags="--encoding", help="The file's encoding, such as utf-8."
    ).field()
    sheet: str | None = Setting(
        None,
        str,
        flags="--sheet",
        metavar="NAME",
        help="The sheet of a workbook to read.  [default: the first with contacts]",
    ).field()
    mode: Literal["upsert", "create", "update"] = word(
        *("upsert", "create", "update"),
        flags="--mode",
        help="Whether to create, to update, or both (upsert).  [default: {default}]",
    )
    limit: int | None = Setting(
        None,
        declare.whole,
        flags="--limit",
        help="Import only the first N companies, as a first try.",
        type=int,
        minimum=1,
    ).field()
    strict: bool = flag("--strict", "Send nothing if any row is rejected.")
    retry: bool = flag("--retry", "Send records again that Exact Online refused before.")
    recreate: bool = flag("--recreate", "Create records again that were deleted in Exact Online.")
    force: bool = flag("--force", "Ignore max_updates and max_creates.")
    wait: bool = flag("--wait", "Wait for the next day when the day's calls are used up.")
    source: str = Setting(
        "",
        str,
        about="A name for where your file comes from, such as your CRM. Its customer numbers and "
        "earlier matches are remembered under this name. The default is the file's name without "
        "folder, date and digits; set a name here if your file's name changes in another way.",
        sample="crm",
    ).field()
    code: Literal["auto", "exact", "own"] = word(
        *("auto", "exact", "own"),
        about="What the customer numbers in your file are: exact (Exact Online's account codes), "
        "own (your own numbers), or auto (the program compares them with the codes to find out).",
    )
    held: Literal["hold", "create"] = word(
        *("hold", "create"),
        about="What to do with a row that may be a company or person that Exact Online already "
        "has: hold (send nothing and ask you) or create (create a new record). A row that "
        "contradicts the record it points to is always held.",
    )
    confirm: bool = Setting(
        True,
        declare.yes_no,
        about="yes: on a terminal, an import shows what it will do and asks you to confirm. no: it "
        "does not ask. Without a terminal, or with --yes, it never asks.",
        sample="yes",
    ).field()
    match_contact: tuple[str, ...] = Setting(
        MATCH_CONTACT,
        declare.keys("contact"),
        about="The fields by which a contact of an account is found, in this order.",
    ).field()
    new_account_status: str = Setting(
        "C",
        declare.status,
        about="The status of new accounts, unless the file has one: C (customer), P (prospect), S "
        "(suspect) or A (none). An account with status A cannot be invoiced.",
    ).field()
    blank: Literal["keep", "clear"] = word(
        *("keep", "clear"),
        about="What an empty cell does: keep leaves the value in Exact Online alone, clear empties "
        "it.",
    )
    max_updates: Safeguard | None = Setting(
        None,
        declare.safeguard,
        about="Stop before anything is sent if a plan changes more accounts than this, or more "
        "contacts (a number, or a percentage of the existing records). --force ignores both.",
        sample="20 %",
    ).field()
    max_creates: Safeguard | None = Setting(None, declare.safeguard, about="", sample="500").field()
    reserve: int = Setting(
        250,
        declare.whole,
        about="Calls a day to leave for your other apps. Exact Online allows 5,000 a day.",
    ).field()
    settle_after: float = Setting(
        60.0,
        declare.number,
        about="If an answer is lost: seconds to wait before checking whether the record was "
        "created.",
    ).field()
    connect_timeout: float = Setting(
        10.0,
        declare.timeout,
        about="Seconds to wait for a connection to Exact Online, and for its answer.",
        sample="10",
    ).field()
    read_timeout: float = Setting(60.0, declare.timeout, about="", sample="60").field()
    reread_after_days: float = Setting(
        7.0,
        declare.number,
        about="Days after which everything is read again, if the login may not read deletions.",
        sample="7",
    ).field()
    keep_runs: float = Setting(
        90.0,
        declare.number,
        about="Days for which the journal keeps what each run did.",
        sample="90",
    ).field()
    watch_rest: float = Setting(
        5.0,
        declare.number,
        flags="--rest",
        help="Import a file when it has not changed for SECONDS.  [default: {default}]",
        type=float,
        minimum=0,
        metavar="SECONDS",
        about='For "exact-import watch": a file is complete when it has not changed for watch_rest '
        "seconds. watch_poll checks the folder at this interval in seconds, for network shares "
        "without change events (0: wait for events). A file that has to wait is retried within "
        "watch_try_every minutes.",
    ).field()
    watch_poll: float = Setting(
        0.0,
        declare.number,
        flags="--poll",
        help="Poll every SECONDS (for network shares without change events).",
        type=float,
        minimum=0,
        metavar="SECONDS",
        about="",
    ).field()
    watch_try_every: float = Setting(
        15.0,
        declare.number,
        flags="--try-every",
        help="Retry a file that had to wait within MINUTES.  [default: {default}]",
        type=float,
        minimum=0,
        metavar="MINUTES",
        about="",
    ).field()
    country: str = Setting(
        "",
        declare.country,
        about="Used if the file does not show it: the country of rows without one (a code such as "
        "BE; the default is the country of your site), the order of dates (dmy, mdy or ymd), the "
        "decimal mark (, or .).",
    ).field()
    date_order: Literal["", "dmy", "mdy", "ymd"] = word("dmy", "mdy", "ymd", default="", about="")
    decimal: Literal["", ",", "."] = word(",", ".", default="", about="")
    sections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    policies: Mapping[tuple[str, str], Policy] = field(default_factory=dict)
    levels: Mapping[str, Level] = field(default_factory=dict)
    overlay: Mapping[tuple[str, str], str] = field(default_factory=dict)
    notices: Notices = field(default_factory=Notices)
    values: Mapping[str, ValueMap] = field(default_factory=dict)

    @property
    def journal(self) -> Path:
        """The journal that belongs to the configuration: `config.journal.sqlite3` beside it."""
        return self.config.with_name(f"{self.config.stem}.journal.sqlite3")

    def for_division(self, number: int) -> Settings:
        """Return the settings of the division `number` in a run over several."""
        rules = self.divisions.get(number, DivisionRules())
        return replace(self, **{**rules.overrides, "division": number, "division_by": ""})

    def policy(self, kind: str, name: str) -> Policy | None:
        """Return the INI's policy for the field, or None if it has none."""
        return self.policies.get((kind, name.casefold())) or self.policies.get(
            ("", name.casefold())
        )

    def clears(self, kind: str, name: str) -> bool:
        """Return True if an empty cell empties the field in Exact Online."""
        return self.blank == "clear" or self.policy(kind, name) == "clear"


# By the names of `Settings`: what [import] may say. By those of `Notices`: what [notify] may.
IMPORT = table_of(Settings, VARIABLE)
NOTIFY = table_of(Notices, f"{VARIABLE}NOTIFY_")


@dataclass(frozen=True, slots=True, eq=False)  # loads faster, and nobody compares them
class RunOptions:
    """The options of one run, from the command line, its variables or `.env` only."""

    dry_run: bool = flag("-n --dry-run", "Check the file only; no network, no login.")
    rejects: Path | None = file(
        "--rejects", "The file for rejected rows.  [default: NAME.rejected.csv beside the file]"
    )
    report: Path | None = file("--report", "Also write the report as an HTML page.", "FILE.html")
    results: Path | None = file(
        "--results",
        "Also write each row to this CSV with its outcome, account, contact and message.",
        metavar="FILE.csv",
    )
    errors: Path | None = file(
        "--errors",
        "Also write each error and warning to this CSV, one per line.",
        metavar="FILE.csv",
    )
    sandbox: bool = flag("--sandbox", "Use the sandbox instead of Exact Online.")
    log_file: Path | None = file("--log-file", "Also write a log to this file.")
    log_format: Literal["text", "json"] = word(
        *("text", "json"),
        flags="--log-format",
        help="Format of the log file.  [default: {default}]",
    )


RUN = table_of(RunOptions, VARIABLE)

# The root address of each site, by its short name.
SITES: Mapping[str, str] = {
    "nl": "https://start.exactonline.nl",
    "be": "https://start.exactonline.be",
    "de": "https://start.exactonline.de",
    "uk": "https://start.exactonline.co.uk",
    "us": "https://start.exactonline.com",
    "fr": "https://start.exactonline.fr",
    "es": "https://start.exactonline.es",
}


def site_country(rest_url: str) -> str:
    """Return the country (ISO-2) of a site's companies, "" for an unknown address."""
    if not rest_url:
        return ""
    from urllib.parse import urlsplit  # slow to load, and a dry run does without

    end = (urlsplit(rest_url).hostname or "").rpartition(".")[2]
    return {"uk": "GB", "com": "US"}.get(end, end.upper() if end in SITES else "")


def home_country(settings: Settings, rest_url: str = "") -> str:
    """Return the country (ISO-2) of rows without one."""
    return settings.country or site_country(rest_url) or "NL"


# The path of each address on a site.
PATHS = {"auth_url": "/api/oauth2/auth", "rest_url": "/api", "token_url": "/api/oauth2/token"}

# Variables of the connection, with their section and option in the INI.
CONNECTION_VARIABLES: Mapping[str, tuple[str, str]] = {
    "EXACT_CLIENT_ID": ("application", "client_id"),
    "EXACT_CLIENT_SECRET": ("application", "client_secret"),
    "EXACT_IMPORT_SITE": ("server", "site"),
    "EXACT_IMPORT_REDIRECT_URI": ("application", "base_url"),
}
# EXACT_IMPORT_SANDBOX names the folder where the sandbox keeps its state.
VARIABLES = frozenset(
    {
        *(setting.variable for table in (IMPORT, NOTIFY, RUN) for setting in table.values()),
        *CONNECTION_VARIABLES,
        *(f"{VARIABLE}{name}" for name in ("CONFIG", "USE_SANDBOX")),
    }
)
