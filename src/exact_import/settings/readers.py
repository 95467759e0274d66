"""The settings of [import] by name, each with what reads its text.

A reader returns the value, or raises ValueError with what was expected.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exact_import.settings.settings import Safeguard


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.casefold() not in words:
            raise ValueError(f"expected {' or '.join(word or 'nothing' for word in words)}")
        return text.casefold()

    return read


def _whole(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ValueError("expected a whole number") from None
    if number < 0:
        raise ValueError("expected a number that is not negative")
    return number


def _division(text: str) -> int | str:
    return text if "{" in text else _whole(text)


def _seconds(text: str) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        raise ValueError("expected a number") from None
    if not 0 <= number < 1e9:
        raise ValueError("expected a number that is not negative")
    return number


def _flag(text: str) -> bool:
    return _one_of("yes", "no", "true", "false", "1", "0", "on", "off")(text) in (
        "yes",
        "true",
        "1",
        "on",
    )


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple("+".join(part.strip() for part in key.split("+")) for key in text.split(","))
    if not all(keys):
        raise ValueError("expected fields separated by commas, such as Code, VATNumber")
    return keys


def _country(text: str) -> str:
    if len(text) != 2 or not text.isalpha():
        raise ValueError("expected a country code of two letters, such as BE")
    return text.upper()


def _safeguard(text: str) -> Safeguard:
    percent = text.endswith("%")
    return Safeguard(text, _seconds(text.rstrip("% ")), percent)


def _status(text: str) -> str:
    return _one_of("a", "c", "p", "s")(text).upper()


def _concurrency(text: str) -> int:
    number = _whole(text)
    if not 1 <= number <= 32:
        raise ValueError("expected a number from 1 to 32")
    return number


READERS: dict[str, Callable[[str], Any]] = {
    "division": _division,
    "delimiter": str,
    "encoding": str,
    "mode": _one_of("upsert", "create", "update"),
    "limit": _whole,
    "strict": _flag,
    "retry": _flag,
    "recreate": _flag,
    "force": _flag,
    "wait": _flag,
    "match_account": _keys,
    "match_contact": _keys,
    "new_account_status": _status,
    "blank": _one_of("keep", "clear"),
    "reserve": _whole,
    "settle_after": _seconds,
    "connect_timeout": _seconds,
    "read_timeout": _seconds,
    "concurrency": _concurrency,
    "country": _country,
    "date_order": _one_of("dmy", "mdy", "ymd"),
    "decimal": _one_of(",", "."),
    "max_updates": _safeguard,
    "max_creates": _safeguard,
    "reread_after_days": _seconds,
    "keep_runs": _seconds,
    "watch_rest": _seconds,
    "watch_poll": _seconds,
    "watch_try_every": _seconds,
}
