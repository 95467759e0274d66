"""Making the mapping of a file: what the INI says, what the headers say, and what is refused."""

from __future__ import annotations

import pytest

from exact_import.errors import ConfigError, ExitStatus, UsageError
from exact_import.fields import Section
from exact_import.mapping.column_mapping import ColumnMapping, make_mapping

HEADER = ["Company", "Street", "Number", "E-mail", "First name", "Last name", "Extra", "Since"]
ROW = ("Acme", "Kade", "8", "jan@acme.example", "Jan", "Peeters", "x", "2020")


def mapped(
    sections: dict[Section, dict[str, str]], header: list[str] | None = None
) -> ColumnMapping:
    return make_mapping(header or HEADER, sections, "contacts.csv")


def values(mapping: ColumnMapping, section: Section, row: tuple[str, ...] = ROW) -> dict[str, str]:
    return {name: t.fill(row) for name, t in mapping.templates.get(section, {}).items()}


def refused(sections: dict[Section, dict[str, str]], header: list[str] | None = None) -> str:
    with pytest.raises(ConfigError if sections else UsageError) as caught:
        mapped(sections, header)
    assert caught.value.exit_status == (ExitStatus.CONFIG if sections else ExitStatus.USAGE)
    return str(caught.value)


def test_without_sections_everything_is_recognised() -> None:
    mapping = mapped({})
    assert values(mapping, "account") == {"Name": "Acme", "AddressLine1": "Kade 8"}
    assert values(mapping, "contact") == {
        "Email": "jan@acme.example",
        "FirstName": "Jan",
        "LastName": "Peeters",
    }
    assert mapping.unrecognised == ("Extra", "Since")
    assert not mapping.explicit("account")


def test_a_section_means_exactly_its_fields_and_leaves_the_other_to_the_headers() -> None:
    mapping = mapped({"account": {"Name": "{Company} ({Extra})", "status": "C"}})
    assert values(mapping, "account") == {"Name": "Acme (x)", "Status": "C"}
    assert mapping.templates["account"]["Status"].constant
    assert values(mapping, "contact")["FirstName"] == "Jan"
    assert mapping.explicit("account")
    assert not mapping.explicit("contact")
    assert mapping.unrecognised == ("Street", "Number", "Since")


@pytest.mark.parametrize(("option", "text"), [("Status", "C"), ("IsCustomer", "yes")])
def test_a_status_that_no_column_gives_is_a_constant(option: str, text: str) -> None:
    mapping = mapped({"account": {"Name": "{Company}", option: text}})
    assert mapping.templates["account"]["Status"].constant


def test_recognition_takes_only_the_columns_that_no_template_uses() -> None:
    mapping = mapped({"account": {"Name": "{Company}", "Email": "{E-mail}"}})
    assert "Email" not in mapping.templates["contact"]


def test_columns_used_elsewhere_are_neither_taken_nor_reported() -> None:
    mapping = make_mapping(HEADER, {}, "contacts.csv", used={3, 6})
    assert "Email" not in mapping.templates["contact"]
    assert mapping.unrecognised == ("Since",)


def test_an_empty_contact_section_means_no_contacts() -> None:
    mapping = mapped({"contact": {}})
    assert mapping.templates["contact"] == {}
    assert values(mapping, "account") == {"Name": "Acme", "AddressLine1": "Kade 8"}
    assert mapping.explicit("contact")


def test_an_empty_value_maps_nothing() -> None:
    mapping = mapped({"account": {"Name": "{Company}", "Phone": " "}})
    assert list(mapping.templates["account"]) == ["Name"]


def test_sections_that_are_not_in_the_ini_are_recognised() -> None:
    assert "bank account" in mapped({}, [*HEADER, "IBAN"]).templates


def test_the_headers_behind_a_field_are_known() -> None:
    mapping = mapped({"account": {"Name": "{Company}", "AddressLine1": "{Street} {Number}"}})
    assert mapping.column_of("account", "AddressLine1") == "Street, Number"
    assert mapping.column_of("account", "Phone") == ""
    assert mapping.column_of("bank account", "BankAccount") == ""
    choice = mapping.choices[2]
    assert (choice.header, choice.section, choice.field) == ("Number", "account", "AddressLine1")


