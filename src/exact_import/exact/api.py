"""The library's `ExactApi` with our storage, transport and limits.

Every call goes through `_answered`, one at a time, as Exact asks for a company
(docs/exact-online.md, "Limits"); `refresh_token` refreshes once for all processes. Pages are read
one at a time; the library's `Unwrap` would hold them all and gives up after fifty.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from exactonline.api import ExactApi
from exactonline.resource import DELETE, GET, POST, PUT

from exact_import.errors import TemporaryError
from exact_import.exact import errors
from exact_import.exact.auth.storage import Storage
from exact_import.exact.auth.tokens import LentToken, TokenManager
from exact_import.exact.errors import (
    CallOutcome,
    Method,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Response,
    ServiceError,
    TransportError,
    Verdict,
    classify,
    pause_before,
    unreadable,
)
from exact_import.exact.rate_limit import RateLimit
from exact_import.exact.transport import Transport

_REQUESTS = {"GET": GET, "POST": POST, "PUT": PUT, "DELETE": DELETE}
_RESOURCE = re.compile(r"v1/(?:(?P<division>\d+)/)?(?P<endpoint>[A-Za-z]+(?:/[A-Za-z]+)*)")


# A company has at most some hundred thousand records; a list of more than this has no end.
MOST_ROWS = 3_000_000
# Pages hold 60 or 1,000 records, so a long list with far fewer on each has no end either.
LEAST_A_PAGE, PAGES_TO_JUDGE = 20, 200

Request = Any
"""The library's GET, POST, PUT and DELETE, which it gives no types."""


@dataclass(slots=True)
class CallCount:
    """HTTP calls made, retries included; calls without a division are counted separately."""

    reads: int = 0
    writes: int = 0
    token: int = 0
    undivided: int = 0

    @property
    def total(self) -> int:
        """The calls that count towards a division's limits."""
        return self.reads + self.writes


