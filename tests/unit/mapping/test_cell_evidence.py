"""What a column is by its cells, where its header leaves it open or is wrong."""

from __future__ import annotations

import random

import pytest

from exact_import.mapping.column_mapping import make_mapping
from exact_import.mapping.infer import Inference, recognise
from exact_import.mapping.samples import Samples


def samples_of(rows: str) -> Samples:
    """Return samples of rows written with semicolons, a line each."""
    cells = [line.split(";") for line in rows.split("\n")]
    return Samples(list(zip(*cells, strict=True)))


def read(header: str, rows: str) -> Inference:
    """Recognise a header and its rows."""
    return recognise(header.split(";"), samples=samples_of(rows))


def fields(header: str, rows: str) -> dict[str, str]:
    """Return every field that is filled, as "contact.Email", with its template."""
    return {
        f"{section}.{name}": text
        for section, texts in read(header, rows).templates.items()
        for name, text in texts.items()
    }


@pytest.mark.parametrize(
    ("header", "rows", "expected"),
    [
        # the company's name is never passed over
        ("title;first_name;last_name", "Alfa BV;Jan;Maes",
         {"account.Name": "{title}", "contact.FirstName": "{first_name}",
          "contact.LastName": "{last_name}"}),
        ("Customer;Full Name;Company", "Smith Consulting;Sam Smith;\nPeach;Jo Lee;Peach LLC",
         {"account.Name": "{Company|Customer}", "contact.FullName": "{Full Name}"}),
        ("Naam;Voornaam;Contactpersoon", "Bakkerij Janssen BV;;Jan Maes\nAlfa NV;;An Peeters",
         {"account.Name": "{Naam}", "contact.FullName": "{Contactpersoon}"}),
        ("Omschrijving;Plaats", "Alfa BV;Gent\nBeta NV;Mol",
         {"account.Name": "{Omschrijving}", "account.City": "{Plaats}"}),
        ("Contact;Plaats", "Alfa BV;Gent\nBeta NV;Mol",
         {"account.Name": "{Contact}", "account.City": "{Plaats}"}),
        # who leads the company is its contact, or stands in for one
        ("Firma;Zaakvoerder;GSM zaakvoerder", "Alfa;Jan Maes;0470 12 34 56\nBeta;An Vos;",
         {"account.Name": "{Firma}", "contact.FullName": "{Zaakvoerder}",
          "contact.Mobile": "{GSM zaakvoerder}"}),
        ("Firma;Gérant;Contact", "Alfa;Jan Maes;Bo Claes\nBeta;An Vos;",
         {"account.Name": "{Firma}", "contact.FullName": "{Contact|Gérant}"}),
        ("Naam leerling;Klas", "Jan Maes;1A\nAn Vos;1B", {"contact.FullName": "{Naam leerling}"}),
        # the names of files are no hosts
        ("Firma;Xyz", "Alfa;contacts.csv\nBeta;factuur-12.pdf", {"account.Name": "{Firma}"}),
        ("Firma;Xyz", "Alfa;alfa.be\nBeta;www.beta.eu/csv",
         {"account.Name": "{Firma}", "account.Website": "{Xyz}"}),
        # the number before its street, and not the number of a row
        ("Firma;N°;Rue", "Alfa;12;rue Haute\nBeta;5 A;Grand-Rue",
         {"account.Name": "{Firma}", "account.AddressLine1": "{Rue} {N°}"}),
        ("Firma;Straat (facturatie);Nr (facturatie)", "Alfa;Markt;12\nBeta;Kade;5",
         {"account.Name": "{Firma}",
          "account.AddressLine1": "{Straat (facturatie)} {Nr (facturatie)}"}),
        ("Firma;Factuuradres;Factuurnr", "Alfa;Markt 12;2026001\nBeta;Kade 5;2026002",
         {"account.Name": "{Firma}", "account.AddressLine1": "{Factuuradres}"}),
        ("ReceiverName;ReceiverStreet;ReceiverNumber", "Jan Maes;Markt;12\nAn Vos;Kade;5",
         {"account.Name": "{ReceiverName}",
          "account.AddressLine1": "{ReceiverStreet} {ReceiverNumber}"}),
        ("Klant;Klant straat;Klantnummer", "Alfa;Markt 3;12\nBeta;Kade 1;5",
         {"account.Name": "{Klant}", "account.AddressLine1": "{Klant straat}",
          "account.Code": "{Klantnummer}"}),
        ("Firma;Post straat;Post nr;Post postcode", "Alfa;Postbus;12;1234 AB\nBeta;Kade;5;1234 AC",
         {"account.Name": "{Firma}", "account.AddressLine1": "{Post straat} {Post nr}",
          "account.Postcode": "{Post postcode}"}),
        ("Firma;Post straat;Postnr", "Alfa;Postbus;1234 AB\nBeta;Kade;1234 AC",
         {"account.Name": "{Firma}", "account.AddressLine1": "{Post straat}",
          "account.Postcode": "{Postnr}"}),
        ("Firma;Nr;Straat", "Alfa;1;Markt 3\nBeta;2;Kade 9",
         {"account.Name": "{Firma}", "account.AddressLine1": "{Straat}"}),
        # a bookkeeper's account number of a customer, and a shop's name as its "Web Site"
        ("N° compte;Intitulé", "411DUP;Dupont\n411LER;Leroy",
         {"account.Code": "{N° compte}", "account.Name": "{Intitulé}"}),
        ("N° compte;Société", "BE68 5390 0754 7034;Dupont\n;Leroy",
         {"bank account.BankAccount": "{N° compte}", "account.Name": "{Société}"}),
        ("Konto;Firma", "10000;Alfa\n10001;Beta",
         {"account.Code": "{Konto}", "account.Name": "{Firma}"}),
        ("Konto;BLZ;Firma", "1234567;37040044;Alfa\n2345678;10010010;Beta",
         {"account.Name": "{Firma}"}),
        ("Naam;Verkooprelatie;Inkooprelatie", "Alfa;ja;nee\nBeta;nee;ja",
         {"account.Name": "{Naam}", "account.IsCustomer": "{Verkooprelatie}",
          "account.IsSupplier": "{Inkooprelatie}"}),
        # a list's own number of a company, and that of a register
        ("Firmennummer;Firma", "1001;Alfa\n1002;Beta",
         {"account.Code": "{Firmennummer}", "account.Name": "{Firma}"}),
        ("Nummer organisatie;Naam;KvK-nummer", "1001;Alfa;24123456\n1002;Beta;",
         {"account.Code": "{Nummer organisatie}", "account.Name": "{Naam}",
          "account.ChamberOfCommerce": "{KvK-nummer}"}),
        ("Firmen-Nr.;Firma", "HRB 4711;Alfa\nHRB 12345;Beta",
         {"account.ChamberOfCommerce": "{Firmen-Nr.}", "account.Name": "{Firma}"}),
        ("Bedrijfsnummer;Bedrijf", "0403.170.701;Alfa\n0417.497.106;Beta",
         {"account.ChamberOfCommerce": "{Bedrijfsnummer}", "account.Name": "{Bedrijf}"}),
        # who comes, stays or takes part is a person
        ("Guest name;Guest e-mail", "Jan Maes;jan@a.example\nAn Vos;an@a.example",
         {"contact.FullName": "{Guest name}", "contact.Email": "{Guest e-mail}"}),
        ("Participant;Société", "Luc Dupont;Alfa SA\nMarie Lambert;Beta SA",
         {"account.Name": "{Société}", "contact.FullName": "{Participant}"}),
        ("Hoofdboeker;Plaats", "Jan Maes;Gent\nAn Vos;Mol",
         {"contact.FullName": "{Hoofdboeker}", "account.City": "{Plaats}"}),
        ("Gast;Bedrijf;Adres gast;Plaats", "Jan Maes;Alfa;Markt 1;Gent\nAn Vos;;Kade 2;Mol",
         {"account.Name": "{Bedrijf}", "account.AddressLine1": "{Adres gast}",
          "account.City": "{Plaats}", "contact.FullName": "{Gast}"}),
        # the name for deliveries, where nothing else names or numbers the company
        ("Ship to name;Ship to address;Ship to city", "Alfa BV;Markt 1;Gent\nBeta NV;Kade 2;Mol",
         {"account.Name": "{Ship to name}", "delivery address.AddressLine1": "{Ship to address}",
          "delivery address.City": "{Ship to city}"}),
        ("Klantnummer;Ship to name", "1001;Alfa magazijn\n1002;Beta",
         {"account.Code": "{Klantnummer}"}),
        # a company's name in two columns names no person
        ("Klantnaam;Factuurnaam", "Alfa;Alfa BV\nBeta;Beta SA",
         {"account.Name": "{Factuurnaam|Klantnaam}"}),
        ("Klant;Factuurnaam", "Café De Zwaan;Horeca Maes BV\nTaverne Veld;",
         {"account.Name": "{Klant}"}),
        # the name of an order, beside the customer's
        ("Name;Billing Name;Billing Company", "#1001;Jan Maes;Alfa\n#1002;An Vos;",
         {"account.Name": "{Billing Company}", "contact.FullName": "{Billing Name}"}),
        # without any first name, a "Naam" is a whole one
        ("Naam;Voornaam;Plaats", "Bakkerij Maes;;Gent\nFrituur Zee;;Mol",
         {"account.Name": "{Naam}", "account.City": "{Plaats}"}),
        ("Naam;Voornaam;Bedrijf", "Jan Maes;;Alfa\nAn Vos;;Beta",
         {"account.Name": "{Bedrijf}", "contact.FullName": "{Naam}"}),
        # what fills a gap of the company's, and what does not
        ("Naam;Telefoon;GSM", "Alfa;09 222 33 44;0470 12 34 56\nBeta;;0471 12 34 56",
         {"account.Name": "{Naam}", "account.Phone": "{Telefoon|GSM}"}),
        ("Naam;Telefoon;GSM", "Alfa;09 222 33 44;0470 12 34 56",
         {"account.Name": "{Naam}", "account.Phone": "{Telefoon}"}),
        ("Naam;E-mail werk;E-mail thuis", "Alfa;a@b.example;\nBeta;;c@d.example",
         {"account.Name": "{Naam}", "account.Email": "{E-mail werk|E-mail thuis}"}),
        ("Naam;Land", "Alfa;2\nBeta;9", {"account.Name": "{Naam}"}),
        # who is close to a person is not the person
        ("Naam;Voornaam;E-mail ouder 1;GSM vader", "Maes;Jan;a@b.example;0470 12 34 56",
         {"contact.FirstName": "{Voornaam}", "contact.LastName": "{Naam}"}),
        ("Naam ouder;E-mail ouder", "Jan Maes;a@b.example\nAn Vos;c@b.example",
         {"account.Email": "{E-mail ouder}"}),
        ("Bouwheer;Tel architect;Mail notaris", "Jan Maes;09 222 33 44;a@b.example",
         {"account.Name": "{Bouwheer}"}),
        ("Zaak;Adres zaak;Nr;Adres uitbater", "Alfa;Markt;1;Kade 2\nBeta;Dorp;3;",
         {"account.Name": "{Zaak}", "account.AddressLine1": "{Adres zaak} {Nr}"}),
        ("Naam;Peppol;KvK", "Alfa;J;ja\nBeta;N;nee", {"account.Name": "{Naam}"}),
        ("Voornaam;Naam;Factuur op naam van", "Jan;Maes;Alfa BV\nAn;Vos;",
         {"account.Name": "{Factuur op naam van}", "contact.FirstName": "{Voornaam}",
          "contact.LastName": "{Naam}"}),
        # a word to find a company by is nobody's first name
        ("Trefwoord;Naam", "ADAM;Toitures Adam\nLUC;Luc Piron", {"account.Name": "{Naam}"}),
        ("Référence;Nom;CP", "ADAM;Bois Noël;5000", {"account.Name": "{Nom}",
         "account.Postcode": "{CP}"}),
        # yes and no are no address
        ("Firma;Standaard adres;Adresregel 2;Plaats", "Alfa;Ja;Markt 1;Gent\nBeta;Ja;Kade 2;Mol",
         {"account.Name": "{Firma}", "account.AddressLine1": "{Adresregel 2}",
          "account.City": "{Plaats}"}),
        ("Firma;office_number;mobile_number", "Alfa;095550101;0470123456\nBeta;;0471123456",
         {"account.Name": "{Firma}", "account.Phone": "{office_number|mobile_number}"}),
        # whose the animal is, where nobody else is named
        ("Eigenaar;Dier;Plaats", "Jan Maes;Bello;Gent\nAlfa BV;Poes;Mol",
         {"account.Name": "{Eigenaar}", "account.City": "{Plaats}"}),
        ("Naam eigenaar 1;Naam eigenaar 2;Plaats", "Jan Maes;An Vos;Gent\nAlfa BV;;Mol",
         {"account.Name": "{Naam eigenaar 1}", "account.City": "{Plaats}"}),
        ("Deal;Eigenaar;Telefoon", "X;Jan Maes;09 222 33 44\nY;An Vos;",
         {"account.Phone": "{Telefoon}"}),
        ("Eigenaar;Telefoon;Plaats", "Jan Maes;1;Gent\nJan Maes;2;Mol\nJan Maes;3;Mol",
         {"account.Phone": "{Telefoon}", "account.City": "{Plaats}"}),
        ("Bedrijf;Eigenaar", "Alfa;Jan Maes\nBeta;An Vos", {"account.Name": "{Bedrijf}"}),
        ("Purchaser name;Company", "Jan Maes;Alfa\nAn Vos;",
         {"account.Name": "{Company}", "contact.FullName": "{Purchaser name}"}),
        ("Dhr/Mevr;Voornaam;Achternaam", "Dhr.;Jan;Maes\nMevr.;An;Vos",
         {"contact.FirstName": "{Voornaam}", "contact.LastName": "{Achternaam}",
          "contact.Gender": "{Dhr/Mevr}"}),
        ("Company;Web Site", "Alfa;Main Website\nBeta;Main Website",
         {"account.Name": "{Company}"}),
        ("Firma;Bestelnummer", "Alfa;0470123456\nBeta;0471123456", {"account.Name": "{Firma}"}),
        ("Firma;CTELNO", "Alfa;09 223 45 67\nBeta;03 233 45 67",
         {"account.Name": "{Firma}", "account.Phone": "{CTELNO}"}),
        ("Firma;Polisnr.", "Alfa;470123456\nBeta;471123456", {"account.Name": "{Firma}"}),
        ("Firma;Telefoon kantine", "Alfa;09 223 45 67\nBeta;03 233 45 67",
         {"account.Name": "{Firma}", "account.Phone": "{Telefoon kantine}"}),
        # an address by its cells, whose header only says which
        ("Firma;Siège social", "Alfa;Rue Haute 5, 1000 Bruxelles\nBeta;Meir 1, 2000 Antwerpen",
         {"account.Name": "{Firma}", "account.FullAddress": "{Siège social}"}),
        ("Firma;Siège social", "Alfa;3, rue de la Gare\nBeta;12, op der Haard",
         {"account.Name": "{Firma}", "account.AddressLine1": "{Siège social}"}),
        # roles, in columns of yes and no or in words
        ("Naam;Klant;Leverancier", "Alfa;nee;ja\nBeta;ja;nee",
         {"account.Name": "{Naam}", "account.IsCustomer": "{Klant}",
          "account.IsSupplier": "{Leverancier}"}),
        ("Naam;Is klant;Is leverancier", "Alfa;0;1\nBeta;1;0",
         {"account.Name": "{Naam}", "account.IsCustomer": "{Is klant}",
          "account.IsSupplier": "{Is leverancier}"}),
        ("Naam;Relatiesoort", "Alfa;Klant\nBeta;Leverancier",
         {"account.Name": "{Naam}", "account.Status": "{Relatiesoort}"}),
        ("Naam;Soort", "Alfa;klant\nBeta;leverancier",
         {"account.Name": "{Naam}", "account.Status": "{Soort}"}),
        ("Naam;Relatiesoort", "Alfa;Zakelijk\nBeta;Particulier", {"account.Name": "{Naam}"}),
        # addresses in fewer columns than Exact Online has fields
        ("Bedrijf;Straat;Plaats", "Alfa;Markt 1;9000 Gent\nBeta;Kade 2;1234 AB Utrecht",
         {"account.Name": "{Bedrijf}", "account.AddressLine1": "{Straat}",
          "account.PostcodeCity": "{Plaats}"}),
        ("Bedrijf;Adres", "Alfa;Markt 1, 9000 Gent\nBeta;Kade 2, 1234 AB Utrecht",
         {"account.Name": "{Bedrijf}", "account.FullAddress": "{Adres}"}),
        ("Bedrijf;Postcode en plaats", "Alfa;9000\nBeta;8000",
         {"account.Name": "{Bedrijf}", "account.Postcode": "{Postcode en plaats}"}),
        ("Company;Billing City;Billing Code", "Alfa;Gent;9000\nBeta;Mol;2400",
         {"account.Name": "{Company}", "account.City": "{Billing City}",
          "account.Postcode": "{Billing Code}"}),
        # what cannot be anything else, under headers that say nothing
        ("Bedrijf;Ref X", "Alfa;BE0136265697\nBeta;BE0140759965",
         {"account.Name": "{Bedrijf}", "account.VATNumber": "{Ref X}"}),
        ("Bedrijf;Geldzaken", "Alfa;BE32123456789002\nBeta;BE62363111222361",
         {"account.Name": "{Bedrijf}", "bank account.BankAccount": "{Geldzaken}"}),
        ("Bedrijf;Bereikbaar", "Alfa;a@alfa.example\nBeta;b@beta.example",
         {"account.Name": "{Bedrijf}", "account.Email": "{Bereikbaar}"}),
        ("Bedrijf;Website Link", "Alfa;https://alfa.example\nBeta;www.beta.example",
         {"account.Name": "{Bedrijf}", "account.Website": "{Website Link}"}),
        ("First Name;Last Name;Company;Work", "Jo;Lee;Alfa;+32 9 555 01 10\nAl;Ray;Beta;09 5550111",
         {"account.Name": "{Company}", "contact.FirstName": "{First Name}",
          "contact.LastName": "{Last Name}", "contact.BusinessPhone": "{Work}"}),
        ("Bedrijf;Account owner", "Alfa;a@us.example\nBeta;b@us.example",
         {"account.Name": "{Bedrijf}"}),
        ("Bedrijf;Our contact point", "Alfa;a@us.example\nBeta;b@us.example",
         {"account.Name": "{Bedrijf}"}),
        # cells that are no such thing
        ("First Name;Last Name;Company;URL", "Jo;Lee;Alfa;https://www.linkedin.com/in/jo-lee",
         {"account.Name": "{Company}", "contact.FirstName": "{First Name}",
          "contact.LastName": "{Last Name}"}),
        ("Bedrijf;E-mail;Mail", "Alfa;a@alfa.example;ja\nBeta;b@beta.example;nee",
         {"account.Name": "{Bedrijf}", "account.Email": "{E-mail}"}),
        ("Bedrijf;BTW", "Alfa;21%\nBeta;6%", {"account.Name": "{Bedrijf}"}),
        ("Bedrijf;BTW", "Alfa;ja\nBeta;nee", {"account.Name": "{Bedrijf}"}),
        # forms of address
        ("Bedrijf;Voornaam;Achternaam;Aanspreking", "Alfa;An;Maes;Mevrouw\nBeta;Jo;Vos;De heer",
         {"account.Name": "{Bedrijf}", "contact.FirstName": "{Voornaam}",
          "contact.LastName": "{Achternaam}", "contact.Gender": "{Aanspreking}"}),
        ("Bedrijf;Voornaam;Achternaam;Aanhef", "Alfa;An;Maes;Beste An\nBeta;Jo;Vos;Beste Jo",
         {"account.Name": "{Bedrijf}", "contact.FirstName": "{Voornaam}",
          "contact.LastName": "{Achternaam}"}),
    ],
)  # fmt: skip
def test_what_the_cells_decide(header: str, rows: str, expected: dict[str, str]) -> None:
    assert fields(header, rows) == expected


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("Naam;Klant;Leverancier;BTW-nummer", "Alfa;nee;ja;BE0136265697\nBeta;ja;nee;"),
        ("Bedrijf;Straat;Plaats;Ref X", "Alfa;Markt 1;9000 Gent;BE0136265697"),
        ("title;vat_id;first_name;last_name", "Alfa BV;BE0136265697;Jan;Maes"),
        ("Customer;Full Name;Company;City", "Smith;Sam Smith;;Gent\nPeach;Jo Lee;Peach LLC;Mol"),
        ("Leverancier;Naam;Achternaam", "ja;Alfa BV;Lee\nnee;Beta NV;Vos"),
        ("Organisatie/persoon;Bedrijf;Naam", "Organisatie;Alfa BV;Alfa BV\nPersoon;Alfa BV;Jo Lee"),
        ("Bedrijf;Contact;E-mail", "Alfa BV;x@alfa.example;y@alfa.example\nBeta;z@b.example;"),
        ("Bedrijf;Voornaam;Achternaam;Titel;Geslacht", "Alfa;Jo;Lee;Dhr.;M\nBeta;An;Vos;Mevr.;V"),
    ],
)
def test_the_order_of_the_columns_does_not_matter(header: str, rows: str) -> None:
    expected = fields(header, rows)
    names = header.split(";")
    lines = [row.split(";") for row in rows.split("\n")]
    order = list(range(len(names)))
    for seed in range(6):
        random.Random(seed).shuffle(order)
        shuffled = "\n".join(";".join(line[i] for i in order) for line in lines)
        assert fields(";".join(names[i] for i in order), shuffled) == expected


