"""Text after a person's name: a job title, or a remark in brackets."""

from __future__ import annotations

import re
from typing import NamedTuple

from exact_import.text import fold, word_set

# A short phrase with one of these is a job title: "hoofd aankoop", "technisch directeur".
_JOBS = frozenset(
    fold(
        "zaakvoerder zaakvoerster bestuurder bestuurster directeur directrice directie eigenaar "
        "eigenares vennoot aandeelhouder voorzitter ondervoorzitter penningmeester secretaris "
        "secretaresse boekhouder boekhoudster boekhouding aankoper inkoper aankoop inkoop "
        "verkoper verkoopster verkoop bediende medewerker medewerkster verantwoordelijke hoofd "
        "coordinator adviseur accountant architect ingenieur technieker monteur werfleider "
        "ploegbaas chef uitbater uitbaatster stagiair contactpersoon administratie facturatie "
        "receptie magazijn planner planning notaris advocaat huisarts tandarts apotheker syndicus "
        "conciërge gérant gérante dirigeant dirigeante administrateur administratrice président "
        "présidente trésorier trésorière secrétaire comptable comptabilité responsable acheteur "
        "acheteuse achats vendeur vendeuse commercial commerciale ventes associé associée employé "
        "employée technicien ingénieur patron patronne propriétaire assistante geschäftsführer "
        "geschäftsführerin geschäftsführung inhaber inhaberin vorstand leiter leiterin leitung "
        "prokurist prokuristin buchhalter buchhalterin buchhaltung einkäufer einkäuferin einkauf "
        "vertrieb verkauf sekretärin vorsitzender vorsitzende kassierer schatzmeister "
        "schriftführer mitarbeiter sachbearbeiter sachbearbeiterin meister ceo cfo coo cto cio "
        "cmo hr it owner founder partner director manager president chairman treasurer secretary "
        "bookkeeper buyer purchasing purchase sales marketing assistant engineer consultant "
        "controller officer supervisor lead office finance accounting"
    ).split()
)
_ENDINGS = ("manager", "directeur", "director", "leider", "leiter", "leiterin", "verantwoordelijke",
            "medewerker", "medewerkster", "chef", "hoofd", "bediende", "bestuurder")  # fmt: skip
_LAST_NAMES = word_set("meister leiter chef buyer partner patron hoofd kassierer office")
_MOST_WORDS = 5
_BEHIND = re.compile(
    r"(?P<name>[^()]*[^\s(),–-])\s*(?:\((?P<inside>[^()]+)\)|(?:,|\s[–/-])\s*(?P<behind>[^(),]+))"
)
_BEFORE = re.compile(
    r"(?P<title>[^\d():,]*[^\s\d():,])(?::|,|\s[–-])\s+(?P<name>[^:,()]*[^\W\d_][^:,()]*)"
)
# Characters in every text in which `name_and_remark` finds anything.
REMARK_MARKS = ("(", ",", ":", " - ", " – ", " / ")


class NameAndRemark(NamedTuple):
    """A person's name, and the text after it: a job title, or "(a remark)"."""

    name: str
    job: str = ""
    remark: str = ""


def is_job(text: str) -> bool:
    """Return True for a job title such as "zaakvoerder" or "technisch directeur"."""
    words = fold(text).split()
    return 0 < len(words) <= _MOST_WORDS and any(
        word in _JOBS or word.endswith(_ENDINGS) for word in words
    )


def name_and_remark(text: str) -> NameAndRemark:
    """Split "Maes (zaakvoerder)", "Jan Maes, CEO" and "Jan Maes (na 18u)".

    After a comma or a dash, only a job title is a remark.
    """
    if not any(map(text.__contains__, REMARK_MARKS)):
        return NameAndRemark(text)
    if (match := _BEHIND.fullmatch(text)) is not None:
        behind = (match["inside"] or match["behind"]).strip()
        if is_job(behind) and (match["inside"] or fold(behind) not in _LAST_NAMES):
            return NameAndRemark(match["name"], behind)
        if match["inside"] and behind:
            return NameAndRemark(match["name"], remark=f"({behind})")
    match = _BEFORE.fullmatch(text)
    if match is not None and is_job(match["title"]) and not is_job(match["name"]):
        if fold(match["title"]) in _LAST_NAMES:  # "Meister, Fritz"
            return NameAndRemark(text)
        return NameAndRemark(match["name"].strip(), match["title"].strip())
    return NameAndRemark(text)
