"""`python -m exact_import` and the command `exact-import`: the one place where errors end."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

# Containers that are made between two searches for garbage. By default there are dozens of searches
# while modules are loaded, which make none: a twentieth of the time of a small run.
_CONTAINERS = 50_000


def main() -> NoReturn:
    """Run the command line and exit with one of the documented statuses."""
    gc.set_threshold(_CONTAINERS)
    from exact_import.cli.main import run  # nothing is loaded on import

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
