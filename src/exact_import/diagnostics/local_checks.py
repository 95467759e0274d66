"""The checks of a set-up that need no network (see `online_checks` for those that do)."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import subprocess  # asks git about the files that hold secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlsplit

from exact_import import __version__
from exact_import.config.settings import PATHS, SITES
from exact_import.errors import ConfigError, ExactImportError, ExitStatus, StorageError
from exact_import.text import counted, joined, joined_first, quote

if TYPE_CHECKING:
    from exact_import.config.settings import Settings
    from exact_import.exact.auth.storage import Storage
    from exact_import.fields import Section
    from exact_import.store.mirror import Mirror

_CLIENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NAMED = 5  # companies named in a check
_DAY = 86_400
# Fields that are looked up in lists of the division, and the scope each list wants beyond those
# that every import wants (docs/exact-online.md, "Scopes").
_LISTED = {
    "PaymentConditionSales": "Financial cashflow",
    "PaymentConditionPurchase": "Financial cashflow",
    "SalesVATCode": "Financial accounting",
    "PurchaseVATCode": "Financial accounting",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked.

    `state` is "ok", "wrong" (and then `status` is what the command ends with), "note" (worth
    knowing, and no reason to fail) or "not done". `advice` says what to do.
    """

    name: str
    state: Literal["ok", "wrong", "note", "not done"]
    message: str
    advice: str = ""
    status: ExitStatus = ExitStatus.OK


def ok(name: str, message: str) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name, "ok", message)


def note(name: str, message: str, advice: str = "") -> Check:
    """Return a check that found something worth knowing."""
    return Check(name, "note", message, advice)


def wrong(name: str, message: str, advice: str, status: ExitStatus = ExitStatus.CONFIG) -> Check:
    """Return a check that found something wrong."""
    return Check(name, "wrong", message, advice, status)


def not_done(name: str, why: str) -> Check:
    """Return a check that was not possible."""
    return Check(name, "not done", why)


def from_error(name: str, error: ExactImportError) -> Check:
    """Return a failed check for `error`; its status is that of the error, or CONFIG."""
    known = (ExitStatus.TRY_LATER, ExitStatus.LOGIN, ExitStatus.CONFIG)
    status = error.exit_status if error.exit_status in known else ExitStatus.CONFIG
    return wrong(name, error.message, error.advice, status)


def program() -> Check:
    """Return the versions in use."""
    return ok(
        "version",
        f"exact-import {__version__}, exactonline {version('exactonline')}, "
        f"Python {platform.python_version()}",
    )


def configuration(storage: Storage) -> Check:
    """Check that everything a login needs is set."""
    missing = []
    advice = "Run `exact-import login`."
    getters = {
        "client_id": storage.get_client_id,
        "client_secret": storage.get_client_secret,
        "base_url": storage.get_base_url,
    }
    for name, get in getters.items():
        try:
            get()
        except ConfigError as error:
            if storage.get_or_set_default("application", f"{name}_command", ""):
                return from_error("configuration", error)
            missing.append(name)
    if missing:
        text = f"missing in [application] of {storage.path}: {joined(missing)}"
        return wrong("configuration", text, advice)
    return ok("configuration", f"{storage.path} can be read and is complete")


def mapping(sections: Mapping[str, Mapping[str, str]]) -> Check:
    """Check the INI's mapping for errors that do not depend on the file."""
    from exact_import.mapping.column_mapping import mapping_problems  # loads all header words

    if not sections:
        return ok("mapping", "none is set; columns are recognised by their headers")
    found = mapping_problems(cast("Mapping[Section, Mapping[str, str]]", sections))
    if found:
        return wrong("mapping", " ".join(found), "Run exact-import fields to list the fields.")
    return ok("mapping", f"no errors in {', '.join(f'[{name}]' for name in sections)}")


def permissions(config: Path, journal: Path, *, was_open: bool) -> Check:
    """Check that secrets are readable by their owner only; `was_open`: the INI was not."""
    if os.name == "nt":
        return not_done(
            "permissions",
            "not checked on Windows; keep these files in a folder that only you can open",
        )
    loose = [path for path in _secret_files(config, journal) if others_may_read(path)]
    if loose:
        names = " ".join(map(str, loose))
        return wrong("permissions", f"others may read {names}", f"chmod 600 {names}")
    if was_open:
        return note(
            "permissions",
            f"others could read {config}; now only you can",
            "If other people use this computer, make a new client secret and log in again.",
        )
    return ok("permissions", "only you can read the files with secrets")


