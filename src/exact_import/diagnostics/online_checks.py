"""The checks of a set-up that call Exact Online, at most three times (`live`: four).

The first wait that the client announces ends them all: nothing is retried here.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from exact_import.diagnostics.local_checks import Check, from_error, not_done, note, ok, wrong
from exact_import.errors import ConfigError, ExactImportError, ExitStatus, TemporaryError
from exact_import.exact.auth import oauth
from exact_import.exact.client import connect
from exact_import.exact.clock import Interrupted
from exact_import.exact.errors import ScopeMissing, ServiceError
from exact_import.exact.transport import proxy_for
from exact_import.fields import ENDPOINTS, KIND_OF, Kind, catalogue

if TYPE_CHECKING:
    from exact_import.config.settings import Settings
    from exact_import.exact.auth.storage import Storage
    from exact_import.exact.client import Client
    from exact_import.store.journal import Journal

MOST_CALLS = 3
# If the clocks differ by more seconds than this, tokens and limits fail.
MOST_SKEW = 120.0
_AGAIN = "the next attempt: "
_NETWORK = (
    "Check the network (and HTTPS_PROXY); every night from 04:00 to 04:30 there is maintenance."
)
_SET = re.compile(r"<EntitySet\b([^>]*)")
_TYPE = re.compile(r"<EntityType\b([^>]*?)(?:/>|>(.*?)</EntityType>)", re.DOTALL)
_PROPERTY = re.compile(r"<(?:Navigation)?Property\b([^>]*)")
_SHOWN = 12
_NO_ACCOUNT = "ID eq guid'00000000-0000-0000-0000-000000000000'"

Result = TypeVar("Result")


class OnlineChecks:
    """Checks that need Exact Online; `checks` yields the outcomes, in order."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        division: int,
        journal: Journal,
        *,
        live: bool = False,
    ) -> None:
        self._live = live
        self._settings = settings
        self._storage = storage
        self._division = division
        self._stop = threading.Event()
        self._reason = ""
        self.client: Client = connect(
            storage,
            journal,
            settings,
            division=division,
            reserve=0,
            on_wait=self._waiting,
            stop=self._stop,
        )

    @property
    def _answered(self) -> bool:
        """True if any response came."""
        return self.client.api.limits.server.ahead is not None

    @property
    def calls(self) -> int:
        """The calls made so far, for tokens too."""
        calls = self.client.calls
        return calls.total + calls.token + calls.undivided

    def checks(self, needed: Mapping[str, str]) -> Iterator[Check]:
        """Yield the checks; `needed` are the scopes that should be there."""
        with contextlib.closing(self.client):
            read = self._ask(lambda: self.client.find("account", _NO_ACCOUNT, ["ID"]))
            listed: list[dict[str, object]] | ExactImportError | None = None
            if self.calls < MOST_CALLS and _connection_error(read) is None:
                listed = self._ask(self._company)
            failed = _connection_error(read) or _connection_error(listed)
            yield self._connection(failed)
            yield self._clock()
            if failed is not None and self._answered and not isinstance(failed, TemporaryError):
                yield from_error("access", failed)
            yield self._scopes(needed, read, listed)
            yield self._company_check(read, listed)
            if self._live and isinstance(read, list):
                yield from self._fields()
            yield self._budget()

    def _fields(self) -> Iterator[Check]:
        found = self._ask(lambda: self.client.api.metadata("crm"))
        if isinstance(found, ExactImportError):
            yield not_done("fields", found.message)
        else:
            yield from compare_fields(properties_in(found), self._settings.sections)

    def before_login(self) -> Iterator[Check]:
        """Yield the checks that need no login: whether the site answers and knows the app."""
        with contextlib.closing(self.client):
            url: str = self.client.api.create_auth_request_url()
            redirect = self._storage.get_base_url()
            found = self._ask(lambda: oauth.check_address(self.client.api.transport, url, redirect))
            if isinstance(found, TemporaryError):
                found = TemporaryError(found.message, _NETWORK)  # nobody is logging in
            unknown = isinstance(found, ConfigError) and "cannot be trusted" not in found.message
            yield self._connection(
                found if isinstance(found, ExactImportError) and not unknown else None
            )
            if isinstance(found, ExactImportError) and unknown:
                yield from_error("app", found)
            elif found is None:
                yield ok("app", "the site knows it, and its redirect URI")

    def _waiting(self, _seconds: float, why: str) -> None:
        self._reason = why
        self._stop.set()

    def _ask(self, ask: Callable[[], Result]) -> Result | ExactImportError:
        try:
            return ask()
        except Interrupted:
            if not self._reason.startswith(_AGAIN):
                return TemporaryError(
                    f"not asked now because of {self._reason}", "Run this again in a minute."
                )
            return TemporaryError(f"no answer now: {self._reason.removeprefix(_AGAIN)}", _NETWORK)
        except ExactImportError as error:
            if isinstance(error, ServiceError) and error.status in (0, 401):
                return TemporaryError(error.message, error.advice)
            return error

    def _company(self) -> list[dict[str, object]]:
        select = ("Code", "Description", "Status")
        return self.client.lookup("system/Divisions", select, f"Code eq {self._division}")

    def _connection(self, failed: ExactImportError | None) -> Check:
        host = urlsplit(self._storage.get_rest_url()).hostname or ""
        if failed is not None and (isinstance(failed, TemporaryError) or not self._answered):
            return from_error("connection", failed)
        # Without the name and password that may be in it.
        proxy = proxy_for(host).rpartition("@")[2].rpartition("/")[2]
        way = f", through the proxy {proxy}" if proxy else ""
        return ok("connection", f"{host} answers, its certificate is valid{way}")

    def _clock(self) -> Check:
        ahead = self.client.api.limits.server.ahead
        if ahead is None:
            return not_done("clock", "Exact Online did not send the time")
        if abs(ahead) <= MOST_SKEW:
            return ok("clock", "this computer's agrees with Exact Online's")
        way = "behind" if ahead > 0 else "ahead of"
        return wrong(
            "clock",
            f"this computer's is {abs(ahead) / 60:.0f} minutes {way} Exact Online's",
            "Let the computer set its clock by the network (NTP).",
        )

    def _scopes(self, needed: Mapping[str, str], read: object, listed: object) -> Check:
        how = f"Tick it on the app's page at {oauth.APP_CENTRE}, then exact-import login"
        if isinstance(read, ScopeMissing):
            scope = oauth.scope_in(read.message) or "Crm accounts"
            return wrong("scopes", f"the app lacks {scope}", how, ExitStatus.LOGIN)
        if isinstance(listed, ScopeMissing):
            return note(
                "scopes",
                "the app lacks Organization administration: companies cannot be listed, and "
                "deletions are noticed late",
                how,
            )
        names = ", ".join(f"{scope} ({what})" for scope, what in needed.items())
        if isinstance(read, ExactImportError) or not isinstance(listed, list):
            return not_done("scopes", f"needed: {names}")
        asked = ("Crm accounts", "Organization administration")
        more = [f"{scope} ({what})" for scope, what in needed.items() if scope not in asked]
        text = "the app has " + " and ".join(asked)
        return ok("scopes", text + (f"; needed too: {', '.join(more)}" if more else ""))

    def _company_check(self, read: object, listed: object) -> Check:
        number = self._division
        if isinstance(read, ServiceError):
            return wrong(
                "company",
                f"{number} cannot be used: {read.message}",
                "`exact-import divisions` lists the companies that can",
            )
        if isinstance(read, ExactImportError):
            return not_done("company", f"{number} was not reached")
        if isinstance(listed, list) and listed:
            return ok("company", f"{listed[0]['Description']} ({number}) can be read")
        return ok("company", f"{number} can be read")

    def _budget(self) -> Check:
        budget = self.client.budget()
        if budget is None or budget.day_remaining is None:
            return not_done("calls", "Exact Online did not send how many are left today")
        left, reserve = budget.day_remaining, self._settings.reserve
        text = f"{left:,} of {budget.day_limit or 0:,} are left today"
        if left > reserve:
            return ok("calls", text)
        returns = datetime.fromtimestamp(budget.day_reset or 0, UTC)
        return wrong(
            "calls",
            f"{text}, and {reserve} are kept for other programs (reserve)",
            f"They return at {returns:%H:%M} UTC.",
            ExitStatus.TRY_LATER,
        )


