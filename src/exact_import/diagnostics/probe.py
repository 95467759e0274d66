"""Finds out in a test company what is not known of Exact Online, and records it to be shown.

docs/exact-online.md, "Unknown". Makes an account and a contact, tries what is open, deletes both.
At most `MOST_CALLS` calls, and none after `MOST_ERRORS` answers that count towards the error limit.
What is recorded holds no token, and neither IDs nor names but those of the probe itself.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, cast

from exact_import.exact.api import Api
from exact_import.exact.errors import COUNTED_ERRORS, Method, Response

MOST_CALLS, MOST_ERRORS = 60, 5
NAME = "exact-import  probe, which makes an account of its own and deletes it"
CONTACT = {"LastName": "Probe", "Email": "probe@example.com"}
# When sync pages are looked at again, in seconds since the write.
_LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_MOST_PAGES = 10
_LONG = 300
_TEXTS = ("AddressLine1", "City", "Fax", "Phone", "SearchCode", "TradeName")
_PERSON_TEXTS = ("FirstName", "LastName", "JobTitleDescription", "Mobile")
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"/Date\((-?\d+)\)/")


@dataclass(frozen=True, slots=True)
class ProbeCall:
    """One call as it may be shown: `answer` is None where others' records would be in it."""

    method: Method
    path: str
    sent: Mapping[str, Any] | None
    prefer: bool
    status: int
    answer: Any


