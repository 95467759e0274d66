"""The login's tokens: kept fresh by one refresh for all threads and processes.

A refresh token works once and its successor is worth the whole login, so a refresh is asked for
late enough, under a lock, after looking whether another process was first, and with signals held
back until the new tokens are on disk (docs/exact-online.md, "Logging in").
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from exact_import.exact.errors import (
    Answer,
    AnswerLost,
    ExactStop,
    NotSent,
    NotTrusted,
    stop,
)
from exact_import.exact.limits import MOST_ERRORS, Limiter
from exact_import.exact.shield import shield
from exact_import.exact.storage import Storage
from exact_import.exact.transport import Transport
from exact_import.problems import ConfigFault, DiskFault, Fault, LoginFault, TryLater

log = logging.getLogger(__name__)

# The token may be refreshed in the last seconds of its life only.
LAST_SECONDS = 30
# A refresh token dies after so many days without use; a warning comes some days before.
LIFE_DAYS = 30
WARN_DAYS = 25

_MOST_TRIES = 5
_AGAIN = "Run `exact-import login`."


class _TooEarly(Exception):  # never leaves this module
    """The server says that the access token is not old enough to be refreshed."""


class Tokens:
    """Hands out an access token that is fresh; thread-safe.

    `count` is called for every call of the token endpoint.
    """

    def __init__(
        self,
        storage: Storage,
        transport: Transport,
        limiter: Limiter,
        count: Callable[[], None],
    ) -> None:
        self._storage = storage
        self._transport = transport
        self._limiter = limiter
        self._count = count
        self._lock = threading.Lock()
        # How far the server was ahead when the expiry was written, to notice a clock being set.
        self._ahead: float | None = None
        # The token that the server called too young: it is used until it is rejected.
        self._young = ""

    def current(self, rejected: str | None = None) -> str:
        """Return the access token, refreshed first if it is time or if it is `rejected`.

        Raises `LoginFault`, `DiskFault`, `TryLater`, `ConfigFault`, and `ExactStop` where the
        server rejects a token that it does not let us refresh.
        """
        token = self._usable(rejected)
        if token:
            return token
        with self._lock, self._storage.lock(self._limiter.stop):
            self._storage.reload()
            token = self._usable(rejected)
            if token:
                return token
            try:
                self._refresh()
            except _TooEarly:
                return self._young_token(rejected)
            return self._storage.get_access_token()

    def redeem(self, code: str) -> None:
        """Exchange the code of a login for tokens and store them."""
        with self._lock, self._storage.lock(self._limiter.stop):
            self._storage.check_writable()
            with shield():
                answer = self._asked(
                    {
                        "grant_type": "authorization_code",
                        "code": code,
                        "redirect_uri": self._storage.get_base_url(),
                        "client_id": self._storage.get_client_id(),
                        "client_secret": self._storage.get_client_secret(),
                    }
                )
                said = _said(answer)
                if answer.status == 400 and ("invalid_grant" in said or not said.strip()):
                    raise LoginFault(
                        "Exact Online does not accept this code: it works once and for three "
                        "minutes.",
                        _AGAIN,
                    )
                self._store(answer)

    def login_url(self, state: str | None = None) -> str:
        """Return the address where the user logs in and grants access."""
        query = {
            "client_id": self._storage.get_client_id(),
            "redirect_uri": self._storage.get_base_url(),
            "response_type": "code",
        }
        if state:
            query["state"] = state
        # Exact Online wants the slashes of the redirect address as they are.
        return f"{self._storage.get_auth_url()}?{urlencode(query, quote_via=quote, safe='/')}"

    # When

    def _usable(self, rejected: str | None) -> str:
        """Return the stored token if it can be used now, "" if it must be refreshed first."""
        if not self._storage.get_or_set_default("transient", "access_token", ""):
            self._storage.get_refresh_token()  # raises where there is no login at all
            return ""
        token = self._storage.get_access_token()
        if token == rejected:
            return ""
        return "" if self._due() and token != self._young else token

    def _due(self) -> bool:
        """Tell whether the token's last seconds have come; an unknown life lasts until a 401."""
        expiry = self._storage.get_access_expiry()
        if not expiry:
            return False
        set_by = 0.0
        ahead = self._limiter.server.ahead
        if ahead is not None and self._ahead is not None and abs(ahead - self._ahead) > 2:
            set_by = ahead - self._ahead
        return expiry - (self._limiter.clock.now() + set_by) <= LAST_SECONDS

    def _young_token(self, rejected: str | None) -> str:
        token = self._storage.get_access_token()
        if token == rejected:
            raise ExactStop(
                "Exact Online rejects the access token and does not renew it yet.",
                "Wait ten minutes and run again; if that does not help, `exact-import login`.",
                status=401,
            )
        self._young = token
        return token

    # How

    def _refresh(self) -> None:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self._storage.get_refresh_token(),
            "client_id": self._storage.get_client_id(),
            "client_secret": self._storage.get_client_secret(),
        }
        # What was refused stays refused, and refusals count towards the locking of the key: a
        # nightly job must not ask the same for ever.
        known_as = f"oauth2/token {hashlib.sha256(repr(form).encode()).hexdigest()[:12]}"
        if self._limiter.errors(0, known_as) >= MOST_ERRORS:
            raise LoginFault("Exact Online has refused to renew this login several times.", _AGAIN)
        self._warn_of_age()
        self._storage.check_writable()
        with shield():
            answer = self._asked(form)
            try:
                self._store(answer)
            except (LoginFault, ConfigFault):
                self._limiter.note_error(0, known_as, answer.status)
                raise

    def _warn_of_age(self) -> None:
        expiry = self._storage.get_access_expiry()
        days = (self._limiter.clock.now() - expiry) / 86400
        if expiry and WARN_DAYS <= days <= LIFE_DAYS:
            log.warning(
                "The login was last used %.0f days ago; after %d days without use it ends.",
                days,
                LIFE_DAYS,
            )

    def _asked(self, form: Mapping[str, str]) -> Answer:
        """Ask the token endpoint; repeat only what certainly never arrived."""
        url = self._storage.get_token_url()
        body = urlencode(form, quote_via=quote).encode()
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        for tries in range(1, _MOST_TRIES + 1):
            self._count()
            try:
                answer = self._transport.request("POST", url, headers, body)
            except NotSent as error:
                if tries == _MOST_TRIES:
                    raise TryLater(
                        f"The login cannot be renewed: Exact Online does not answer ({error.why}).",
                        "Nothing is lost; run again later.",
                    ) from None
                self._limiter.pause(2.0**tries, f"trying again: {error.why}")
            except AnswerLost as error:
                raise TryLater(
                    f"The answer to renewing the login was lost ({error.why}).",
                    "Run again. If the login is then refused, `exact-import login`.",
                ) from None
            except NotTrusted as error:
                raise stop("POST", "the login", error) from None
            else:
                self._limiter.observe(answer)
                return answer
        raise AssertionError

    def _store(self, answer: Answer) -> None:
        if answer.status != 200:
            raise _refusal(answer)
        access, refresh, seconds = _tokens(answer)
        self._ahead = self._limiter.server.ahead
        self._young = ""
        try:
            self._storage.save_tokens(access, refresh, self._limiter.clock.now() + seconds)
        except Fault as fault:
            raise DiskFault(
                f"The renewed login could not be kept, and the old one is spent. {fault.message}",
                "Mend that, then run `exact-import login`.",
            ) from None
        log.debug("New tokens are stored; they last %d s.", seconds)