def test_all_mistakes_are_reported_at_once() -> None:
    text = refused(
        {
            "account": {
                "Nmae": "{Company}",
                "Phone": "{Phon}",
                "City": "Street",
                "Created": "{Since}",
                "MadeUpEntirely": "1",
                "Website": "{Extra",
            },
            "contact": {"Account": "{Company}", "Email": "{Email}", "email": "{E-mail}"},
            "delivery address": {"Type": "4"},
        }
    )
    assert "contacts.csv" in text
    assert "[account] Nmae = {Company}: Exact Online has no field Nmae" in text
    assert "did you mean Name?" in text
    assert "contacts.csv: there is no column {Phon} ([account] Phone); the file has" in text
    assert '"Street" is a column of the file; write {Street}' in text
    assert "Exact Online fills Created in itself" in text
    assert "no field MadeUpEntirely" in text
    assert '"{" has no matching brace' in text
    assert "Account is filled in by the program; map ID, Code or Name in [account] instead" in text
    assert "there is no column {Email}; did you mean {E-mail}?" in text
    assert "[delivery address] Type = 4: Type is filled in by the program" in text
    assert "`exact-import map`" in text


def test_a_field_that_stands_twice() -> None:
    assert "Phone is set twice" in refused(
        {"account": {"Name": "{Company}", "Phone": "{Extra}", "phone": "{Since}"}}
    )


def test_a_whole_name_is_split() -> None:
    header = ["Bedrijf", "Contactpersoon"]
    mapping = mapped({}, header)
    row = ("Acme", "Jan van der Berg")
    assert values(mapping, "contact", row) == {
        "FirstName": "Jan",
        "MiddleName": "van der",
        "LastName": "Berg",
    }
    assert mapping.column_of("contact", "LastName") == "Contactpersoon"
    same: dict[Section, dict[str, str]] = {"contact": {"fullname": "{Contactpersoon}"}}
    assert mapped(same, header).templates["contact"] == mapping.templates["contact"]
    assert not mapping.templates["contact"]["FirstName"].constant


def test_a_whole_name_and_its_parts_exclude_each_other() -> None:
    assert "map either FullName or these three" in refused(
        {"contact": {"FullName": "{First name} {Last name}", "LastName": "{Last name}"}}
    )


def test_a_companys_own_row_names_nobody() -> None:
    header = ["Name", "Is a Company", "Related Company"]
    mapping = mapped({}, header)
    nobody = {"FirstName": "", "MiddleName": "", "LastName": ""}
    company = ("Acme Works", "True", "")
    assert values(mapping, "account", company) == {"Name": "Acme Works"}
    assert values(mapping, "contact", company) == nobody
    person = ("Jan Peeters", "False", "Acme Works")
    assert values(mapping, "account", person) == {"Name": "Acme Works"}
    assert values(mapping, "contact", person)["LastName"] == "Peeters"


def test_a_file_that_names_nobody_is_refused() -> None:
    text = refused({}, ["Datum", "Bedrag", "Omschrijving"])
    assert "contacts.csv" in text
    assert "Datum, Bedrag, Omschrijving" in text
    assert "`exact-import map`" in text
    assert "…" in refused({}, [f"k{number}" for number in range(30)])
    assert "its header is: empty" in refused({}, ["", ""])


def test_a_file_may_point_at_accounts_by_their_code() -> None:
    mapping = mapped({}, ["Klantnummer", "Telefoon"])
    assert list(mapping.templates["account"]) == ["Code", "Phone"]


def test_a_mapped_header_that_stands_twice_is_refused() -> None:
    text = refused({"account": {"Name": "{Naam}"}}, ["Naam", "Naam"])
    assert "{Naam} is the header of columns 1 and 2" in text


def test_the_columns_of_a_rejects_file_are_ours() -> None:
    assert mapped({}, [*HEADER, "_line", "_error"]).unrecognised == ("Extra", "Since")


def test_the_fingerprint_changes_with_the_mapping_and_not_with_the_order_of_columns() -> None:
    first = mapped({})
    assert first.fingerprint() == mapped({}, HEADER[5:] + HEADER[:5]).fingerprint()
    assert first.fingerprint() != mapped({"contact": {}}).fingerprint()
    assert first.fingerprint() != mapped({"account": {"Name": "{Extra}"}}).fingerprint()


def test_a_mapping_for_another_file_is_one_sentence() -> None:
    text = refused(
        {
            "account": {"Name": "{Xyzzy}", "City": "{Quux}", "Postcode": "{Quux} {Number}"},
            "contact": {"LastName": "{Xyzzy}"},
        }
    )
    missing = "{Xyzzy} ([account] Name, [contact] LastName), {Quux} ([account] City, [account] Post"
    assert f"there are no columns {missing}" in text
    assert text.count("the file has") == 1


def test_an_account_whose_name_was_left_out_is_asked_for() -> None:
    assert "Add Name = {Company}" in refused({"account": {"City": "{Street}"}})
    text = refused({"account": {"City": "{Street}", "Name": ""}, "contact": {}})
    assert "[account] has neither Name nor" in text
