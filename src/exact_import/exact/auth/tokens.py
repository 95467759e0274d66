"""The login's tokens, refreshed once for all processes.

A refresh token works once, and losing its successor loses the login. So a refresh is made late
enough, under a lock, after checking whether another process was first, and with signals held back
until the new tokens are on disk (docs/exact-online.md, "Logging in").

The stored access token is in one of five states (`TokenState`). What happens to it, and the state
that follows:

| state    | a call needs it        | accepted | 401      | refreshed | too early to   | refused  |
|          |                        |          |          |           | refresh        |          |
| -------- | ---------------------- | -------- | -------- | --------- | -------------- | -------- |
| FRESH    | lend it                | FRESH    | REJECTED |           |                |          |
| DUE      | refresh it first       |          |          | FRESH     | YOUNG          | DUE      |
| YOUNG    | lend it                | YOUNG    | REJECTED |           |                |          |
| REJECTED | refresh it first, then | FRESH    | GIVEN_UP | trial     | trial of the   | GIVEN_UP |
|          | lend it as a trial     |          |          |           | same token     |          |
| GIVEN_UP | refresh it, but not in |          |          | trial     | GIVEN_UP       | GIVEN_UP |
|          | the next 20 s          |          |          |           |                |          |

A trial is the first call after a 401, with any token: if that answer is a 401 too, the token is
given up. "Refused" and "given up" raise `LoginError` or `ConfigError`. FRESH becomes DUE with time;
a new token in the file, by another process or a login, is FRESH. A refresh whose outcome is not
known changes no state and raises `TemporaryError`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote, urlencode

from exact_import.errors import (
    ConfigError,
    ExactImportError,
    LoginError,
    StorageError,
    TemporaryError,
)
from exact_import.exact.auth.refresh import (
    AGAIN,
    LIFE_DAYS,
    WARN_DAYS,
    RefreshMarker,
    RefreshTooEarly,
    RefreshUncertain,
    maintenance,
    refusal_text,
    tokens_in,
    used_up,
)
from exact_import.exact.auth.storage import Storage
from exact_import.exact.clock import shield
from exact_import.exact.errors import (
    NotSent,
    NotTrusted,
    Response,
    ResponseLost,
    TransportError,
    pause_before,
    sentence,
    stop,
)
from exact_import.exact.rate_limit import MOST_ERRORS, RateLimit
from exact_import.exact.transport import Transport

log = logging.getLogger(__name__)

# The token may be refreshed in the last seconds of its life only.
LAST_SECONDS = 30
# Seconds for which an answer of the token endpoint holds; it is not asked again meanwhile. Less
# than LAST_SECONDS, because a token that was too young to be refreshed can end as soon as that.
_HOLDS_SECONDS = 20.0


class TokenState(Enum):
    """What is known of the stored access token; the module's docstring says what follows."""

    FRESH = "fresh"
    DUE = "in its last seconds, ended or absent"
    YOUNG = "too young to be refreshed, by the server's word; good until it is rejected"
    REJECTED = "answered with a 401"
    GIVEN_UP = "answered with a 401 twice, or with one and not to be refreshed"


_USABLE = frozenset({TokenState.FRESH, TokenState.YOUNG})


@dataclass(frozen=True, slots=True)
class LentToken:
    """An access token for one call; `trial` where the call before it was answered with a 401."""

    token: str
    trial: bool = False


