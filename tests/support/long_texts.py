"""Texts of one length that a careless search takes for ever on, and how much CPU time they cost."""

from __future__ import annotations

import time
from collections.abc import Callable

from depth import scaled
from exact_import.text import fold

# A search that goes over the rest again at every character takes 8,000 times as long on it.
LENGTH = scaled(100_000)
ORDINARY = ("Een gewone opmerking, van iemand. " * (LENGTH // 30))[:LENGTH]
_PIECES = (
    # Every class of characters by itself …
    *("a", "1", " ", ".", ",", "-", "/", "'", '"', "@", "+", "(", ")", "<", ">", "#", "=", "%"),
    *("&", ":", ";", "|", "_", "é", "€", "\u0301", "ß", "İ", "中", "\xa0", "\u200b", "{", "}"),
    # … and alternating ones.
    *("1 ", "a ", "a@", "@.", "a.", "1.", "1,", "1'", "é ", "a-", "- ", '"a', "''", "=1", "a\n"),
    *("\u0301\u0316", "x=", "en ", "(a", "<a", "a>", "/O=", "+1", "1e", "van de ", "{a", "a}"),
)
# What looks like something until its very end.
_ENDS = (("1", " ", "b"), ("+", "1", "x"), ("-", "1 ", "x"), ("a@", ".", " "), ("a@", ".b", "!"))
LONG_TEXTS = (
    *((piece * LENGTH)[:LENGTH] for piece in _PIECES),
    *(start + (middle * LENGTH)[: LENGTH - 3] + end for start, middle, end in _ENDS),
)


_MOST = 200


def _cpu_time(work: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    work(text)
    return time.process_time() - started


def slow_texts(work: Callable[[str], object]) -> dict[str, int]:
    """Return the texts that take `work` far longer than folding an ordinary one, by their start.

    Each is given with how many times as long it takes, the least of a few tries.
    """
    yardstick = min(_cpu_time(fold, ORDINARY) for _ in range(3))
    slow = {}
    for text in LONG_TEXTS:
        times = _cpu_time(work, text) / yardstick
        if times > _MOST:
            times = min(_cpu_time(work, text) for _ in range(3)) / yardstick
        if times > _MOST:
            slow[text[:8]] = round(times)
    return slow
