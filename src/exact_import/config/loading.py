"""Options, environment, `.env` and INI become one frozen `Settings`.

The first that has a value wins: option, environment, `.env`, INI, default.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from exact_import.config import ini_file
from exact_import.config.declare import Setting, ValueMap, suggestion, value_map
from exact_import.config.ini_file import Ini
from exact_import.config.settings import (
    CONNECTION_VARIABLES,
    IMPORT,
    NOTIFY,
    SITES,
    VARIABLE,
    VARIABLES,
    DivisionRules,
    Notices,
    Policy,
    Settings,
)
from exact_import.errors import ConfigError
from exact_import.fields import KIND_OF, SECTIONS, catalogue, find_field
from exact_import.text import joined, quote, suggest

if TYPE_CHECKING:
    from exact_import.values.vocabulary import Level

log = logging.getLogger(__name__)

OTHER_SECTIONS = (
    *("server", "application", "import", "policy", "validation", "notify", "transient", "values"),
)
_POLICIES = get_args(Policy)
# Settings of earlier versions that no longer have an effect, and why.
RETIRED = {
    "concurrency": "Exact Online takes one call at a time for a company",
    "match_account": "all that a row says decides which account it is (docs/matching.md)",
}


def resolve(options: Mapping[str, Any], config: Path | None = None) -> Settings:
    """Return the settings of a command.

    `options` holds the options of the command line (None if one is not given), by the names of
    `Settings`. `config` is the INI to use, named by the user; with None, `config.ini` in the
    current folder is used if it exists. Raises ConfigError for everything that is wrong with the
    environment, `.env` or INI, all of it in one message.
    """
    named = config is not None
    path = config or Path("config.ini")
    has_config = named or path.exists()
    ini = ini_file.read(path) if has_config else Ini()
    environment = {**read_dotenv(path.parent), **os.environ}

    problems: list[str] = []
    _check_sections(ini, problems)
    _check_variables(environment, problems)
    given = _read("import", IMPORT, ini.section("import"), environment, problems)
    given.update(
        {key: value for key, value in options.items() if value is not None and key in IMPORT}
    )
    if isinstance(given.get("division"), str):
        given["division_by"] = given.pop("division")
    divisions = _divisions(ini, problems)
    policies = _policies(ini, problems)
    levels = _levels(ini, problems)
    values = _values(ini, problems)
    notices = read_notices(ini.section("notify"), environment, problems)
    if problems:
        raise ConfigError(f"{path if has_config else 'The environment'}: {'; '.join(problems)}.")
    return Settings(
        **given,
        divisions=divisions,
        notices=notices,
        config=path,
        has_config=has_config,
        rest_url=_rest_url(ini),
        sections={name: ini.section(name) for name in SECTIONS if name in ini.sections},
        policies=policies,
        levels=levels,
        values=values,
        overlay={
            place: environment[variable]
            for variable, place in CONNECTION_VARIABLES.items()
            if environment.get(variable)
        },
    )


def read_notices(
    section: Mapping[str, str], environment: Mapping[str, str], problems: list[str]
) -> Notices:
    """Return the settings of [notify] from INI and environment; mistakes go to `problems`."""
    return Notices(**_read("notify", NOTIFY, section, environment, problems))


def _read(
    section: str,
    table: Mapping[str, Setting],
    options: Mapping[str, str],
    environment: Mapping[str, str],
    problems: list[str],
) -> dict[str, Any]:
    """Return the settings of `table` that a section's `options` or the environment has."""
    given: dict[str, tuple[str, str]] = {}
    for option, text in options.items():
        name = option.casefold()
        if name in RETIRED:
            _warn_retired(name)
        elif name not in table:
            hint = suggestion(option, table)
            problems.append(f"[{section}] has an unknown setting {quote(option)}{hint}")
        elif text.strip():
            given[name] = (text.strip(), f"[{section}] {option}")
    for setting in table.values():
        if text := environment.get(setting.variable, ""):
            given[setting.name] = (text, setting.variable)
    values: dict[str, Any] = {}
    for name, (text, origin) in given.items():
        try:
            values[name] = table[name].parse(text)
        except ValueError as error:
            place = origin if table[name].secret else f"{origin} = {text}"
            problems.append(f"{place}: {error}")
    return values


def _check_sections(ini: Ini, problems: list[str]) -> None:
    """Note each section that is nearly called as a known one, and lines in the wrong section."""
    known = {name: f"[{name}]" for name in (*OTHER_SECTIONS, *SECTIONS)}
    for section in ini.sections:
        if section not in known and not section.casefold().startswith("division"):
            meant = suggestion(section.strip(), known.values(), likeness=0.75)
            if meant:
                problems.append(f"there is no section [{section}]{meant}")
    # Who adds a line at the end of the file adds it to the last section.
    for section in ("server", "application", "transient"):
        for option in ini.section(section):
            name = option.casefold()
            mapped = [one for one, kind in KIND_OF.items() if find_field(kind, name)]
            place = "import" if name in IMPORT else next(iter(mapped), "")
            if place and name != "division":
                problems.append(f"[{section}] {option} has no effect there; move it to [{place}]")


