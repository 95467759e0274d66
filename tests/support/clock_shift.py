"""Runs exact-import some seconds later than it is: EXACT_IMPORT_TEST_LATER says how many.

The sandbox's clock is moved alike, so that days pass in moments.
"""

from __future__ import annotations

import os
import sys
import time

from exact_import.__main__ import main

seconds = float(os.environ["EXACT_IMPORT_TEST_LATER"])
time_of = time.time
localtime_of = time.localtime
gmtime_of = time.gmtime


def later() -> float:
    """Return what the clock will say by then, in epoch seconds."""
    return time_of() + seconds


time.time = later
time.localtime = lambda at=None: localtime_of(later() if at is None else at)
time.gmtime = lambda at=None: gmtime_of(later() if at is None else at)

if __name__ == "__main__":
    sys.argv[0] = "exact-import"
    main()
