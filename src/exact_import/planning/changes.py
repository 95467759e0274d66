"""One record of the file compared with one of Exact Online: the change that makes them agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from exact_import.fields import PERSON_NAMES, Field, Kind, catalogue, full_name
from exact_import.planning.contacts import are_exchanged, is_initial
from exact_import.planning.decide import (
    Base,
    Decision,
    FieldRule,
    base_of,
    decide,
    source_with,
)
from exact_import.planning.plan import Action, Change, PlanRules
from exact_import.records.home import country_of_row
from exact_import.records.merge import AccountRecord
from exact_import.records.models import RowLocation, RowsRead
from exact_import.store.bases import BaseFields
from exact_import.store.mirror import Mirror, RemoteRecord
from exact_import.text import counted, fold, line_word, quote
from exact_import.values.match_keys import written_alike
from exact_import.values.names import compare_names, folded_person_names

# Never part of an update: the key of the address, and what Exact Online refuses to see again
# even unchanged (docs/exact-online.md, Codes).
_NEVER_UPDATED = frozenset({"ID", "Code", "Account"})
# Files with these keys use Exact Online's own identifiers.
_EXACTS_OWN = ("ID", "Code")
_NAMES: Mapping[str, Sequence[str]] = {"account": ("Name",), "contact": PERSON_NAMES}
# A spreadsheet that reads these as numbers drops their first characters.
_NUMBERS = frozenset(
    ("Phone", "Mobile", "BusinessPhone", "BusinessMobile", "Fax", "BusinessFax", "Postcode")
)
_ADDRESS = ("AddressLine1", "Postcode", "City")
_ROLES = {"C": "customers", "P": "prospects", "S": "suspects"}
_DISAGREE = "your files disagree about the"


class RecordChanges:
    """Makes changes from records by `rules`; messages about their rows go to `outcome`."""

    def __init__(self, mirror: Mirror, rules: PlanRules, outcome: RowsRead) -> None:
        self._mirror = mirror
        self._rules = rules
        self._outcome = outcome
        self.assumed: dict[str, list[RowLocation]] = {}  # rows by the assumed country
        self._status_given = False
        self._field_rules: dict[tuple[Kind, str, bool], FieldRule] = {}
        self._with_cells: dict[Kind, list[str]] = {}

    def kept(self, lines: list[RowLocation], kind: Kind, fields: Mapping[str, Any]) -> Change:
        """Return the change for a record that stays deleted in Exact Online, with a warning."""
        label = str(fields.get("Name") or full_name(fields))
        self.warn(
            lines,
            f"{quote(label)} was deleted in Exact Online and its row has not changed since, so it "
            "is not created again (--recreate creates it)",
        )
        return self._change(kind, "kept", lines, label)

    def _change(
        self,
        kind: Kind,
        action: Action,
        lines: list[RowLocation],
        label: str,
        remote_id: str | None = None,
    ) -> Change:
        source = self._outcome.source_of(lines[0][0])
        return Change(kind, action, lines, label, remote_id, source=source)

    def create_account(self, record: AccountRecord) -> Change:
        """Return the change that creates an account."""
        fields = {"Status": self._rules.new_account_status, **record.fields}
        self._status_given |= "Status" not in record.fields
        if not fields.get("Country") and self._rules.home is not None:
            # Exact Online would give it the country of the company itself.
            assumed = self._rules.countries.get(record.lines[0][0], "")
            country = country_of_row(record.fields, assumed, self._rules.home)
            if country and country != self._rules.home:
                fields["Country"] = country
                if country != assumed:
                    self.assumed.setdefault(country, []).append(record.lines[0])
        return self.create("account", record.lines, fields, str(fields["Name"]))

    def assumptions(self) -> Iterator[str]:
        """Yield notes on values that new accounts get by default: a status, and countries."""
        status = self._rules.new_account_status
        if self._status_given and status in _ROLES:
            yield (
                f"New accounts become {_ROLES[status]} (Status {status}); to change that, set "
                "new_account_status under [import]."
            )
        for country, rows in self.assumed.items():
            (file, line), count = rows[0], len(rows)
            first = f"{line_word(file)} {line}"
            first += f" of {file}" if len(self._outcome.sources) > 1 else ""
            more = f" and {count - 1:,} more" if count > 1 else ""
            yield (
                f"{counted(count, 'new account')} without a country "
                f"{'gets' if count == 1 else 'get'} Country {country}, because of the numbers, "
                f"postcode or city: {first}{more}. If that is wrong, add a column with the country."
            )

    def create(
        self, kind: Kind, lines: list[RowLocation], fields: Mapping[str, Any], label: str
    ) -> Change:
        """Return the change that creates a record with `fields`."""
        known = catalogue(kind)
        change = self._change(kind, "create", lines, label)
        for name, value in fields.items():
            if value is not None and name != "ID" and known[name].create:
                change.fields[name] = [None, value]
        change.with_cells = self._mapped(kind)
        if self._rules.mode == "update":
            skip([change])
        return change

    def _mapped(self, kind: Kind) -> list[str]:
        """Return the fields that have cells; an empty cell counts as what the file said."""
        if kind not in self._with_cells:
            mapped = self._rules.mapped["contact" if kind == "contact" else "account"]
            known = catalogue(kind)
            self._with_cells[kind] = [
                name for name in mapped if known[name].update and name != "MainContact"
            ]
        return self._with_cells[kind]

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

        `derived` are the fields whose value comes from no cell.
        """
        known = catalogue(held.kind)
        change = self._change(held.kind, "unchanged", lines, label, held.id)
        bases = self._mirror.bases.read(held.kind, held.id)
        found, elsewhere = bases.of(change.source) or {}, bases.others(change.source)
        change.base_found = found
        for name in self._mapped(held.kind):
            if name not in fields:
                found.setdefault(name, [None, held.fields.get(name)])
        kept = False
        country = str(fields.get("Country") or "")
        exchanged = held.kind == "contact" and are_exchanged(fields, held.fields)
        for name, value in fields.items():
            if name in _NEVER_UPDATED or not known[name].update:
                continue
            column, current = known[name], held.fields.get(name)
            others = {one: Base.of(base[name]) for one, base in elsewhere.items() if name in base}
            own = found.get(name)
            said = others
            if name in _ADDRESS:  # two halves of two addresses are none
                said = {one: others[one] for one in others if _same_address(fields, elsewhere[one])}
            base = base_of(column, value, None if own is None else Base.of(own), said)
            rule = self._rule(column, name in derived)
            reader = self._reader(column, country)
            decision = decide(column, value, base, current, rule, reader, others)
            if (
                _demotes_customer(name, value, current, fields)
                or _keeps_particle(name, fields, held.fields)
                or (rule.policy != "overwrite" and _lost_leading_characters(name, value, current))
            ):
                decision = "same"
            elif base is None and _keeps_name(column, value, current, rule, matched, exchanged):
                if decision == "update":
                    self.warn(lines, _name_kept(column, value, current, matched, exchanged), name)
                decision = "same"
            elif base is None and _keeps_spelling(column, value, current, rule, matched):
                decision = "same"
            if message := _message(decision, column, value, current, others, rule):
                self.warn(lines, message, name)
            if decision == "same":
                found[name] = [value, current]
            elif decision in ("update", "conflict"):
                change.fields[name] = [current, value]
                found[name] = [value, value]
            elif base is not None:
                base = replace(base, reported=base.reported or decision == "other")
                found[name] = base.kept
                kept = kept or decision == "keep"
        if "LastName" in change.fields and "MiddleName" not in change.fields:
            self._warn_of_particle(lines, change, held)
        if change.fields:
            change.action = "update"
            if self._rules.mode == "create":
                skip([change])
        elif kept:
            change.action = "kept"
        change.base_known = found == bases.of(change.source)
        return change

    def _warn_of_particle(
        self, lines: list[RowLocation], change: Change, held: RemoteRecord
    ) -> None:
        if particle := held.fields.get("MiddleName"):
            last = change.fields["LastName"][1]
            self.warn(
                lines,
                f"Exact Online has {quote(str(particle))} between first and last name, so the last "
                f"name becomes {quote(f'{particle} {last}')}; correct it there if that is wrong",
                "LastName",
            )

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
        """Add a warning to the first of some rows, or say which `duplicate` it may be."""
        warn = self._outcome.warn_of_duplicate if duplicate else self._outcome.warn
        warn(lines[0], message, field_name=name)