@pytest.mark.parametrize(
    ("header", "rows", "expected"),
    [
        ("Bedrijf;Adres", "Alfa;Markt 1, 9000 Gent",
         {"AddressLine1": "Markt 1", "Postcode": "9000", "City": "Gent"}),
        ("Bedrijf;Plaats", "Alfa;1234 AB Utrecht", {"Postcode": "1234 AB", "City": "Utrecht"}),
        ("Naam;Klant;Leverancier", "Alfa;nee;ja", {"Status": "geen", "IsSupplier": "ja"}),
        ("Naam;Klant;Prospect", "Alfa;nee;ja", {"Status": "prospect"}),
        ("Naam;Klant;Prospect", "Alfa;ja;ja", {"Status": "klant"}),
        ("Bedrijf;Naam en voornaam", "Alfa;Peeters Jan",
         {"FirstName": "Jan", "LastName": "Peeters"}),
    ],
)  # fmt: skip
def test_what_a_row_comes_to(header: str, rows: str, expected: dict[str, str]) -> None:
    mapping = make_mapping(header.split(";"), {}, "a.csv", samples=samples_of(rows))
    cells = rows.split(";")
    found = {
        name: value
        for templates in mapping.templates.values()
        for name, template in templates.items()
        if name != "Name" and (value := template.fill(cells))
    }
    assert found == expected


