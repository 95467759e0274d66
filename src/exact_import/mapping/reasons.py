"""Why a column is used as it is, in a few words: its header, its cells and its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from exact_import.data.header_words import exact_field, read_header
from exact_import.mapping.assignment import ColumnUse
from exact_import.mapping.columns import Slot
from exact_import.mapping.samples import HALF, Content, Samples

_CALLED: Mapping[Content, str] = {
    "email": "e-mail addresses",
    "website": "web addresses",
    "profile": "personal pages",
    "vat": "VAT numbers",
    "enterprise": "enterprise numbers",
    "iban": "IBANs",
    "peppol": "Peppol participants",
    "phone": "telephone numbers",
    "postcode": "postcodes",
    "place": "postcodes with cities",
    "address": "addresses",
    "street": "streets with a number",
    "country": "countries",
    "date": "dates",
    "number": "numbers",
    "yes or no": "yes or no",
    "role": "customer, supplier and the like",
    "sort": "company or person",
    "salutation": "forms of address",
    "degree": "academic titles",
    "company": "names with a legal form",
    "first name": "first names",
    "person": "names of people",
}
_MOST_NAMED = 2


def reasons(
    header: str, index: int, samples: Samples, uses: Sequence[ColumnUse], slots: Sequence[Slot]
) -> Iterator[str]:
    """Yield the reasons for the use of the column at `index`: words, cells, other columns.

    `uses` are its possible uses, the best first, and `slots` the fields that it goes to.
    """
    yield _of_header(header)
    yield from _of_cells(index, samples)
    for kept, verb in ((True, "is used as"), (False, "could also be")):
        for one in [one for one in uses if (one.slot in slots) == kept][:1]:
            yield f"{verb} {'.'.join(one.slot)}, because {one.reason}"


def _of_header(header: str) -> str:
    reading = read_header(header)
    if exact_field(header):
        return "the header is a field of Exact Online"
    if reading is None:
        return "the header has no known word"
    word = f' "{reading.word}"' if reading.word else ""
    whose = ", ".join(sorted(reading.qualifiers))
    return f"the header has the word{word}" + (f" ({whose})" if whose else "")


def _of_cells(index: int, samples: Samples) -> Iterator[str]:
    cells = len(samples.cells(index))
    if not samples.known:
        return
    if not cells:
        yield "its cells are empty"
        return
    shares = {kind: samples.share(index, kind) for kind in get_args(Content) if kind in _CALLED}
    found = sorted((kind for kind in shares if shares[kind] >= HALF), key=lambda k: -shares[k])
    for kind in found[:_MOST_NAMED]:
        yield f"{shares[kind]:.0%} of its cells are {_CALLED[kind]}"