def _same_address(fields: Mapping[str, Any], base: BaseFields) -> bool:
    """Return True if the address of a row is that of a source, as far as both have one."""
    known = catalogue("account")
    return all(
        known[name].same(fields[name], base[name][0])
        for name in _ADDRESS
        if name in fields and name in base
    )


def skip(changes: Iterable[Change]) -> None:
    """Remove what `changes` would write."""
    for change in changes:
        if change.writes:
            change.action = "skipped"
            change.main = None


def _short(value: object) -> str:
    return quote(str(value)) if value not in (None, "") else "empty"


def _message(
    decision: Decision,
    column: Field,
    value: Any,
    current: Any,
    others: Mapping[str, Base],
    rule: FieldRule,
) -> str:
    """Return the message about a decision that its row should have; "" for none."""
    name = column.name
    if decision == "keep":
        return (
            f"{name} was changed in Exact Online to {_short(current)} since the last import; "
            f"the file's {_short(value)} was not sent"
        )
    source = source_with(column, current, others)
    if decision == "other":
        return stays(f"{name} of the {column.kind}", value, current, source or "")
    if decision == "conflict":
        where = "in Exact Online" if source is None else f"in {quote(source)}"
        return f"{name} was changed both in the file and {where} ({_short(current)}); the file wins"
    if decision != "update" or source is None or rule.policy == "overwrite":
        return ""
    return replaces(f"{name} of the {column.kind}", value, current, source)


