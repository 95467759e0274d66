"""Converts the text of a cell to a value for Exact Online, with its problems.

A `Converter` is made once per run from the `Rules` (how the files write their values); it converts
each distinct value of a field once. The facts about the fields are in docs/exact-online.md,
"Fields"; docs/values.md has the rules for users.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from exact_import.errors import Severity
from exact_import.fields import Field, Kind
from exact_import.text import fold, quote, suggest
from exact_import.values import dates, emails, identifiers, phones, scalars, several, vocabulary
from exact_import.values.dates import DateOrder
from exact_import.values.doubts import ADDRESS_LINES, NAMED, ODD_TEXTS, doubts, is_number
from exact_import.values.placeholders import DITTO, NO_SUCH, NOTHING, blanks_of, is_reference
from exact_import.values.places import plain_postcode, postcode
from exact_import.values.vocabulary import CHECKS, InvalidValue, Level

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Rules:
    """How the files of a run write their values.

    `country` (ISO-2) goes for rows that name none (`country_known` if it is not the site's);
    `date_order` "" takes only dates that can be read in one way, `decimal` "" what the number and
    country decide; `levels` says how bad a failed check is; `exported`: phones stay as they are.
    """

    country: str = "NL"
    country_known: bool = False
    date_order: DateOrder = ""
    decimal: Literal[",", ".", ""] = ""
    levels: Mapping[str, Level] = field(default_factory=dict)
    exported: bool = False


_NO_OTHERS: Mapping[str, Value] = MappingProxyType({})


class Converted(NamedTuple):
    """The outcome for one cell.

    `value` is None for an empty cell and for one that cannot be sent. `problems` are sentences
    without file, line and column; an "error" means that the row must not be sent. `note` shows a
    change that is more than tidying, such as "Holland → NL". `also` holds values of other fields
    that the text implies (a supplier's status: IsSupplier).
    """

    value: Value | None
    problems: tuple[tuple[Severity, str], ...] = ()
    note: str = ""
    also: Mapping[str, Value] = _NO_OTHERS


_new = tuple.__new__  # half the time of Converted(…), for the cells that need nothing
Conversion = Callable[[str, str], Converted]
_Rule = Callable[[str, str], Value]

EMPTY = Converted(None)


def _always(form: scalars.PlainForm, _country: str) -> scalars.PlainForm:
    return form


_REMEMBERED = 4096  # distinct cells per field; more would cost memory where every cell differs
SUGGESTIONS = 200  # refused cells for which the nearest known word is looked up, 1 ms each
_LONG_TEXTS = frozenset(("Remarks", "Notes", "MarketingNotes"))
# Fields whose text is tidied, cut from its surroundings and checked. All other strings are free.
_STRINGS: Mapping[str, _Rule] = MappingProxyType(
    {
        "VATNumber": identifiers.vat_number,
        "ChamberOfCommerce": identifiers.chamber_of_commerce,
        "BSN": identifiers.citizen_number,
        "RSIN": identifiers.citizen_number,
        "BankAccount": identifiers.bank_account,
        "BICCode": identifiers.bank_code,
        "PeppolIdentifier": identifiers.participant,
        "Email": emails.email,
        "BusinessEmail": emails.email,
        "Website": emails.website,
        "Language": vocabulary.language_code,
        "SalesCurrency": vocabulary.currency_code,
        "PurchaseCurrency": vocabulary.currency_code,
        "Gender": vocabulary.gender,
        "Country": vocabulary.country,
        "Code": scalars.code,
        "Postcode": postcode,
        "City": scalars.city,
        "Phone": phones.phone,
        "Mobile": phones.phone,
        "Fax": phones.phone,
        "BusinessPhone": phones.phone,
        "BusinessMobile": phones.phone,
        "BusinessFax": phones.phone,
    }
)
# By field, and by the country of the row: the form in which its text is a value as it is.
PLAIN: Mapping[str, Callable[[str], scalars.PlainForm]] = MappingProxyType(
    {
        "ChamberOfCommerce": identifiers.plain_register_number,
        "Postcode": plain_postcode,
        **{
            name: functools.partial(_always, form)
            for name, form in {
                "VATNumber": identifiers.PLAIN_VAT_NUMBER,
                "Code": scalars.PLAIN_CODE,
                "City": scalars.PLAIN_CITY,
                "Email": emails.PLAIN_EMAIL,
                "BusinessEmail": emails.PLAIN_EMAIL,
                "Website": emails.PLAIN_WEBSITE,
                "Phone": phones.PLAIN_PHONE,
                "Mobile": phones.PLAIN_PHONE,
            }.items()
        },
    }
)
_BY_COUNTRY = several.PHONES | {"VATNumber", "ChamberOfCommerce", "BankAccount", "Postcode"}
# One value each.
_SINGLE = frozenset(_STRINGS) | several.NAMES | ADDRESS_LINES | {"Name", "State"}
# Numbers for which a word without digits means that there is none.
_NUMBERED = frozenset(("VATNumber", "ChamberOfCommerce", "BankAccount"))
# Numbers that a spreadsheet may have taken for amounts: "403170701.0".
_LIKE_NUMBERS = several.PHONES | {"VATNumber", "ChamberOfCommerce"}
_NO_DIGIT_BUT_ZERO = re.compile(r"[^1-9]*", re.ASCII)
_WRITTEN = several.PHONES | several.EMAILS | {"Website", "BankAccount"}
_ZEROS = re.compile(r"[0\s./+()-]+")
# Where letters may be beside an E: "1E5" is a postcode nowhere, but may be part of a web page.
_NO_FLOATS = frozenset(("Website", "Email", "BusinessEmail", "Country", "Language", "Gender"))


class Converter:
    """Turns cells into values for Exact Online; each distinct cell of a field is converted once.

    It remembers a few thousand cells per field, whatever the size of the file, and is meant for one
    thread. For the first `suggestions` refused cells the nearest known word is looked up.
    """

    def __init__(self, rules: Rules, suggestions: int = SUGGESTIONS) -> None:
        self._rules = rules
        # By name: hashing a whole Field costs more than converting most cells.
        self._conversions: dict[tuple[Kind, str], Conversion] = {}
        self._suggestions = suggestions
        self._country = functools.lru_cache(_REMEMBERED)(vocabulary.country_code)

    def convert(self, field: Field, text: str, country: str = "") -> Converted:
        """Return what `text`, a stripped cell, means in `field`.

        `country` is the row's, as ISO-2, "" for the rules' own. Never raises.
        """
        return self.of(field)(text, country)

    def of(self, field: Field) -> Conversion:
        """Return the conversion of one field, to convert a whole column."""
        place = (field.kind, field.name)
        if place not in self._conversions:
            self._conversions[place] = self._conversion(field)
        return self._conversions[place]

    def doubtful(self, field: Field) -> Callable[[Collection[str], str], Collection[str]]:
        """Return a function that finds, among many texts of a field, those that need conversion.

        It takes stripped, non-empty texts of rows of one country. The other texts are valid
        unchanged; the returned ones go through the field's conversion.
        """
        find = self._doubtful(field)
        blanks = blanks_of(field)
        if not by_country(field):  # others are found anyway
            blanks = frozenset(text for text in blanks if not find((text,), ""))
        if not blanks:
            return find

        def found(texts: Collection[str], country: str) -> Collection[str]:
            odd = find(texts, country)
            return odd if blanks.isdisjoint(texts) else [*odd, *filter(blanks.__contains__, texts)]

        return found

    def _doubtful(self, field: Field) -> Callable[[Collection[str], str], Collection[str]]:
        limit = field.length or 10**9
        if field.edm == "String" and field.name in PLAIN:
            return functools.partial(_not_plain, PLAIN[field.name], limit, self._rules.country)
        if field.edm == "String" and field.name not in _STRINGS and field.name != "Status":
            refused = several.MARK if field.name in _SINGLE else "\0"
            odd = ODD_TEXTS.get(field.name)
            if field.name in NAMED:
                return lambda texts, _country: [
                    *scalars.untidy(texts, limit, refused, odd),
                    *(text for text in texts if text[0] <= "9" and is_number(text)),
                ]
            return lambda texts, _country: scalars.untidy(texts, limit, refused, odd)
        return lambda texts, _country: texts

    @property
    def home(self) -> str:
        """The country (ISO-2) of rows without one, or with an unknown one."""
        return self._rules.country

    def country(self, text: str) -> str | None:
        """Return the ISO-2 code of a country by name or code; None for "" and for others."""
        return self._country(text) if text else None

    def _conversion(self, field: Field) -> Conversion:
        if field.edm == "String" and field.name not in _STRINGS and field.name != "Status":
            checked = functools.partial(self._checked, lines=field.name in _LONG_TEXTS)
            return functools.partial(_by_country, functools.partial(checked, field, _as_it_is), "")
        rule = self._rule(field)
        work: Conversion = functools.lru_cache(_REMEMBERED)(
            functools.partial(self._checked, field, rule)
        )
        if not by_country(field):
            work = functools.partial(_by_text, work)  # one memory for all countries
        if field.edm == "DateTime":
            return functools.partial(_dated, self._rules.date_order, work)
        return functools.partial(_by_country, work, self._rules.country)

    def _rule(self, field: Field) -> _Rule:
        """Return a function that makes a value of the field's type from a tidy text, or raises."""
        name, edm, rules = field.name, field.edm, self._rules
        if name in _STRINGS and edm == "String":
            return _STRINGS[name]
        if name in ("DiscountSales", "DiscountPurchase"):
            return lambda text, country: float(scalars.fraction(text, rules.decimal, country))
        if edm == "Double":
            grouped = name not in ("Latitude", "Longitude")
            return lambda text, country: float(
                scalars.number(text, rules.decimal, country, grouped=grouped)
            )
        if edm in scalars.INTEGER_RANGES:
            return lambda text, _country: scalars.integer(text, edm)
        simple: Mapping[str, Callable[[str], Value]] = {
            "Boolean": scalars.truth,
            "Guid": scalars.guid,
            "DateTime": lambda text: dates.moment(text, rules.date_order),
            "String": lambda text: vocabulary.status(text)[0],
        }
        plain = simple.get(edm, _unwritable)
        return lambda text, _country: plain(text)

    def _checked(
        self, field: Field, rule: _Rule, text: str, country: str, *, lines: bool = False
    ) -> Converted:
        text = scalars.tidy(text, lines=lines)
        if not text:
            return EMPTY
        if field.name not in _LONG_TEXTS and is_reference(field, text):
            return self._refused(field, _repeated(text), text)
        if text in blanks_of(field):
            return self._placeholder(text)
        if field.name in _LIKE_NUMBERS:
            text = scalars.without_float(text)
        if field.name in _SINGLE:
            where = country or self._rules.country
            parts = several.divide(field, text, where, whole=self._rules.exported)
            if parts is not None and parts.value != text:
                return self._divided(field, rule, text, parts, country)
        try:
            if rule is not _as_it_is:
                scalars.refuse_endless(text)
            scalars.refuse_excel_error(text, parts=not lines)
            if field.edm == "String" and field.name in _STRINGS and field.name not in _NO_FLOATS:
                scalars.refuse_excel_float(text)
            value = rule(text, country)
        except InvalidValue as refused:
            return self._refused(field, refused, text)
        if value == "":  # the text says that there is no value
            return EMPTY
        problems = self._doubts(field, value, text)
        also, note = _NO_OTHERS, vocabulary.change(text, value)
        if field.name == "Status" and vocabulary.status(text)[1]:
            also = MappingProxyType({"IsSupplier": True})
            note += ", IsSupplier"
        failed = any(severity == "error" for severity, _ in problems)
        return Converted(None if failed else value, problems, note, also)

    def _divided(
        self, field: Field, rule: _Rule, text: str, parts: several.CellParts, country: str
    ) -> Converted:
        problems = self.problem("several", parts.message(text)) if parts.unused else ()
        if problems and problems[0][0] == "error":
            return Converted(None, problems)
        found = self._checked(field, rule, parts.value, country)
        also = MappingProxyType({**parts.also, **found.also})
        written = [found.value or "", *(f"{name} {one}" for name, one in parts.also.items())]
        note = f"{text} → {', '.join(filter(None, map(str, written)))}"
        return Converted(found.value, problems + found.problems, note, also)

    def _placeholder(self, text: str) -> Converted:
        message = f"{quote(text)} was treated as an empty cell."
        return Converted(None, self.problem("placeholder", message))

    def _refused(self, field: Field, refused: InvalidValue, text: str) -> Converted:
        if refused.check not in ("excel", "ditto") and _is_placeholder(field, text):
            return self._placeholder(text)
        kept = refused.kept
        message = refused.message + self._suggestion(refused, text)
        problems = self.problem(refused.check, message, mild=refused.mild)
        if problems and problems[0][0] == "error":
            return Converted(None, problems)
        if kept is None and problems:
            problems = (("warning", f"{problems[0][1]} The field is left out."),)
        return Converted(kept, problems)

    def _suggestion(self, refused: InvalidValue, text: str) -> str:
        if refused.known is tuple or self._suggestions == 0:
            return ""
        self._suggestions -= 1
        meant = suggest(text, refused.known(), likeness=0.8)
        return f' Did you mean "{meant}"?' if meant else ""

    def _doubts(self, field: Field, value: Value, text: str) -> tuple[tuple[Severity, str], ...]:
        """Yield warnings about a valid value."""
        return tuple(
            problem
            for check, message, mild in doubts(field, value, text)
            for problem in self.problem(check, message, mild=mild)
        )

    def problem(
        self, check: str, message: str, *, mild: bool = False
    ) -> tuple[tuple[Severity, str], ...]:
        """Return the result of a failed check by the rules: nothing, or a severity and `message`.

        `mild` makes a warning of it unless [validation] says otherwise.
        """
        usual = "warning" if mild else CHECKS[check][0]
        level = self._rules.levels.get(check, usual)
        return () if level == "off" else ((level, message),)


def _is_placeholder(field: Field, text: str) -> bool:
    """Return True for a placeholder such as "n.v.t."."""
    words = fold(text)
    if words in NOTHING or (field.name in _WRITTEN and NO_SUCH.fullmatch(words)):
        return True
    if field.name in several.PHONES:
        return _ZEROS.fullmatch(text) is not None
    # A mistyped number has digits; "vrijgesteld van btw" or a bare "BE" has none.
    return field.name in _NUMBERED and _NO_DIGIT_BUT_ZERO.fullmatch(text) is not None


def _repeated(text: str) -> InvalidValue:
    what = "row" if text in DITTO else "address"
    message = f"{quote(text)} refers to another {what}; write the value itself in this row."
    return InvalidValue("ditto", message, None)


def by_country(field: Field) -> bool:
    """Return True if the meaning of a text in this field depends on the row's country."""
    return field.name in _BY_COUNTRY or field.edm == "Double"


def _not_plain(
    plain: Callable[[str], scalars.PlainForm],
    limit: int,
    home: str,
    texts: Collection[str],
    country: str,
) -> list[str]:
    """Return those of many texts of rows of a country that are not plain or are too long."""
    form = plain(country or home)
    found = form.others(texts)
    if not 0 < form.longest <= limit and max(map(len, texts)) > limit:
        found.extend(text for text in texts if len(text) > limit)
    return found


def _dated(order: DateOrder, work: Conversion, text: str, _country: str = "") -> Converted:
    if date := dates.plain(text, order):
        return _new(Converted, (date, (), f"{text} → {date}", _NO_OTHERS))
    return work(text, "")


def _by_country(work: Conversion, home: str, text: str, country: str = "") -> Converted:
    return work(text, country or home)


def _by_text(work: Conversion, text: str, _country: str = "") -> Converted:
    return work(text, "")


def _as_it_is(text: str, _country: str) -> Value:
    return text


def _unwritable(text: str) -> Value:
    raise InvalidValue(
        "type", f"{quote(text)} cannot be imported: this field does not hold text.", None
    )
