"""What a decision says: candidates with what agrees, in the words that people read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exact_import.planning.decision import (
    KEY_WORDS,
    Decision,
    FoundAccounts,
    LinkedAccount,
    candidate_of,
    distinct,
    hold,
    listed,
    matched,
    shown,
)
from exact_import.planning.evidence import Identity, identity_of
from exact_import.planning.plan import Candidate
from exact_import.store.links import (
    CONTENT,
    EMAIL,
    NAME,
    NAME_AND_PLACE,
    NUMBER,
    OWN_NUMBER,
)

ACME = identity_of({"Code": "007", "Name": "Acme", "City": "Gent", "VATNumber": "BE0403170701"})
ACME = replace(ACME, id="a")
BEST = identity_of({"Code": "8", "Name": "Best"}, id="b")
EARLIER = identity_of({"Name": "Acme", "City": "Gent"}, line=("a.csv", 7))
ROW = identity_of({"Name": "Acme NV", "City": "Gent", "VATNumber": "BE0417497106"})


def test_a_match_says_what_agrees() -> None:
    notes = ("moved",)
    found = matched(ROW, ACME, "Name+Place", notes)
    assert found == Decision(ACME, "Name+Place", "", ("Name", "City"), notes)
    assert not found.held


def test_a_match_by_a_link_says_by_which_key_first() -> None:
    found = matched(ROW, ACME, "link", link=EMAIL)
    assert found.link == EMAIL
    assert found.evidence == ("linked by its e-mail address", "Name", "City")
    assert matched(ROW, ACME, "link", link="Phone").evidence[0] == "linked by its Phone"


def test_a_held_row_has_each_candidate_once() -> None:
    found = hold("likely", "may be Acme", ROW, [ACME, BEST, ACME])
    assert found.held
    assert found.account is None
    assert (found.reason, found.why) == ("likely", "may be Acme")
    assert [one.id for one in found.candidates] == ["a", "b"]


def test_a_candidate_has_what_agrees_and_what_contradicts() -> None:
    assert candidate_of(ROW, ACME) == Candidate(
        "a", "007", "Acme", ("Name", "City"), ("VATNumber",)
    )
    assert candidate_of(ROW, BEST) == Candidate("b", "8", "Best", (), ("Name",))
    assert candidate_of(ROW, EARLIER).line == ("a.csv", 7)


def test_accounts_are_distinguished_by_id_and_rows_by_line() -> None:
    second = replace(EARLIER, line=("a.csv", 8))
    found = [ACME, EARLIER, BEST, second, replace(ACME), replace(EARLIER)]
    assert distinct(found) == [ACME, EARLIER, BEST, second]


def test_an_account_is_shown_with_its_code_if_it_has_one() -> None:
    assert shown(ACME) == '"Acme" (code 007)'
    assert shown(Identity(name="Acme")) == '"Acme"'


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (OWN_NUMBER, "customer number"),
        (NUMBER, "VAT or company number"),
        (EMAIL, "e-mail address"),
        (NAME_AND_PLACE, "name and place"),
        (NAME, "name"),
        (CONTENT, "unchanged values"),
    ],
)
def test_what_people_call_the_keys_of_links(key: str, words: str) -> None:
    assert KEY_WORDS[key] == words


def test_what_people_call_fields() -> None:
    fields = ("Website", "Email", "Phone", "AddressLine1", "VATNumber", "ChamberOfCommerce")
    assert listed(fields) == (
        "street, company number, e-mail address, phone number, VAT number and website"
    )
    assert listed(("Name", "IBAN", "Postcode")) == "IBAN, name and postcode"


def test_what_was_found_but_for_some_accounts() -> None:
    both, gone = [ACME, BEST], LinkedAccount(NAME, BEST, gone=True)
    found = FoundAccounts(
        by_id=ACME,
        linked=[LinkedAccount(NAME, BEST), gone],
        numbered=both,
        coded=both,
        named=both,
        similar=both,
        reached=both,
        neighbors=both,
        known_people=frozenset("b"),
    )
    assert found.without({"a"}) == FoundAccounts(
        by_id=ACME,
        linked=[gone],
        numbered=[BEST],
        coded=[BEST],
        named=[BEST],
        similar=[BEST],
        reached=[BEST],
        neighbors=[BEST],
        known_people=frozenset("b"),
    )
