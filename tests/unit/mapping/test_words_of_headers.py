"""Words in headers, each by itself: which field they mean, and which mean none."""

from __future__ import annotations

from typing import Literal

import pytest

from exact_import.data.header_words import read_header
from exact_import.fields import Kind, catalogue
from exact_import.mapping.infer import recognise
from exact_import.mapping.templates import Header, make_template
from header_reading import fields, read


@pytest.mark.parametrize(
    ("header", "field"),
    [
        # whatever case, accents, spaces, punctuation and plural
        ("BEDRIJFSNAAM", "account.Name"),
        ("bedrijfs-naam", "account.Name"),
        ("Bedrijf - naam", "account.Name"),
        ("Bedrijfsnamen", "account.Name"),
        ("Für welche Firma arbeiten Sie?", "account.Name"),
        ("Quelle est votre adresse e-mail ?", "account.Email"),
        ("In welke gemeente woont u?", "account.City"),
        ("country_id/name", "account.Country"),
        ("CardCode", "account.Code"),
        ("Entreprise associée principale", "account.Name"),
        ("Gerelateerd bedrijf", "account.Name"),
        ("Observations", "account.Remarks"),
        ("Bem.", "account.Remarks"),
        ("Vast", "account.Phone"),
        ("Naam van het bedrijf", "account.Name"),
        ("Company name*", "account.Name"),
        ("company_name", "account.Name"),
        ("CompanyName", "account.Name"),
        ("Raison sociale", "account.Name"),
        ("Nom de l'entreprise", "account.Name"),
        ("Nom de la société", "account.Name"),
        ("Firmenname", "account.Name"),
        ("Unternehmen", "account.Name"),
        ("Klantnaam", "account.Name"),
        ("Handelsnaam", "account.Name"),
        ("Leverancier", "account.Name"),
        ("Dénomination sociale", "account.Name"),
        ("Naam vereniging", "account.Name"),
        ("Clubnaam", "account.Name"),
        ("Relatiecode", "account.Code"),
        ("Kd.-Nr.", "account.Code"),
        ("N° relation", "account.Code"),
        ("cust_name", "account.Name"),
        ("Werkgever", "account.Name"),
        ("Org. number", "account.ChamberOfCommerce"),
        ("Identifiant TVA", "account.VATNumber"),
        ("Straat (max. 30 tekens)", "account.AddressLine1"),
        ("Naam (bv. Bakkerij Peeters)", "account.Name"),
        ("BTW-nummer (format BE0123456749)", "account.VATNumber"),
        ("Telefoon [incl. landcode]", "account.Phone"),
        ("Bedrijfsnaam (Nederlands)", "account.Name"),
        ("Nom de société (français)", "account.Name"),
        ("Company name (English)", "account.Name"),
        ("Kundenkonto", "account.Code"),
        ("Debitorenkonto", "account.Code"),
        ("Compte tiers", "account.Code"),
        ("Compte auxiliaire", "account.Code"),
        ("Verkooprelatie", "account.Code"),
        ("KUNNR", "account.Code"),
        ("STRAS", "account.AddressLine1"),
        ("PSTLZ", "account.Postcode"),
        ("ORT01", "account.City"),
        ("Klantnummer bij leverancier", "account.CodeAtSupplier"),
        ("Notre numéro client", "account.CodeAtSupplier"),
        ("Bet.cond.", "account.PaymentConditionSales"),
        ("Postc.", "account.Postcode"),
        ("Postcode [4 cijfers]", "account.Postcode"),
        ("Kredietlimiet (EUR)", "account.CreditLineSales"),
        ("Straat/nr/bus", "account.AddressLine1"),
        ("Rue, n° et boîte", "account.AddressLine1"),
        ("Rais. soc.", "account.Name"),
        ("N° cli.", "account.Code"),
        ("Adr.", "account.AddressLine1"),
        ("Ond. nr.", "account.ChamberOfCommerce"),
        ("Bouwheer", "account.Name"),
        ("Adres lijn 1", "account.AddressLine1"),
        ("Str.", "account.AddressLine1"),
        ("Complément", "account.AddressLine2"),
        ("Gem.", "account.City"),
        ("Code Pays (ISO)", "account.Country"),
        ("Voorkeurstaal", "account.Language"),
        ("Telefoonnummer (fax)", "account.Fax"),
        ("Zahlungsziel in Tagen", "account.PaymentConditionSales"),
        ("Klantnr.", "account.Code"),
        ("Debiteurennummer", "account.Code"),
        ("Customer #", "account.Code"),
        ("N° client", "account.Code"),
        ("Kunden-Nr.", "account.Code"),
        ("BTW", "account.VATNumber"),
        ("Btw nr", "account.VATNumber"),
        ("N° de TVA", "account.VATNumber"),
        ("Numéro de TVA intracommunautaire", "account.VATNumber"),
        ("USt-IdNr.", "account.VATNumber"),
        ("VAT registration no.", "account.VATNumber"),
        ("BTW/Ondernemingsnummer", "account.VATNumber"),
        ("KvK nummer", "account.ChamberOfCommerce"),
        ("Ondernemingsnr", "account.ChamberOfCommerce"),
        ("Numéro d'entreprise", "account.ChamberOfCommerce"),
        ("N° BCE", "account.ChamberOfCommerce"),
        ("Handelsregister-Nr.", "account.ChamberOfCommerce"),
        ("Company number", "account.ChamberOfCommerce"),
        ("PLZ", "account.Postcode"),
        ("Zip/Postal code", "account.Postcode"),
        ("Code postal", "account.Postcode"),
        ("Gemeente", "account.City"),
        ("Town/City", "account.City"),
        ("Localité", "account.City"),
        ("Land/regio", "account.Country"),
        ("Ländercode", "account.Country"),
        ("Laendercode", "account.Country"),
        ("Pays", "account.Country"),
        ("Straat en huisnummer", "account.AddressLine1"),
        ("Straße + Hausnummer", "account.AddressLine1"),
        ("Street name and number", "account.AddressLine1"),
        ("Address line 2", "account.AddressLine2"),
        ("Complément d'adresse", "account.AddressLine2"),
        ("Site web", "account.Website"),
        ("Website URL", "account.Website"),
        ("Tel.", "account.Phone"),
        ("GSM-nummer", "account.Phone"),
        ("N° de téléphone", "account.Phone"),
        ("Rufnummer", "account.Phone"),
        ("Tel/Fax", "account.Phone"),
        ("Adresse e-mail", "account.Email"),
        ("eMail", "account.Email"),
        ("E-mailadres(sen)", "account.Email"),
        ("Betalingsconditie", "account.PaymentConditionSales"),
        ("Korting verkoop", "account.DiscountSales"),
        ("Rekeningnummer", "bank account.BankAccount"),
        ("IBAN / Rekeningnummer", "bank account.BankAccount"),
        ("IBAN/BIC", "bank account.BankAccount"),
        ("IntraStatSystem", "account.IntraStatSystem"),
        ("intrastat system", "account.IntraStatSystem"),
        ("GLN", "account.GlnNumber"),
        ("Classification3", "account.Classification3"),
    ],
)
def test_words_for_the_company(header: str, field: str) -> None:
    found = fields(header)
    assert [name for name in found if name != "account.Status"] == [field]