class Api(ExactApi):  # type: ignore[misc] # the library has no types
    """Exact Online for one division; where threads share it, they take turns.

    Every call ends in a result or raises: `Rejected`, `NotFound`, `OutcomeUnknown` for one record;
    `ServiceError`, `LoginError`, `TemporaryError`, `StorageError`, `Interrupted` for the run.
    """

    def __init__(
        self, storage: Storage, transport: Transport, limiter: RateLimit, division: int
    ) -> None:
        self.division = division
        self.transport = transport
        self.calls = CallCount()
        self.limits = limiter
        self._turn = threading.RLock()
        self.tokens = TokenManager(storage, transport, limiter, self._count_token)
        super().__init__(storage=storage)

    # Required by the library

    def get_ratelimiter(self) -> RateLimit:
        """Return our limiter, which counts for each division."""
        return self.limits

    def create_auth_request_url(self, state: str | None = None) -> str:
        """Return the address of the login page; `state` comes back with the code."""
        query = {
            "client_id": self.storage.get_client_id(),
            "redirect_uri": self.storage.get_base_url(),
            "response_type": "code",
        }
        if state:
            query["state"] = state
        # Exact Online wants the slashes of the redirect address as they are.
        return f"{self.storage.get_auth_url()}?{urlencode(query, quote_via=quote, safe='/')}"

    def request_token(self, code: str) -> None:
        """Exchange the (decoded) `code` of a login for tokens and store them."""
        with self._turn:
            self.tokens.redeem(code)

    def refresh_token(self) -> None:
        """Refresh the access token if it is due; the library asks more often."""
        with self._turn:
            self.tokens.lend()

    def restv1(self, request: Request) -> object:
        """Make a call within the division."""
        return self.rest(request.update(resource=f"v1/{self.division}/{request.resource}"))

    def rest(self, request: Request) -> object:
        """Make a call; a payload is sent as UTF-8 and stays readable in logs of the server.

        Returns the rows of a list, the record that was made, or None.
        """
        if request.data is not None and not isinstance(request.data, str):
            request = request.update(data=json.dumps(request.data, ensure_ascii=False))
        decoded = self._document(request)
        if request.method == "GET":
            return _page(decoded)[0]
        return decoded.get("d") if request.method == "POST" else None

    def _document(self, request: Request) -> Mapping[str, object]:
        """Make a call and return what its answer says; {} if that has no body."""
        url = urljoin(self._root(), request.resource)
        with self._turn:
            answer = self._answered(request.update(resource=url))
        document = answer.document()
        return document if isinstance(document, dict) else {}

    def _root(self) -> str:
        return str(self.storage.get_rest_url()).rstrip("/") + "/"

    def _rest_query(self, request: Request) -> str:
        with self._turn:
            answer = self._answered(request)
        return answer.body.decode("utf-8-sig") if request.method in {"GET", "POST"} else ""

    # Reading page by page

    def pages(self, resource: str, *, division: int | None = None) -> Iterator[list[object]]:
        """Yield each page of a list; `resource` is relative to the division, encoded.

        Links to the next page are followed only within the REST services of this server, and only
        as far as a company can have records.
        """
        root = self._root()
        url = f"v1/{division or self.division}/{resource}"
        endpoint = resource.partition("?")[0]
        seen: set[object] = set()
        rows_read = pages_read = 0
        while url:
            seen.add(url)
            rows, following = _page(self._document(GET(url)))
            yield rows
            url = _within(root, urljoin(urljoin(root, url), following)) if following else ""
            if not url:
                return
            rows_read, pages_read = rows_read + len(rows), pages_read + 1
            content = hash(repr(rows))
            if url in seen or content in seen:
                raise unreadable(endpoint, "a page links back to an earlier page")
            seen.add(content)
            sparse = pages_read > PAGES_TO_JUDGE and rows_read < LEAST_A_PAGE * pages_read
            if sparse or rows_read > MOST_ROWS:
                raise unreadable(endpoint, "its pages have no end")

    def metadata(self, service: str) -> str:
        """Return the description (XML) of what `service`, such as "crm", knows in the division."""
        return self._rest_query(GET(f"{self._root()}v1/{self.division}/{service}/$metadata"))

    def once(
        self, method: Method, path: str, data: object = None, *, prefer: bool = False
    ) -> Response:
        """Make one call in the division and return its answer, whatever that is.

        `path` is encoded; with `prefer` a write asks for the record. Raises `TransportError` if no
        answer came. Used to find out what a server does: nothing is retried.
        """
        url = f"{self._root()}v1/{self.division}/{path}"
        request = _REQUESTS[method](url)
        if data is not None:
            request = request.update(data=json.dumps(data, ensure_ascii=False))
        with self._turn:
            division, endpoint = _target(self.storage.get_rest_url(), url)
            _, answer = self._tried(request, division, endpoint, prefer=prefer)
        if isinstance(answer, TransportError):
            raise answer
        return answer

    # One call, with retries where they are safe

    def _answered(self, request: Request) -> Response:
        method = request.method
        limiter = self.limits
        division, endpoint = _target(self.storage.get_rest_url(), request.resource)
        rejections = failures = 0
        while True:
            lent, result = self._tried(request, division, endpoint)
            outcome = classify(method, result)
            if isinstance(result, Response):
                if outcome.verdict is Verdict.DONE:
                    return result
                if result.status in errors.COUNTED_ERRORS:
                    wrong = f"{method}, HTTP {result.status}: {outcome.why}".rstrip(": .")
                    limiter.remember(division, endpoint, wrong)
            if outcome.verdict is Verdict.EXPIRED:
                rejections += 1
                final = rejections > 1 or lent.trial
                if final:
                    limiter.note_rejected(division, endpoint)
                    self.tokens.give_up(lent.token)
                if method != "GET":
                    # It may have been carried out anyway, so it is never sent again without a
                    # look-up.
                    error = self.tokens.rejection()
                    raise OutcomeUnknown(outcome.why, rejection=error, final=final)
                if final:
                    raise self.tokens.rejection()
                continue
            if outcome.verdict is not Verdict.RETRY:
                raise self._failure(method, endpoint, division, result, outcome)
            if isinstance(result, Response) and result.status == 429 and division:
                continue  # the limiter waits for these itself
            failures += 1
            pause = pause_before(failures, result, limiter.server.now())
            if pause is None:
                raise TemporaryError(
                    errors.sentence(
                        f"Exact Online gives no usable answer to {method} {endpoint}: {outcome.why}"
                    ),
                    "Nothing is lost; run again later to continue.",
                )
            limiter.wait_out(pause, f"the next attempt: {outcome.why}")

    def _tried(
        self, request: Request, division: int, endpoint: str, *, prefer: bool | None = None
    ) -> tuple[LentToken, Response | TransportError]:
        limiter = self.limits
        limiter.raise_if_stopped()
        if division:
            limiter.acquire(division, endpoint)
        answer = None
        try:
            # Only now: the token may have expired during the wait for the limits.
            lent = self.tokens.lend()
            self._count(request.method, division)
            try:
                asks = request.method == "POST" if prefer is None else prefer
                answer = self._sent(request, lent.token, prefer=asks)
            except TransportError as error:
                return lent, error
            self.tokens.record(lent, answer)
            return lent, answer
        finally:
            if division:
                limiter.record(division, endpoint, answer)

    def _sent(self, request: Request, token: str, *, prefer: bool) -> Response:
        described = request.resource.endswith("/$metadata")
        accept = "application/xml" if described else "application/json"
        headers = {"Accept": accept, "Authorization": f"Bearer {token}"}
        body = None
        if request.method in {"POST", "PUT"}:
            headers["Content-Type"] = "application/json"
            body = str(request.data or "").encode()
        if prefer:
            headers["Prefer"] = "return=representation"
        return self.transport.request(request.method, request.resource, headers, body)

    def _failure(
        self,
        method: Method,
        endpoint: str,
        division: int,
        result: Response | TransportError,
        outcome: CallOutcome,
    ) -> Exception:
        status = result.status if isinstance(result, Response) else 0
        match outcome.verdict:
            case Verdict.REFUSED:
                return Rejected(outcome.messages, status)
            case Verdict.GONE:
                return NotFound(f"{method} {endpoint}: HTTP {status}")
            case Verdict.UNKNOWN:
                return OutcomeUnknown(outcome.why)
        error = errors.stop(method, endpoint, result)
        if status in errors.COUNTED_ERRORS:
            self.limits.leave_alone(division, endpoint, error)
        return error

    def _count(self, method: Method, division: int) -> None:
        if not division:
            self.calls.undivided += 1
        elif method == "GET":
            self.calls.reads += 1
        else:
            self.calls.writes += 1

    def _count_token(self) -> None:
        self.calls.token += 1