class TokenManager:
    """Hands out a fresh access token, for one call at a time.

    `count` is called for every call to the token endpoint.
    """

    def __init__(
        self, storage: Storage, transport: Transport, limiter: RateLimit, count: Callable[[], None]
    ) -> None:
        self._storage = storage
        self._transport = transport
        self._limiter = limiter
        self._count = count
        self._marker = RefreshMarker(storage.path)
        # How far the server was ahead when the expiry was written, to notice a clock being set.
        self._ahead: float | None = None
        # The tokens that are in these states; "" for none. A rejected one is remembered until a
        # call is accepted again.
        self._young = self._rejected = self._given_up = ""
        # The token that no earlier process is known to have given up.
        self._vetted = ""
        # Local times until which the token endpoint is not asked again.
        self._young_until = self._given_up_until = 0.0
        # The last failure of a refresh: the login that it is about, and until when it holds.
        self._failed: tuple[str, ExactImportError, float] | None = None

    def lend(self) -> LentToken:
        """Return the access token for one call, refreshed first if needed.

        Hand the answer to `record`. Raises `LoginError`, `StorageError`, `TemporaryError` and
        `ConfigError`.
        """
        if self._state() in _USABLE and not self._rejected:
            token = self._storage.get_access_token()
        else:
            token = self._renewed()
        return LentToken(token, trial=bool(self._rejected))

    def record(self, lent: LentToken, answer: Response) -> None:
        """Record from the answer to a call whether its token is accepted."""
        if answer.status == 401:
            self._rejected = lent.token
            if lent.trial:
                self.give_up(lent.token)
                self._given_up_until = self._limiter.clock.now() + _HOLDS_SECONDS
        elif lent.trial and (answer.status <= 500 and answer.status != 429):
            self._rejected = ""

    def give_up(self, token: str) -> LoginError:
        """Note that `token` stays rejected and return the error; no call is made with it again."""
        self._rejected = token
        if self._given_up != token:
            self._given_up = token
            self._limiter.note_error(0, _known_as("access", token), 401)
        return self.rejection()

    def rejection(self) -> LoginError:
        """Return the error of a login that Exact Online rejects."""
        return LoginError(
            "Exact Online rejects the login (HTTP 401) and does not renew it now.",
            "Wait ten minutes and run again; if that does not help, run `exact-import login`.",
        )

    def redeem(self, code: str) -> None:
        """Exchange the code of a login for tokens and store them."""
        with self._storage.lock(self._limiter.stop):
            self._storage.check_writable()
            form = {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._storage.get_base_url(),
                "client_id": self._storage.get_client_id(),
                "client_secret": self._storage.get_client_secret(),
            }
            self._obtain(form, self._keep_redeemed)

    # When

    def _state(self) -> TokenState:
        token = self._storage.get_or_set_default("transient", "access_token", "")
        if not token:
            self._storage.get_refresh_token()  # raises where there is no login at all
            return TokenState.DUE
        if token != self._vetted:
            self._vetted = token
            if self._limiter.errors(0, _known_as("access", token)):
                self._rejected = self._given_up = token
        if token == self._given_up:
            return TokenState.GIVEN_UP
        if token == self._rejected:
            return TokenState.REJECTED
        if token == self._young:
            return TokenState.YOUNG
        return TokenState.DUE if self._due() else TokenState.FRESH

    def _renewed(self) -> str:
        """Return the token of the file if it is usable by now, else a refreshed one.

        Where it is too early to refresh it: the same, unless it was given up.
        """
        with self._storage.lock(self._limiter.stop):
            self._storage.reload()
            state = self._state()
            token = self._storage.get_or_set_default("transient", "access_token", "")
            if state in _USABLE:
                return self._storage.get_access_token()
            now = self._limiter.clock.now()
            if state is TokenState.GIVEN_UP and now < self._given_up_until:
                raise self.give_up(token)
            try:
                if token and token == self._young and now < self._young_until:
                    raise RefreshTooEarly  # noqa: TRY301 # as the server would say
                self._refresh()
            except RefreshTooEarly:
                self._young = token
                self._young_until = self._limiter.clock.now() + _HOLDS_SECONDS
                if state is TokenState.GIVEN_UP:
                    raise self.give_up(token) from None
            except (LoginError, ConfigError):
                if state in (TokenState.REJECTED, TokenState.GIVEN_UP):
                    # So that later runs do not need a 401 to notice it.
                    self.give_up(token)
                raise
            return self._storage.get_access_token()

    def _due(self) -> bool:
        """Return True in the token's last seconds; a life that is not known lasts until a 401."""
        expiry = self._storage.get_access_expiry()
        if not expiry:
            return False
        set_by = 0.0
        ahead = self._limiter.server.ahead
        if ahead is not None and self._ahead is not None and abs(ahead - self._ahead) > 2:
            set_by = ahead - self._ahead
        return expiry - (self._limiter.clock.now() + set_by) <= LAST_SECONDS

    # How

    def _refresh(self) -> None:
        refresh_token = self._storage.get_refresh_token()
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": self._storage.get_client_id(),
            "client_secret": self._storage.get_client_secret(),
        }
        known_as = _known_as("oauth2/token", repr(form))
        if self._failed and self._failed[0] == known_as:
            _, error, until = self._failed
            if self._limiter.clock.now() < until:
                raise error
        self._marker.check(refresh_token)
        # A refusal does not change, and refusals count towards the lock of the key: a nightly job
        # must not repeat it forever.
        if self._limiter.errors(0, known_as) >= MOST_ERRORS:
            raise self._marker.explanation() or LoginError(
                "Exact Online has refused to renew this login several times.", AGAIN
            )
        self._warn_of_age()
        self._storage.check_writable()
        try:
            self._obtain(form, lambda answer: self._keep_renewed(answer, known_as), patient=True)
        except ExactImportError as error:
            self._failed = (known_as, error, self._limiter.clock.now() + _HOLDS_SECONDS)
            raise

    def _warn_of_age(self) -> None:
        expiry = self._storage.get_access_expiry()
        days = (self._limiter.clock.now() - expiry) / 86400
        if expiry and WARN_DAYS <= days <= LIFE_DAYS:
            log.warning(
                "The login was last used %.0f days ago; after %d days without use it expires.",
                days,
                LIFE_DAYS,
            )

    def _obtain(
        self, form: Mapping[str, str], keep: Callable[[Response], None], *, patient: bool = False
    ) -> None:
        """Ask the token endpoint and give its answer to `keep`, with signals held back.

        Repeats what certainly never arrived, and with `patient` also what met with maintenance.
        """
        failures = 0
        while True:
            result: Response | TransportError
            with shield():
                try:
                    result = self._requested(form)
                    why = maintenance(result) if patient else ""
                    if not why:
                        keep(result)
                        return
                    self._marker.withdraw()
                except NotSent as error:
                    result, why = error, f"Exact Online does not answer ({error})"
            failures += 1
            pause = pause_before(failures, result, self._limiter.server.now())
            if pause is None:
                raise TemporaryError(
                    sentence(f"The login cannot be {_done(form)} now: {why}"),
                    "Nothing is lost; run again later.",
                )
            self._limiter.wait_out(pause, f"the next attempt: {why}")

    def _requested(self, form: Mapping[str, str]) -> Response:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        renews = "refresh_token" in form
        if renews:
            self._marker.begin(form["refresh_token"])
        self._count()
        try:
            answer = self._transport.request(
                "POST",
                self._storage.get_token_url(),
                headers,
                urlencode(form, quote_via=quote).encode(),
            )
        except ResponseLost as error:
            if renews:
                self._marker.mark_lost()
            raise TemporaryError(
                f"The login may have been {_done(form)}, but the answer from Exact Online was lost "
                f"({error}).",
                f"Run again later. If the login is then refused: {AGAIN}",
            ) from None
        except TransportError as error:
            if renews:
                self._marker.withdraw()
            if isinstance(error, NotTrusted):
                raise stop("POST", "the login", error) from None
            raise
        self._limiter.server.observe(answer.headers)
        return answer

    # Outcomes

    def _keep_redeemed(self, answer: Response) -> None:
        text = refusal_text(answer)
        if answer.status == 400 and ("invalid_grant" in text or not text.strip()):
            raise LoginError(
                "Exact Online does not accept this code: it works once and for three minutes.",
                AGAIN,
            )
        self._store(answer)

    def _keep_renewed(self, answer: Response, known_as: str) -> None:
        try:
            self._store(answer)
        except (RefreshUncertain, StorageError):
            self._marker.mark_lost()
            raise
        except (LoginError, ConfigError):
            self._limiter.note_error(0, known_as, answer.status)
            cut_off = self._marker.explanation() if used_up(answer) else None
            self._marker.withdraw()
            if cut_off:
                raise cut_off from None
            raise
        except (RefreshTooEarly, TemporaryError):
            self._marker.withdraw()
            raise

    def _store(self, answer: Response) -> None:
        access, refresh, seconds = tokens_in(answer)
        self._ahead = self._limiter.server.ahead
        self._young = ""
        try:
            self._storage.save_tokens(access, refresh, self._limiter.clock.now() + seconds)
        except ExactImportError as error:
            raise StorageError(
                f"The renewed login could not be saved; the old one is invalid. {error.message}",
                "Fix that, then run `exact-import login`.",
            ) from None
        self._marker.remove()
        log.debug("New tokens are stored; they last %d s.", seconds)


def _done(form: Mapping[str, str]) -> str:
    return "renewed" if form["grant_type"] == "refresh_token" else "finished"


def _known_as(what: str, secret: str) -> str:
    """Return a name under which errors are counted; no secret can be derived from it."""
    return f"{what} {hashlib.sha256(secret.encode()).hexdigest()[:12]}"
