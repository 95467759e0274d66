"""Samples of the cells of columns: which share is an e-mail address, a date and so on.

A header says what a column is meant for; its cells show what it holds. `Samples` computes the share
of each column and kind of content on demand, so clear headers cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from exact_import.text import fold
from exact_import.values import identifiers, vocabulary
from exact_import.values.doubts import PROFILE
from exact_import.values.names import is_company
from exact_import.values.person_words import PARTICLE, is_first_name
from exact_import.values.phones import read_phones
from exact_import.values.placeholders import NOTHING
from exact_import.values.places import split_address, split_place

if TYPE_CHECKING:
    from exact_import.tables.rows import Batch

Content = Literal[
    "email", "website", "profile", "vat", "enterprise", "iban", "peppol", "phone", "dialled",
    "postcode", "place", "address", "street", "country", "date", "number", "reference",
    "yes or no", "role", "sort", "salutation", "degree", "company", "first name", "person",
    "particle",
]  # fmt: skip

_ROWS = 200  # looked at, evenly spread over the file
_CELLS = 40_000  # looked at in all; a file of more columns gets fewer rows, and none of thousands

SOME = 0.25
"""The share of cells with a legal form from which on a column holds names of companies."""

HALF = 0.5
"""The share of cells from which on a column is more one thing than another."""

MOST = 0.8
"""The share of cells from which on a column holds one kind of content."""

_FEWEST = 20  # rows that are needed; wider files use their headers alone

_PHONE = (
    r"(?:\+|00)[1-9][\d\s().\-–/]{7,20}|\(?0\d[\d\s().\-–/]{7,15}|[\d][\d\s().\-–/]{8,16}"
    r"(?:\s*(?:ext|x|tst)\.?\s*\d+)?"
)
_POSTCODE = r"(?:[A-Z]{1,2}-)?(?:[1-9]\d{3}\s?[A-Z]{2}|\d{4,5}|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})"
_STREET = r"[^,;\n]*[^\W\d_]{2}[^,;\n]*[\s.]\d[^,;\n]*|\d+\s?[a-z]?,?\s+[^\W\d_]{2}[^\d,;\n]*"
_DATE = (
    r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:[ T].*)?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T].*)?"
    r"|\d{1,2}\.? [^\W\d_]{3,9}\.? \d{4}|[^\W\d_]{3,9}\.? \d{1,2}, \d{4}"
)
# "contacts.csv" is not the name of a host.
_FILE_ENDINGS = "csv|txt|xlsx?|ods|pdf|docx?|jpe?g|png|gif|html?|xml|json|zip|eml|msg"
_PROFILE = rf"{PROFILE.pattern}|(?:https?://)?goo\.gl/maps|(?:https?://)?maps\."
_EUROPEAN_VAT = re.compile(r"(?:AT|D[EK]|E[ELS]|FR|GB|I[ET]|LU|P[LT]|C[HYZ])(?=\D*\d)[A-Z\d]{7,12}")
_SALUTATION = (
    r"(?:de )?heer|dhr|mevrouw|mevr|mw|mej|meneer|mijnheer|mr|mrs|ms|miss|monsieur|m|madame|mme"
    r"|mademoiselle|mlle|herr|hr|frau|fr|sir"
    r"|(?:geachte|beste|chere?|sehr geehrter?|dear)(?: (?:heer|mevrouw|heer mevrouw|monsieur|madame"
    r"|madame monsieur|herr|frau|damen und herren|sir|madam|sir or madam|mr|mrs|ms))?"
)


# Whether a row is a company or a person.
_SORT = (
    r"organisatie|organi[sz]ation|bedrijf|company|firma|societe|entreprise|unternehmen|business"
    r"|zakelijk|rechtspersoon|personne (?:morale|physique)|(?:juristische|naturliche) person"
    r"|persoon|personn?e?|particulier|prive|private?|privatperson|individual|natuurlijk persoon"
)
_DEGREE = (
    r"(?:(?:prof|dr|drs|dra|ir|ing|mr|bc|lic|jhr|jkvr|med|mag|dipl|msc|bsc|mba|phd|ma|ba|h\.?\s?c)"
    r"\.?[\s\-,]*)+"
)


def _pattern(pattern: str) -> Callable[[str], bool]:
    # Compiled on first use, which most files do not need.
    return lambda text: re.fullmatch(pattern, text, re.IGNORECASE) is not None


def _compact(text: str) -> str:
    return re.sub(r"[\s.\-–/]+", "", text).upper()


def _vat(text: str) -> bool:
    bare = _compact(text)
    if bare[:2] in ("BE", "NL"):
        digits = bare[2:].zfill(10)
        return identifiers.enterprise_number(digits) or identifiers.dutch_vat_number(bare)
    return _EUROPEAN_VAT.fullmatch(bare) is not None


def _phone(text: str) -> bool:
    if re.fullmatch(_PHONE, text, re.IGNORECASE):
        return re.fullmatch(_DATE, text) is None
    cell = read_phones(text, "")
    return cell is not None and not cell.rest


def _person(text: str) -> bool:
    words = text.replace(",", " ").split()
    letters = not any(map(str.isdigit, text))
    return letters and 2 <= len(words) <= 6 and not is_company(text) and any(map(_given, words))


def _given(word: str) -> bool:
    """Return True for a first name or initials, and not for what is merely short: "Abt."."""
    return is_first_name(word) and re.fullmatch(r"[^\W\d_]{2,3}\.", word) is None


_TESTS: Mapping[Content, Callable[[str], bool]] = {
    "email": _pattern(
        r"(?:mailto:)?[^\s@<>]+@[^\s@<>]+\.[a-z]{2,}|[^<>@]*<[^\s@<>]+@[^\s@<>]+>"
        r"|[^\s@<>]+@[^\s@<>,;]+\.[a-z]{2,}(?:[\s,;/|]+[^\s@<>,;]+@[^\s@<>,;]+\.[a-z]{2,})+"
    ),
    "website": _pattern(
        r"(?:https?://\S+\.\S+|www\.\S+\.\S+)"
        rf"|[\w-]+(?:\.[\w-]+)*\.(?!(?:{_FILE_ENDINGS})$)[a-z]{{2,6}}/?"
    ),
    "profile": lambda text: re.match(_PROFILE, text, re.IGNORECASE) is not None,
    "vat": _vat,
    "enterprise": lambda text: identifiers.enterprise_number(_compact(text).zfill(10)),
    "iban": lambda text: identifiers.iban_fits(_compact(text)),
    "peppol": _pattern(r"0\d{3}:[\w.:-]+"),
    "phone": _phone,
    "dialled": lambda text: (text[:1] in "+0(" or text[:1].isalpha()) and _phone(text),
    "postcode": _pattern(_POSTCODE),
    "place": lambda text: all(split_place(text)),
    "address": lambda text: all(split_address(text)[:3]),
    "street": _pattern(rf"(?:{_STREET})"),
    "country": lambda text: len(text) > 1 and fold(text) in vocabulary.EVERYDAY_COUNTRIES,
    "date": lambda text: re.fullmatch(_DATE, text) is not None,
    "reference": _pattern(r"#?\s?[A-Z]{0,4}[-/]?\d[\d/-]{2,}"),
    "number": _pattern(r"[€$£]?\s?-?\d[\d.,\s]*(?:[€%]|eur)?"),
    "yes or no": lambda text: text.casefold() in vocabulary.BOOLEANS,
    "role": vocabulary.is_role,
    "sort": lambda text: re.fullmatch(_SORT, fold(text)) is not None,
    "salutation": lambda text: re.fullmatch(_SALUTATION, fold(text)) is not None,
    "degree": _pattern(_DEGREE),
    "company": is_company,
    "first name": lambda text: " " not in text and len(text) > 2 and _given(text),
    "person": _person,
    "particle": lambda text: len(text) > 1 and all(map(PARTICLE.fullmatch, text.split())),
}


class Samples:
    """The cells of each column of one file, without empty cells and placeholders.

    Without `columns` nothing is known, and every share is 0.
    """

    def __init__(self, columns: Sequence[Sequence[str]] = ()) -> None:
        self._columns = columns
        self._cells: dict[int, tuple[str, ...]] = {}
        self._shares: dict[tuple[int, Content], float] = {}

    @property
    def known(self) -> bool:
        """True if there are any rows."""
        return self.rows > 0

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self._columns[0]) if self._columns else 0

    def cells(self, index: int) -> tuple[str, ...]:
        """Return the stripped cells of a column, without those that are empty or mean nothing."""
        if index not in self._cells:
            texts = map(str.strip, self._columns[index] if index < len(self._columns) else ())
            nothing = NOTHING
            self._cells[index] = tuple(t for t in texts if t and t.casefold() not in nothing)
        return self._cells[index]

    def share(self, index: int, content: Content) -> float:
        """Return what part of a column's cells is of this kind, from 0 to 1."""
        place = (index, content)
        if place not in self._shares:
            cells, test = self.cells(index), _TESTS[content]
            self._shares[place] = sum(map(test, cells)) / len(cells) if cells else 0.0
        return self._shares[place]

    def mostly(self, index: int, *contents: Content) -> bool:
        """Return True if nearly all cells of a column are of one of these kinds."""
        return any(self.share(index, content) >= MOST for content in contents)

    def values(self, fill: Callable[[Sequence[str]], str]) -> list[str]:
        """Return the result of `fill` for each sampled row."""
        return list(map(fill, zip(*self._columns, strict=True)))

    def varies(self, index: int) -> bool:
        """Return True if a column does not say the same on every row."""
        cells = self.cells(index)
        return len(cells) == 1 or len(set(cells)) > 1

    def differ(self, one: int, other: int) -> bool:
        """Return True if a row has both columns, and they do not say the same."""
        return any(a and b and fold(a) != fold(b) for a, b in self._pairs(one, other))

    def share_no_word(self, one: int, other: int) -> bool:
        """Return True where most rows that have both columns use different words in them."""
        words = [({*fold(a).split()}, {*fold(b).split()}) for a, b in self._pairs(one, other)]
        apart = [a.isdisjoint(b) for a, b in words if a and b]
        return sum(apart) * 2 > len(apart)

    def fills_gaps(self, one: int, other: int) -> bool:
        """Return True unless every row that has the other column has the one as well."""
        return not self.known or any(b and not a for a, b in self._pairs(one, other))

    def repeats(self, index: int, others: Iterable[int]) -> bool:
        """Return True if every word of a column is in the `others` on the same row as well."""
        rows = zip(*(self._columns[other] for other in others), strict=False)
        return all(
            {*fold(text).split()} <= {*fold(" ".join(row)).split()}
            for text, row in zip(self._columns[index], rows, strict=False)
        )

    def same(self, one: int, other: int) -> bool:
        """Return True if two columns agree on most rows that have both."""
        alike = [a == b for a, b in self._pairs(one, other) if a and b]
        return bool(alike) and sum(alike) * 2 >= len(alike)

    def _pairs(self, one: int, other: int) -> Iterator[tuple[str, str]]:
        """Yield the stripped cells of two columns."""
        for a, b in (
            zip(self._columns[one], self._columns[other], strict=True) if self.known else ()
        ):
            yield a.strip(), b.strip()


NO_SAMPLES = Samples()


def sample(batches: Sequence[Batch], width: int) -> Samples:
    """Return samples of the `width` columns of a table, evenly spread over its whole rows."""
    rows = sum(len(batch.lines) for batch in batches)
    wanted = min(_ROWS, _CELLS // max(width, 1))
    if not rows or wanted < _FEWEST:
        return NO_SAMPLES
    step = max(rows // wanted, 1)
    columns: list[list[str]] = [[] for _ in range(width)]
    start = 0
    for batch in batches:
        if batch.lines:
            for cells, column in zip(columns, batch.columns, strict=False):
                cells.extend(column[start::step])
            start = (start - len(batch.lines)) % step
    return Samples([cells[:wanted] for cells in columns])
