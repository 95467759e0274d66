"""Exact Online's records as rows that import again and change nothing.

Every header is Exact Online's own name with its kind ("account.Name"), which an import recognises
regardless of the other columns; so columns can be removed and moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from exact_import.errors import UsageError
from exact_import.exact.client import IDS_A_CALL
from exact_import.exact.clock import as_wall_clock
from exact_import.exporting.export_file import as_text, safe_text, sheet_text
from exact_import.fields import RECORD_KINDS, Field, Kind, catalogue, find_field
from exact_import.records.models import fold
from exact_import.store.bases import ANY, RecordBases
from exact_import.store.mirror import Mirror, RemoteRecord
from exact_import.text import suggest
from exact_import.values.convert import Converter
from exact_import.values.dates import DateOrder, moment
from exact_import.values.vocabulary import InvalidValue, status

if TYPE_CHECKING:
    from exact_import.exact.client import Client

# A row has the account, its main bank account, and a contact.
_IN_A_ROW: tuple[Kind, ...] = ("account", "bank account", "contact")
# The fields that people maintain; --columns can add every other field.
_USUAL: Mapping[Kind, str] = {
    "account": "ID Code Name Status IsSupplier AddressLine1 AddressLine2 AddressLine3 Postcode"
    " City State Country Phone Fax Email Website VATNumber ChamberOfCommerce Language"
    " SearchCode Blocked DiscountSales CreditLineSales Remarks MainContact",
    "bank account": "BankAccount",
    "contact": "ID FirstName MiddleName LastName Initials Gender JobTitleDescription Language"
    " BirthDate Email Phone Mobile BusinessEmail BusinessPhone BusinessMobile Notes",
}
# Without these, an import would not know which record is meant, or that the row has a person.
_KEYS: Mapping[Kind, tuple[str, ...]] = {
    "account": ("ID", "Name"),
    "bank account": (),
    "contact": ("ID", "FirstName", "LastName"),
}
# Collections and pictures do not fit in a cell; the program fills in the other fields.
_NEVER = frozenset({"BankAccounts", "Picture", "Account", "Timestamp"})
MOST_BANK_CALLS = 60
"""An export that names no columns spends this many calls on bank accounts, a minute's, at most."""