def writable(storage: Storage) -> Check:
    """Check that a renewed login could be stored."""
    try:
        storage.check_writable()
    except StorageError as error:
        return from_error("writing", error)
    return ok("writing", f"{storage.path} can be written")


def git(config: Path, journal: Path) -> Check:
    """Check that no secret file would be committed."""
    folder = config.resolve().parent
    if not any((above / ".git").exists() for above in (folder, *folder.parents)):
        return ok("git", "not in a git work tree")
    if not shutil.which("git"):
        return not_done("git", "git is not installed, but this is a git work tree")
    files = [path.resolve() for path in _secret_files(config, journal)]
    kept = [path for path in files if _git(folder, "ls-files", "--error-unmatch", "--", path)]
    if kept:
        names = ", ".join(path.name for path in kept)
        return wrong(
            "git",
            f"git tracks {names}, which holds secrets",
            "Remove it from git (git rm --cached), add it to .gitignore, and make a new secret.",
        )
    bare = [path for path in files if not _git(folder, "check-ignore", "--quiet", "--", path)]
    if bare:
        names = ", ".join(path.name for path in bare)
        return wrong("git", f"git does not ignore {names}", f"Add to .gitignore: {names}")
    return ok("git", "git ignores the files with secrets")


def client_id(storage: Storage) -> Check:
    """Check the shape of the client id."""
    text = storage.get_or_set_default("application", "client_id", "")
    if not text:
        return not_done("client id", "there is none")
    bare = text.strip("{}\"'")
    if len(bare.split()) > 1:
        return wrong(
            "client id", "there are spaces in it", "Copy it again: exact-import login --ask"
        )
    if bare != text:
        return note("client id", "it has braces or quotes around it", "It is used without them.")
    if not _CLIENT_ID.fullmatch(bare):
        return note(
            "client id",
            "it does not look like one (8-4-4-4-12 letters and digits)",
            "Compare it with the app's page in the App Centre.",
        )
    return ok("client id", "its form is valid")


def addresses(storage: Storage) -> Check:
    """Check that site and addresses belong to the same country."""
    try:
        urls = {name: storage.get_url(name) for name in PATHS}
    except ConfigError as error:
        return from_error("addresses", error)
    hosts = {name: urlsplit(url).netloc for name, url in urls.items()}
    if len(set(hosts.values())) > 1:
        found = ", ".join(f"{name} at {host}" for name, host in hosts.items())
        return wrong(
            "addresses", f"[server] mixes sites: {found}", "Set site, and remove the addresses."
        )
    host = hosts["rest_url"]
    site = storage.get_or_set_default("server", "site", "").casefold()
    if site and site not in SITES:
        return wrong(
            "addresses", f"[server] says site = {site}", f"It must be one of {', '.join(SITES)}."
        )
    if site and host != urlsplit(SITES[site]).netloc:
        return wrong(
            "addresses",
            f"[server] says site = {site}, but its addresses are at {host}",
            "Remove the addresses, or the site.",
        )
    roots = {urlsplit(root).netloc: name for name, root in SITES.items()}
    if urlsplit(urls["rest_url"]).hostname in ("127.0.0.1", "localhost", "::1"):
        return ok("addresses", f"{host} (a sandbox on this computer)")
    if host not in roots:
        return note("addresses", f"{host} is not one of Exact Online's own sites")
    for name, path in PATHS.items():
        if urlsplit(urls[name]).path.rstrip("/") != path:
            return wrong(
                "addresses", f"{name} does not end in {path}", "Set site, and remove the address."
            )
    if not any(storage.get_or_set_default("server", name, "").strip() for name in ("site", *PATHS)):
        return note(
            "addresses",
            f"no country is set, so {host} is used",
            "exact-import login --site be (or nl, de, uk, us, fr, es)",
        )
    return ok("addresses", f"{host} (site = {roots[host]})")


def journal(path: Path) -> Check:
    """Check that the journal is intact."""
    from exact_import.store.journal import Journal  # few commands need it
    from exact_import.store.locking import is_busy

    if not path.exists():
        return ok("journal", "there is none yet; the first import creates it")
    try:
        with contextlib.closing(Journal(path)) as opened:
            found = [str(row[0]) for row in opened.read("PRAGMA quick_check(5)")]
            waiting = opened.read(
                "SELECT count(*) FROM change WHERE state IN ('intent', 'unsettled')"
            )[0][0]
    except StorageError as error:
        return from_error("journal", error)
    if found != ["ok"]:
        return wrong(
            "journal",
            f"{path} is damaged ({found[0]})",
            "Move it away: history is lost, but nothing will be imported twice.",
        )
    if waiting and is_busy(path):
        return note(
            "journal", f"{path} is in use by another run", "Check again when it has finished."
        )
    if waiting:
        text = f"{waiting} writes whose outcome is not known yet"
        return note("journal", f"{path} is intact, with {text}", "The next import settles them.")
    return ok("journal", f"{path} is intact")