def resource(path: str, **options: str | None) -> str:
    """Return `path` with OData options, percent-encoded: `filter="…"` becomes `$filter=…`."""
    encoded = ((name, quote(value, safe=",'()")) for name, value in options.items() if value)
    query = "&".join(f"${name}={value}" for name, value in encoded)
    return f"{path}?{query}" if query else path


def _target(root: str, url: str) -> tuple[int, str]:
    """Return the division (0 for none) and the endpoint that a URL means."""
    match = _RESOURCE.match(url.removeprefix(root.rstrip("/")).lstrip("/"))
    if not match:
        return 0, urlsplit(url).path
    return int(match["division"] or 0), match["endpoint"]


def _page(decoded: Mapping[str, object]) -> tuple[list[object], str]:
    """Return the rows of an answer, and where the next page is ("" for nowhere).

    bulk/* has been seen to have that next to "d" instead of in it (docs/exact-online.md, Pages).
    """
    d = decoded.get("d")
    named = d if isinstance(d, dict) else {}
    following = named.get("__next") or decoded.get("__next") or ""
    match d:
        case {"results": [*rows]} | [*rows]:
            return rows, str(following)
        case _:
            return [d], ""


def _within(root: str, url: str) -> str:
    """Return `url` if it is under `root` on the same server; the token is sent nowhere else."""
    home, there = urlsplit(root), urlsplit(url)
    same = (home.scheme, home.hostname, home.port or 443) == (
        there.scheme,
        there.hostname,
        there.port or 443,
    )
    if not same or not there.path.startswith(home.path) or "/../" in there.path:
        raise ServiceError(
            f"Exact Online returned the next page at another address, {there.scheme}://{there.netloc}.",
            "It was not read. Check rest_url in [server].",
        )
    return url
