"""How long to wait before a request is sent again, and when to stop trying."""

from __future__ import annotations

import random
from email.utils import parsedate_to_datetime

from exact_import.exact.errors import Response, TransportError

# Tries of a read, or of a request that was certainly not carried out, before giving up for now.
MOST_TRIES = 5
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
# A server that asks for more than this, in seconds, is better come back to later.
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
    patience = min(_FIRST_PAUSE * 2**failures, _LONGEST_PAUSE)
    pause = patience * (0.5 + random.random() / 2)  # noqa: S311 # no secret
    asked = _asked(result, server_now) if isinstance(result, Response) else 0.0
    return None if asked > _LONGEST_ASKED else max(pause, asked)


def _asked(answer: Response, server_now: float) -> float:
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        return parsedate_to_datetime(text).timestamp() - server_now
    except ValueError:
        return 0.0
