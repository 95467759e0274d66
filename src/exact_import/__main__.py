"""`python -m exact_import` and the command `exact-import`: the one place where errors end."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and exit with one of the documented statuses."""
    from exact_import.cli.main import run  # nothing is loaded on import

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