def replaces(what: str, value: Any, current: Any, source: str) -> str:
    """Return the message for a row whose `value` replaces one from `source`; "" if it does not."""
    if current in (None, ""):
        return ""
    there = f"{_short(current)} from the file {quote(source)}"
    return f"{_DISAGREE} {what}: {_cell(value)} in this row replaces {there}"


def stays(what: str, value: Any, current: Any, source: str) -> str:
    """Return the message for a row whose `value` is not sent because of that of `source`."""
    is_empty = current in (None, "")
    there = "keeps it empty, as in" if is_empty else f"keeps {_short(current)} from"
    return (
        f"{_DISAGREE} {what}: Exact Online {there} the file {quote(source)}, and "
        f"{_cell(value)} in this row is not sent until it changes"
    )


def _cell(value: Any) -> str:
    return "the empty cell" if value in (None, "") else _short(value)


def _keeps_name(
    column: Field, value: Any, current: Any, rule: FieldRule, matched: str, exchanged: bool
) -> bool:
    """Return True if a first match leaves a name as Exact Online has it.

    It does if only the spelling of the name would change, if the row has only an initial of it or
    has first and last name `exchanged`, or if a person said which record it is: that does not mean
    that its name is different. A file with Exact Online's own identifiers has its names too.
    """
    if column.name not in _NAMES.get(column.kind, ()) or rule.policy == "overwrite":
        return False
    if matched == "answer":
        return current not in (None, "")
    if matched in _EXACTS_OWN:
        return False
    ours, theirs = str(value or ""), str(current or "")
    if column.kind == "contact":
        given, known = folded_person_names(ours), folded_person_names(theirs)
        shortened = column.name == "FirstName" and len(ours) < len(theirs)
        return bool(theirs) and (
            exchanged or bool(given & known) or (shortened and is_initial(given, known))
        )
    return compare_names(ours, theirs) == "same"


def _keeps_spelling(column: Field, value: Any, current: Any, rule: FieldRule, matched: str) -> bool:
    """Return True if a first match leaves a value that differs only in spelling."""
    if rule.policy == "overwrite" or matched in _EXACTS_OWN:
        return False
    return bool(value and current) and written_alike(column.name, str(value), str(current))


def _name_kept(column: Field, value: Any, current: Any, matched: str, exchanged: bool) -> str:
    what = "name" if column.kind == "account" else column.name
    kept = f"Exact Online keeps the {what} {_short(current)}"
    if matched == "answer":
        return (
            f"{kept}: your answer says which record it is, and {_short(value)} in this row was not "
            "sent; if that is its name, change it there"
        )
    if exchanged:
        return f"{kept}; this row has first and last name swapped: {_short(value)} was not sent"
    return f"{kept}; {_short(value)} in this row is only written differently and was not sent"


def _demotes_customer(name: str, value: Any, current: Any, fields: Mapping[str, Any]) -> bool:
    """Return True if a list of suppliers would turn a customer into a supplier only."""
    return name == "Status" and current == "C" and value == "A" and bool(fields.get("IsSupplier"))


def _keeps_particle(name: str, fields: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Return True if a last name begins with the particle that Exact Online stores separately."""
    particle = held.get("MiddleName")
    if name != "LastName" or not particle or fields.get("MiddleName"):
        return False
    return fold(f"{particle} {held.get('LastName') or ''}") == fold(str(fields["LastName"]))


def _lost_leading_characters(name: str, value: Any, current: Any) -> bool:
    """Return True for a number without the first 0 or + that Exact Online has: Excel drops them."""
    if name not in _NUMBERS or not isinstance(value, str) or not isinstance(current, str):
        return False
    given, stored = ("".join(filter(str.isdigit, text)) for text in (value, current))
    signed = current.startswith("+") and not value.startswith(("+", "0"))
    return bool(given) and (stored == f"0{given}" or (signed and stored == given))
