"""Links: which record of Exact Online a source's row was found to be, remembered in the journal.

A link says that one key of a row, such as its customer number or its VAT number, is one record. Own
numbers belong to their source; every other key is valid for the whole company in Exact Online.
Links are kept longer than the journal's 90 days.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from exact_import.fields import RECORD_KINDS, RecordKind
from exact_import.store import kept
from exact_import.store.journal import Intent, Journal
from exact_import.tables.source import source_name
from exact_import.text import fold
from exact_import.values.match_keys import SEPARATOR, email_key, own_key, place_key, strong_numbers
from exact_import.values.names import folded_name

MadeBy = Literal["answer", "created", "matched"]
OWN_NUMBER = "own number"
BARE_NUMBER = "number without zeros"
"""A numeric own number without its leading zeros, which spreadsheets drop."""
OF_SOURCE = frozenset({OWN_NUMBER, BARE_NUMBER})
"""The keys that belong to their source."""
NAME = "Name"
NAME_AND_PLACE = "Name+Place"
NUMBER = "Number"
EMAIL = "Email"
CONTENT = "content"
"""A digest of everything that a row says: while that stays the same, it is the same record."""

_MADE_BY: Sequence[MadeBy] = ("answer", "created", "matched")


class LinkKey(NamedTuple):
    """One key that a row has; `source` counts for keys in `OF_SOURCE` only."""

    key: str
    value: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One key of a row, and the record of Exact Online that it is.

    `source` is where the row came from, `key` the name of the key ("own number", "number without
    zeros", "Number" for a VAT or company number, "Email", "Name", "Name+Place", "content") and
    `value` its folded value; a contact's keys are unique within its account, and their values begin
    with the account's ID. `made_by` says what the link is based on: a person's answer, a record
    that an import created, or a match. `run` is the run that made it; `at` is when a run last
    confirmed it, in epoch seconds.
    """

    kind: RecordKind
    source: str
    key: str
    value: str
    record_id: str
    made_by: MadeBy
    run: str = ""
    at: float = field(default_factory=time.time, compare=False)

    @property
    def stored(self) -> tuple[str | float, ...]:
        """The link as the journal stores it."""
        record_id = self.record_id.casefold()
        place = (self.kind, self.source, self.key, self.value, record_id)
        return (*place, self.made_by, self.run, self.at)


def account_keys(fields: Mapping[str, Any], source: str, own: str = "") -> list[LinkKey]:
    """Return the keys by which an account with these fields is linked, the most reliable first."""
    name = folded_name(str(fields.get("Name") or ""))
    place = place_key(str(fields.get("Postcode") or fields.get("City") or ""))
    numbers = strong_numbers(fields.get("VATNumber"), fields.get("ChamberOfCommerce"))
    found = [
        LinkKey(OWN_NUMBER, own_key(own), source),
        LinkKey(BARE_NUMBER, own.strip().lstrip("0") if own.strip().isdecimal() else "", source),
        *(LinkKey(NUMBER, number, source) for number in dict.fromkeys(numbers.values())),
        LinkKey(EMAIL, email_key(fields.get("Email")), source),
        LinkKey(NAME_AND_PLACE, f"{name}{SEPARATOR}{place}" if name and place else "", source),
        LinkKey(NAME, name, source),
    ]
    return [key for key in found if key.value]


def contact_keys(fields: Mapping[str, Any], source: str, own: str = "") -> list[LinkKey]:
    """Return the keys by which a contact is linked: its own number, and keys within its account."""
    name = f"{fold(str(fields.get('FirstName') or ''))}{SEPARATOR}"
    name += fold(str(fields.get("LastName") or ""))
    found = [LinkKey(OWN_NUMBER, own_key(own), source), LinkKey(NAME, name, source)]
    return [key for key in found if key.value.strip(SEPARATOR)]


def within(account_id: str, key: LinkKey) -> LinkKey:
    """Return the key of a contact as stored: its own number unchanged, others with the account."""
    if key.key == OWN_NUMBER:
        return key
    return key._replace(value=f"{account_id.casefold()}{SEPARATOR}{key.value}")


