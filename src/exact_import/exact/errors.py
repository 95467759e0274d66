"""What an answer from Exact Online, or a missing answer, means.

One pure function, `classify`, turns every way in which a request can end into one of seven
verdicts. It rests on docs/exact-online.md, "Answers". `pause_before` says how long to wait before a
call is tried again; a write whose answer was lost is none of these: `applying.reconcile` finds its
outcome.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from exact_import.errors import ConfigError, ExactImportError, LoginError
from exact_import.exact.clock import moment_of

Method = Literal["GET", "POST", "PUT", "DELETE"]

# Statuses that Exact Online counts towards the ten errors an hour that lock a key.
COUNTED_ERRORS = frozenset({400, 401, 403, 404})
# Tries of a read, or of a request that was certainly not carried out, before giving up for now.
MOST_TRIES = 5
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
# If a server asks for a longer wait, in seconds, the run ends and can be repeated later.
_LONGEST_ASKED = 300.0

_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
_ID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

_MAY_NOT_OPEN = (
    "This login has no access to this company",
    (
        "`exact-import divisions` lists the companies that it can open; choose one with --use, "
        "or log in as another user with `exact-import login`."
    ),
)
_ASK = "Ask the administrator of your Exact Online, or log in as another user."
# The reasons of a 403: what is the matter, and what to do.
_REASONS: Mapping[str, tuple[str, str]] = {
    "BlockedUser": ("The user of this login is blocked in Exact Online", _ASK),
    "InactiveUser": ("The user of this login is not active in Exact Online", _ASK),
    "BlockedCustomer": (
        "Exact has blocked the holder of this licence",
        "Ask Exact's support, or your accountant.",
    ),
    "LicenseExpired": (
        "The licence of this company has expired",
        "Have it renewed, or choose another company with `exact-import divisions`.",
    ),
    "DivisionBlocked": (
        "This company is blocked in Exact Online",
        "Have it unblocked, or choose another company with `exact-import divisions`.",
    ),
    "NoDivisionAccess": _MAY_NOT_OPEN,
    "WrongDivision": _MAY_NOT_OPEN,
}


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer: its status, its headers (lower-case names) and its whole body.

    `body` is left out of the representation, for it may hold tokens or personal details.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def document(self) -> object:
        """Return the body read as JSON; None if it is not JSON in UTF-8, or nested too deep."""
        try:
            text = self.body.decode("utf-8-sig")
            found = json.loads(text)
            return _without_surrogates(found) if _HALF_CHARACTER.search(text) else found
        except (ValueError, RecursionError):
            return None


def _without_surrogates(value: object) -> object:
    """Return a JSON value without lone surrogates, which can be neither stored nor shown."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_without_surrogates(one) for one in value]
        case dict():
            return {
                _without_surrogates(name): _without_surrogates(one) for name, one in value.items()
            }
        case _:
            return value


class TransportError(Exception):
    """No answer came. The text says why, in words that hold no secret."""


class NotSent(TransportError):
    """The request certainly never reached Exact Online, so it may be sent again."""


class ResponseLost(TransportError):
    """The request may have been carried out: its answer is missing or incomplete."""


class NotTrusted(TransportError):
    """The server could not prove its identity."""


class Rejected(Exception):
    """Exact Online refused this record and says why; sending it again cannot help.

    `messages` are its own sentences, in the language of the Exact Online user.
    """

    def __init__(self, messages: tuple[str, ...], status: int) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages
        self.status = status


class NotFound(Exception):
    """The record to write is not (or no longer) in Exact Online."""


class OutcomeUnknown(Exception):
    """It is not known whether a write was carried out: find out by reading.

    `rejection` is set if it was answered with a 401: the server is done with it, so one look-up is
    enough. With `final` the login is rejected for good, and `rejection` ends the run.
    """

    def __init__(
        self, why: str, *, rejection: LoginError | None = None, final: bool = False
    ) -> None:
        super().__init__(why)
        self.rejection = rejection
        self.final = final


class ServiceError(ExactImportError):
    """Exact Online answers in a way that repeating cannot fix; everything stops."""

    def __init__(
        self, message: str, advice: str = "", *, status: int = 0, endpoint: str = ""
    ) -> None:
        super().__init__(message, advice)
        self.status = status
        self.endpoint = endpoint


