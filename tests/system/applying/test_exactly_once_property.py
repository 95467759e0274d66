"""Any file, any division, any trouble: in the end every row is there, and there once.

The same file goes into two divisions that hold the same at the start: one where nothing goes
wrong, and one under faults. When the program says that it is done, the two hold the same.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import example, given, note
from hypothesis import strategies as st

from exact_import.values.names import folded_name
from in_process import (
    FIRST,
    SECOND,
    Ended,
    assert_rows_add_up,
    bounded,
    new_env,
    run_json,
)
from sandbox_env import SandboxEnv, table

SETTLE_AFTER = 0.5
CONFIGURATION = f"[import]\nsettle_after = {SETTLE_AFTER}\nread_timeout = 1\nconnect_timeout = 2\n"
HEADER = ("Code", "Company", "Postcode", "City", "First name", "Last name", "E-mail")
# Far apart: the codes that Exact Online gives by itself never reach the next one.
CODES = tuple(str(number * 1000) for number in range(1, 7))
NAMES = ("Acme", "ACME", "Acme BV", "Bakkerij Peeters", "Jan Peeters")
POSTCODES = ("", "9000", "2000")
PEOPLE = (("Jan", "Peeters"), ("Jan", ""), ("", "Peeters"), ("An", "Maes"), ("jan", "peeters"))
EMAILS = ("", "jan@acme.example", "JAN@acme.example", "info@acme.example")


@dataclass
class Case:
    """A file's rows, what the division holds before, and the trouble to come."""

    rows: list[tuple[str, ...]]
    remote: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)


@st.composite
def companies(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Return one to five companies, each as its rows."""
    rows: list[tuple[str, ...]] = []
    coded = draw(st.sampled_from(["all", "none", "some"]))
    for code in draw(st.lists(st.sampled_from(CODES), min_size=1, max_size=5, unique=True)):
        has_code = coded == "all" or (coded == "some" and draw(st.booleans()))
        name = draw(st.sampled_from(NAMES))
        postcode = draw(st.sampled_from(POSTCODES))
        city = draw(st.sampled_from(["Gent", "Luik", ""]))
        people = draw(
            st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(EMAILS)), max_size=3)
        )
        for first, last, email in [(*names, email) for names, email in people] or [("", "", "")]:
            cells = [code if has_code else "", name, postcode, city, first, last, email]
            # A cell that is left out contradicts nothing; a row without a company is a person's.
            for place in draw(st.sets(st.integers(0, 6), max_size=2)):
                cells[place] = ""
            rows.append(tuple(cells))
    return draw(st.permutations(rows))


@st.composite
def remote_accounts(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return what the division holds: some of the same names and codes, with contacts or not."""
    accounts = []
    for code in draw(st.lists(st.sampled_from((*CODES, "77")), max_size=3, unique=True)):
        account: dict[str, Any] = {"Code": code, "Name": draw(st.sampled_from(NAMES))}
        for name, values in (("Postcode", POSTCODES), ("City", ("", "Gent")), ("Email", EMAILS)):
            if value := draw(st.sampled_from(values)):
                account[name] = value
        people = draw(
            st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(EMAILS)), max_size=2)
        )
        account["people"] = [
            {"FirstName": first, "LastName": last, "Email": email or None}
            for (first, last), email in people
        ]
        accounts.append(account)
    return accounts


WRITTEN = st.booleans()
LOST = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(
                ["reset", "error_502", "error_503", "error_504", "empty_500", "hang"]
            ),
            "written": WRITTEN,
        }
    ),
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["drop_before", "drop_after", "truncated", "html_200"])}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("drop_then_write"), "delay": st.sampled_from([0.05, 0.3])}
    ),
    # Longer than the program waits for an answer: the work is done after it gave up.
    st.fixed_dictionaries({"kind": st.just("slow"), "delay": st.sampled_from([0.05, 1.2])}),
)