@pytest.mark.parametrize(
    ("headers", "suppliers"),
    [
        ("N° fournisseur;Raison sociale;Ville", True),
        ("Leverancier;Plaats", True),
        ("Lieferantennummer;Firma;Unsere Kundennummer", True),
        ("Supplier number;Supplier name;City", True),
        ("Klantnummer;Bedrijf;Leverancier", False),
        ("Crediteurnummer;Debiteurnummer;Naam", False),
        ("Leverancierscode;Bedrijf;Status", False),
        ("Naam;Plaats;Leverancier;Plaats", False),
        ("Code;Bedrijf;Plaats", False),
    ],
)
def test_a_list_of_suppliers_says_so(headers: str, suppliers: bool) -> None:
    found = recognise(headers.split(";"))
    text = found.templates["account"].get("Status", "")
    assert bool(text and make_template(text, Header(headers.split(";"))).constant) == suppliers
    assert any("lists suppliers" in note for note in found.notes) == suppliers


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Voornaam", "FirstName"),
        ("Prénom", "FirstName"),
        ("VORNAME", "FirstName"),
        ("Given name(s)", "FirstName"),
        ("Contact: first name", "FirstName"),
        ("Tussenvoegsel", "MiddleName"),
        ("Achternaam", "LastName"),
        ("Gezinsnaam", "LastName"),
        ("infix", "MiddleName"),
        ("Intitulé du poste", "JobTitleDescription"),
        ("Nom de famille", "LastName"),
        ("Nachname", "LastName"),
        ("contact_last_name", "LastName"),
        ("Functie", "JobTitleDescription"),
        ("Functie contactpersoon", "JobTitleDescription"),
        ("Fonction", "JobTitleDescription"),
        ("Geboortedatum", "BirthDate"),
        ("Geboortedatum (dd/mm/jjjj)", "BirthDate"),
        ("Vorn.", "FirstName"),
        ("CONT_VNAAM", "FirstName"),
        ("Familie", "LastName"),
        ("Date de naissance", "BirthDate"),
        ("Geslacht (m/v)", "Gender"),
        ("GSM", "Mobile"),
        ("Tél. portable", "Mobile"),
        ("Handynummer", "Mobile"),
        ("Mobiel (werk)", "BusinessMobile"),
        ("Telefoon op werk", "BusinessPhone"),
        ("Work phone", "BusinessPhone"),
        ("Tel. dienstl.", "BusinessPhone"),
        ("Téléphone (bureau)", "BusinessPhone"),
        ("Telefon privat", "Phone"),
        ("Direct phone", "Phone"),
        ("E-mail", "Email"),
        ("Work e-mail", "Email"),
        ("Opmerkingen", "Notes"),
        ("Voorletters", "Initials"),
        ("Language of contact", "Language"),
    ],
)
def test_words_for_the_person(header: str, field: str) -> None:
    others = "Bedrijf;Familienaam" if field == "FirstName" else "Bedrijf;Voornaam"
    texts = read(f"{others};{header}").templates["contact"]
    assert texts[field] == f"{{{header}}}"


