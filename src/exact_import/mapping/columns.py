"""The recognised columns of a header, and their qualifiers."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exact_import.data.header_words import ParsedHeader
from exact_import.data.lexicon import Target, squeezed
from exact_import.fields import Section
from exact_import.mapping.samples import Samples

# Of several columns with the same meaning, the one with the smallest weight goes first.
_WEIGHT = {
    "main": 1,
    "business": 1,
    "billing": 2,
    "home": 3,
    "other": 5,
    "postal": 6,
    "delivery": 6,
}
# Headers take precedence over cells.
_BY_CELLS = 8

Slot = tuple[Section, str]
"""A field, with its section."""


@dataclass(frozen=True, slots=True)
class HeaderColumn:
    """One recognised column: its position, its header, and the header's meaning.

    `exact` is the field that the header names in Exact Online's spelling. `by_cells` says that the
    cells, not the header, show the meaning.
    """

    index: int
    header: str
    reading: ParsedHeader
    exact: Slot | None = None
    by_cells: bool = False

    @property
    def weight(self) -> int:
        """How far this is from the plain column of its kind."""
        return _weight_of(self.reading.qualifiers) + (_BY_CELLS if self.by_cells else 0)

    @property
    def names_person(self) -> bool:
        """True for "Contactpersoon", whose cells are whole names of people."""
        return self.reading.part == "name" and self.has("person")

    def has(self, *qualifiers: str) -> bool:
        """Return True if the header holds one of the `qualifiers`."""
        return not self.reading.qualifiers.isdisjoint(qualifiers)


@functools.lru_cache(maxsize=256)
def _weight_of(qualifiers: frozenset[str]) -> int:
    return max((_WEIGHT.get(one, 0) for one in qualifiers), default=0)


@dataclass(frozen=True, slots=True)
class HeaderColumns:
    """One header, its recognised columns, and samples of their cells."""

    header: Sequence[str]
    columns: Sequence[HeaderColumn]
    samples: Samples

    def meaning(self, *names: str) -> list[HeaderColumn]:
        """Return the columns that mean one of these fields, the plainest first."""
        return sorted((c for c in self.columns if c.reading.is_any(*names)), key=plainest)


def says(header: Sequence[str], *spellings: str) -> bool:
    """Return True if a column's header is one of these words, recognised or not."""
    return any(squeezed(name[:40]) in spellings for name in header)


def plainest(column: HeaderColumn) -> tuple[int, int]:
    """Sort columns with the same meaning: the plain one first, then by position."""
    return column.weight, column.index


# Channel: the contact's own field, the contact's field for work, its name.
CHANNELS: Mapping[str, tuple[str, str, str]] = {
    "Email": ("Email", "BusinessEmail", "e-mail address"),
    "Phone": ("Phone", "BusinessPhone", "telephone number"),
    "Mobile": ("Mobile", "BusinessMobile", "mobile number"),
    "Fax": ("BusinessFax", "BusinessFax", "fax number"),
}
AT_WORK = frozenset(work for own, work, _ in CHANNELS.values() if own != work)
CHANNEL_FIELDS = frozenset(name for own, work, _ in CHANNELS.values() for name in (own, work)) | {
    "Fax"
}
PERSON_NAMES = ("FirstName", "LastName", "FullName")

# Words for the role of a relation, by the field that says it.
ROLES: Mapping[str, re.Pattern[str]] = {
    "IsSupplier": re.compile(
        r"leverancier|supplier|vendor|fournisseur|lieferant|crediteur|kreditor|inkooprelatie"
    ),
    "IsProspect": re.compile(r"prospect|interessent|lead$"),
    "IsCustomer": re.compile(
        r"klant|client|customer|debit(or|eur)|kunde|acheteur|buyer|verkooprelatie"
    ),
}
# Whose a column is that is nobody's in the file: the seller's, the user's, our own.
FOREIGN = re.compile(
    r"owner|eigenaar|propri[ée]taire d[ue]|manager|beheerder|verkoper|sales|vendeur|vertreter"
    r"|vertegenwoordiger|created"
    r"|repr[ée]sentant|^commercial$|d[ée]l[ée]gu[ée]|betreuer|sachbearbeiter|adviseur"
    r"|modified|updated|aangemaakt|gewijzigd|login|user|gebruiker|referr|\bour\b|\bonze?\b|\bons\b"
    r"|\beigen\b|\bnotre\b|\bunser|assigned|responsible|verantwoordelijke|intern",
    re.IGNORECASE,
)
# Somebody else than whom a row names: "E-mail ouder 1", "Tel. noodcontact", "Mail architect".
RELATED = re.compile(
    r"(?<!h)ouder(?!dom)|verzorger|parent|vader|moeder|père|mère|\bpere\b|\bmere\b|eltern|vater|mutter|voogd|tuteur"
    r"|partner|echtgeno|conjoint|époux|épouse|ehegatt|ehefrau|ehemann|noodcontact|\bnood|urgence"
    r"|notfall|emergency|next of kin|guardian|boekhouder|accountant|comptable|buchhalter"
    r"|steuerberater|archite[ck]t|makelaar|courtier|makler|\bnotar|notaire|verzekeraar|assureur"
    r"|versicherer|huisarts|m[ée]decin|hausarzt|advocaat|avocat|rechtsanwalt|syndic",
    re.IGNORECASE,
)


def channel_of(reading: ParsedHeader) -> str:
    """Return which of CHANNELS a column is, "" if none."""
    return _channel(reading.targets) if reading.targets else ""


@functools.lru_cache(maxsize=256)
def _channel(targets: frozenset[Target]) -> str:
    names = {name for _, name in targets}
    found = (c for c, (own, work, _) in CHANNELS.items() if not names.isdisjoint((c, own, work)))
    return next(found, "")


def names_role(header: str, role: str) -> bool:
    """Return True if a header such as "N° fournisseur" is about the relations with a role."""
    return ROLES[role].search(squeezed(header)) is not None
