"""Values with a label in another column: "Phone 1 - Label" of "Phone 1 - Value".

Google Contacts writes them. The label (Work, Home, Mobile, Work Fax) decides for each row which
field of the person a value is for; surplus values for a field stay in one cell, which is split and
reported like any cell with several values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from exact_import.data.header_words import read_header
from exact_import.data.lexicon import segment, words_of
from exact_import.mapping.columns import CHANNELS, channel_of
from exact_import.mapping.samples import Samples
from exact_import.mapping.templates import Cells, Fill, Template
from exact_import.text import joined, quote
from exact_import.values.several import MARK

_LABEL = re.compile(r"(.+\d) - (?:label|type)", re.IGNORECASE)
_FIELDS: Mapping[str, Sequence[str]] = {
    "Email": ("Email", "BusinessEmail"),
    "Phone": ("Phone", "BusinessPhone", "Mobile", "BusinessMobile", "BusinessFax"),
}


class _Pair(NamedTuple):
    label: int
    value: int


def settle_labels(
    contact: dict[str, Template], header: Sequence[str], samples: Samples
) -> str | None:
    """Let labels decide to which field of the person values go; return a note, if any.

    A channel is left alone if its values are not the person's or its labels have no meaning.
    """
    labels = []
    for channel, names in _FIELDS.items():
        pairs = _pairs(channel, header)
        own = contact.get(channel)
        if own is None or not any(pair.value in own.columns for pair in pairs):
            continue
        if not any(_says_kind(text) for pair in pairs for text in samples.cells(pair.label)):
            continue
        labels += [quote(header[pair.label].strip()) for pair in pairs]
        columns = tuple(index for pair in pairs for index in (pair.value, pair.label))
        for name in names:
            other = contact.get(name)
            kept = None if other is None or {*other.columns} & {*columns} else other
            fill = _fill(channel, name, pairs, kept.fill if kept else None)
            text = f"{name} by label {MARK.join(header[index] for index in columns)}"
            contact[name] = Template(text, (*columns, *(kept.columns if kept else ())), False, fill)
    if not labels:
        return None
    says = "says" if len(labels) == 1 else "say"
    return f"{joined(labels)} {says} of each row what the value is: for work, mobile, fax."


def _pairs(channel: str, header: Sequence[str]) -> list[_Pair]:
    """Return the columns of a label and its value, in the order of the values."""
    places = {cell.strip().casefold(): index for index, cell in enumerate(header)}
    found = []
    for index, cell in enumerate(header):
        match = _LABEL.fullmatch(cell.strip())
        value = places.get(f"{match[1]} - Value".casefold()) if match else None
        reading = read_header(header[value]) if value is not None else None
        if value is not None and reading is not None and channel_of(reading) == channel:
            found.append(_Pair(index, value))
    return found


def _fill(channel: str, name: str, pairs: Sequence[_Pair], other: Fill | None) -> Fill:
    def fill(cells: Cells) -> str:
        found: dict[str, list[str]] = {}
        for pair in pairs:
            if text := cells[pair.value].strip():
                found.setdefault(_field(channel, cells[pair.label]), []).append(text)
        work = found.get("BusinessEmail", [])
        if work and "Email" not in found:  # the only address is the person's own
            found["Email"] = [work.pop(0)]
        own = other(cells) if other is not None else ""
        return f" {MARK} ".join(filter(None, (own, *found.get(name, ()))))

    return fill


def _field(channel: str, label: str) -> str:
    own, work, _ = CHANNELS[channel]
    words = segment(words_of(label)) or ()
    names = {name for word in words for name in word.names}
    at_work = any("business" in word.qualifiers for word in words) or not names.isdisjoint(_WORK)
    if channel == "Phone" and names & {"Fax", "BusinessFax"}:
        return "BusinessFax"
    if channel == "Phone" and names & {"Mobile", "BusinessMobile"}:
        return "BusinessMobile" if at_work else "Mobile"
    return work if at_work else own


_WORK = frozenset(work for own, work, _ in CHANNELS.values() if own != work)


def _says_kind(label: str) -> bool:
    return any(_field(channel, label) != channel for channel in _FIELDS)
