"""What a file comes from: today's export is of the same source as yesterday's."""

from __future__ import annotations

import functools
import re
from pathlib import PurePath

from exact_import.text import fold, split_sheet

_REJECTS = re.compile(r"\.rejected(-[0-9]+)?$", re.IGNORECASE)
_MONTHS = frozenset(
    fold(
        "jan januari january janvier januar feb februari february fevrier februar mrt maart march "
        "mars märz apr april avril mei may mai jun juni june juin jul juli july juillet aug "
        "augustus august août sep sept september septembre okt oct oktober october octobre nov "
        "november novembre dec dez december décembre dezember"
    ).split()
)


@functools.lru_cache(maxsize=256)
def source_name(name: str) -> str:
    """Return a file's name without folder, ending, date, digits, "(1)" and ".rejected".

    Today's export is of the same source as yesterday's.
    """
    file = split_sheet(name)[0].replace("\\", "/")
    stem = _REJECTS.sub("", PurePath(file).stem)
    words = fold(re.sub(r"[0-9]+", " ", stem)).split()
    return " ".join([word for word in words if word not in _MONTHS] or words) or fold(stem) or name