class WrongDivision(ServiceError, ConfigError):
    """The login may not open the division: another has to be configured."""


class ScopeMissing(LoginError):
    """The login lacks a scope (a right of the registered app) that this endpoint wants."""

    def __init__(self, message: str, advice: str, *, endpoint: str) -> None:
        super().__init__(message, advice)
        self.endpoint = endpoint


class Verdict(Enum):
    """What to do about an answer."""

    DONE = "done"
    REFUSED = "refused"
    GONE = "gone"
    RETRY = "retry"
    EXPIRED = "expired"
    STOP = "stop"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """A verdict with its reasons: Exact's own sentences, or ours where it gave none."""

    verdict: Verdict
    messages: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """The reasons as one sentence."""
        return "; ".join(self.messages)


def classify(method: Method, result: Response | TransportError) -> CallOutcome:
    """Return what the end of one request means (docs/exact-online.md, "Answers").

    Only `RETRY` may be sent again without looking first: it is given to reads, to requests that
    certainly never arrived, and to 429 unless it answers a POST, which may have been carried out.
    `EXPIRED` is a 401, after which a read is tried once more with a fresh token. Never raises.
    """
    read = method == "GET"
    doubt = Verdict.RETRY if read else Verdict.UNKNOWN
    if isinstance(result, NotTrusted):
        return CallOutcome(Verdict.STOP, (str(result),))
    if isinstance(result, NotSent):
        return CallOutcome(Verdict.RETRY, (str(result),))
    if isinstance(result, TransportError):
        return CallOutcome(doubt, (str(result),))
    messages = messages_of(result)
    match result.status:
        case 401:
            return CallOutcome(Verdict.EXPIRED, messages or ("the access token is not accepted",))
        case 403 if method == "DELETE" and not _explained(result, messages):
            return CallOutcome(Verdict.GONE, messages)
        case 404 if method in {"PUT", "DELETE"}:
            return CallOutcome(Verdict.GONE, messages)
        case 429:
            verdict = Verdict.UNKNOWN if method == "POST" else Verdict.RETRY
            return CallOutcome(verdict, ("too many calls (HTTP 429)",))
        case 408:
            return CallOutcome(doubt, ("Exact Online timed out (HTTP 408)",))
        case 500 if messages and not read:
            return CallOutcome(Verdict.REFUSED, messages)
        case status if 200 <= status < 300:
            return _judge_success(method, result, doubt)
        case status if 300 <= status < 400:
            return CallOutcome(Verdict.STOP, ("it redirects to another address",))
        case status if 400 <= status < 500:
            return CallOutcome(Verdict.STOP, messages)
        case status:
            return CallOutcome(
                doubt, messages or (f"Exact Online is not available (HTTP {status})",)
            )


def pause_before(
    failures: int, result: Response | TransportError, server_now: float
) -> float | None:
    """Return the seconds to wait after the `failures`th failure, None to give up for now.

    They grow and vary, and are what the answer's `Retry-After` says if that is more; `server_now`
    is the server's time in epoch seconds.
    """
    if failures >= MOST_TRIES:
        return None
    from random import random  # few calls fail

    longest = min(_FIRST_PAUSE * 2**failures, _LONGEST_PAUSE)
    pause = longest * (0.5 + random() / 2)  # noqa: S311 # no secret
    asked = _asked(result, server_now) if isinstance(result, Response) else 0.0
    return None if asked > _LONGEST_ASKED else max(pause, asked)


def _asked(answer: Response, server_now: float) -> float:
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    moment = moment_of(text)
    return 0.0 if moment is None else moment - server_now


def messages_of(answer: Response) -> tuple[str, ...]:
    """Return the sentences of an error answer, split where Exact joins them with CRLF."""
    match answer.document():
        case {"error": {"message": {"value": str(text)}}}:
            return tuple(line.strip() for line in text.splitlines() if line.strip())
        case _:
            return ()