def test_a_list_of_companies_and_private_persons_in_one_column() -> None:
    rows = "Bakkerij Janssen BV;\nMaes;An\nGarage Nobels;\nAlfa NV;Jo"
    mapping = make_mapping(["Naam", "Voornaam"], {}, "a.csv", samples=samples_of(rows))
    named = [
        (
            mapping.templates["account"]["Name"].fill(row.split(";")),
            mapping.templates["contact"]["FirstName"].fill(row.split(";")),
            mapping.templates["contact"]["LastName"].fill(row.split(";")),
        )
        for row in rows.split("\n")
    ]
    assert named == [
        ("Bakkerij Janssen BV", "", ""),
        ("", "An", "Maes"),
        ("Garage Nobels", "", ""),
        ("Alfa NV", "Jo", ""),
    ]


def test_what_the_cells_decided_is_reported() -> None:
    (note,) = read("Bedrijf;Bereikbaar", "Alfa;a@alfa.example\nBeta;b@beta.example").notes
    assert note == '"Bereikbaar" is used as Email, because of the values in its cells.'
    notes = read("Voornaam;Naam;URL", "Jo;Lee;https://www.linkedin.com/in/jo-lee").notes
    assert '"URL" holds personal pages and is not used as a website.' in notes
    assert read("Bedrijf;Korting", "Alfa;5 %").notes == ('"Korting" is used as DiscountSales.',)


