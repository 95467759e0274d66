"""Options, environment, `.env` and INI become one frozen `Settings`.

The first that has a value wins: option, environment, `.env`, INI, default.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

from exact_import.notify import Notices, read_notices
from exact_import.problems import ConfigFault

Level = Literal["error", "warning", "off"]
Policy = Literal["overwrite", "keep", "fill", "never"]

MAPPING_SECTIONS = (
    "account",
    "contact",
    "bank account",
    "delivery address",
    "postal address",
    "invoice address",
)
# Sections of the library's own and ours; any other is left alone, and is not ours to judge.
LIBRARY_SECTIONS = ("server", "application", "transient")
VARIABLE = "EXACT_IMPORT_"
# Variables that belong to the connection, with where the INI would keep them.
CONNECTION_VARIABLES = {
    "EXACT_CLIENT_ID": ("application", "client_id"),
    "EXACT_CLIENT_SECRET": ("application", "client_secret"),
    "EXACT_IMPORT_SITE": ("server", "site"),
    "EXACT_IMPORT_REDIRECT_URI": ("application", "base_url"),
}


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
    concurrency: int = 8
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


def read_ini(path: Path) -> configparser.ConfigParser:
    """Read the INI at `path` as it stands: no interpolation, option names in their own case.

    Raises ConfigFault, naming the file and where possible the line, if it cannot be read.
    """
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # keeps Exact's own spelling
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"), source=str(path))
    except FileNotFoundError:
        raise ConfigFault(
            f"The configuration {path} does not exist.",
            "Make one with: exact-import login, or try things out with --sandbox.",
        ) from None
    except IsADirectoryError:
        raise ConfigFault(f"{path} is a folder; --config wants an INI file.") from None
    except OSError as error:
        raise ConfigFault(
            f"The configuration {path} cannot be read: {error.strerror}.",
            "Check its permissions.",
        ) from None
    except UnicodeDecodeError:
        raise ConfigFault(
            f"The configuration {path} is not a text file in UTF-8.", "Save it as UTF-8."
        ) from None
    except configparser.Error as error:
        raise ConfigFault(_ini_sentence(path, error), "Mend that line.") from None
    return parser


def _ini_sentence(path: Path, error: configparser.Error) -> str:
    # The parser's own messages quote the line, which may hold a secret.
    match error:
        case configparser.DuplicateSectionError():
            return f"{path}, line {error.lineno}: the section [{error.section}] stands twice."
        case configparser.DuplicateOptionError():
            where = f"{error.option!r} stands twice in [{error.section}]"
            return f"{path}, line {error.lineno}: {where}."
        case configparser.MissingSectionHeaderError():
            return f"{path}, line {error.lineno}: there is no [section] above the first setting."
        case configparser.ParsingError():
            line = error.errors[0][0] if error.errors else 0
            return f"{path}, line {line}: neither a [section] nor a setting such as name = value."
        case _:
            return f"{path} is not an INI file."


def resolve(options: Mapping[str, Any], config: Path | None = None) -> Settings:
    """Return the settings of a command.

    `options` holds what the command line said (None where it said nothing), by the names of
    `Settings`. `config` is the INI to use, named by the user; with None, `config.ini` in the
    current folder is used where it exists. Raises ConfigFault for everything that is wrong with
    the environment, `.env` or INI, all of it in one message.
    """
    named = config is not None
    path = config or Path("config.ini")
    has_config = named or path.exists()
    parser = read_ini(path) if has_config else configparser.ConfigParser(interpolation=None)
    environment = {**_dotenv(path.parent), **os.environ}
    section = dict(parser["import"]) if parser.has_section("import") else {}

    problems: list[str] = []
    values: dict[str, Any] = {}
    known = {name.casefold(): name for name in _READERS}
    for option, text in section.items():
        name = known.get(option.casefold())
        if name is None:
            problems.append(f"[import] has an unknown setting {option!r}{_near(option, known)}")
        elif text.strip():
            values[name] = (text.strip(), f"[import] {option}")
    for name in _READERS:
        said = environment.get(VARIABLE + name.upper())
        if said:
            values[name] = (said, VARIABLE + name.upper())
    chosen: dict[str, Any] = {}
    for name, (text, origin) in values.items():
        try:
            chosen[name] = _READERS[name](text)
        except ValueError as error:
            problems.append(f"{origin} = {text}: {error}")
    chosen.update(
        {key: value for key, value in options.items() if value is not None and key in _READERS}
    )
    if isinstance(chosen.get("division"), str):
        chosen["division_by"] = chosen.pop("division")
    divisions = _divisions(parser, known, problems)
    policies = _policies(parser, problems)
    levels = _levels(parser, problems)
    told = parser["notify"] if parser.has_section("notify") else {}
    notices = read_notices(told, environment, problems)
    if problems:
        raise ConfigFault(f"{path if has_config else 'The environment'}: {'; '.join(problems)}.")
    return Settings(
        **chosen,
        divisions=MappingProxyType(divisions),
        notices=notices,
        config=path,
        has_config=has_config,
        rest_url=_rest_url(parser),
        sections=MappingProxyType(
            {name: dict(parser[name]) for name in MAPPING_SECTIONS if parser.has_section(name)}
        ),
        policies=MappingProxyType(policies),
        levels=MappingProxyType(levels),
        overlay=MappingProxyType(
            {
                place: environment[variable]
                for variable, place in CONNECTION_VARIABLES.items()
                if environment.get(variable)
            }
        ),
    )


def _divisions(
    parser: configparser.ConfigParser, known: Mapping[str, str], problems: list[str]
) -> dict[int, DivisionRules]:
    found: dict[int, DivisionRules] = {}
    for section in parser.sections():
        word, _, number = section.partition(" ")
        if word.casefold() != "division":
            continue
        if not number.strip().isdecimal():
            problems.append(f"[{section}]: expected the number of a division, [division 425880]")
            continue
        named, overrides = "", {}
        for option, text in parser[section].items():
            name = known.get(option.casefold())
            if option.casefold() == "is":
                named = text.strip()
            elif name is None or name == "division":
                problems.append(f"[{section}] has an unknown setting {option!r}")
            elif text.strip():
                try:
                    overrides[name] = _READERS[name](text.strip())
                except ValueError as error:
                    problems.append(f"[{section}] {option} = {text}: {error}")
        found[int(number)] = DivisionRules(named, overrides)
    return found


def _rest_url(parser: configparser.ConfigParser) -> str:
    site = parser.get("server", "site", fallback="").strip().casefold()
    domain = {"uk": "co.uk", "us": "com"}.get(site, site)
    default = f"https://start.exactonline.{domain}/api" if domain else ""
    return parser.get("server", "rest_url", fallback=default).strip()


def _dotenv(folder: Path) -> dict[str, str]:
    """Read `.env` of the INI's folder, then of the current one, without exporting anything."""
    found: dict[str, str] = {}
    for place in (Path(), folder):
        file = place / ".env"
        if file.is_file():
            from dotenv import dotenv_values  # only where there is such a file

            try:
                values = dotenv_values(file, interpolate=False)
            except (OSError, UnicodeDecodeError):
                raise ConfigFault(f"{file} cannot be read.", "Check its permissions.") from None
            found.update({name: value for name, value in values.items() if value})
    return found


