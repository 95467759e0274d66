"""Typed reading of what the journal stores: a value of another type is damage.

A disk that flips bits must end a run with a message before any decision uses the value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from exact_import.errors import StorageError

RESTORE = (
    "Restore it from a backup, or move it away: its history is lost, but nothing will be imported "
    "twice."
)
_LARGEST = 1 << 63

Item = TypeVar("Item")


def packed(value: object, *, ascii: bool = True) -> str:
    """Return `value` as the journal stores it: JSON without spaces."""
    return json.dumps(value, ensure_ascii=ascii, separators=(",", ":"))


def damage() -> StorageError:
    """Return the error for a stored value that cannot be read."""
    return StorageError("The journal is damaged (its contents cannot be read).", RESTORE)


def text(value: object) -> str:
    """Return a text; raises StorageError for anything else."""
    if not isinstance(value, str):
        raise damage()
    return value


def text_or_none(value: object) -> str | None:
    """Return a text or None; raises StorageError for anything else."""
    return None if value is None else text(value)


def one_of(value: object, known: Iterable[Item]) -> Item:
    """Return the word `value`, which is one of `known`; raises StorageError for another."""
    for one in known:
        if one == value:
            return one
    raise damage()


def whole(value: object) -> int:
    """Return a whole number; raises StorageError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _LARGEST:
        raise damage()
    return value


def number(value: object) -> float:
    """Return a finite number; raises StorageError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise damage()
    return value


def whole_in(value: object) -> int:
    """Return the whole number that is stored as a text; raises StorageError for anything else."""
    found = text(value)
    if not found.isascii() or not found.isdigit() or len(found) > 18:
        raise damage()
    return int(found)


def document(value: object) -> dict[str, Any]:
    """Return the JSON object stored as `value`; raises StorageError if it is not one."""
    found = _json(value)
    if not isinstance(found, dict):
        raise damage()
    return found


def listed(value: object, item: Callable[[object], Item]) -> list[Item]:
    """Return the JSON list stored as `value`, each read by `item`; or raise StorageError."""
    found = _json(value)
    if not isinstance(found, list):
        raise damage()
    return [item(one) for one in found]


def documents(value: object) -> list[dict[str, Any]]:
    """Return the JSON list of objects stored as `value`; raises StorageError otherwise."""
    return listed(value, _an_object)


def mapped(value: object, item: Callable[[object], Item]) -> dict[str, Item]:
    """Return the JSON object stored as `value`, each value read by `item`."""
    return {name: item(one) for name, one in document(value).items()}


def pair(value: object) -> list[Any]:
    """Return a list of two values, such as those before and after a change."""
    if not isinstance(value, list) or len(value) != 2:
        raise damage()
    return value


def packed_base(fields: Mapping[str, list[Any]]) -> str:
    """Return a base as the journal stores it: values that were stored as sent are written once."""
    return packed({name: one[:1] if _alike(one) else one for name, one in fields.items()})


def base(value: object) -> list[Any]:
    """Return what a file said of a field, what was stored, and what was reported since."""
    if not isinstance(value, list) or len(value) not in (1, 2, 3):
        raise damage()
    return value * 2 if len(value) == 1 else value


def _alike(base_of_field: Sequence[Any]) -> bool:
    """Return True if both values are the same, also in type: 1 is not True."""
    said, *stored = base_of_field
    return stored == [said] and type(stored[0]) is type(said)


def base_or_none(value: object) -> list[Any] | None:
    """Return a base of a field, or None."""
    return None if value is None else base(value)


def line(value: object) -> tuple[str, int]:
    """Return where a row is: its file and line."""
    file, number_of_line = pair(value)
    return text(file), whole(number_of_line)


def link(value: object) -> tuple[str, str, str]:
    """Return the key of a row: its name, value and source."""
    if not isinstance(value, list) or len(value) != 3:
        raise damage()
    return text(value[0]), text(value[1]), text(value[2])


def texts(value: object) -> list[str]:
    """Return the texts of a list within a JSON document."""
    if not isinstance(value, list):
        raise damage()
    return [text(one) for one in value]


def texts_by_name(value: object) -> dict[str, str]:
    """Return the texts of an object within a JSON document, by their names."""
    return {name: text(one) for name, one in _an_object(value).items()}


def _an_object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise damage()
    return value


def _json(value: object) -> object:
    try:
        return json.loads(text(value))
    except (ValueError, RecursionError):
        raise damage() from None