@pytest.mark.parametrize(
    ("header", "rows", "expected"),
    [
        ("Bedrijf;E-mail;E-mail 2", "Alfa;a@a.example;b@a.example", {"E-mail 2": "Email"}),
        ("Bedrijf;Telefoon;Kantoor", "Alfa;09 5550110;09 5550111\nBeta;03 5550110;03 5550111",
         {"Kantoor": "Phone"}),
        ("Bedrijf;Boekhouder", "Alfa;Jan Maes\nBeta;An Vos", {"Boekhouder": "FullName"}),
        ("Bedrijf;Straat;Nr;Xx", "Alfa;Markt;1;a\nBeta;Kade;2;c", {"Xx": "AddressLine2"}),
        ("Bedrijf;Website;Website 2", "Alfa;a.example;b.example", {"Website 2": "Website"}),
        # numbers and labels of the source, and what is empty, are only listed
        ("Bedrijf;Volgnr;Groep;Saldo", "Alfa;12;A;1250,00\nBeta;13;B;0,00", {}),
        ("Bedrijf;E-mail;E-mail 2", "Alfa;a@a.example;", {}),
        ("Bedrijf;E-mail;Account owner", "Alfa;a@a.example;x@us.example", {}),
        ("Bedrijf;Provincie", "Alfa;Limburg", {}),
    ],
)  # fmt: skip
def test_unused_columns_that_hold_data_are_reported(
    header: str, rows: str, expected: dict[str, str]
) -> None:
    mapping = make_mapping(header.split(";"), {}, "a.csv", samples=samples_of(rows))
    assert {one.header: one.field for one in mapping.unused} == expected
    for one in mapping.unused:
        assert one.message.startswith(f'"{one.header}" is not used, but holds ')
        assert f"{one.field} = {{{one.header}}}" in one.message