class Links:
    """The links of one division, in `journal` under `scope`."""

    def __init__(self, journal: Journal, scope: int) -> None:
        self._journal = journal
        self._scope = scope

    def find(self, kind: RecordKind, keys: Iterable[LinkKey]) -> dict[LinkKey, list[Link]]:
        """Return the links of each of `keys` that has any.

        If a key leads to two records, all its links are returned: such a key decides nothing.
        """
        wanted: dict[tuple[str, str], list[LinkKey]] = {}
        for one in keys:
            source = one.source if one.key in OF_SOURCE else ""
            wanted.setdefault((one.key, source), []).append(one)
        found: dict[LinkKey, list[Link]] = {}
        for (key, source), asked in wanted.items():
            by_value = {one.value: one for one in asked}
            own = " AND source = ?" if key in OF_SOURCE else ""
            links = self._read(
                f"kind = ? AND key = ?{own} AND value IN (SELECT value FROM json_each(?))",  # noqa: S608
                (kind, key, *((source,) if own else ()), json.dumps([*by_value])),
            )
            for link in links:
                found.setdefault(by_value[link.value], []).append(link)
        return found

    def add(self, links: Iterable[Link]) -> None:
        """Add links, and confirm those that exist: an answer stays an answer."""
        self._journal.write_many(
            "INSERT INTO link (scope, kind, source, key, value, id, made_by, run, at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET at = ?9,"
            " made_by = CASE WHEN ?7 = 'answer' THEN ?7 ELSE made_by END",
            [(self._scope, *link.stored) for link in links],
        )

    def replace(self, links: Sequence[Link]) -> None:
        """Add `links`, and remove those by the same keys to other records."""
        with self._journal.transaction():
            for link in links:
                own = "" if link.key in OF_SOURCE else "OR TRUE"
                self._delete(
                    f"kind = ? AND (source = ? {own}) AND key = ? AND value = ? AND id <> ?",
                    link.stored[:5],
                )
            self.add(links)

    def remove(self, links: Iterable[Link]) -> None:
        """Remove links; the next import decides again which records their rows are."""
        with self._journal.transaction():
            for link in links:
                self._journal.write(
                    "DELETE FROM fingerprint WHERE scope = ? AND account = ?",
                    (self._scope, link.record_id.casefold()),
                )
                self._delete(
                    "kind = ? AND source = ? AND key = ? AND value = ? AND id = ?", link.stored[:5]
                )

    def all(self, text: str = "") -> list[Link]:
        """Return the links whose source, key or record holds `text`, by source, key and value.

        A record is searched by its ID, and by its code and name in the mirror.
        """
        wanted = " ".join(fold(text).split())
        links = self._read("1 = 1 ORDER BY source, kind, id, key, value", ())
        if not wanted:
            return links
        named = dict(
            self._journal.read(
                "SELECT id, fields FROM mirror WHERE scope = ?"
                " AND id IN (SELECT id FROM link WHERE scope = ?)",
                (self._scope, self._scope),
            )
        )
        return [
            link
            for link in links
            if wanted
            in fold(f"{link.source} {link.value} {link.record_id} {named.get(link.record_id, '')}")
        ]

    def of(self, kind: RecordKind, record_id: str) -> list[Link]:
        """Return the links to one record."""
        return self._read("kind = ? AND id = ?", (kind, record_id.casefold()))

    def answered(self) -> set[str]:
        """Return the IDs of the records that a person's answers lead to."""
        return {link.record_id for link in self._read("made_by = 'answer'", ())}

    def records_of(self, kind: RecordKind, source: str) -> set[str]:
        """Return the IDs of the records that links of `source` lead to."""
        found = self._journal.read(
            "SELECT DISTINCT id FROM link WHERE scope = ? AND kind = ? AND source = ?",
            (self._scope, kind, source),
        )
        return {row[0] for row in found}

    def link_created(self, intent: Intent, made_by: MadeBy = "created") -> None:
        """Link the record that `intent` created by its keys, or by what was sent."""
        kind: RecordKind = "contact" if intent.kind == "contact" else "account"
        keys = [LinkKey(*key) for key in intent.links]
        if not keys:
            source = source_name(intent.lines[0][0]) if intent.lines else ""
            keys = (
                contact_keys(intent.after, source)
                if kind == "contact"
                else account_keys(intent.after, source, str(intent.after.get("Code") or ""))
            )
        self.link(kind, str(intent.remote_id), keys, made_by, intent.run, intent.account_id)

    def link(
        self,
        kind: RecordKind,
        record_id: str,
        keys: Iterable[LinkKey],
        made_by: MadeBy,
        run: str,
        account_id: str | None = None,
    ) -> None:
        """Link a record by `keys`; own numbers and answers no longer belong to another record."""
        links = []
        for key in keys:
            own = within(account_id or "", key) if kind == "contact" else key
            links.append(Link(kind, own.source, own.key, own.value, record_id, made_by, run))
        sole = [one for one in links if made_by == "answer" or one.key in OF_SOURCE]
        self.replace(sole)
        self.add(one for one in links if one not in sole)

    def forget(self, ids: Iterable[str]) -> None:
        """Remove every link to the records of these IDs."""
        with self._journal.transaction():
            for record_id in ids:
                self._delete("id = ?", (record_id.casefold(),))

    def undo(self, run: str) -> None:
        """Remove the links that `run` made, except a person's answers."""
        self._journal.write(
            "DELETE FROM fingerprint WHERE scope = ?1 AND account IN"
            " (SELECT id FROM link WHERE scope = ?1 AND run = ?2)",
            (self._scope, run),
        )
        self._delete("run = ? AND made_by <> 'answer'", (run,))

    def _delete(self, condition: str, values: Sequence[object]) -> None:
        self._journal.write(
            f"DELETE FROM link WHERE scope = ? AND {condition}",  # noqa: S608  # our own texts
            (self._scope, *values),
        )

    def _read(self, condition: str, values: Sequence[object]) -> list[Link]:
        found = self._journal.read(
            "SELECT kind, source, key, value, id, made_by, run, at FROM link"  # noqa: S608
            f" WHERE scope = ? AND {condition}",
            (self._scope, *values),
        )
        return [_link(row) for row in found]


def _link(row: Sequence[Any]) -> Link:
    kind, source, key, value, record_id, made_by, run, at = row
    return Link(
        kept.one_of(kind, RECORD_KINDS),
        kept.text(source),
        kept.text(key),
        kept.text(value),
        kept.text(record_id),
        kept.one_of(made_by, _MADE_BY),
        kept.text(run),
        kept.number(at),
    )
