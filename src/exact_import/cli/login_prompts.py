"""The questions of a login; every answer is on disk before the next question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from exact_import.cli.console import say
from exact_import.config.settings import PATHS, SITES
from exact_import.errors import ConfigError
from exact_import.text import fold, quote

if TYPE_CHECKING:
    from exact_import.exact.auth.storage import Storage
    from exact_import.exact.client import DivisionInfo

# With more companies than this, the user searches instead of reading a list.
LISTED = 15

# A line for each paragraph: the terminal decides how long a line is.
_INTRODUCTION = (
    "exact-import connects to Exact Online through an app that you register there once:\n"
    "  1. Log in at https://apps.exactonline.com, on your own country's page, choose Manage my "
    "apps, and register an app for testing. Any name will do.\n"
    "  2. As redirect URI, enter an https page, such as a page of your own web site. Note it down: "
    "you need exactly the same address below.\n"
    "  3. Tick the scopes Crm accounts and Organization administration.\n"
    "The app's page then shows its client id and client secret. docs/login.md shows each step.\n"
)


def ask_all(storage: Storage) -> None:
    """Ask for site, client id, redirect address and secret, offering the known values."""
    first = not present(storage, "application", "client_id")
    if first:
        say(_INTRODUCTION)
    _ask_site(storage, first=first)
    _ask(storage, "client_id", "Client id", client_id_of)
    _ask(storage, "base_url", "Redirect URI", redirect_of)
    if not present(storage, "application", "client_secret_command"):
        known = present(storage, "application", "client_secret")
        more = "; Enter keeps the current one" if known else ""
        _ask(storage, "client_secret", f"Client secret (not shown{more})", str.strip, hidden=True)


def present(storage: Storage, section: str, option: str) -> str:
    """Return a setting as it is in the configuration, "" if it is missing."""
    return storage.get_or_set_default(section, option, "").strip()


def chosen_division(storage: Storage) -> int:
    """Return the company that is chosen, 0 where none is."""
    text = present(storage, "transient", "division")
    return int(text) if text.isdecimal() else 0


def site_of(storage: Storage) -> str | None:
    """Return the country's site in use, "" if none is set, None for a server of another kind."""
    if not any(present(storage, "server", name) for name in ("site", "auth_url", "rest_url")):
        return ""
    address = storage.get_auth_url()
    return next((name for name, root in SITES.items() if address.startswith(f"{root}/")), None)


def set_site(storage: Storage, site: str) -> None:
    """Write the country's site; addresses in the INI are changed to match it."""
    values = {
        option: SITES[site] + path
        for option, path in PATHS.items()
        if present(storage, "server", option)
    }
    storage.write_options("server", {"site": site, **values})


def client_id_of(text: str) -> str:
    """Return a client id without the braces and spaces of a copied one."""
    return "".join(text.split()).strip("{}")


def redirect_of(text: str) -> str:
    """Return a redirect address; `ConfigError` if it cannot be one."""
    address = text.strip()
    if not address.startswith("https://") or len(address.split()) != 1:
        raise ConfigError(
            f"A redirect URI must be an address that begins with https://, not {quote(address)}.",
            "Use the redirect URI of the app.",
        )
    return address


def _ask_site(storage: Storage, *, first: bool) -> None:
    site = site_of(storage)
    if site is None:
        return
    # No default for new users: only one of the seven is right.
    answer = click.prompt(
        "The country of your Exact Online",
        type=click.Choice(list(SITES), case_sensitive=False),
        default=None if first else site or None,
        err=True,
    )
    set_site(storage, answer.casefold())


def _ask(
    storage: Storage, option: str, text: str, parse: Callable[[str], str], *, hidden: bool = False
) -> None:
    """Ask for an option of [application], offering the known value, until the answer is valid."""
    known = present(storage, "application", option)
    offered = "" if hidden else known
    found = ""
    while not found:
        answer = click.prompt(
            text,
            default=offered if known else None,
            hide_input=hidden,
            show_default=not hidden,
            err=True,
        )
        try:
            found = parse(answer) or (known if hidden else "")
        except ConfigError as error:
            say(str(error))
    if option == "client_id" and found != answer.strip():
        say("(braces and spaces were removed)")
    if found != known:
        storage.write_options("application", {option: found})


def choose(divisions: Sequence[DivisionInfo], now: int) -> int:
    """Let the user choose one of several companies, `now` being the one in use (0 for none)."""
    listed = divisions if len(divisions) <= LISTED else ()
    end = ":" if listed else "; type to search."
    say(f"This login has access to {len(divisions)} companies{end}")
    _list(listed)
    known = {division.code: division for division in divisions}
    while True:
        answer = click.prompt(
            "Which one? Its number, or part of its name",
            default=str(now) if now in known else None,
            err=True,
        )
        found = search(divisions, answer)
        if len(found) == 1:
            say(f"{found[0].name} ({found[0].code})")
            return found[0].code
        say(f"{len(found)} companies match:" if found else "No company matches.")
        _list(found[:LISTED])
        if len(found) > LISTED:
            say(f"  … and {len(found) - LISTED} more; type more of the name.")


def _list(divisions: Sequence[DivisionInfo]) -> None:
    for division in divisions:
        say(f"  {division.code:>8}  {division.name}")


def search(divisions: Sequence[DivisionInfo], text: str) -> list[DivisionInfo]:
    """Return the companies that `text` means: by number, by whole name, else by parts of names."""
    wanted = fold(text)
    words = wanted.split()
    return (
        [division for division in divisions if str(division.code) == text.strip()]
        or [division for division in divisions if fold(division.name) == wanted]
        or [
            division
            for division in divisions
            if words and all(word in f"{fold(division.name)} {division.code}" for word in words)
        ]
    )