@pytest.mark.parametrize(
    ("header", "cells", "warned"),
    [
        ("Verwijderd", ["0", "1"], True),
        ("Is_Deleted", ["false", "true"], True),
        ("Actief", ["ja", "nee"], True),
        ("Actief", ["ja", "ja"], False),
        ("Inactief", ["nee", ""], False),
        ("Actieve klant sinds", ["2024", "2025"], False),
    ],
)
def test_marks_of_rows_that_are_out_of_use_are_reported(
    header: str, cells: list[str], warned: bool
) -> None:
    rows = "\n".join(f"Alfa {n};{cell}" for n, cell in enumerate(cells))
    mapping = make_mapping(["Bedrijf", header], {}, "a.csv", samples=samples_of(rows))
    messages = [one.message for one in mapping.unused]
    assert ["out of use" in message for message in messages] == [True] * warned


def test_customer_numbers_with_letters_are_reported() -> None:
    samples = samples_of("K-0012;Alfa\n13;Beta")
    (note,) = make_mapping(["Klantnr", "Bedrijf"], {}, "a.csv", samples=samples).notes
    assert note.startswith('"Klantnr" has the numbers that your program gives its customers.')
    assert 'Those with letters ("K-0012") are not sent' in note
    letters = samples_of("K-0012;Alfa\nK-0013;Beta")
    (note,) = make_mapping(["Klantnr", "Bedrijf"], {}, "a.csv", samples=letters).notes
    assert 'and not sent: they have letters ("K-0012")' in note
    digits = samples_of("12;Alfa\n13;Beta")
    assert not make_mapping(["Klantnr", "Bedrijf"], {}, "a.csv", samples=digits).notes