@pytest.mark.parametrize(
    "header",
    [
        # numbers that other programs gave
        "Record ID", "Customer ID", "Klant ID", "External ID", "Contact ID", "id", "ID", "uid",
        "Account number",
        # more than the word
        "E-mail bounced", "Email opt out", "Phone type", "E-mail 1 - Label", "VAT rate", "BTW %",
        "BTW-plichtig", "Company size", "Company Domain Name", "Name prefix", "Number of employees",
        "Address 1 - PO Box", "Yomi Name", "Account manager email", "Landcode telefoon",
        # about something else
        "Factuurnummer", "Ordernummer", "Invoice date", "Project naam", "Bedrijfstak",
        "Klant sinds", "Rijksregisternummer", "Steuernummer",
        "Lieferdatum", "Numéro de commande", "Geburtsname", "Username", "Total spent", "Tags",
        # what must not be guessed
        "BSN nummer", "Birth name", "BirthnamePrefix", "Social security number", "End date",
        "Lead source", "Parent", "Person", "Status of order", "Created", "CreatorFullName",
        "Provincie", "State", "Currency", "Straatcode", "Name code",
        "User city",
        "Website 2", "Naam e-mail", "Bus plaats", "bedrijf" * 6, "naam" * 40, "",
    ],
)  # fmt: skip
def test_left_alone(header: str) -> None:
    found = read(f"Naam bedrijf;Voornaam;Achternaam;{header}")
    used = {text for texts in found.templates.values() for text in texts.values()}
    assert f"{{{header}}}" not in used
    assert found.unrecognised == ((header,) if header else ())


@pytest.mark.parametrize("kind", ["account", "contact"])
def test_the_name_of_a_field_with_its_kind_is_always_understood(
    kind: Literal["account", "contact"],
) -> None:
    writable = [n for n, f in catalogue(kind).items() if f.writable and n != "Account"]
    header = [f"{kind.capitalize()}.{name}" for name in writable]
    found = recognise(header)
    assert found.unrecognised == ()
    assert dict(found.templates[kind]) == {
        name: f"{{{kind.capitalize()}.{name}}}" for name in writable
    }
    assert set(recognise([h.lower() for h in header]).templates[kind]) == set(writable)


def test_exact_onlines_own_names() -> None:
    line = "ID;Code;Name;AddressLine1;State;Country;VATNumber;SalesVATCode;GLAR;BSN;EndDate;Title"
    found = read(line)
    assert set(found.templates["account"]) == {*line.split(";")} - {"Title"}
    assert found.unrecognised == ("Title",)
    own = fields("Code;Name;Phone;VATNumber;FirstName;LastName;Email;BusinessMobile;MainContact")
    assert own["account.Phone"] == "{Phone}"
    assert own["contact.Email"] == "{Email}"
    assert own["account.MainContact"] == "{MainContact}"
    assert fields("Name;FirstName;Email")["account.Name"] == "{Name}"


@pytest.mark.parametrize("kind", ["account", "contact", "address", "bank account"])
def test_every_field_is_described_in_a_line(kind: Kind) -> None:
    for field in catalogue(kind).values():
        assert field.description, field.name
        assert len(field.description) <= 90, field.name
        assert not field.description.endswith("."), field.name


@pytest.mark.parametrize("kind", ["account", "contact", "bank account"])
def test_every_alias_is_understood_as_its_field(kind: Kind) -> None:
    for field in catalogue(kind).values():
        for alias in field.aliases:
            reading = read_header(alias)
            assert reading is not None, alias
            named = reading.part == "name" and field.name in ("Name", "FullName")
            assert named or (kind, field.name) in reading.targets, alias
