"""One question about the plans of several companies, which their threads wait for together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exact_import.reporting.report import Report


class JointQuestion:
    """Holds back each company once it is planned, until one answer lets all of them continue.

    The threads of the companies call `wait`; the one that started them looks at `is_due`, asks,
    and calls `answer`, in any case, or they would wait for ever.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._agreed = False
        self._waiting = 0

    def wait(self, _report: Report) -> bool:
        """Wait for the answer, in the thread of a company, and return it."""
        with self._lock:
            self._waiting += 1
        self._answered.wait()
        return self._agreed

    def is_due(self, under_way: int) -> bool:
        """Return True once all `under_way` companies wait for an answer that was not given yet."""
        with self._lock:
            return 0 < self._waiting == under_way and not self._answered.is_set()

    def answer(self, *, agreed: bool) -> None:
        """Let the companies continue, or end."""
        self._agreed = agreed
        self._answered.set()
