"""Columns that hold more than one field: a whole name, a whole address, a postcode with its city.

A mapping names them like fields of Exact Online (`FullName = {Contact}`); here each is split into
its fields. Yes-or-no columns for the kind of a relation (`IsCustomer = {Klant}`) become its
`Status`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from exact_import.fields import KIND_OF, PERSON_NAMES, Field, Section
from exact_import.mapping.person_names import NameOrder, split_name
from exact_import.mapping.samples import Samples
from exact_import.mapping.templates import Cells, Fill, Template
from exact_import.values import vocabulary
from exact_import.values.names import is_company
from exact_import.values.places import split_address, split_place

Split = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Composite:
    """A name that a mapping may use for several fields, in the order in which `split` has them."""

    name: str
    fields: tuple[str, ...]
    split: Split
    description: str


_OF_PERSON = (
    Composite("FullName", PERSON_NAMES, split_name, "First, middle and last name in one"),
)
_OF_PLACE = (
    Composite(
        "FullAddress",
        ("AddressLine1", "Postcode", "City", "Country"),
        split_address,
        "Street, postcode and city in one",
    ),
    Composite("PostcodeCity", ("Postcode", "City"), split_place, "Postcode and city in one"),
)
# The status for a yes in each of these; the first yes decides.
ROLES: Mapping[str, str] = {"IsCustomer": "klant", "IsProspect": "prospect"}
_NO_ROLE = "geen"
_ROLE_FIELDS = (
    Field("account", "IsCustomer", "Boolean", True, True, description="Yes for a customer"),
    Field("account", "IsProspect", "Boolean", True, True, description="Yes for a prospect"),
)


def composites(section: Section) -> Sequence[Composite]:
    """Return the composites that the mapping of a section may use."""
    return _OF_PERSON if section == "contact" else _OF_PLACE if section != "bank account" else ()


def composite_fields(section: Section) -> dict[str, Field]:
    """Return the names, folded, that a section may use beside those of Exact Online's fields."""
    kind = KIND_OF[section]
    found = [
        Field(kind, one.name, "String", True, True, description=one.description)
        for one in composites(section)
    ]
    return {one.name.casefold(): one for one in (*found, *(_ROLE_FIELDS * (section == "account")))}


def expand(
    section: Section,
    templates: Mapping[str, Template],
    *,
    account_name: Template | None,
    order: NameOrder,
) -> dict[str, Template]:
    """Replace composites by fields of Exact Online; columns of their own take precedence.

    `account_name` is the template of the company's name, and `order` the order of whole names.
    """
    named = dict(templates)
    for one in composites(section):
        whole = named.pop(one.name, None)
        if whole is None:
            continue
        fill, split, origin = whole.fill, one.split, one.name
        if one.name == "FullName":
            split, origin = (lambda text: split_name(text, order)), f"{one.name} {order}"
            if account_name is not None and {*whole.columns} < {*account_name.columns}:
                fill = _unless_company(whole.fill, account_name.fill)
        for part, name in enumerate(one.fields):
            text = f"{name} of {origin} {whole.text}"
            made = Template(text, whole.columns, _part_of(fill, split, part))
            named[name] = _first_of(named[name], made) if name in named else made
    if section == "account":
        _settle_status(named)
    return named


def _part_of(fill: Fill, split: Split, part: int) -> Fill:
    def fill_part(cells: Cells) -> str:
        return split(fill(cells))[part]

    return fill_part


def _first_of(own: Template, other: Template) -> Template:
    def fill(cells: Cells) -> str:
        return own.fill(cells) or other.fill(cells)

    return own.refilled(f"or {other.text}", fill, *other.columns)


def _unless_company(person: Fill, company: Fill) -> Fill:
    """With `Name = {Company|Name}` and `FullName = {Name}`, a company's own row names nobody."""

    def fill(cells: Cells) -> str:
        name = person(cells)
        return "" if name == company(cells) else name

    return fill


def _settle_status(named: dict[str, Template]) -> None:
    """Make the status from yes-or-no columns: customer, prospect, or neither."""
    asked = {name: named.pop(name) for name in ROLES if name in named}
    if not asked:
        return

    def fill(cells: Cells) -> str:
        found = {name: template.fill(cells) for name, template in asked.items()}
        answers = {name: vocabulary.boolean(text) for name, text in found.items() if text}
        role = next((ROLES[name] for name, yes in answers.items() if yes), "")
        odd = next((found[name] for name, yes in answers.items() if yes is None), "")
        supplier = sells is not None and vocabulary.boolean(sells.fill(cells))
        return role or odd or (_NO_ROLE if answers or supplier else "")

    sells = named.get("IsSupplier")
    known = [*asked.values(), *([sells] if sells else [])]
    columns = tuple(index for template in known for index in template.columns)
    text = "Status of " + " ".join(template.text for template in asked.values())
    made = Template(text, columns, fill)
    named["Status"] = _first_of(named["Status"], made) if "Status" in named else made


def settle_shared_name(templates: dict[Section, dict[str, Template]], samples: Samples) -> None:
    """Let each row decide if one column is both the company's name and the person's last name.

    "Peeters" with a first name beside it is a person, who gets an account of that name; "Bakkerij
    Peeters BV" is a company, and so is what has no first name. So it is as well in a list of
    people, where some rows have a company in the place of the last name.
    """
    account, contact = templates.get("account", {}), templates.get("contact", {})
    company, last, first = account.get("Name"), contact.get("LastName"), contact.get("FirstName")
    if last is None or first is None or last.columns == first.columns:
        return
    given, origin = first.fill, last.fill
    if company is None and _companies_among(samples.values(origin), samples.values(given)):
        company = last
        templates["account"] = account = {**account}
    if company is None or last.columns != company.columns:
        return
    in_doubt = "Name" in account  # else only what is plainly a company is one

    def companys(cells: Cells) -> str:
        name = origin(cells)
        return name if is_company(name) or (in_doubt and not given(cells)) else ""

    def persons(cells: Cells) -> str:
        return "" if companys(cells) else origin(cells)

    account["Name"] = company.refilled("of companies", companys, *first.columns)
    contact["LastName"] = last.refilled("of people", persons, *first.columns)


def _companies_among(lasts: Sequence[str], firsts: Sequence[str]) -> bool:
    return any(is_company(last) and not first for last, first in zip(lasts, firsts, strict=True))
