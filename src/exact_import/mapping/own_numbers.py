"""Columns with a source's own numbers, which no field of Exact Online takes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from exact_import.data.lexicon import squeezed
from exact_import.fields import RecordKind, Section
from exact_import.mapping.samples import Samples
from exact_import.mapping.templates import Template
from exact_import.text import quote

_NUMBER = "(?:id|ids|nr|no|num|number|nummer|numero|code|key|identifier|identificatie)"
# Words before the numbered person or company: "N° adhérent", "id_customer"; not "Key account".
_FIRST = "(?:id|nr|num|number|nummer|numero|identifiant)"
_COMPANY = (
    "(?:customers?|clients?|klant(?:en)?|debiteur(?:en)?|debtors?|crediteur(?:en)?|creditors?|"
    "leveranciers?|suppliers?|vendors?|relaties?|compan(?:y|ies)|accounts?|organi[sz]ations?|"
    "organisaties?|bedrijfs?|firma|kunden?|societe|entreprise|tiers)"
)
_PERSON = (
    "(?:contacts?|contactpersoon|persons?|persoons?|people|members?|membership|lid|leden|"
    "lidmaatschaps?|membres?|adherents?|mitgl(?:ieds?)?|leerlingen?|leerling|cursisten?|cursist|"
    "deelnemers?|students?|eleves?|schuler|teilnehmer|stam|patienten?|patient)"
)
_OF_COMPANY = re.compile(f"{_COMPANY}{_NUMBER}|(?:recordid|{_FIRST}){_COMPANY}")
_OF_PERSON = re.compile(f"{_PERSON}{_NUMBER}|(?:recordid|{_FIRST}){_PERSON}|matricule")
_OF_EITHER = re.compile("(?:record|external|externe?|crm|source|bron|unique)?(?:id|uid|uuid)")


def own_number_columns(
    header: Sequence[str], used: Collection[int], *, companies: bool, people: bool
) -> Mapping[RecordKind, int]:
    """Return the positions of the columns with the source's own numbers, by kind of record.

    Columns in `used` have another meaning. A bare ID is a person's if rows name `people` and
    `companies`, because several people may have one company; otherwise, the record's.
    """
    found: dict[RecordKind, int] = {}
    for index, text in enumerate(header):
        word = squeezed(text)
        if index in used or not word:
            continue
        if _OF_COMPANY.fullmatch(word):
            found.setdefault("account", index)
        elif _OF_PERSON.fullmatch(word):
            found.setdefault("contact", index)
        elif _OF_EITHER.fullmatch(word):
            found.setdefault("contact" if companies and people else "account", index)
    return found


def lettered_number(code: Template, samples: Samples) -> str:
    """Return a number with letters from the template, "" if there is none."""
    return next((text for text in samples.values(code.fill) if any(map(str.isalpha, text))), "")


def own_number_notes(
    header: Sequence[str],
    templates: Mapping[Section, Mapping[str, Template]],
    samples: Samples,
    *,
    every: bool = False,
) -> Iterator[str]:
    """Yield a note that customer numbers are the source's own, if they are not sent or `every`.

    For numbers without letters, only Exact Online's codes show it.
    """
    code = templates.get("account", {}).get("Code")
    if code is None or code.constant:
        return
    lettered = lettered_number(code, samples)
    column = ", ".join(quote(header[index].strip()) for index in code.columns)
    start = f"{column} has the numbers that your program gives its customers. They are"
    if lettered:
        if any(map(str.isdecimal, samples.values(code.fill))):
            sent = f". Those with letters ({quote(lettered)}) are not sent, because codes"
        else:
            sent = f", and not sent: they have letters ({quote(lettered)}), and codes"
        yield f"{start} remembered to find each row again{sent} in Exact Online have digits only."
    elif every:
        yield (
            f"{start} remembered to find each row again. New accounts get them as codes, unless "
            "the import finds that Exact Online has other codes for companies of this file."
        )