@pytest.mark.parametrize(
    ("header", "rows", "field"),
    [
        ("Voornaam;Achternaam;Title", ["Jan;Maes;CEO", "An;Vos;Inkoper"], "JobTitleDescription"),
        ("Voornaam;Achternaam;Titel", ["Jan;Maes;Dr.", "An;Vos;Ing."], ""),
        ("Voornaam;Achternaam;Titel", ["Jan;Maes;", "An;Vos;"], ""),
        ("Voornaam;Achternaam;Titel", ["Jan;Maes;Dhr.", "An;Vos;Mevr."], "Gender"),
        ("Voornaam;Achternaam;Functie;Title", ["Jan;Maes;CEO;x", "An;Vos;Koper;y"], ""),
    ],
)
def test_a_title_is_what_its_cells_are(header: str, rows: list[str], field: str) -> None:
    assert read(header, "\n".join(rows)).choices[-1].field == field


def test_an_empty_title_is_not_reported() -> None:
    assert read("Voornaam;Achternaam;Titel", "Jan;Maes;\nAn;Vos;").notes == ()


def test_a_legal_form_by_itself_is_no_company() -> None:
    found = read("Nom;Civilité", "Alfa;SA\nBeta;SPRL\nCeta;SA")
    assert found.templates["account"]["Name"] == "{Nom}"


