"""Cells that come back as they went: what a spreadsheet would alter or run is written safely.

A spreadsheet that opens a CSV takes digits for numbers (leading zeros and all but 15 digits go),
much else for dates, and what begins with = for a formula. Texts that it would alter are written
as `="…"`, which it shows and saves as they are; the reader takes both wrappings off again.
"""

from __future__ import annotations

import re

from exact_import.tables.rejects_file import guard

# A number of more digits is shown, and so saved, as 1,23E+11.
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,10})")
_MONTHS = (
    "jan|ene|gen|feb|fév|fev|mar|mär|maa|mrt|apr|avr|abr|may|mai|mei|mag|jun|jui|giu|jul|lug|"
    "aug|aoû|aou|ago|sep|set|oct|okt|ott|nov|dec|déc|dez|dic"
)
_ALTERED = re.compile(
    # Digits and what numbers, dates, times, fractions and amounts are written with …
    r"[\d .,:/+\-()%€$£¥'’*\u00a0\u202f]*\d[\d .,:/+\-()%€$£¥'’*\u00a0\u202f]*"
    # … powers of ten, hours, amounts with a currency's name, dates with a month's …
    r"|[+-]?\d[\d.,]*e[+-]?\d+"
    r"|\d{1,2}(?::\d\d){0,2} ?[ap]\.?(?:m\.?)?"
    r"|(?:EUR|USD|GBP|CHF|kr\.?) ?[+-]?\d[\d., ]*|[+-]?\d[\d., ]* ?(?:EUR|USD|GBP|CHF|kr\.?)"
    rf"|(?=\D*\d)(?:\d{{1,4}}[ .,/-]*){{0,2}}(?:{_MONTHS})[^\W\d_]*\.?[ .,/-]*"
    r"(?:\d{1,4}[ .,/-]*){0,2}(?:\d{1,2}:\d\d(?::\d\d)?)?"
    # … and the words for true and false.
    r"|true|false|waar|onwaar|vrai|faux|wahr|falsch|verdadero|falso|vero",
    re.IGNORECASE,
)
# What the reader would take a wrapping off from, though it belongs to the text.
_MISTAKEN = re.compile(r"'[0-9=+\-@]|=\"")
# Signs that some spreadsheets take for = + - @, and from which the reader takes no wrapping off.
_WIDE = re.compile(r"[\uff1d\uff0b\uff0d\uff20]")


def safe_text(text: str) -> str:
    """Return how a cell is written that a spreadsheet shows, and the reader reads, as `text`.

    Line ends become line feeds, as spreadsheets write them within a cell.
    """
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if _MISTAKEN.match(text):
        # A spreadsheet would save the bare value of a formula; this it leaves alone.
        return f"'{as_text(text)}"
    if _WIDE.match(text) or _is_altered(text):
        return as_text(text)
    return guard(text, ours=True)  # the second ' of rejects is taken off in rejects only


def as_text(text: str) -> str:
    """Return the formula whose value is `text`."""
    return '="{}"'.format(text.replace('"', '""'))


def _is_altered(text: str) -> bool:
    if _PLAIN_NUMBER.fullmatch(text):
        return False
    return len(text) < 256 and _ALTERED.fullmatch(text) is not None and text[-1:] != "\n"