def login(storage: Storage) -> Check:
    """Check that there is a login, and how long it lasts."""
    from exact_import.exact.auth.refresh import LIFE_DAYS, WARN_DAYS

    if not storage.get_or_set_default("transient", "refresh_token", ""):
        return wrong("login", "not logged in", "exact-import login", ExitStatus.LOGIN)
    renewed = storage.get_last_renewal()
    if not renewed:
        return ok("login", "you are logged in; the next renewal shows when the login expires")
    days = max(0.0, time.time() - renewed) / _DAY
    ends = datetime.fromtimestamp(renewed + LIFE_DAYS * _DAY, UTC)
    if days > LIFE_DAYS:
        return wrong(
            "login",
            f"last renewed {days:.0f} days ago; it has expired ({LIFE_DAYS} days without use)",
            "exact-import login",
            ExitStatus.LOGIN,
        )
    text = (
        f"renewed {_ago(days)}; if unused, it expires on {ends:%Y-%m-%d}, in "
        f"{LIFE_DAYS - days:.0f} days"
    )
    if days >= WARN_DAYS:
        return note("login", text, "Any command that reads Exact Online keeps it alive.")
    return ok("login", text)


def scopes_needed(sections: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the scopes that the app should have, and what each is for.

    `sections` are the mapping sections of the INI.
    """
    needed = {
        "Crm accounts": "accounts and contacts",
        "Organization administration": "the list of companies, and deletions",
    }
    for fields in sections.values():
        for name in fields:
            if name in _LISTED:
                needed[_LISTED[name]] = f"{name} in your mapping"
    return needed


def belgian_numbers(mirror: Mirror, home: str) -> Iterator[Check]:
    """Yield how many Belgian customers have no valid enterprise number; nothing without any.

    The first of them are named. `home` is the country (ISO-2) of accounts whose country was not
    read. Peppol, by which Belgian companies get their invoices since January 2026, knows them by
    that number.
    """
    from exact_import.values.identifiers import has_belgian_number  # slow to load

    customers = 0
    lacking: list[str] = []
    for account in mirror.live("account"):
        fields = account.fields
        country = str(fields.get("Country", home) or "").strip()
        if country == "BE" and str(fields.get("Status") or "").strip() == "C":
            customers += 1
            numbers = fields.get("VATNumber"), fields.get("ChamberOfCommerce")
            if not has_belgian_number(*numbers):
                lacking.append(str(fields.get("Name") or ""))
    if lacking:
        named = joined_first([quote(name) for name in sorted(lacking)], _NAMED)
        yield note(
            "e-invoicing",
            f"{len(lacking):,} of {counted(customers, 'Belgian customer')} "
            f"{'has' if len(lacking) == 1 else 'have'} no valid enterprise number: {named}",
            "Companies need one to get electronic invoices (Peppol), private persons do not: add "
            "a column with VAT or enterprise numbers to your file",
        )
    elif customers:
        yield ok("e-invoicing", f"all {customers:,} Belgian customers have an enterprise number")


def offline(settings: Settings, storage: Storage, *, was_open: bool) -> Iterator[Check]:
    """Yield every check that needs no network; `was_open`: others could read the INI."""
    config = settings.config
    yield configuration(storage)
    yield mapping(settings.sections)
    yield permissions(config, settings.journal, was_open=was_open)
    yield writable(storage)
    yield git(config, settings.journal)
    yield client_id(storage)
    yield addresses(storage)
    yield journal(settings.journal)
    yield login(storage)


def others_may_read(path: Path) -> bool:
    """Return True if group or others have any right to a file."""
    return os.name != "nt" and path.exists() and bool(path.stat().st_mode & 0o077)


def _secret_files(config: Path, journal: Path) -> list[Path]:
    dotenv = [folder / ".env" for folder in dict.fromkeys((config.parent, Path()))]
    return [path for path in (config, *dotenv, journal) if path.is_file()]


def _git(folder: Path, *arguments: Any) -> bool:
    """Return True if this git command succeeds."""
    ended = subprocess.run(  # noqa: S603 # fixed words and the user's own file names
        ["git", "-C", folder, *arguments],  # noqa: S607 # the git that the user uses
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return ended.returncode == 0


def _ago(days: float) -> str:
    if days < 1:
        return "today"
    return "a day ago" if days < 2 else f"{days:.0f} days ago"