_A_PAGE = 60
_NAMES = ("Account", "BankAccount", "Main", "Created")
_FRACTIONS = frozenset({"DiscountSales", "DiscountPurchase"})


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One field in one column."""

    kind: Kind
    field: Field

    @property
    def header(self) -> str:
        """The header, which an import understands, or ignores if the field is read-only."""
        known = "" if self.field.writable else " (read-only)"
        return f"{self.kind}.{self.field.name}{known}"


@dataclass(frozen=True, slots=True)
class ExportFilter:
    """Which accounts and contacts to export.

    `statuses` are Exact Online's letters, "" in it for suppliers; none means all. `since` is the
    earliest moment of change (ISO 8601, by Exact Online's clock), "" for all.
    """

    statuses: frozenset[str] = frozenset()
    since: str = ""

    def takes(self, account: RemoteRecord) -> bool:
        """Return True if the account's status is one of those wanted."""
        supplier = "" in self.statuses and bool(account.fields.get("IsSupplier"))
        status = str(account.fields.get("Status") or "").strip()
        return not self.statuses or supplier or (status != "" and status in self.statuses)

    def account_ids(self, mirror: Mirror) -> list[str]:
        """Return the IDs of the live accounts that have a status wanted, changed ones or not."""
        if not self.statuses:
            return mirror.account_ids()
        found = (mirror.get("account", one) for one in mirror.account_ids())
        return [one.id for one in found if one is not None and self.takes(one)]

    def changed(self, record: RemoteRecord) -> bool:
        """Return True if the record was changed since then."""
        return str(record.fields.get("Modified") or "") >= self.since


@dataclass(slots=True)
class Exported:
    """What was written, and the cells that an import would reject, each as a sentence."""

    rows: int = 0
    accounts: int = 0
    contacts: int = 0
    refused: dict[str, None] = field(default_factory=dict)
    unnamed: int = 0


def choose_columns(text: str | None) -> list[ExportColumn]:
    """Return the columns that `text` names ("Name, Phone, contact.Email"), keys included.

    A leading "+" adds to the usual ones, which are meant by None. Raises UsageError for an
    unknown field.
    """
    usual = [
        ExportColumn(kind, catalogue(kind)[name])
        for kind in _IN_A_ROW
        for name in _USUAL[kind].split()
    ]
    if text is None:
        return usual
    names = [name.strip() for name in text.removeprefix("+").split(",") if name.strip()]
    chosen = [_column(name) for name in names]
    if text.startswith("+"):
        chosen = usual + chosen
    kinds = [kind for kind in _IN_A_ROW if kind == "account" or any(c.kind == kind for c in chosen)]
    keys = [ExportColumn(kind, catalogue(kind)[name]) for kind in kinds for name in _KEYS[kind]]
    wanted = list(dict.fromkeys([*keys, *chosen]))
    return [column for kind in _IN_A_ROW for column in wanted if column.kind == kind]


def _column(name: str) -> ExportColumn:
    kind, dot, bare = name.rpartition(".")
    if name.casefold() in ("iban", "bankaccount", "bank account", "bank account.bankaccount"):
        return ExportColumn("bank account", catalogue("bank account")["BankAccount"])
    kinds = [k for k in RECORD_KINDS if not dot or k == kind.strip().casefold()]
    for found_kind in kinds:
        found = find_field(found_kind, bare.strip())
        if found is not None and found.name not in _NEVER:
            return ExportColumn(found_kind, found)
    known = [f"{k}.{n}" for k in RECORD_KINDS for n in catalogue(k)]
    meant = [suggest(f"{k}.{bare.strip()}", known) for k in (kinds or RECORD_KINDS)]
    hint = next((f"Did you mean {n}?" for n in meant if n), "`exact-import fields` lists them.")
    raise UsageError(f"Exact Online has no field {name} of accounts or contacts.", hint)


def wanted_statuses(text: str | None) -> frozenset[str]:
    """Return what `ExportFilter.statuses` are for a list such as "C, prospect, leverancier".

    Raises UsageError for a word that means no status.
    """
    found = set()
    for word in (text or "").split(","):
        if word.strip():
            try:
                letter, supplier = status(word.strip())
            except InvalidValue as error:
                raise UsageError(
                    f"--status: {error.message}", "Use C, P, S or A, or supplier."
                ) from None
            found.add("" if supplier else letter)
    return frozenset(found)


@dataclass(slots=True)
class Exporter:
    """Turns the records of a mirror into rows of text.

    `decimal` is the mark before decimals. `converter` reads cells as an import will; `clears`
    returns True for a kind and a field that an import empties where a cell is empty. `in_sheet`
    says that the cells are for a workbook, which keeps texts as they are. `bank_accounts` are the
    numbers to write, by the ID of their account. `outcome` is filled while rows are made.
    """

    mirror: Mirror
    columns: Sequence[ExportColumn]
    wanted: ExportFilter
    decimal: str
    converter: Converter
    clears: Callable[[str, str], bool]
    in_sheet: bool
    bank_accounts: Mapping[str, str]
    outcome: Exported = field(default_factory=Exported)

    def rows(self) -> Iterator[list[str]]:
        """Yield the rows: one for each contact with its account, one for an account without.

        A row has one cell more than the header if a value was left out.
        """
        contacts = any(column.kind == "contact" for column in self.columns)
        for remote_id in self.mirror.account_ids():
            account = self.mirror.get("account", remote_id)
            if account is None or account.gone or not self.wanted.takes(account):
                continue
            changed = self.wanted.changed(account)
            people = self.mirror.contacts_of(account.id) if contacts else []
            people = [person for person in people if changed or self.wanted.changed(person)]
            named = [
                person
                for person in people
                if person.fields.get("FirstName") or person.fields.get("LastName")
            ]
            self.outcome.unnamed += len(people) - len(named)
            if not changed and not named:
                continue
            self.outcome.accounts += 1
            self.outcome.contacts += len(named)
            for contact in named or (None,):
                self.outcome.rows += 1
                yield self._row(account, contact)

    def _row(self, account: RemoteRecord, contact: RemoteRecord | None) -> list[str]:
        country = self.converter.country(str(account.fields.get("Country") or "")) or ""
        refused: list[str] = []
        cells = []
        number = {"BankAccount": self.bank_accounts.get(account.id.casefold(), "")}
        bank = RemoteRecord("bank account", "", account.id, number)
        records = {"account": account, "bank account": bank, "contact": contact}
        for column in self.columns:
            record = records[column.kind]
            if record is None:
                cells.append("")
            elif column.kind == "account" and column.field.name == "MainContact" and contact:
                main = str(account.fields.get("MainContact") or "").casefold()
                cells.append("1" if main == contact.id else "0")
            else:
                cells.append(self._cell(column, record, country, refused))
        if refused:
            label = str(account.fields.get("Name") or account.id)
            self.outcome.refused.update({f"{label}: {reason}": None for reason in refused})
            cells.append(self._safe("; ".join(refused)))
        return cells

    def _cell(
        self, column: ExportColumn, record: RemoteRecord, country: str, refused: list[str]
    ) -> str:
        known = column.field
        value = record.id if known.name == "ID" else record.fields.get(known.name)
        if value in (None, ""):
            return ""
        text = self._text(known, value)
        if known.writable:
            read = self.converter.convert(known, text.strip(), country)
            errors = [message for severity, message in read.problems if severity == "error"]
            if errors:
                refused.append(f"{column.header}: {' '.join(errors)}")
                key = known.name in _KEYS[column.kind]
                if not key and not self.clears(column.kind, known.name):
                    return ""
        if known.edm == "DateTime":
            return sheet_text(text) if self.in_sheet else as_text(text)
        # A decimal number too: a spreadsheet in another language makes 125 of 0,125.
        return self._safe(text) if known.edm in ("String", "Double") else text

    def _safe(self, text: str) -> str:
        return sheet_text(text) if self.in_sheet else safe_text(text)

    def _text(self, known: Field, value: Any) -> str:
        """Return how an import reads the value, without the markers for spreadsheets."""
        match known.edm:
            case "Boolean":
                return "1" if value else "0"
            case "Double":
                if known.name in _FRACTIONS and float(value) == 1:
                    return "100%"  # a bare 1 means one per cent
                number = Decimal(repr(float(value)))
                text = f"{number.to_integral() if number % 1 == 0 else number:f}"
                if text[-4:-3] == "." and known.name not in _FRACTIONS:
                    text += "0"  # three digits could be thousands
                return text.replace(".", self.decimal)
            case "DateTime":
                return str(value).removesuffix("Z").removesuffix("T00:00:00")
            case _:
                return str(value)


def since_moment(text: str, now: datetime, order: DateOrder) -> str:
    """Return the moment (ISO 8601, by Exact Online's clock) that "7d", "12h" or a date means.

    `now` is aware; a date begins at midnight by that clock. Raises InvalidValue for what is not a
    date, OverflowError for what is too long ago.
    """
    unit = {"h": 1, "d": 24, "w": 24 * 7}.get(text[-1:].casefold())
    if unit and text[:-1].strip().isdecimal():
        since = as_wall_clock(now) - timedelta(hours=unit * int(text[:-1]))
    else:
        since = datetime.fromisoformat(moment(text, order))
    return f"{since:%Y-%m-%dT%H:%M:%S}Z"


# --- bank accounts, which no list of changes holds: crm/BankAccounts answers 60 rows a call, where
# accounts come by the thousand (docs/exact-online.md, "Writing")


def bank_account_calls(wanted: int, held: int) -> int:
    """Return about how many calls the bank accounts of `wanted` of the `held` accounts take."""
    return min(-(-wanted // IDS_A_CALL), -(-held // _A_PAGE))


def read_bank_accounts(client: Client, accounts: Sequence[str], held: int) -> dict[str, str]:
    """Return the number (IBAN) of the main bank account of each of `accounts` that has one.

    `held` is how many accounts the company has: where few of them are wanted, these are asked for
    one by one, else all bank accounts are read. Without a main one the oldest counts.
    """
    wanted = set(accounts)
    found: dict[str, tuple[bool, str, str]] = {}
    for row in _bank_account_rows(client, accounts, held):
        account = str(row.get("Account") or "").casefold()
        number = str(row.get("BankAccount") or "").strip()
        if account not in wanted or not number:
            continue
        rank = (not row.get("Main"), str(row.get("Created") or ""), number)
        found[account] = min(rank, found.get(account, rank))
    return {account: number for account, (_, _, number) in found.items()}


def _bank_account_rows(
    client: Client, accounts: Sequence[str], held: int
) -> Iterable[Mapping[str, Any]]:
    if -(-len(accounts) // IDS_A_CALL) < -(-held // _A_PAGE):
        return client.find_ids("bank account", accounts, _NAMES, by="Account")
    # Everything since 1970: a list without a filter may be refused.
    return chain.from_iterable(client.created_since("bank account", 0, _NAMES))


def remember_bank_accounts(mirror: Mirror, numbers: Mapping[str, str]) -> None:
    """Store the bank accounts as bases if there are none yet.

    Importing the export then reads no bank account that has not changed.
    """
    with mirror.journal.transaction():
        for account, number in numbers.items():
            place = f"{account} {fold('BankAccount', number)}"
            if not mirror.bases.known("bank account", place):
                base = {"BankAccount": [number, number]}
                mirror.set_base("bank account", place, RecordBases({ANY: base}))
