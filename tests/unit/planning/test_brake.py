"""When a plan is so odd that nothing is sent before a person has seen it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from exact_import.planning.brake import LEAST, Brake
from exact_import.planning.decision import Decision, Reason
from exact_import.planning.evidence import Identity
from exact_import.planning.lookup import AccountLookup
from exact_import.planning.matcher import AccountMatch
from exact_import.planning.plan import AccountChanges, Action, Change, Plan
from exact_import.records.merge import AccountRecord
from exact_import.store.division import DivisionStore
from exact_import.store.links import OWN_NUMBER, Link
from exact_import.tables.source import source_name
from memory_journal import memory_journal

FOUND, NEW, GONE = (
    Decision(Identity(id="x")),
    Decision(),
    Decision(deleted=Identity(id="x")),
)


def held(reason: Reason) -> Decision:
    return Decision(why="its number is that of another", reason=reason)


def renamed(before: str | None, after: str, action: Action = "update", line: int = 2) -> Change:
    return Change("account", action, [("a.csv", line)], "", fields={"Name": [before, after]})


def alarms_of(
    changes: Sequence[Change] = (),
    decisions: Sequence[Decision] = (),
    settled: int = 0,
    linked: Sequence[str] = (),
) -> list[str]:
    """Return the alarms of a plan; the settled accounts are s0, s1 …, `linked` those of before."""
    store = DivisionStore.of(memory_journal(), "https://exact.example", 1)
    store.links.add(Link("account", "a", OWN_NUMBER, one, one, "matched") for one in linked)
    records = [AccountRecord({}, [("a.csv", line)]) for line in range(2, 2 + len(decisions))]
    matches = {
        place: AccountMatch(place, record, Identity(name=f"Firma {place}"), decision)
        for place, (record, decision) in enumerate(zip(records, decisions, strict=True))
    }
    plan = Plan([AccountChanges(change) for change in changes])
    lookup = AccountLookup(store.mirror, store.links, source_name, records)
    known = {1000 + place: f"s{place}" for place in range(settled)}
    return Brake(matches, known, lookup, store.links).alarms(plan)


STRANGE = [renamed("Kant", f"Zon {line}", line=line) for line in range(2, 7)]


def test_many_that_would_be_called_something_else_stop_the_run() -> None:
    (alarm,) = alarms_of(STRANGE, [FOUND] * 5, settled=44)
    assert alarm == (
        "5 of the 49 rows that match a record of Exact Online would rename it, or contradict it "
        '(line 2: "Kant" would become "Zon 2"; line 3: "Kant" would become "Zon 3"; line 4: "Kant" '
        'would become "Zon 4")'
    )


@pytest.mark.parametrize(
    ("changes", "decisions", "settled", "stops"),
    [
        (STRANGE, [FOUND] * 5, 44, True),
        # No more than a tenth, or too few for a rule.
        (STRANGE, [FOUND] * 5, 45, False),
        (STRANGE[1:], [FOUND] * 4, 0, False),
        # Rows that contradict what they match count too, and match.
        (STRANGE[2:], [FOUND] * 3 + [held("contradiction")] * 2, 0, True),
        ([], [held("contradiction")] * 5, 44, True),
        ([], [held("contradiction")] * 5, 45, False),
        ([], [held("likely")] * 9, 0, False),
        (STRANGE, [FOUND] * 5 + [NEW] * 100 + [held("likely")] * 100, 0, True),
        # What is a spelling, new, or was not called anything.
        ([renamed("Kant", "Kante")] * 9, [FOUND] * 9, 0, False),
        ([renamed("Kant Gent", "Kant")] * 9, [FOUND] * 9, 0, False),
        ([renamed("Kant Gent", "Kant Ath")] * 9, [FOUND] * 9, 0, True),
        ([renamed(None, "Zon")] * 9, [FOUND] * 9, 0, False),
        ([renamed("Kant", "")] * 9, [FOUND] * 9, 0, False),
        ([renamed("Kant", "Zon", "create")] * 9, [FOUND] * 9, 0, False),
        ([Change("account", "update", [("a.csv", 2)], "")] * 9, [FOUND] * 9, 0, False),
    ],
)
def test_the_share_that_stops_a_run(
    changes: list[Change], decisions: list[Decision], settled: int, stops: bool
) -> None:
    assert bool(alarms_of(changes, decisions, settled)) is stops


KNOWN = [f"k{number}" for number in range(10)]


def found(*ids: str) -> list[Decision]:
    return [Decision(Identity(id=one)) for one in ids]


def test_the_list_of_another_program_stops_the_run() -> None:
    (alarm,) = alarms_of(decisions=[NEW] * 10, linked=KNOWN)
    assert alarm == (
        '10 of the 10 companies that "a" had before are no longer in it, and 10 new ones are '
        '("Firma 0", "Firma 1" and "Firma 2")'
    )


@pytest.mark.parametrize(
    ("decisions", "settled", "linked", "stops"),
    [
        ([*found(*KNOWN[6:]), *[NEW] * 6], 0, KNOWN, True),
        # Half of it is there, or fewer are new than are gone, or too few to tell.
        ([*found(*KNOWN[5:]), *[NEW] * 9], 0, KNOWN, False),
        ([*found(*KNOWN[6:]), *[NEW] * 5], 0, KNOWN, False),
        ([NEW] * LEAST, 0, KNOWN[:LEAST], True),
        ([NEW] * (LEAST - 1), 0, KNOWN[: LEAST - 1], False),
        ([NEW] * 9, 0, KNOWN[: LEAST - 1], False),
        # What needs no planning is there; what is held or was deleted is not new.
        ([NEW] * 10, 5, [f"s{number}" for number in range(10)], False),
        ([NEW] * 10, 4, [f"s{number}" for number in range(10)], True),
        ([held("likely")] * 10, 0, KNOWN, False),
        ([GONE] * 10, 0, KNOWN, False),
    ],
)
def test_the_share_of_a_source_that_may_be_gone(
    decisions: list[Decision], settled: int, linked: list[str], stops: bool
) -> None:
    assert bool(alarms_of(decisions=decisions, settled=settled, linked=linked)) is stops