def _tokens(answer: Answer) -> tuple[str, str, int]:
    match answer.document():
        case {"access_token": str(access), "refresh_token": str(refresh), "expires_in": life}:
            seconds = int(life) if str(life).isdigit() else 0
            if seconds > 0 and all(_printable(token) for token in (access, refresh)):
                return access, refresh, seconds
        case None:
            raise TryLater(
                "Exact Online answers the renewing of the login with something else than tokens: "
                "probably maintenance.",
                "Run again later. If the login is then refused, `exact-import login`.",
            )
    raise LoginFault("Exact Online's answer holds no usable tokens.", _AGAIN)


def _printable(token: str) -> bool:
    """Tell whether a token fits on one line of an INI."""
    return bool(token) and token.isprintable() and not any(map(str.isspace, token))


def _said(answer: Answer) -> str:
    """Return what a refusal says, lower-case: its error, its description and its reason."""
    document = answer.document()
    parts: list[object] = [answer.headers.get("reason", "")]
    if isinstance(document, dict):
        parts += [document.get("error", ""), document.get("error_description", "")]
    return " ".join(str(part) for part in parts).casefold()


def _refusal(answer: Answer) -> Fault | _TooEarly:
    """Return what a refusal by the token endpoint means and what to do about it."""
    said = _said(answer)
    status = answer.status
    if "not expired" in said or "tooearly" in said:
        return _TooEarly()
    if status == 429 or status >= 500:
        return TryLater(
            f"Exact Online does not renew the login now (HTTP {status}).", "Run again later."
        )
    if "old refresh token" in said:
        return LoginFault(
            "This login was renewed elsewhere: another program or a copy of this configuration "
            "used its refresh token.",
            f"{_AGAIN} Let every program have its own login.",
        )
    if "expired" in said:
        return LoginFault(
            "The login has ended, for it was not used for thirty days.",
            f"{_AGAIN} Anything that runs monthly keeps it alive.",
        )
    if "chainid" in said:
        return LoginFault(
            "Access was taken back in Exact Online, or a newer login replaced this one.", _AGAIN
        )
    if "invalid_grant" in said:
        return LoginFault("Exact Online does not know this login (any more).", _AGAIN)
    if "invalid_request" in said or "invalid_client" in said:
        return ConfigFault(
            "Exact Online does not accept the client id and secret.",
            "Compare client_id and client_secret in [application] with the app's page in the "
            "Exact Online App Centre; both belong to one country's site.",
        )
    return LoginFault(f"Exact Online does not renew the login (HTTP {status}).", _AGAIN)