@st.composite
def trouble(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return rules: writes whose answer is lost, and now and then reads that fail or lag."""
    rules: list[dict[str, Any]] = [
        {
            **lost,
            "match": {
                "method": draw(st.sampled_from(["POST", "POST", "PUT"])),
                "path": draw(st.sampled_from(["crm/*", "crm/Accounts*", "crm/Contacts*"])),
            },
            "skip": draw(st.integers(0, 3)),
            "times": draw(st.integers(1, 3)),
            "probability": draw(st.sampled_from([1.0, 0.5])),
        }
        for lost in draw(st.lists(LOST, min_size=1, max_size=4))
    ]
    if draw(st.integers(0, 5)) == 0:
        kind = draw(st.sampled_from(["drop_before", "error_503", "truncated", "html_200"]))
        skip = draw(st.integers(0, 6))
        rules.append({"kind": kind, "match": {"method": "GET"}, "skip": skip, "times": 1})
    if draw(st.booleans()):
        rules.append(
            {"kind": "stale_sync", "match": {"path": "sync/CRM/*"}, "delay": 2.0, "times": 6}
        )
    return rules


cases = st.builds(Case, companies(), remote_accounts(), trouble())


def furnish(env: SandboxEnv, division: int, accounts: list[dict[str, Any]]) -> None:
    """Put the accounts and their contacts into a division, long ago."""
    for account in accounts:
        payload = {name: value for name, value in account.items() if name != "people"}
        made = env.control("POST", "accounts", {"division": division, "create": [payload]})
        parent = made["created"][0]["ID"]
        people = [{**person, "Account": parent} for person in account["people"]]
        env.control("POST", "contacts", {"division": division, "create": people})


def contents(env: SandboxEnv, division: int) -> Counter[tuple[Any, ...]]:
    """Return what a division holds but for IDs, times and the codes that it gave by itself."""
    held = env.control("GET", "state")["divisions"][str(division)]
    people: dict[str, list[tuple[str, ...]]] = {}
    for contact in held["contacts"]:
        people.setdefault(contact["Account"], []).append(
            tuple(contact.get(name) or "" for name in ("FirstName", "LastName", "Email"))
        )
    return Counter(
        (
            account["Code"].strip() if account["Code"].strip() in (*CODES, "77") else "",
            *(account.get(name) or "" for name in ("Name", "Postcode", "City", "Email", "Status")),
            tuple(sorted(people.get(account["ID"], []))),
        )
        for account in held["accounts"]
    )


def accounts(env: SandboxEnv, division: int) -> Counter[tuple[Any, ...]]:
    """Return the accounts of a division without their people, of whom some may be held."""
    return Counter(account[:-1] for account in contents(env, division).elements())


def finish(env: SandboxEnv, division: int, *, seconds: float = 0) -> Ended:
    """Run until the program says that it is done, holding it to its promises on the way."""
    until = time.monotonic() + seconds
    while True:
        ended = run_json(env, env.folder / "a.csv", "--division", str(division))
        assert_rows_add_up(ended.document)
        assert ended.status in (0, 1, 75), ended.errors
        unfinished = ended.rows.get("pending", 0) + ended.rows.get("unsettled", 0)
        bad = sum(ended.rows.get(word, 0) for word in ("rejected", "refused", "held"))
        if ended.status != 75:
            assert not unfinished, ended.rows
            assert ended.status == (1 if bad else 0)
            return ended
        assert time.monotonic() < until, f"not finished: {ended.document}"
        time.sleep(SETTLE_AFTER / 2)


def rest(env: SandboxEnv, division: int, before: Ended) -> Ended:
    """Run again until nothing is sent any more, which is at once where no row was rejected.

    A row that could not be told from another may be told from it once that one is updated; one
    that was imported is known again.
    """
    asked = before.rows.get("rejected", 0) + before.rows.get("held", 0)
    for _ in range(4):
        ended = finish(env, division)
        if not ended.document["api_calls"]["writes"]:
            assert set(ended.rows) <= {"unchanged", "kept", "rejected", "held"}, ended.document
            assert open_lines(ended) <= open_lines(before), ended.document["problems"]
            return ended
        assert asked, ended.document
    raise AssertionError(f"something is sent by every run: {ended.document}")


def open_lines(ended: Ended) -> set[int]:
    """Return the lines that were refused, or held for a person to decide."""
    held = {line for one in ended.document["held"] for _, line in one["lines"]}
    return ended.refused_lines() | held


def assert_each_row_is_there(env: SandboxEnv, division: int, case: Case, ended: Ended) -> None:
    """Every row that was not refused has its account, and under it its person, once."""
    held = env.control("GET", "state")["divisions"][str(division)]
    for line, cells in enumerate(case.rows, start=2):
        if line in open_lines(ended):
            continue
        code, name, postcode, _, first, last, email = cells
        placed = [
            account
            for account in held["accounts"]
            if not postcode or account.get("Postcode") == postcode
        ]
        # An account that has the name and the place keeps the code that it has.
        by_code = [one for one in placed if not name and one["Code"].strip() == code]
        # A person without a company, and without a code that counts, has an account by that name.
        called = folded_name(name or " ".join(filter(None, (first, last))))
        by_name = [one for one in placed if not called or folded_name(one["Name"]) == called]
        found = [account["ID"] for account in by_code or by_name]
        assert found, f"line {line} is lost: {cells}"
        if code and not name:
            assert len(found) == 1, f"line {line} is doubled: {cells}"
        if not (first or last):
            continue
        people = [
            contact
            for contact in held["contacts"]
            if contact["Account"] in found
            and all(
                not cell or (contact.get(name) or "").casefold() == cell.casefold()
                for name, cell in (("FirstName", first), ("LastName", last), ("Email", email))
            )
        ]
        assert people, f"the person on line {line} is lost: {cells}"


def try_out(case: Case) -> None:
    """Import under faults and without, and compare."""
    with new_env(CONFIGURATION, seed=1) as env:
        furnish(env, FIRST, case.remote)
        furnish(env, SECOND, case.remote)
        env.control("POST", "clock", {"move": 100})
        env.write("a.csv", table(HEADER, *case.rows))
        calm = finish(env, SECOND)
        again = rest(env, SECOND, calm)
        note(f"without faults: {calm.rows}, again: {again.rows}")

        env.faults(*case.faults)
        # How long the answers that are lost take to settle is by the server's clock.
        ended = finish(env, FIRST, seconds=60)
        env.control("DELETE", "faults")
        assert_each_row_is_there(env, FIRST, case, ended)
        last = rest(env, FIRST, ended)
        if open_lines(last) <= open_lines(again):
            assert contents(env, FIRST) == contents(env, SECOND)
            assert last.rows == again.rows, last.document
        else:
            # Another of its name was made before it, and nothing tells the two apart: it is held.
            assert last.document["held"], last.document
            assert accounts(env, FIRST) <= accounts(env, SECOND)


LOST_FIRST = [{"kind": "drop_before", "match": {"method": "POST"}, "times": 1}]
LOST_SECOND = [{"kind": "drop_before", "match": {"method": "POST"}, "skip": 1, "times": 1}]
COMPANY = ("", "Acme", "", "", "", "", "info@acme.example")
PERSON = ("", "", "", "", "jan", "peeters", "info@acme.example")
NAMESAKE = ("", "Jan Peeters", "", "", "", "", "")
UNPLACED: list[tuple[str, ...]] = [
    ("", "Jan Peeters", "", "Gent", "", "", "info@acme.example"),
    ("", "", "2000", "", "Jan", "Peeters", ""),
]
HELD: list[tuple[str, ...]] = [
    ("", "Acme BV", "", "Luik", "", name, "") for name in ("Peeters", "peeters")
]
TWO_OF_A_NAME: list[dict[str, Any]] = [
    {"Code": code, "Name": "Acme", "City": "Luik", "people": []} for code in ("2000", "3000")
]


NAMESAKES: list[tuple[str, ...]] = [
    ("", "Acme", "", "Gent", first, "Peeters", f"{mailbox}@acme.example")
    for first, mailbox in (("Jan", "info"), ("", "jan"), ("Jan", "jan"))
]


# What once went wrong: a person who uses the address of a company, or bears its name; a held
# person of several rows; a person held beside a namesake, who took that one's link the next night.
@bounded()
@given(case=cases)
@example(case=Case(HELD, remote=TWO_OF_A_NAME, faults=LOST_FIRST))
@example(case=Case(NAMESAKES))
@example(case=Case([COMPANY, PERSON], faults=LOST_FIRST))
@example(case=Case([COMPANY, PERSON], faults=LOST_SECOND))
@example(case=Case([("", "Acme", "9000", *COMPANY[3:]), PERSON], faults=LOST_FIRST))
@example(case=Case([("", "Acme", "9000", *COMPANY[3:]), PERSON], faults=LOST_SECOND))
@example(case=Case([NAMESAKE, PERSON], faults=LOST_FIRST))
@example(case=Case([NAMESAKE, PERSON], faults=LOST_SECOND))
@example(case=Case(UNPLACED, faults=LOST_FIRST))
@example(case=Case([("1000", *COMPANY[1:]), PERSON], faults=LOST_FIRST))
@example(case=Case([("1000", *COMPANY[1:]), PERSON], faults=LOST_SECOND))
def test_every_row_is_there_exactly_once(case: Case) -> None:
    try_out(case)
