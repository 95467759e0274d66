"""One record of the file against one of Exact Online: the change that would make them agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from exact_import.fields import Field, Kind, catalogue, full_name
from exact_import.planning.decide import Base, FieldRule, decide
from exact_import.planning.plan import Change, PlanRules
from exact_import.records.merge import AccountRecord
from exact_import.records.models import RowLocation, RowsRead
from exact_import.store.mirror import Mirror, RemoteRecord
from exact_import.text import quote
from exact_import.values.names import compare_names

# Never part of an update: the key of the address, and what Exact Online refuses to see again
# even unchanged (docs/exact-online.md, Codes).
_NEVER_UPDATED = frozenset({"ID", "Code", "Account"})
# Who is found by these has a file that speaks of Exact Online's records in its own terms.
_EXACTS_OWN = ("ID", "Code", "answer")


class RecordChanges:
    """Makes changes of records by `rules`, noting in `outcome` what their rows should know."""

    def __init__(self, mirror: Mirror, rules: PlanRules, outcome: RowsRead) -> None:
        self._mirror = mirror
        self._rules = rules
        self._outcome = outcome
        self._field_rules: dict[tuple[Kind, str, bool], FieldRule] = {}

    def kept(self, lines: list[RowLocation], kind: Kind, fields: Mapping[str, Any]) -> Change:
        """Return that a record deleted in Exact Online stays away, and say so."""
        label = str(fields.get("Name") or full_name(fields))
        self.warn(
            lines,
            f"{quote(label)} was deleted in Exact Online and its row has not changed since, so it "
            "is not created again (--recreate creates it)",
        )
        return Change(kind, "kept", lines, label)

    def create_account(self, record: AccountRecord) -> Change:
        """Return the change that makes a new account."""
        fields = {"Status": self._rules.new_account_status, **record.fields}
        return self.create("account", record.lines, fields, str(fields["Name"]))

    def create(
        self, kind: Kind, lines: list[RowLocation], fields: Mapping[str, Any], label: str
    ) -> Change:
        """Return the change that makes a new record with `fields`."""
        known = catalogue(kind)
        change = Change(kind, "create", lines, label)
        for name, value in fields.items():
            if value is not None and name != "ID" and known[name].create:
                change.fields[name] = [None, value]
                change.base[name] = [value, value]
        for name in self._mapped(kind):
            change.base.setdefault(name, [None, None])
        if self._rules.mode == "update":
            skip([change])
        return change

    def _mapped(self, kind: Kind) -> list[str]:
        """Return the fields that have cells: an empty one, too, is what the file said."""
        mapped = self._rules.mapped["contact" if kind == "contact" else "account"]
        known = catalogue(kind)
        return [name for name in mapped if known[name].update and name != "MainContact"]

    def update(self, record: AccountRecord, held: RemoteRecord, matched: str) -> Change:
        """Return the change of the account `held`, which was found by `matched`."""
        label = str(record.fields.get("Name") or held.fields.get("Name") or "")
        derived = frozenset({"Name", "Email"}) if record.person else frozenset[str]()
        return self.compare(record.lines, record.fields, held, label, derived, matched)

    def compare(
        self,
        lines: list[RowLocation],
        fields: Mapping[str, Any],
        held: RemoteRecord,
        label: str,
        derived: frozenset[str] = frozenset(),
        matched: str = "",
    ) -> Change:
        """Return the change that makes the record `held` agree with `fields`.

        `derived` are the fields whose value no cell gives.
        """
        known = catalogue(held.kind)
        change = Change(held.kind, "unchanged", lines, label, held.id)
        change.base = self._mirror.base(held.kind, held.id)
        for name in self._mapped(held.kind):
            if name not in fields:
                change.base.setdefault(name, [None, held.fields.get(name)])
        kept = False
        country = str(fields.get("Country") or "")
        for name, value in fields.items():
            if name in _NEVER_UPDATED or not known[name].update:
                continue
            column, current = known[name], held.fields.get(name)
            base = Base.of(change.base.get(name))
            rule = self._rule(column, name in derived)
            decision = decide(column, value, base, current, rule, self._reader(column, country))
            if _takes_away(name, value, current, fields) or (
                column.kind == "account"
                and name == "Name"
                and base is None
                and matched not in _EXACTS_OWN
                and rule.policy != "overwrite"
                and compare_names(str(value or ""), str(current or "")) == "same"
            ):
                decision = "same"
            if decision == "same":
                change.base[name] = [value, current]
            elif decision == "keep":
                kept = True
                self.warn(
                    lines,
                    f"{name} was changed in Exact Online to {_short(current)} since the last "
                    f"import; the file's {_short(value)} was not sent",
                    name,
                )
            elif decision in ("update", "conflict"):
                if decision == "conflict":
                    self.warn(
                        lines,
                        f"{name} was changed both in the file and in Exact Online "
                        f"({_short(current)}); the file wins",
                        name,
                    )
                change.fields[name] = [current, value]
                change.base[name] = [value, value]
        if change.fields:
            change.action = "update"
            if self._rules.mode == "create":
                skip([change])
        elif kept:
            change.action = "kept"
        return change

    def _reader(self, column: Field, country: str) -> Callable[[str], Any]:
        return lambda text: self._rules.read(column, text, country)

    def _rule(self, column: Field, derived: bool) -> FieldRule:
        place = (column.kind, column.name, derived)
        rule = self._field_rules.get(place)
        if rule is None:
            policy = self._rules.policy(column.kind, column.name) or ""
            constant = column.name in self._rules.constants.get(column.kind, ())
            rule = self._field_rules[place] = FieldRule(policy, constant, derived)
        return rule

    def reject(self, lines: Sequence[RowLocation], message: str) -> None:
        """Reject rows, saying why."""
        for source in lines:
            self._outcome.reject(source, message)

    def warn(
        self,
        lines: Sequence[RowLocation],
        message: str,
        name: str = "",
        *,
        duplicate: bool = False,
    ) -> None:
        """Say something about the first of some rows, or which `duplicate` it may be."""
        warn = self._outcome.warn_of_duplicate if duplicate else self._outcome.warn
        warn(lines[0], message, field_name=name)


def skip(changes: Iterable[Change]) -> None:
    """Leave out what `changes` would write."""
    for change in changes:
        if change.writes:
            change.action = "skipped"
            change.main = None


def _short(value: object) -> str:
    return quote(str(value)) if value not in (None, "") else "empty"


def _takes_away(name: str, value: Any, current: Any, fields: Mapping[str, Any]) -> bool:
    """Return True if a list of suppliers would make a customer none."""
    return name == "Status" and current == "C" and value == "A" and bool(fields.get("IsSupplier"))
