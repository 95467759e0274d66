"""Knowledge: Exact's fields, the words of headers and cells, countries and names of people."""

from __future__ import annotations

import functools
import json
import pkgutil
from typing import Any, cast


@functools.cache
def knowledge(name: str) -> Any:
    """Return the content of the file `name`.json beside this module."""
    return json.loads(cast("bytes", pkgutil.get_data(__name__, f"{name}.json")))


def word_group(group: str) -> frozenset[str]:
    """Return the words of a group of words.json."""
    return frozenset(knowledge("words")[group].split())
