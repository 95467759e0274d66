"""How deep the tests go: small counts by default, larger ones by two variables.

`EXACT_IMPORT_TEST_EXAMPLES` counts the cases of each property test that runs the program (60 is
the full depth; 1000 is for a night), and those of the cheaper ones in proportion.
`EXACT_IMPORT_TEST_KILLS` counts the processes that each kind of crash test kills (200 in full).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

FULL_EXAMPLES, FULL_KILLS = 60, 200
EXAMPLES = int(os.environ.get("EXACT_IMPORT_TEST_EXAMPLES", "3"))
KILLS = int(os.environ.get("EXACT_IMPORT_TEST_KILLS", "6"))
# Only every so many-th step at which a process can be killed is tried.
STEPS_APART = max(1, FULL_KILLS // KILLS)

T = TypeVar("T")


def scaled(full: int) -> int:
    """Return how many cases to try of a property of which the full depth tries `full`."""
    return max(1, full * EXAMPLES // FULL_EXAMPLES)


def thinned(cases: Sequence[T]) -> Sequence[T]:
    """Return every second of `cases`, which are much alike; at full depth all of them."""
    return cases if EXAMPLES >= FULL_EXAMPLES else cases[::2]