class Recorder:
    """Makes the calls of a probe, counts them, and keeps what may be shown of each."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._ids: dict[str, str] = {}
        self.calls: list[ProbeCall] = []
        self.errors = 0

    @property
    def spent(self) -> bool:
        """True where no further call may be made, but for deleting."""
        return len(self.calls) >= MOST_CALLS - 5 or self.errors >= MOST_ERRORS

    def call(
        self,
        method: Method,
        path: str,
        sent: Mapping[str, Any] | None = None,
        *,
        prefer: bool = False,
        show: bool = True,
    ) -> Response:
        """Make one call; with `show` its answer is kept. A lost answer raises `TransportError`."""
        answer = self._api.once(method, path, sent, prefer=prefer)
        self.errors += answer.status in COUNTED_ERRORS
        document = self.plain(answer.document()) if show else None
        self.calls.append(
            ProbeCall(method, self.plain(path), self.plain(sent), prefer, answer.status, document)
        )
        return answer

    def plain(self, value: Any) -> Any:
        """Return a value without IDs, division, addresses and the names of people."""
        match value:
            case dict():
                return {
                    name: None if name.endswith("FullName") and inner else self.plain(inner)
                    for name, inner in value.items()
                    if name != "__metadata"
                }
            case list():
                return [self.plain(one) for one in value]
            case int() if value == self._api.division:
                return 0
            case str():
                text = _GUID.sub(lambda found: self._id(found[0]), value)
                text = text.replace(str(self._api.division), "0")
                return re.sub(r"https://[^/\s\"']+", "https://example.com", text)
            case _:
                return value

    def _id(self, remote_id: str) -> str:
        number = len(self._ids) + 1
        return self._ids.setdefault(remote_id.casefold(), f"00000000-0000-4000-8000-{number:012d}")


@dataclass(slots=True)
class Probe:
    """One probe of a company; `facts` fills up: what was asked, and what this company does."""

    recorder: Recorder
    since: int = 1  # from which Timestamp the sync pages are read
    sleep: Callable[[float], None] = time.sleep
    facts: dict[str, Any] = field(default_factory=dict)
    _made: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Make, try and delete; whatever happens, what was made is deleted."""
        try:
            listed = self._newest()
            account = self._make_account()
            if account is None:
                return
            stored = self._stored(account)
            self._account_facts(stored)
            if listed:
                self._sync_facts(account)
            contact = self._contact_facts(account, stored, listed=listed)
            for step in self._steps(account, contact, stored):
                if self.recorder.spent:
                    self.facts["not finished"] = "too many calls or errors"
                    break
                step()
        finally:
            self._delete()

    def document(self, version: str) -> dict[str, Any]:
        """Return what is written to probe.json."""
        calls = [asdict(one) for one in self.recorder.calls]
        return {"exact-import probe": 1, "version": version, "facts": self.facts, "calls": calls}

    # --- steps

    def _steps(
        self, account: str, contact: str | None, stored: Mapping[str, Any]
    ) -> Iterator[Callable[[], None]]:
        yield lambda: self._put_facts(account)
        yield lambda: self._code_facts(account)
        yield lambda: self._vat_facts(stored)
        yield self._unfiltered
        yield lambda: self._refusal(account)
        yield lambda: self._lengths(f"crm/Accounts(guid'{account}')", _TEXTS)
        if contact is not None:
            yield lambda: self._lengths(f"crm/Contacts(guid'{contact}')", _PERSON_TEXTS)

    def _make_account(self) -> str | None:
        payload: dict[str, Any] = {
            "Name": NAME,
            "Phone": "020 1234567",
            "Fax": "020 7654321",
            "Remarks": "Made by exact-import doctor --probe",
            "VATNumber": _vat_number(),
            "BankAccounts": [{"BankAccount": "BE68539007547034"}],
        }
        answer = self.recorder.call("POST", "crm/Accounts", payload, prefer=True)
        for name in ("BankAccounts", "VATNumber"):
            if answer.status == 201:
                break
            self.facts["nested_bank_accounts" if name == "BankAccounts" else name] = "refused"
            del payload[name]
            answer = self.recorder.call("POST", "crm/Accounts", payload, prefer=True)
        if answer.status != 201:
            self.facts["making an account"] = _message(answer)
            return None
        d = _record(answer)
        account = str(d["ID"])
        self._made.append(f"crm/Accounts(guid'{account}')")
        whole = "whole" if "TradeName" in d else "filled"
        self.facts["answers"] = whole if d.get("Name") else "bare"
        return account

    def _account_facts(self, stored: Mapping[str, Any]) -> None:
        name = str(stored.get("Name") or "")
        forms = {NAME: "kept", NAME.upper(): "upper", " ".join(NAME.split()): "collapsed"}
        self.facts["names"] = forms.get(name, "cut" if NAME.startswith(name) else "otherwise")
        self.facts["empty_reads"] = {None: "null", "": "text"}.get(stored.get("TradeName"), "other")
        self.facts["codes"] = re.sub(r"\d", "9", str(stored.get("Code")))
        sent = {"Name", "Phone", "Fax", "Remarks", "VATNumber"}
        self.facts["filled in, account"] = _filled(stored, sent)
        if "nested_bank_accounts" not in self.facts:
            wanted = f"crm/BankAccounts?$select=ID&$filter=Account%20eq%20guid'{stored['ID']}'"
            found = _rows(self.recorder.call("GET", wanted))
            self.facts["nested_bank_accounts"] = "made" if found else "ignored"

    def _sync_facts(self, account: str) -> None:
        began = time.monotonic()
        for look in _LOOKS:
            self.sleep(max(0.0, look - (time.monotonic() - began)))
            version = self._listed(account)
            if version is not None:
                self.facts["sync_lag"] = round(time.monotonic() - began)
                self.since = version - 1
                return
        self.facts["sync_lag"] = f"more than {_LOOKS[-1]:.0f} s"

    def _contact_facts(
        self, account: str, stored: Mapping[str, Any], *, listed: bool
    ) -> str | None:
        sent = {"Account": account, **CONTACT}
        answer = self.recorder.call("POST", "crm/Contacts", sent, prefer=True)
        if answer.status != 201:
            self.facts["making a contact"] = _message(answer)
            return None
        contact = str(_record(answer)["ID"])
        self._made.append(f"crm/Contacts(guid'{contact}')")
        person = _record(self.recorder.call("GET", self._made[-1]))
        self.facts["filled in, contact"] = _filled(person, sent)
        now = self._stored(account)
        own = str(now.get("MainContact") or "").casefold() == contact.casefold()
        self.facts["main contact by itself"] = own
        self.facts["Modified moves with it"] = now.get("Modified") != stored.get("Modified")
        lag = self.facts.get("sync_lag")
        if listed and isinstance(lag, int):
            before = self.since + 1
            self.sleep(lag + 1.0)
            after = self._listed(account)
            self.facts["main_contact"] = "stays" if after == before else "moves"
        return contact

    def _put_facts(self, account: str) -> None:
        path = f"crm/Accounts(guid'{account}')"
        answer = self.recorder.call("PUT", path, {"Phone": None, "Fax": ""})
        now = self._stored(account)
        for fact, name in (("put_null", "Phone"), ("put_empty", "Fax")):
            cleared = "ignored" if now.get(name) else "clears"
            self.facts[fact] = cleared if answer.status == 204 else _message(answer)
        self.facts["put_absent"] = "kept" if now.get("Remarks") else "cleared"
        answer = self.recorder.call("PUT", path, {"City": "Probe"}, prefer=True)
        self.facts["put_prefer"] = "record" if answer.body.strip() else "nothing"

    def _code_facts(self, account: str) -> None:
        answer = self.recorder.call("PUT", f"crm/Accounts(guid'{account}')", {"Code": "PR0BE"})
        if answer.status == 204:
            kept = str(self._stored(account).get("Code")).strip() == "PR0BE"
            self.facts["code_letters"] = "accepted" if kept else "ignored"
        else:
            self.facts["code_letters"] = "refused"

    def _vat_facts(self, stored: Mapping[str, Any]) -> None:
        if not stored.get("VATNumber"):
            return
        sent = {"Name": NAME, "VATNumber": stored["VATNumber"]}
        answer = self.recorder.call("POST", "crm/Accounts", sent, prefer=True)
        self.facts["vat_doubles"] = "accepted" if answer.status == 201 else "refused"
        if answer.status == 201:
            self._made.append(f"crm/Accounts(guid'{_record(answer)['ID']}')")

    def _unfiltered(self) -> None:
        answer = self.recorder.call("GET", "crm/Accounts?$select=ID&$top=1", show=False)
        self.facts["unfiltered"] = "allowed" if answer.status == 200 else "refused"

    def _refusal(self, account: str) -> None:
        path = f"crm/Accounts(guid'{account}')"
        answer = self.recorder.call("PUT", path, {"Email": "not an address"})
        self.facts["a refusal"] = _message(answer)

    def _lengths(self, path: str, names: Sequence[str]) -> None:
        """See how much of a long text each field keeps; one that refuses it is tried alone."""
        lengths = self.facts.setdefault("lengths", {})
        answer = self.recorder.call("PUT", path, dict.fromkeys(names, "x" * _LONG))
        if answer.status != 204:
            for name in names:
                if self.recorder.spent:
                    return
                answer = self.recorder.call("PUT", path, {name: "x" * _LONG})
                if answer.status != 204:
                    lengths[name] = "refused"
        stored = _record(self.recorder.call("GET", path))
        for name in names:
            lengths.setdefault(name, len(str(stored.get(name) or "").strip()))

    def _delete(self) -> None:
        """Delete what was made, the people first."""
        for path in sorted(self._made, reverse=True):
            answer = self.recorder.call("DELETE", path)
            if answer.status != 204:
                self.facts["left behind"] = _message(answer)

    # --- reading

    def _stored(self, account: str) -> dict[str, Any]:
        answer = self.recorder.call("GET", f"crm/Accounts(guid'{account}')")
        record = _record(answer)
        found = _DATE.fullmatch(str(record.get("Created")))
        if found and "wall clock" not in self.facts and answer.headers.get("date"):
            said = parsedate_to_datetime(answer.headers["date"]).timestamp()
            ahead = round((int(found[1]) / 1000 - said) / 900) * 900
            self.facts["wall clock"] = f"{ahead:+d} s from UTC"
        return record

    def _newest(self) -> bool:
        """Read the sync pages to their end; return False where there are too many."""
        for _ in range(_MOST_PAGES):
            answer = self._sync_page()
            versions = [int(row["Timestamp"]) for row in _rows(answer)]
            self.since = max([self.since, *versions])
            if "__next" not in answer.body.decode("utf-8", "replace"):
                return True
        self.facts["sync_lag"] = "not tried: too many accounts"
        return False

    def _listed(self, account: str) -> int | None:
        """Return the Timestamp with which the sync pages show an account; None if they do not."""
        for row in _rows(self._sync_page()):
            if str(row["ID"]).casefold() == account.casefold():
                return int(row["Timestamp"])
        return None

    def _sync_page(self) -> Response:
        path = f"sync/CRM/Accounts?$select=ID,Timestamp&$filter=Timestamp%20gt%20{self.since}L"
        return self.recorder.call("GET", path, show=False)


