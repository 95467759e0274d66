"""Which records are left out of the plan, given what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from exact_import.planning.decide import fingerprint, unchanged
from exact_import.records.merge import AccountRecord, ContactRecord
from exact_import.records.models import DetailRecord, Values


@dataclass
class Known:
    """What a store would answer."""

    accounts: Mapping[bytes, str]
    keys: Mapping[tuple[str, str], list[str]] = field(default_factory=dict)

    def account_ids_by(self, key: str, value: str) -> list[str]:
        return self.keys.get((key, value), [])


def company(name: str, code: str = "") -> AccountRecord:
    fields: Values = {"Name": name, **({"Code": code} if code else {})}
    return AccountRecord(fields, [("a.csv", 2)])


RECORDS = [company("Acme", "1"), company("Best"), company("Cool", "3")]
DIGESTS = [b"acme", b"best", b"cool"]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (Known({}), set()),
        (Known({b"acme": "A", b"best": "B", b"cool": "C"}), {0, 1, 2}),
        (Known({b"acme": "A", b"best": "B"}), {0, 1}),
        # Two that agree with one account are told apart, or refused, by planning.
        (Known({b"acme": "A", b"best": "A", b"cool": "C"}), {2}),
        (Known({b"acme": "A", b"best": "A", b"cool": "A"}), set()),
        # One that is planned has a key of an account: whose that is, planning says too.
        (Known({b"acme": "A", b"best": "B"}, {("Code", "3"): ["A"]}), {1}),
        (Known({b"acme": "A", b"best": "B"}, {("Name", "cool"): ["B", "X"]}), {0}),
        # And so on from one to the next.
        (Known({b"acme": "A", b"best": "B"}, {("Code", "3"): ["A"], ("Code", "1"): ["B"]}), set()),
    ],
)
def test_what_is_known_and_nobody_else_has_to_do_with_is_left_out(
    known: Known, expected: set[int]
) -> None:
    assert set(unchanged(RECORDS, DIGESTS, known.accounts, known.account_ids_by)) == expected


def test_a_record_that_a_person_answered_about_is_planned() -> None:
    known = Known({b"acme": "A", b"best": "B", b"cool": "C"})
    assert unchanged(RECORDS, DIGESTS, known.accounts, known.account_ids_by, {1}) == {
        0: "A",
        2: "C",
    }


def test_a_fingerprint_covers_the_whole_record() -> None:
    def record(**changed: object) -> AccountRecord:
        row_record = AccountRecord(
            {"Name": "Acme", "City": "Gent"},
            [("a.csv", 2)],
            [ContactRecord({"LastName": "Maes"}, [("a.csv", 2)])],
            details=[DetailRecord("postal address", {"City": "Gent"}, [("a.csv", 2)])],
        )
        for name, value in changed.items():
            setattr(row_record, name, value)
        return row_record

    digest = fingerprint(b"rules")
    same = digest(record(), "a")
    assert len(same) == 16
    assert digest(record(lines=[("b.csv", 9)]), "a") == same
    others = [
        fingerprint(b"other rules")(record(), "a"),
        digest(record(), "b"),
        digest(record(fields={"Name": "Acme", "City": "Luik"}), "a"),
        digest(record(fields={"Name": "Acme", "City": None}), "a"),
        digest(record(fields={"Name": "Acme"}), "a"),
        digest(record(own="K-1"), "a"),
        digest(record(person=True), "a"),
        digest(record(contacts=[]), "a"),
        digest(record(contacts=[ContactRecord({"LastName": "Maes"}, [], main=True)]), "a"),
        digest(record(contacts=[ContactRecord({"LastName": "Claes"}, [])]), "a"),
        digest(record(contacts=[ContactRecord({"LastName": "Maes"}, [], own="P-1")]), "a"),
        digest(record(details=[]), "a"),
        digest(record(details=[DetailRecord("invoice address", {"City": "Gent"}, [])]), "a"),
    ]
    assert len({same, *others}) == len(others) + 1
