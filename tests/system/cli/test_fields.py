"""The catalogue of fields, as the command shows it."""

from __future__ import annotations

import pytest

from exact_import.exporting.export import choose_columns
from exact_import.fields import RecordKind, catalogue
from exact_import.mapping.infer import recognise
from sandbox_env import SandboxEnv


def test_fields_of_one_kind_by_a_word(env: SandboxEnv) -> None:
    ended = env.run("fields", "account", "btw")
    assert ended.returncode == 0
    first, *lines = ended.stdout.splitlines()
    assert first.split() == ["Field", "Type", "Length", "Rule", "Meaning", "Headers"]
    assert {line.split()[0] for line in lines} >= {"account.VATNumber", "account.SalesVATCode"}
    assert "account.Name" not in ended.stdout
    assert "BTW-nummer" in ended.stdout


def test_fields_tells_what_is_known(env: SandboxEnv) -> None:
    document = env.json("fields")
    found = {f"{field['kind']}.{field['name']}": field for field in document["fields"]}
    assert found["account.Name"]["required"]
    assert found["contact.FirstName"]["rule"] == "one of first and last name required"
    assert found["contact.Account"]["create_only"]
    code = found["account.Code"]
    assert (code["length"], code["length_known"], code["type"]) == (18, "documented", "String")
    assert found["account.City"]["length_known"] == "hint"
    assert "Relatiecode" in code["headers"]
    assert all(field["meaning"] for field in document["fields"])
    assert "account.Modified" not in found
    assert {field["kind"] for field in document["fields"]} == {
        "account",
        "contact",
        "address",
        "bank account",
    }


def test_read_only_fields_on_request(env: SandboxEnv) -> None:
    ended = env.run("fields", "contact", "modified", "--all")
    assert "read-only" in ended.stdout
    assert env.run("fields", "contact", "modified").returncode == 2


def test_kinds_of_two_words(env: SandboxEnv) -> None:
    for words in (["bank account"], ["bank", "account"], ["bankaccount"], ["bank"]):
        document = env.json("fields", *words, "iban")
        assert {field["kind"] for field in document["fields"]} == {"bank account"}
    found = env.json("fields", "delivery address", "city")["fields"]
    assert [(field["kind"], field["name"]) for field in found] == [("address", "City")]


def test_no_such_word_is_usage_with_the_nearest(env: SandboxEnv) -> None:
    ended = env.run("fields", "Postcod3")
    assert ended.returncode == 2
    assert "Did you mean account.Postcode?" in ended.stderr
    document = env.json("fields", "xyzzy", status=2)
    assert "xyzzy" in document["error"]["message"]


@pytest.mark.parametrize("kind", ["account", "contact"])
def test_every_field_has_a_header_that_an_import_takes_for_it(kind: RecordKind) -> None:
    for name, known in catalogue(kind).items():
        if name in ("BankAccounts", "Picture", "Account"):
            continue
        columns = choose_columns(f"{kind}.{name}")
        header = [column.header for column in columns]
        choices = recognise(header).choices
        place = next(i for i, column in enumerate(columns) if column.field is known)
        expected = (kind, name) if known.writable else ("", "")
        assert (choices[place].section, choices[place].field) == expected