def stop(method: Method, endpoint: str, result: Response | TransportError) -> ExactImportError:
    """Return the error for a request whose verdict is `STOP`, with a sentence that explains it."""
    if isinstance(result, TransportError):
        return ConfigError(
            sentence(f"The connection to Exact Online cannot be trusted: {result}"),
            "Check the addresses in [server]; behind a company's proxy, name its certificate in "
            "SSL_CERT_FILE or in `ca_bundle` under [server].",
        )
    status, reasons = result.status, " ".join(messages_of(result))
    request = f"{method} {endpoint}"
    kind = ServiceError
    text, advice = f"Exact Online refuses a request ({request}, HTTP {status})", ""
    if status == 403 and "scope" in reasons.casefold():
        return ScopeMissing(
            sentence(f"The app registration lacks a scope that {request} needs: {reasons}"),
            "Add the scope to the app in the Exact Online App Centre, then `exact-import login`.",
            endpoint=endpoint,
        )
    if status == 403:
        reason = _reason(result, messages_of(result))
        if reason in _REASONS:
            text, advice = _REASONS[reason]
            text, reasons = f"{text} (HTTP 403 to {request})", ""
            kind = WrongDivision if _REASONS[reason] is _MAY_NOT_OPEN else ServiceError
        else:
            reasons = reasons or reason
            advice = "The user of this login may lack a permission for it in Exact Online. " + _ASK
    elif 300 <= status < 400:
        text, reasons = f"Exact Online redirects a request ({request}, HTTP {status})", ""
        advice = "Redirects are never followed. Check the addresses in [server]."
    elif status == 404:
        text = f"There is no {endpoint} at this address (HTTP 404 to {request})"
        advice = "Check rest_url in [server]."
    elif status == 400:
        text = f"Exact Online does not understand a request ({request}, HTTP 400)"
        advice = (
            "Nothing more is sent there, because after ten such errors Exact Online blocks the app "
            "for an hour. Check the mapping; if it is correct, please report this."
        )
    return kind(
        sentence(f"{text}: {reasons}" if reasons else text),
        advice,
        status=status,
        endpoint=endpoint,
    )


def unreadable(endpoint: str, what: str) -> ServiceError:
    """Return the error for an invalid answer to reading `endpoint`; `what` says why."""
    return ServiceError(
        f"Exact Online returned an answer to GET {endpoint} that cannot be read: {what}.",
        "Nothing was read from it. Run the command again; if the error comes back, please report "
        "it.",
        endpoint=endpoint,
    )


def is_id(value: object) -> bool:
    """Return True for the ID of a record: a GUID."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def sentence(text: str) -> str:
    """Return `text` with exactly one full stop at its end."""
    text = text.strip()
    return text if text.endswith(("!", "?")) else f"{text.rstrip('. ')}."


def _judge_success(method: Method, answer: Response, doubt: Verdict) -> CallOutcome:
    if method in {"PUT", "DELETE"} and not answer.body.strip():
        return CallOutcome(Verdict.DONE)
    if method == "GET" and b"Edmx" in answer.body[:500]:
        return CallOutcome(Verdict.DONE)  # the description of a service, which is XML
    match answer.document():
        case {"d": {"ID": made}} if method == "POST" and is_id(made):
            return CallOutcome(Verdict.DONE)
        case {"d": {} | [*_]} if method != "POST":
            return CallOutcome(Verdict.DONE)
        case None:
            return CallOutcome(doubt, ("the answer is not JSON: a maintenance page, or cut off",))
        case _ if method in {"PUT", "DELETE"}:
            return CallOutcome(Verdict.DONE)
        case _:
            return CallOutcome(doubt, ("the answer does not have the form that Exact Online uses",))


def _reason(answer: Response, messages: tuple[str, ...]) -> str:
    """Return the short reason of a 403: from its header, else out of "Forbidden - Reason"."""
    header = answer.headers.get("reason", "").partition(":")[0].strip()
    if header in _REASONS:
        return header
    text = " ".join(messages)
    return next((reason for reason in _REASONS if reason.casefold() in text.casefold()), header)


def _explained(answer: Response, messages: tuple[str, ...]) -> bool:
    text = " ".join(messages).casefold()
    return _reason(answer, messages) in _REASONS or "scope" in text