def _check_variables(environment: Mapping[str, str], problems: list[str]) -> None:
    """Warn of each variable without effect; report each misspelt one."""
    known = {name.removeprefix(VARIABLE).casefold(): name for name in VARIABLES}
    for variable, text in environment.items():
        name = variable.removeprefix(VARIABLE).casefold()
        if not variable.startswith(VARIABLE) or name in known:
            continue
        if name in RETIRED and text:
            _warn_retired(name)
        elif meant := suggest(name, known, likeness=0.8):
            problems.append(f"there is no variable {variable} (did you mean {known[meant]}?)")


def _divisions(ini: Ini, problems: list[str]) -> dict[int, DivisionRules]:
    found: dict[int, DivisionRules] = {}
    table = {name: setting for name, setting in IMPORT.items() if name != "division"}
    for section in ini.sections:
        word, _, number = section.partition(" ")
        if word.casefold() != "division":
            continue
        if not number.strip().isdecimal():
            problems.append(f"[{section}]: expected the number of a division, [division 425880]")
            continue
        options = {option.casefold(): text for option, text in ini.section(section).items()}
        named = options.pop("is", "").strip()
        found[int(number)] = DivisionRules(named, _read(section, table, options, {}, problems))
    return found


def _warn_retired(name: str) -> None:
    """Warn that a setting no longer has an effect; the exit status does not depend on it."""
    log.warning("%s is no longer used: %s.", name, RETIRED[name])


def _rest_url(ini: Ini) -> str:
    server = {option.lower(): text.strip() for option, text in ini.section("server").items()}
    site = server.get("site", "").casefold()
    return server.get("rest_url", f"{SITES[site]}/api" if site in SITES else "")


def _policies(ini: Ini, problems: list[str]) -> dict[tuple[str, str], Policy]:
    found: dict[tuple[str, str], Policy] = {}
    for option, text in ini.section("policy").items():
        word = text.strip().casefold()
        kind, _, name = option.rpartition(" ")
        if word not in _POLICIES:
            problems.append(f"[policy] {option} = {text}: expected {joined(_POLICIES, 'or')}")
        elif kind and kind not in SECTIONS:
            problems.append(f"[policy] {option}: {quote(kind)} is neither account nor contact")
        elif strange := _no_field(kind, name):
            problems.append(f"[policy] {option}: {strange}")
        else:
            found[kind, name.casefold()] = cast("Policy", word)
    return found


def _no_field(section: str, name: str) -> str:
    """Return the message for a field that Exact Online does not have, "" for existing ones."""
    kinds = {kind for known, kind in KIND_OF.items() if section in ("", known)}
    if any(find_field(kind, name) for kind in kinds):
        return ""
    names = [field for kind in kinds for field in catalogue(kind)]
    return f"Exact Online has no field {quote(name)}{suggestion(name, names)}"


def _values(ini: Ini, problems: list[str]) -> dict[str, ValueMap]:
    found: dict[str, ValueMap] = {}
    for column, text in ini.section("values").items():
        try:
            found[column] = value_map(text)
        except ValueError as error:
            problems.append(f"[values] {column}: {error}")
    return found


def _levels(ini: Ini, problems: list[str]) -> dict[str, Level]:
    found: dict[str, Level] = {}
    if not ini.section("validation"):
        return found
    from exact_import.values.vocabulary import CHECKS  # only where there is such a section

    known = {name.casefold(): name for name in CHECKS}
    for option, text in ini.section("validation").items():
        word = text.strip().casefold()
        if option.casefold() not in known:
            problems.append(
                f"[validation] has an unknown check {quote(option)}{suggestion(option, known)}"
            )
        elif word not in ("error", "warning", "off"):
            problems.append(f"[validation] {option} = {text}: expected error, warning or off")
        else:
            found[option.casefold()] = cast("Level", word)
    return found


def read_dotenv(folder: Path) -> dict[str, str]:
    """Read `.env` of the INI's folder, then of the current folder, without exporting it."""
    found: dict[str, str] = {}
    for place in (Path(), folder):
        file = place / ".env"
        if file.is_file():
            from dotenv import dotenv_values  # only where there is such a file

            try:
                values = dotenv_values(file, interpolate=False)
            except OSError:
                raise ConfigError(f"{file} cannot be read.", "Check its permissions.") from None
            except UnicodeDecodeError:
                raise ConfigError(f"{file} is not text in UTF-8.", "Save it as UTF-8.") from None
            found.update({name: value for name, value in values.items() if value})
    return found
