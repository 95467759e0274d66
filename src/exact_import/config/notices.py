"""The [notify] section: whom to tell, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import urlsplit

from exact_import.errors import quote

When = Literal["always", "changes", "problems"]
WHEN: tuple[When, ...] = ("always", "changes", "problems")
_SETTINGS = ("success_url", "failure_url", "to", "when", "attach")
NOTIFY_VARIABLES = tuple(f"NOTIFY_{name.upper()}" for name in _SETTINGS)


@dataclass(frozen=True, slots=True)
class Notices:
    """What [notify] says. `attach` sends the page along with messages."""

    success_url: str = field(default="", repr=False)
    failure_url: str = field(default="", repr=False)
    to: tuple[str, ...] = field(default=(), repr=False)
    when: When = "problems"
    attach: bool = False


def read_notices(
    section: Mapping[str, str], environment: Mapping[str, str], problems: list[str]
) -> Notices:
    """Return what the INI's [notify] and the environment ask for.

    What is wrong is added to `problems`, without its value, which may be a secret.
    """
    found: dict[str, str] = {}
    for option, text in section.items():
        if option.casefold() in _SETTINGS:
            found[option.casefold()] = text.strip()
        else:
            problems.append(f"[notify] has an unknown setting {quote(option)}")
    for name in _SETTINGS:
        said = environment.get(f"EXACT_IMPORT_NOTIFY_{name.upper()}")
        if said:
            found[name] = said.strip()
    for name in ("success_url", "failure_url"):
        if found.get(name) and not _is_https(found[name]):
            problems.append(f"[notify] {name}: expected an address that begins with https://")
            found[name] = ""
    when = found.get("when", "").casefold() or "problems"
    if when not in WHEN:
        problems.append(f"[notify] when = {when}: expected {', '.join(WHEN[:-1])} or {WHEN[-1]}")
        when = "problems"
    attach = found.get("attach", "").casefold() or "no"
    if attach not in ("yes", "no"):
        problems.append(f"[notify] attach = {attach}: expected yes or no")
    return Notices(
        found.get("success_url", ""),
        found.get("failure_url", ""),
        tuple(found.get("to", "").split()),
        cast("When", when),
        attach == "yes",
    )


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