def test_an_empty_column_gives_way_to_one_that_means_the_same() -> None:
    found = read("Naam;Woonplaats;Gemeente", "Alfa;;Gent\nBeta;;Mol")
    assert found.templates["account"]["City"] == "{Gemeente}"
    assert found.unrecognised == ("Woonplaats",)


def test_a_role_that_only_the_cells_tell_is_reported() -> None:
    found = read("Naam;Groep", "Alfa;klant\nBeta;prospect")
    assert found.templates["account"]["Status"] == "{Groep}"
    assert found.notes == ('"Groep" is used as Status, because of the values in its cells.',)


def test_a_column_of_companies_and_persons_names_nobody() -> None:
    found = read("Organisatie/persoon;Naam;Plaats", "Organisatie;Alfa BV;Gent\nPersoon;Bos, P.;Mol")
    assert found.templates == {"account": {"Name": "{Naam}", "City": "{Plaats}"}}


@pytest.mark.parametrize("header", ["Naam;Roep;Plaats", "Familienaam;Roep;Plaats"])
def test_first_names_beside_half_a_name(header: str) -> None:
    found = read(header, "Bos;Jan;Gent\nVos;Els;Mol\nMaes;Piet;Aalst")
    assert found.templates["contact"]["FirstName"] == "{Roep}"
    assert found.templates["contact"]["LastName"] == "{" + header.split(";", maxsplit=1)[0] + "}"
    assert found.notes == ('"Roep" is used as FirstName, because of the values in its cells.',)


