"""What headers mean: words, whose they are, and what is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exact_import.mapping.infer import recognise
from header_reading import fields, read


def test_every_header_is_either_used_or_named() -> None:
    found = read("Bedrijf;Kleur;Plaats;;_line;_error;Maat")
    assert found.unrecognised == ("Kleur", "Maat")
    assert [choice.field for choice in found.choices] == ["Name", "", "City", "", "", "", ""]


@pytest.mark.parametrize(
    ("line", "company", "person"),
    [
        ("Naam;Plaats", "Naam", {}),
        ("Naam;Contactpersoon", "Naam", {"FullName": "Contactpersoon"}),
        # A name in a second language is no second name.
        ("Naam NL;Naam FR;Plaats", "Naam NL", {}),
        ("Nom FR;Nom NL;Contact", "Nom FR", {"FullName": "Contact"}),
        ("Bedrijfsnaam FR;Bedrijfsnaam NL", "Bedrijfsnaam FR", {}),
        ("Naam (NL);Nom (FR)", "Naam (NL)", {}),
        ("Nom du client;Prénom du client;Société", "Société",
         {"FirstName": "Prénom du client", "LastName": "Nom du client"}),
        ("Achternaam en voorletters;Adres", "", {"FullName": "Achternaam en voorletters"}),
        ("Bedrijf;Naam, voorletters", "Bedrijf", {"FullName": "Naam, voorletters"}),
        ("Bedrijf;Voornaam, tussenvoegsel en achternaam", "Bedrijf",
         {"FullName": "Voornaam, tussenvoegsel en achternaam"}),
        ("Bedrijf;Voorletters;Achternaam", "Bedrijf",
         {"Initials": "Voorletters", "LastName": "Achternaam"}),
        ("Organisme;Nom;Prénom", "Organisme", {"FirstName": "Prénom", "LastName": "Nom"}),
        ("Naam;Voorletters;Tussenvoegsel", "",
         {"Initials": "Voorletters", "LastName": "Naam", "MiddleName": "Tussenvoegsel"}),
        ("Naam;Voorletters;Achternaam", "Naam",
         {"Initials": "Voorletters", "LastName": "Achternaam"}),
        ("name;card_name", "name", {"FullName": "card_name"}),
        ("Wat is uw naam?;Voor welk bedrijf werkt u?", "Voor welk bedrijf werkt u?",
         {"FullName": "Wat is uw naam?"}),
        ("parent_id/name;name", "parent_id/name", {"FullName": "name"}),
        ("Adresse: Vorname;Adresse: Nachname;Adresse: Firma;Adresse: Straße;Lieferadresse: Straße",
         "Adresse: Firma", {"FirstName": "Adresse: Vorname", "LastName": "Adresse: Nachname"}),
        ("Naam;Bedrijf", "Bedrijf", {"FullName": "Naam"}),
        ("Voornaam;Naam;Bedrijf", "Bedrijf", {"FirstName": "Voornaam", "LastName": "Naam"}),
        ("Prénom;Nom", "", {"FirstName": "Prénom", "LastName": "Nom"}),
        ("Name;Surname", "", {"FirstName": "Name", "LastName": "Surname"}),
        ("Naam;Voornaam;Achternaam", "Naam", {"FirstName": "Voornaam", "LastName": "Achternaam"}),
        ("Naam;Contact voornaam", "Naam", {"FirstName": "Contact voornaam"}),
        ("Klantnaam;Bedrijf", "Bedrijf", {"FullName": "Klantnaam"}),
        ("Klantnaam;Naam", "Klantnaam", {"FullName": "Naam"}),
        ("Klant;Naam", "Naam", {}),
        ("Contact name;First name;Last name", "Contact name",
         {"FirstName": "First name", "LastName": "Last name"}),
        ("Nom / Raison sociale;Ville", "Nom / Raison sociale", {}),
        ("Naam;Hoofdcontact", "Naam", {"FullName": "Hoofdcontact"}),
        ("Handelsbenaming;Zaakvoerder", "Handelsbenaming", {"FullName": "Zaakvoerder"}),
        ("Name;First name;Last name;Company", "Company",
         {"FirstName": "First name", "LastName": "Last name"}),
        ("Bedrijf;Organisatie;Voornaam", "Bedrijf|Organisatie", {"FirstName": "Voornaam"}),
        ("Bedrijf;Voornaam 1;Voornaam 2", "Bedrijf", {"FirstName": "Voornaam 1"}),
    ],
)  # fmt: skip
def test_who_is_called_what(line: str, company: str, person: dict[str, str]) -> None:
    found = read(line)
    account = dict(found.templates.get("account", {}))
    assert account.get("Name", "") == (f"{{{company}}}" if company else "")
    contact = dict(found.templates.get("contact", {}))
    assert contact == {name: f"{{{header}}}" for name, header in person.items()}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # the example of the design: the person's
        ("Company;E-mail;First name;Last name", {"contact.Email": "{E-mail}"}),
        ("Voornaam;Achternaam;Bedrijf;Telefoon", {"contact.Phone": "{Telefoon}"}),
        # no people: the company's
        ("Bedrijf;E-mail;GSM", {"account.Email": "{E-mail}", "account.Phone": "{GSM}"}),
        ("Bedrijf;Telefoon;GSM", {"account.Phone": "{Telefoon|GSM}"}),
        # no company: the person's
        ("Voornaam;Achternaam;E-mail;Tel", {"contact.Email": "{E-mail}", "contact.Phone": "{Tel}"}),
        # the header says whose
        ("Bedrijf;Voornaam;E-mail bedrijf;E-mail",
         {"account.Email": "{E-mail bedrijf}", "contact.Email": "{E-mail}"}),
        ("Bedrijf;Voornaam;E-mail;E-mail contactpersoon",
         {"account.Email": "{E-mail}", "contact.Email": "{E-mail contactpersoon}"}),
        ("Klantnaam;Contactpersoon;Mail klant;Mail contact",
         {"account.Email": "{Mail klant}", "contact.Email": "{Mail contact}"}),
        ("Bedrijf;Voornaam;E-mail;E-mail facturatie",
         {"account.Email": "{E-mail facturatie}", "contact.Email": "{E-mail}"}),
        ("Bedrijf;Voornaam;E-mail werk;E-mail privé",
         {"contact.BusinessEmail": "{E-mail werk}", "contact.Email": "{E-mail privé}"}),
        ("Bedrijf;Voornaam;Algemeen telefoonnummer;Telefoon",
         {"account.Phone": "{Algemeen telefoonnummer}", "contact.Phone": "{Telefoon}"}),
        ("Bedrijf;Voornaam;Telefoon;Telefoon thuis",
         {"contact.BusinessPhone": "{Telefoon}", "contact.Phone": "{Telefoon thuis}"}),
        ("Bedrijf;Voornaam;Fax;Fax thuis", {"account.Fax": "{Fax}"}),
        ("Account Name;First Name;Account Phone;Phone",
         {"account.Phone": "{Account Phone}", "contact.Phone": "{Phone}"}),
        ("Firma;Vorname;Tel. G;Tel. P;E-Mail G;E-Mail P",
         {"contact.BusinessPhone": "{Tel. G}", "contact.Phone": "{Tel. P}",
          "contact.BusinessEmail": "{E-Mail G}", "contact.Email": "{E-Mail P}"}),
        ("Firma;Vorname;Tel. gesch.;Tel. priv.",
         {"contact.BusinessPhone": "{Tel. gesch.}", "contact.Phone": "{Tel. priv.}"}),
        ("Company;First name;Direct line;Switchboard", {"contact.BusinessPhone": "{Direct line}"}),
        ("Bedrijf;Voornaam;Phone;Primary phone", {"contact.Phone": "{Phone|Primary phone}"}),
        # its place says whose
        ("Bedrijf;KvK;Telefoon;Website;Voornaam;E-mail",
         {"account.Phone": "{Telefoon}", "contact.Email": "{E-mail}"}),
        ("Bedrijf;E-mail;Voornaam;Naam;E-mail",
         {"account.Email": "{E-mail#1}", "contact.Email": "{E-mail#2}"}),
        ("Bedrijf;Contactpersoon;E-mail", {"contact.Email": "{E-mail}"}),
        ("Bedrijf;Contactpersoon;Functie;E-mail;Plaats", {"contact.Email": "{E-mail}"}),
        ("Bedrijf;Contactpersoon;Plaats;E-mail", {"account.Email": "{E-mail}"}),
        ("Naam;Bedrijf;Plaats;E-mail", {"contact.Email": "{E-mail}"}),
        # a second one is no first one
        ("Bedrijf;E-mail 1;E-mail 2;Andere telefoon", {"account.Email": "{E-mail 1}"}),
    ],
)  # fmt: skip
def test_whose_address_it_is(line: str, expected: dict[str, str]) -> None:
    channels = {"Email", "BusinessEmail", "Phone", "BusinessPhone", "Mobile", "Fax", "BusinessFax"}
    found = {name: text for name, text in fields(line).items() if name.split(".")[1] in channels}
    assert found == expected


@pytest.mark.parametrize(
    ("line", "company"),
    [
        ("Opdrachtgever;Contactpersoon;E-mail", "Opdrachtgever"),
        ("Schoolnaam;Directeur;E-mail directeur", "Schoolnaam"),
        ("Auftraggeber;Ansprechpartner;Telefon", "Auftraggeber"),
        ("Nom de l'école;Contact;Courriel", "Nom de l'école"),
        ("Company;Schools;First Name;Last Name", "Company"),
    ],
)
def test_more_words_for_whom_a_list_is_of(line: str, company: str) -> None:
    found = read(line)
    assert found.templates["account"]["Name"] == f"{{{company}}}"
    assert found.templates["contact"]


def test_a_postal_town_is_a_part_of_the_only_street() -> None:
    assert fields("Company;Street address;Postal town;Post code") == {
        "account.Name": "{Company}",
        "account.AddressLine1": "{Street address}",
        "account.City": "{Postal town}",
        "account.Postcode": "{Post code}",
    }


def test_a_choice_that_could_be_otherwise_is_reported() -> None:
    assert read("Bedrijf;Voornaam;E-mail").notes == (
        '"E-mail" is used as the person\'s e-mail address, because the file names people.',
    )
    assert read("Bedrijf;KvK;Telefoon;Website;Voornaam").notes == (
        '"Telefoon" is used as the company\'s telephone number.',
    )
    provinces = read("Bedrijf;Provincie;Staat").notes
    assert provinces[0].startswith('"Provincie", "Staat": not used, because Exact Online refuses')
    assert read("Bedrijf;Plaats;Plaats").notes == (
        '"Plaats" is in the header more than once; column 2 is used.',
    )
    assert "form of address" in read("Titel;Voornaam;Naam").notes[0]
    assert read("Titel;Voornaam;Naam;Functie").notes == ()
    assert read("Bedrijf;E-mail").notes == ()
    (note,) = read("Bedrijf;Land;Factuuradres;Factuurplaats").notes
    assert note.startswith('"Factuuradres" is used as the visiting address')
    assert read("Bedrijf;Adres;Plaats;Factuuradres;Factuurplaats").notes == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Straat;Huisnummer;Bus", {"account.AddressLine1": "{Straat} {Huisnummer} bus {Bus}"}),
        ("Straat;Huisnr;Huisnr. toevoeging",
         {"account.AddressLine1": "{Straat} {Huisnr} {Huisnr. toevoeging}"}),
        ("Straat;Huisnummer;Toev. aan huisnr.",
         {"account.AddressLine1": "{Straat} {Huisnummer} {Toev. aan huisnr.}"}),
        ("Straat;Huisnummer;HuisnummerToev",
         {"account.AddressLine1": "{Straat} {Huisnummer} {HuisnummerToev}"}),
        ("Straat;Huisnummer;Huisletter;Toevoeging;Busnr",
         {"account.AddressLine1": "{Straat} {Huisnummer} {Huisletter} {Toevoeging}"
          " bus {Busnr}"}),
        ("Straat;Huisnummer + bus", {"account.AddressLine1": "{Straat} {Huisnummer + bus}"}),
        ("Straat;Nummer/bus", {"account.AddressLine1": "{Straat} {Nummer/bus}"}),
        ("Adres;Postcode en plaats", {"account.AddressLine1": "{Adres}",
         "account.PostcodeCity": "{Postcode en plaats}"}),
        ("Adres;PLZ/Ort", {"account.AddressLine1": "{Adres}", "account.PostcodeCity": "{PLZ/Ort}"}),
        ("Adres, postcode en plaats", {"account.FullAddress": "{Adres, postcode en plaats}"}),
        ("Adresregel 2;Postcode;Plaats", {"account.AddressLine1": "{Adresregel 2}",
         "account.Postcode": "{Postcode}", "account.City": "{Plaats}"}),
        ("PostAdres;PostPostcode;PostPlaats;PostCodeLand;Adres;Plaats",
         {"account.AddressLine1": "{Adres}", "account.City": "{Plaats}",
          "postal address.AddressLine1": "{PostAdres}",
          "postal address.Postcode": "{PostPostcode}", "postal address.City": "{PostPlaats}",
          "postal address.Country": "{PostCodeLand}"}),
        ("Street;House number;Box", {"account.AddressLine1": "{Street} {House number}/{Box}"}),
        ("Straat;Nr;Toevoeging", {"account.AddressLine1": "{Straat} {Nr} {Toevoeging}"}),
        ("Rue;Numéro;Boîte", {"account.AddressLine1": "{Rue} {Numéro} bte {Boîte}"}),
        ("Street;Number", {"account.AddressLine1": "{Street} {Number}"}),
        ("N° voie;Type de voie;Nom de voie",
         {"account.AddressLine1": "{Type de voie} {Nom de voie} {N° voie}"}),
        ("Straat;Straatnummer", {"account.AddressLine1": "{Straat} {Straatnummer}"}),
        ("Adres;Huisnr.", {"account.AddressLine1": "{Adres} {Huisnr.}"}),
        ("Adres;Straat;Huisnr", {"account.AddressLine1": "{Straat} {Huisnr}"}),
        ("Straat nummer", {"account.AddressLine1": "{Straat nummer}"}),
        ("Address 1;Address 2;Address 3",
         {"account.AddressLine1": "{Address 1}", "account.AddressLine2": "{Address 2}",
          "account.AddressLine3": "{Address 3}"}),
        ("Street;Street2;City", {"account.AddressLine1": "{Street}",
         "account.AddressLine2": "{Street2}", "account.City": "{City}"}),
        ("Address 1 - Street;Address 1 - City;Address 2 - Street;Address 2 - City",
         {"account.AddressLine1": "{Address 1 - Street}", "account.City": "{Address 1 - City}"}),
        ("Billing Address 1;Billing City;Country",
         {"account.AddressLine1": "{Billing Address 1}", "account.City": "{Billing City}",
          "account.Country": "{Country}"}),
        ("Adres;Plaats;Leveradres;Leverplaats;Lever telefoon",
         {"account.AddressLine1": "{Adres}", "account.City": "{Plaats}",
          "delivery address.AddressLine1": "{Leveradres}",
          "delivery address.City": "{Leverplaats}", "delivery address.Phone": "{Lever telefoon}"}),
        ("Bezoekadres;Postadres;Post plaats;Facturatie adres straat;Factuuradres nummer",
         {"account.AddressLine1": "{Bezoekadres}", "postal address.AddressLine1": "{Postadres}",
          "postal address.City": "{Post plaats}",
          "invoice address.AddressLine1": "{Facturatie adres straat} {Factuuradres nummer}"}),
        ("Leveradres;Lever postcode;Leverplaats",
         {"delivery address.AddressLine1": "{Leveradres}",
          "delivery address.Postcode": "{Lever postcode}",
          "delivery address.City": "{Leverplaats}"}),
        ("Leveringsadres;Postcode;Plaats;Land",
         {"delivery address.AddressLine1": "{Leveringsadres}",
          "delivery address.Postcode": "{Postcode}", "delivery address.City": "{Plaats}",
          "delivery address.Country": "{Land}"}),
        ("Business Country", {"account.Country": "{Business Country}"}),
        ("Business Street;Home Street", {"account.AddressLine1": "{Business Street}"}),
        ("Home Street;Home City",
         {"account.AddressLine1": "{Home Street}", "account.City": "{Home City}"}),
        ("Land;Land code", {"account.Country": "{Land code}"}),
        ("street;nr;nr_add", {"account.AddressLine1": "{street} {nr} {nr_add}"}),
        ("Number;Nr", {}),
        ("Nummer;Adres;Huisnummer", {"account.AddressLine1": "{Adres} {Huisnummer}"}),
        ("RA Straße;RA Ort;LA Straße;LA Ort",
         {"account.AddressLine1": "{RA Straße}", "account.City": "{RA Ort}",
          "delivery address.AddressLine1": "{LA Straße}", "delivery address.City": "{LA Ort}"}),
        ("Card Address Line1;Card Address City;Card Address Zip",
         {"account.AddressLine1": "{Card Address Line1}", "account.City": "{Card Address City}",
          "account.Postcode": "{Card Address Zip}"}),
        ("Adresse - Partie 1;Adresse - Partie 2", {"account.AddressLine1": "{Adresse - Partie 1}",
         "account.AddressLine2": "{Adresse - Partie 2}"}),
    ],
)  # fmt: skip
def test_addresses(line: str, expected: dict[str, str]) -> None:
    found = fields(f"Bedrijf;{line}")
    assert found.pop("account.Name") == "{Bedrijf}"
    assert found == expected


def test_contacts_need_a_name_and_bank_accounts_a_number() -> None:
    found = read("Bedrijf;Functie;Geboortedatum;BIC")
    assert list(found.templates) == ["account"]
    assert found.unrecognised == ("Functie", "Geboortedatum", "BIC")


def test_the_day_of_birth_is_no_date_of_birth() -> None:
    assert "contact.BirthDate" not in fields("First Name;Last Name;Birth Year;Birth Day")
    assert "contact.BirthDate" in fields("First Name;Last Name;Birth Day")


def test_suppliers_and_remarks_and_languages() -> None:
    found = fields("Naam;Klant;Leverancier;Taal;Opmerkingen")
    assert found["account.IsSupplier"] == "{Leverancier}"
    assert found["account.Remarks"] == "{Opmerkingen}"
    assert found["account.Language"] == "{Taal}"
    assert "contact.Language" in fields("Voornaam;Naam;Bedrijf;Taal")
    assert "account.Language" in fields("Bedrijf;Taal;Voornaam;Naam")
    assert "account.Remarks" in fields("Bedrijf;Voornaam;Naam;Opmerkingen bedrijf")


def test_one_column_for_customers_and_suppliers_is_a_status() -> None:
    for header in ("Klant/Leverancier", "Debiteur/Crediteur", "Client / fournisseur"):
        assert fields(f"Nummer;Naam;{header}")["account.Status"] == f"{{{header}}}"


def test_only_the_sections_asked_for_are_filled_and_the_rest_still_helps() -> None:
    header = ["Bedrijf", "Voornaam", "Achternaam", "E-mail", "Plaats"]
    contact = recognise(header, used={0}, sections=["contact"])
    assert list(contact.templates) == ["contact"]
    assert contact.templates["contact"]["Email"] == "{E-mail}"
    account = recognise(header, used={1, 2}, sections=["account"])
    assert dict(account.templates["account"]) == {"City": "{Plaats}", "Name": "{Bedrijf}"}


# Headers of programs and people that are named nowhere in the code.
UNNAMED = json.loads((Path(__file__).parent / "unnamed_headers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("whose", UNNAMED)
def test_files_of_programs_that_nobody_named(whose: str) -> None:
    assert fields(UNNAMED[whose]["header"]) == UNNAMED[whose]["fields"]


def test_what_all_headers_begin_with_may_be_left_out() -> None:
    found = fields("CID;CNAME1;CADDRESS1;CZIPCODE;CVATNO")
    assert found == {
        "account.Name": "{CNAME1}",
        "account.AddressLine1": "{CADDRESS1}",
        "account.Postcode": "{CZIPCODE}",
        "account.VATNumber": "{CVATNO}",
    }
    assert fields("klt_naam;klt_straat;klt_plaats;klt_gsm")["account.Name"] == "{klt_naam}"
    assert fields("Contact;Contact e-mail;Contact gsm;Contact land")["contact.FullName"]


def test_whose_language_and_notes_are_is_reported() -> None:
    header = ["Bedrijf", "Voornaam", "Achternaam", "Taal", "Opmerkingen", "Taal bedrijf"]
    assert recognise(header[:5]).notes == (
        '"Taal" is used as the person\'s language.',
        '"Opmerkingen" is used as the person\'s notes.',
    )
    assert recognise([header[0], *header[3:5]]).notes == ()
    assert recognise([*header[:3], header[5]]).notes == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # a name that only a trade name can give is given
        ("Handelsnaam;Hoofdcontact", {"account.Name": "{Handelsnaam}",
                                      "contact.FullName": "{Hoofdcontact}"}),
        # a header that is repeated names nobody else
        ("Klantnaam;Klantnaam;Surname", {"account.Name": "{Klantnaam#1}",
                                         "contact.LastName": "{Surname}"}),
        # one column is the company's and one the person's, whichever comes first
        ("Leverancier;Klant", {"account.Name": "{Klant}", "account.IsSupplier": "{Leverancier}"}),
        ("Klant;Leverancier", {"account.Name": "{Klant}", "account.IsSupplier": "{Leverancier}"}),
        # of three telephone numbers one is the one at home and one the one at work
        ("Naam en voornaam;Tel;Telefoon thuis;Gsm",
         {"contact.FullName": "{Naam en voornaam}", "contact.BusinessPhone": "{Tel}",
          "contact.Phone": "{Telefoon thuis}", "contact.Mobile": "{Gsm}"}),
    ],
)  # fmt: skip
def test_the_best_use_of_all_columns_together(line: str, expected: dict[str, str]) -> None:
    assert fields(line) == expected


def test_what_is_not_used_is_not_said_to_be() -> None:
    assert read("Bedrijf;Voornaam;Achternaam;Taal;Langue").notes == (
        '"Taal" is used as the person\'s language.',
    )


def test_every_use_that_a_column_could_have_is_known() -> None:
    found = read("Bedrijf;KvK;E-mail;Voornaam;Naam")
    uses = [(".".join(one.slot), one.reason) for one in found.uses[4]]
    assert uses == [("contact.LastName", "its header is a name, without saying whose")]
    assert [one.slot for one in read("Naam;Contact").uses[0]] == [
        ("account", "Name"),
        ("contact", "FullName"),
    ]


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        ("Bedrijf;Straat;Nr;Postcode", ["its header is part of an address"] * 3),
        ("Bedrijf;Factuuradres;Factuurplaats", ["the file has no other visiting address"] * 2),
        (
            "Bedrijf;Plaats;Factuurplaats",
            ["its header is part of an address", "its header says the invoice address"],
        ),
    ],
)
def test_the_columns_of_an_address_have_reasons_too(line: str, reasons: list[str]) -> None:
    found = read(line)
    assert [found.uses[index][0].reason for index in range(1, len(found.choices))] == reasons