def _policies(
    parser: configparser.ConfigParser, problems: list[str]
) -> dict[tuple[str, str], Policy]:
    found: dict[tuple[str, str], Policy] = {}
    for option, text in parser["policy"].items() if parser.has_section("policy") else ():
        word = text.strip().casefold()
        kind, _, name = option.rpartition(" ")
        if word not in ("overwrite", "keep", "fill", "never"):
            problems.append(f"[policy] {option} = {text}: expected overwrite, keep, fill or never")
        elif kind and kind not in MAPPING_SECTIONS:
            problems.append(f"[policy] {option}: {kind!r} is neither account nor contact")
        else:
            found[kind, name.casefold()] = cast("Policy", word)
    return found


def _levels(parser: configparser.ConfigParser, problems: list[str]) -> dict[str, Level]:
    found: dict[str, Level] = {}
    if not parser.has_section("validation"):
        return found
    from exact_import.normalise import CHECKS  # only where there is such a section

    known = {name.casefold(): name for name in CHECKS}
    for option, text in parser["validation"].items():
        word = text.strip().casefold()
        if option.casefold() not in known:
            problems.append(f"[validation] has an unknown check {option!r}{_near(option, known)}")
        elif word not in ("error", "warning", "off"):
            problems.append(f"[validation] {option} = {text}: expected error, warning or off")
        else:
            found[option.casefold()] = cast("Level", word)
    return found


def _near(word: str, known: Mapping[str, str]) -> str:
    import difflib  # only to suggest

    match = difflib.get_close_matches(word.casefold(), known, n=1)
    return f" (did you mean {known[match[0]]}?)" if match else ""


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.casefold() not in words:
            raise ValueError(f"expected {' or '.join(word or 'nothing' for word in words)}")
        return text.casefold()

    return read


def _whole(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ValueError("expected a whole number") from None
    if number < 0:
        raise ValueError("expected a number that is not negative")
    return number


def _division(text: str) -> int | str:
    return text if "{" in text else _whole(text)


def _seconds(text: str) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        raise ValueError("expected a number") from None
    if not 0 <= number < 1e9:
        raise ValueError("expected a number that is not negative")
    return number


def _flag(text: str) -> bool:
    return _one_of("yes", "no", "true", "false", "1", "0", "on", "off")(text) in (
        "yes",
        "true",
        "1",
        "on",
    )


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple("+".join(part.strip() for part in key.split("+")) for key in text.split(","))
    if not all(keys):
        raise ValueError("expected fields separated by commas, such as Code, VATNumber")
    return keys


def _country(text: str) -> str:
    if len(text) != 2 or not text.isalpha():
        raise ValueError("expected a country code of two letters, such as BE")
    return text.upper()


def _safeguard(text: str) -> Safeguard:
    percent = text.endswith("%")
    return Safeguard(text, _seconds(text.rstrip("% ")), percent)


def _status(text: str) -> str:
    return _one_of("a", "c", "p", "s")(text).upper()


def _concurrency(text: str) -> int:
    number = _whole(text)
    if not 1 <= number <= 32:
        raise ValueError("expected a number from 1 to 32")
    return number


_READERS: dict[str, Callable[[str], Any]] = {
    "division": _division,
    "delimiter": str,
    "encoding": str,
    "mode": _one_of("upsert", "create", "update"),
    "limit": _whole,
    "strict": _flag,
    "retry": _flag,
    "recreate": _flag,
    "force": _flag,
    "wait": _flag,
    "match_account": _keys,
    "match_contact": _keys,
    "new_account_status": _status,
    "blank": _one_of("keep", "clear"),
    "reserve": _whole,
    "settle_after": _seconds,
    "connect_timeout": _seconds,
    "read_timeout": _seconds,
    "concurrency": _concurrency,
    "country": _country,
    "date_order": _one_of("dmy", "mdy", "ymd"),
    "decimal": _one_of(",", "."),
    "max_updates": _safeguard,
    "max_creates": _safeguard,
    "reread_after_days": _seconds,
    "keep_runs": _seconds,
    "watch_rest": _seconds,
    "watch_poll": _seconds,
    "watch_try_every": _seconds,
}
