"""Whether a failed call is retried, and how long to wait before that.

Which failures these are is decided in `errors.classify`. A write whose answer was lost is not among
them: `applying.reconcile` finds its outcome.
"""

from __future__ import annotations

from exact_import.exact.clock import moment_of
from exact_import.exact.errors import Response, TransportError

# Tries of a read, or of a request that was certainly not carried out, before giving up for now.
MOST_TRIES = 5
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
# If a server asks for a longer wait, in seconds, the run ends and can be repeated later.
_LONGEST_ASKED = 300.0


def pause_before(
    failures: int, result: Response | TransportError, server_now: float
) -> float | None:
    """Return the seconds to wait after the `failures`th failure, None to give up for now.

    They grow and vary, and are what the answer's `Retry-After` says where that is more;
    `server_now` is the server's time in epoch seconds.
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