def test_first_names_beside_companies_are_not_their_names() -> None:
    found = read("Naam;Chauffeur;Plaats", "Bos BV;Jan;Gent\nVos NV;An;Mol\nMaes BV;Piet;Aalst")
    assert found.templates == {"account": {"Name": "{Naam}", "City": "{Plaats}"}}


def test_an_empty_line_of_an_address_gives_way_to_the_street() -> None:
    found = read("Naam;Adres veld;Straat;Plaats", "Alfa;;Kade 1;Gent\nBeta;;Dorp 2;Mol")
    assert found.templates["account"]["AddressLine1"] == "{Straat}"


def test_what_a_spare_column_says_otherwise_is_reported() -> None:
    header = "Bedrijfsnaam;Factuur bedrijfsnaam"
    note = '"Factuur bedrijfsnaam" is used as Name only where "Bedrijfsnaam" is empty.'
    assert note in read(header, "Alfa BV;Alfa Groep\nBeta BV;").notes
    assert read(header, "Alfa BV;alfa bv\nBeta BV;\n;Ceta BV").notes == ()


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("L-Code", "Postcode"),
        ("Voorn.", "FirstName"),
        ("Geb.datum", "BirthDate"),
        ("Formatted Name", "FullName"),
        ("Company Reg Number", "ChamberOfCommerce"),
    ],
)
def test_words_of_more_programs(header: str, field: str) -> None:
    choices = recognise(["Bedrijf", "Achternaam" * (field != "FullName"), header]).choices
    assert choices[-1].field == field


def test_a_column_of_suppliers_names_is_no_yes_or_no() -> None:
    rows = "Alfa;Groothandel Maes\nBeta;De Kaai"
    assert fields("Klantnaam;Leverancier", rows) == {"account.Name": "{Klantnaam}"}
    assert fields("Klantnaam;Leverancier", "Alfa;x\nBeta;")["account.IsSupplier"]


def test_what_belongs_to_an_unused_column_is_not_used_either() -> None:
    rows = "Alfa BV;Snel NV;info@snel.example\nBeta BV;Vlug NV;info@vlug.example"
    assert fields("Klant;Koerier;E-mail koerier", rows) == {"account.Name": "{Klant}"}
    found = fields("E-mail dealer;Dealer;Koerier", "a@b.example;Alfa BV;Snel")
    assert found == {"account.Email": "{E-mail dealer}", "account.Name": "{Dealer}"}


def test_half_the_cells_may_say_the_kind_of_a_relation() -> None:
    rows = "Alfa;Customer\nBeta;Vendor\nCeta;Other\nDelta;Customer, Vendor\nEps;Reseller"
    assert fields("Name;Type", rows)["account.Status"] == "{Type}"
    assert "account.Status" not in fields("Name;Type", "Alfa;Customer\nBeta;Gold\nCeta;Silver")


def test_a_company_goes_before_the_name_of_people_and_companies() -> None:
    rows = "Jan Maes;Jan;Maes;Alfa BV\nBeta NV;;;"
    found = fields("Name;Given Name;Family Name;Organization 1 - Name", rows)
    assert found["account.Name"] == "{Organization 1 - Name|Name}"