def _connection_error(found: object) -> ExactImportError | None:
    """Return the error of connection or login; missing scopes or companies do not count."""
    if isinstance(found, ExactImportError) and not isinstance(found, (ScopeMissing, ServiceError)):
        return found
    return None


def properties_in(metadata: str) -> dict[Kind, frozenset[str]]:
    """Return the properties of each kind that `metadata` (XML of the service crm) describes.

    `$metadata` of a service names every property that the company has (docs/exact-online.md,
    "Fields"). A record that names a missing property is refused.
    """
    types = {
        _attribute("Name", found[1]): frozenset(
            _attribute("Name", one) for one in _PROPERTY.findall(found[2] or "")
        )
        for found in _TYPE.finditer(metadata)
    }
    sets = {
        _attribute("Name", one): _attribute("EntityType", one).rpartition(".")[2]
        for one in _SET.findall(metadata)
    }
    named = {kind: sets.get(path.rpartition("/")[2], "") for kind, path in ENDPOINTS.items()}
    return {kind: types[name] for kind, name in named.items() if name in types}


def compare_fields(
    known: Mapping[Kind, frozenset[str]], sections: Mapping[str, Mapping[str, str]]
) -> Iterator[Check]:
    """Yield what differs between the catalogue and the properties `known` to a company.

    `sections` is the mapping of the INI. A missing property that the mapping uses is an error;
    other missing or new ones are notes.
    """
    used = {(kind, name) for section, kind in KIND_OF.items() for name in sections.get(section, ())}
    missing, new = [], []
    for kind, names in known.items():
        fields = catalogue(kind)
        missing += [
            (kind, name)
            for name in fields
            if name not in names and fields[name].edm != "BankAccounts"
        ]
        new += [(kind, name) for name in sorted(names - fields.keys())]
    lost = [place for place in missing if place in used]
    if not known:
        yield note("fields", "Exact Online did not describe its fields")
        return
    if lost:
        yield wrong(
            "fields",
            f"this company does not have {_listed(lost)}, which your mapping uses",
            "Remove it from the mapping: Exact Online refuses every record that names it.",
        )
    else:
        count = sum(len(catalogue(kind)) for kind in known) - len(missing)
        yield ok("fields", f"this company has {count} of the fields that exact-import knows")
    if others := [place for place in missing if place not in used]:
        yield note("fields missing", _listed(others))
    if new:
        yield note("fields new", f"{_listed(new)}; exact-import does not know them yet")


def _attribute(name: str, text: str) -> str:
    found = re.search(rf"""\b{name}\s*=\s*["']([^"']*)["']""", text)
    return found[1] if found else ""


def _listed(places: Sequence[tuple[Kind, str]]) -> str:
    shown = ", ".join(f"{kind}.{name}" for kind, name in places[:_SHOWN])
    return shown + (f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else "")
