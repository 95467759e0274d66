"""Bases: what each source said of a record at its last import, and what Exact Online stored then.

The base is the middle of the three-way rule (`planning.decide`), and belongs to a source and a
record: two files that disagree about a company are each compared with what they said themselves.
The source that imported last is kept whole, the other sources as what differs from it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exact_import.fields import Kind, catalogue
from exact_import.store import kept
from exact_import.store.journal import Intent, Journal

ANY = ""
"""The source of a base that is used for every source without one: an undo created the record."""

BaseFields = dict[str, list[Any]]
"""By field: what the file said, what was stored, and True if another value was reported since."""


@dataclass(frozen=True, slots=True)
class RecordBases:
    """The bases of one record by source; that of the source that imported last comes first."""

    by_source: Mapping[str, BaseFields] = field(default_factory=dict)

    @property
    def latest(self) -> BaseFields:
        """The base of the source that imported the record last; empty where none did."""
        return self.by_source.get(self.latest_source, {})

    @property
    def latest_source(self) -> str:
        """The source that imported the record last."""
        return next(iter(self.by_source), ANY)

    def of(self, source: str) -> BaseFields | None:
        """Return the base of `source`, None if it has none; the dictionary is the caller's."""
        found = self.by_source.get(source, self.by_source.get(ANY))
        return None if found is None else dict(found)

    def others(self, source: str) -> dict[str, BaseFields]:
        """Return the bases of the other sources, the most recent import first."""
        return {
            one: base for one, base in self.by_source.items() if one not in (source, ANY) and base
        }

    def said_by(self, source: str) -> list[BaseFields]:
        """Return what `source` said last; if it never did, what each other source said."""
        own = self.of(source)
        found = [own] if own is not None else self.others(source).values()
        return [base for base in found if base]

    def with_base(self, source: str, base: Mapping[str, Sequence[Any]]) -> RecordBases:
        """Return these bases with that of `source`, which is importing the record."""
        given = {name: list(pair) for name, pair in base.items()}
        if self.by_source and given == self.latest:
            return RecordBases({**self.by_source, source: given})
        rest = {one: held for one, held in self.by_source.items() if one != source}
        return RecordBases({source: given, **rest})

    def last_stored(self, name: str) -> tuple[Any, str | None]:
        """Return the last known value of a field and the source that it comes from, or None.

        A source whose value differs from Exact Online's does not count.
        """
        for source, base in self.by_source.items():
            if name in base and len(base[name]) == 2:
                return base[name][1], source
        return None, None

    def with_replaced(
        self, kind: Kind, source: str, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> RecordBases:
        """Return these bases after `source` replaced the values `before`, and a warning said so.

        The warning is not repeated for the other source while its value stays the same.
        """
        known = catalogue(kind)

        def marked(name: str, pair: list[Any]) -> list[Any]:
            if name not in after or pair[0] is None or known[name].same(pair[0], after[name]):
                return pair
            return [*pair[:2], True] if known[name].same(pair[1], before.get(name)) else pair

        return RecordBases({**self._each(marked).by_source, source: self.by_source[source]})

    def without_values(self, kind: Kind, values: Mapping[str, Any]) -> RecordBases:
        """Return these bases without the fields in which a source has what is in `values`.

        An undo reversed those values; the next import of such a source sends them again.
        """
        known = catalogue(kind)
        return self._each(
            lambda name, pair: (
                None if name in values and known[name].same(values[name], pair[0]) else pair
            )
        )

    def with_stored(
        self, kind: Kind, sent: Mapping[str, Sequence[Any]], record: Mapping[str, Any]
    ) -> RecordBases:
        """Return these bases with the stored values of `record` in place of those that were sent.

        `sent` holds, by field, the values before and after our write.
        """
        known = catalogue(kind)

        def seen(name: str, value: Any) -> Any:
            return record.get(name) if known[name].same(value, sent[name][1]) else value

        return self._each(
            lambda name, pair: [pair[0], seen(name, pair[1]), *pair[2:]] if name in sent else pair
        )

    def filled_in(self, names: Collection[str], record: Mapping[str, Any]) -> RecordBases:
        """Return these bases with the field values of a new record when it was first listed."""
        return self._each(
            lambda name, pair: [pair[0], record.get(name), *pair[2:]] if name in names else pair
        )

    def _each(self, change: Callable[[str, list[Any]], list[Any] | None]) -> RecordBases:
        return RecordBases(
            {
                source: {
                    name: changed
                    for name, pair in base.items()
                    if (changed := change(name, pair)) is not None
                }
                for source, base in self.by_source.items()
            }
        )


class Bases:
    """The bases of one division, in `journal` under `scope`.

    A bank account or further address is known by its account's ID and its own key.
    """

    def __init__(self, journal: Journal, scope: int) -> None:
        self._journal = journal
        self._scope = scope

    def read(self, kind: Kind, remote_id: str) -> RecordBases:
        """Return the bases of a record."""
        found = self._journal.read(
            "SELECT b.source, b.fields, o.source, o.fields FROM base b LEFT JOIN source_base o"
            " ON o.scope = b.scope AND o.kind = b.kind AND o.id = b.id"
            " WHERE b.scope = ? AND b.kind = ? AND b.id = ? ORDER BY o.source",
            self._place(kind, remote_id),
        )
        if not found:
            return RecordBases()
        latest = kept.mapped(found[0][1], kept.base)
        by_source = {kept.text(found[0][0]): latest}
        for _, _, source, differing in found:
            if source is not None:
                by_source[kept.text(source)] = _whole(
                    latest, kept.mapped(differing, kept.base_or_none)
                )
        return RecordBases(by_source)

    def known(self, kind: Kind, remote_id: str) -> bool:
        """Return True if any source has imported the record."""
        return bool(self.read(kind, remote_id).latest)

    def written_at(self, kind: Kind, remote_id: str) -> str | None:
        """Return the Modified that Exact Online showed after our last write; None if not seen.

        It is "" if somebody else changed the record between two of our writes.
        """
        found = self._journal.read(
            "SELECT written_at FROM base WHERE scope = ? AND kind = ? AND id = ? AND sent = '{}'",
            self._place(kind, remote_id),
        )
        return kept.text_or_none(found[0][0]) if found else None

    def unverified(self) -> dict[tuple[str, str], dict[str, Sequence[Any]]]:
        """Return the updates that have not been read back yet: by record, before and after."""
        found = self._journal.read(
            "SELECT kind, id, sent FROM base WHERE scope = ? AND sent <> '{}'", (self._scope,)
        )
        return {(kind, name): kept.mapped(sent, kept.pair) for kind, name, sent in found}

    def write(
        self,
        kind: Kind,
        remote_id: str,
        bases: RecordBases,
        sent: Mapping[str, Sequence[Any]] | None = None,
        written_at: str | None = None,
    ) -> None:
        """Keep the bases of a record.

        `sent` holds, by field, the values before and after an update whose effect has not been seen
        yet; the next sync compares them, and those of earlier updates, with what was stored; an
        empty one says that all were seen. `written_at` is the Modified that Exact Online showed
        after our write, if it did; "" permanently if somebody else changed the record between our
        writes.
        """
        place = self._place(kind, remote_id)
        (source, latest), *others = bases.by_source.items() or [(ANY, {})]
        pending = None if sent is None else json.dumps(sent)
        with self._journal.transaction():
            self._journal.write(
                "INSERT INTO base (scope, kind, id, source, fields, at, sent, written_at)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, coalesce(?7, '{}'), ?8)"
                " ON CONFLICT DO UPDATE SET source = ?4, fields = ?5, at = ?6,"
                " sent = CASE WHEN ?7 = '{}' THEN ?7 ELSE coalesce(json_patch(sent, ?7), sent) END,"
                " written_at = CASE WHEN written_at IS '' THEN ''"
                " ELSE coalesce(?8, written_at) END",
                (*place, source, kept.packed_base(latest), time.time(), pending, written_at),
            )
            self._journal.write(
                "DELETE FROM source_base WHERE scope = ? AND kind = ? AND id = ?", place
            )
            self._journal.write_many(
                "INSERT INTO source_base VALUES (?, ?, ?, ?, ?)",
                [(*place, one, json.dumps(_differing(latest, base))) for one, base in others],
            )

    def drop(self, kind: Kind, remote_id: str) -> None:
        """Delete the bases of a record."""
        with self._journal.transaction():
            for table in ("base", "source_base"):
                self._journal.write(
                    f"DELETE FROM {table} WHERE scope = ? AND kind = ? AND id = ?",  # noqa: S608
                    self._place(kind, remote_id),
                )

    def _place(self, kind: Kind, remote_id: str) -> tuple[int, str, str]:
        return self._scope, kind, remote_id.casefold()


def place_of(intent: Intent) -> tuple[Kind, str]:
    """Return the kind and the ID under which the base of a written record is kept."""
    if intent.kind in ("account", "contact"):
        return intent.kind, str(intent.remote_id)
    return intent.kind, f"{intent.account_id} {intent.key}"


def _differing(latest: BaseFields, base: BaseFields) -> dict[str, list[Any] | None]:
    """Return where `base` differs from `latest`; None for a field that it lacks."""
    return {
        name: base.get(name) for name in {**latest, **base} if base.get(name) != latest.get(name)
    }


def _whole(latest: BaseFields, differing: Mapping[str, list[Any] | None]) -> BaseFields:
    """Return the base that differs from `latest` as `_differing` returned."""
    return {name: pair for name, pair in {**latest, **differing}.items() if pair is not None}