def _record(answer: Response) -> dict[str, Any]:
    document = answer.document()
    d = document.get("d") if isinstance(document, dict) else None
    return cast("dict[str, Any]", d) if isinstance(d, dict) else {}


def _rows(answer: Response) -> list[dict[str, Any]]:
    document = answer.document()
    d = document.get("d") if isinstance(document, dict) else None
    rows = d.get("results") if isinstance(d, dict) else d
    return cast("list[dict[str, Any]]", rows) if isinstance(rows, list) else []


def _message(answer: Response) -> str:
    document = answer.document()
    error = document.get("error") if isinstance(document, dict) else None
    text = json.dumps(error.get("message")) if isinstance(error, dict) else ""
    return f"HTTP {answer.status} {text}".strip()


def _filled(record: Mapping[str, Any], sent: Any) -> list[str]:
    """Return the fields that hold something which nobody sent."""
    empty = (None, "", False, 0)
    return sorted(
        name
        for name, value in record.items()
        if name not in sent and not isinstance(value, dict) and value not in empty
    )


def _vat_number() -> str:
    """Return a Belgian VAT number in good form that is most likely nobody's."""
    number = random.randrange(2_000_000, 9_999_999)  # noqa: S311 # no secret
    return f"BE0{number:07d}{97 - number % 97:02d}"
