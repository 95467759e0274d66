"""Finds out in a test company what is not known about Exact Online, and records it.

See docs/exact-online.md, "Unknown". Creates two accounts and a contact, tests the open questions,
and deletes them. Makes at most `MOST_CALLS` calls, and none after `MOST_ERRORS` answers that count
towards the error limit; so it does not test how a locked key is answered, only which headers
answers have. The record holds no token, and only the probe's own names.
"""

from __future__ import annotations

import random
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from exact_import.diagnostics.recorder import (
    NotAnswered,
    Recorder,
    SyncWatch,
    message_of,
    record_of,
    rows_of,
    sentence_of,
)
from exact_import.errors import ExactImportError, TemporaryError
from exact_import.exact.errors import Method, Response

NAME = "exact-import  probe, which makes an account of its own and deletes it"
CONTACT = {"LastName": "Probe", "Email": "probe@example.com"}
_LONG = 300
_TEXTS = ("AddressLine1", "City", "Fax", "Phone", "SearchCode", "TradeName")
_PERSON_TEXTS = ("FirstName", "LastName", "JobTitleDescription", "Mobile")
_DATE = re.compile(r"/Date\((-?\d+)\)/")
# The beginnings of known refusals, in English and Dutch.
_SEEN = re.compile(
    r"Mandatory|Required|Verplicht|Invalid|Ongeldig|(Data )?[Aa]lready exists|(Gegeven )?[Bb]estaat"
    r"|Not found|Niet gevonden|Must be|Moet zijn"
)


@dataclass(slots=True)
class Probe:
    """One probe of a company; `facts` fills up: what was asked, and what this company does."""

    recorder: Recorder
    sleep: Callable[[float], None] = time.sleep
    facts: dict[str, Any] = field(default_factory=dict)
    _made: list[str] = field(default_factory=list)
    _vat: str = ""
    _why: str = ""  # what was answered to the last deletion

    def run(self) -> None:
        """Create, test and delete; the created records are deleted in any case.

        If it cannot finish, the fact "not finished" has the reason; remaining records are in "left
        behind".
        """
        try:
            self._try()
        except (NotAnswered, TemporaryError) as error:
            self.facts["not finished"] = str(error)
        finally:
            self._delete()
            self.facts["headers"] = self._headers()

    def _try(self) -> None:
        watch = SyncWatch(self.recorder, self.sleep)
        unlisted = watch.begin()
        account = self._make_account()
        if account is None:
            return
        watch.wrote(account, "1")
        second = self._second_account()
        if unlisted:
            self.facts["sync_lag"] = self.facts["sync_skip"] = f"not tried: {unlisted}"
        else:
            self._sync_facts(watch, account, second)
        stored = self._stored(account)
        self._account_facts(stored)
        contact = self._contact_facts(account, stored, None if unlisted else watch)
        for step in self._steps(account, contact, stored):
            if self.recorder.spent:
                self.facts["not finished"] = "too many calls or errors"
                break
            step()

    def document(self, version: str) -> dict[str, Any]:
        """Return what is written to probe.json."""
        calls = [asdict(one) for one in self.recorder.calls]
        return {
            "exact-import probe": 1,
            "version": version,
            "site": self.recorder.site,
            "facts": self.facts,
            "calls": calls,
        }

    # --- steps

    def _steps(
        self, account: str, contact: str | None, stored: Mapping[str, Any]
    ) -> Iterator[Callable[[], None]]:
        path = f"crm/Accounts(guid'{account}')"
        yield lambda: self._put_facts(account)
        yield lambda: self._code_facts(path, stored)
        yield self._list_facts
        yield lambda: self._refusal("no name", "POST", "crm/Accounts", {"Name": ""})
        yield lambda: self._refusal("VAT number", "PUT", path, {"VATNumber": "BE12"})
        nobody = {**CONTACT, "Account": str(uuid.uuid4())}
        yield lambda: self._refusal("unknown account", "POST", "crm/Contacts", nobody)
        yield lambda: self._refusal("e-mail", "PUT", path, {"Email": "not an address"})
        yield lambda: self._lengths(path, _TEXTS)
        if contact is not None:
            yield lambda: self._lengths(f"crm/Contacts(guid'{contact}')", _PERSON_TEXTS)

    def _make_account(self) -> str | None:
        payload: dict[str, Any] = {
            "Name": NAME,
            "Phone": "020 1234567",
            "Fax": "020 7654321",
            "Remarks": "1",
            "VATNumber": _vat_number(),
            "BankAccounts": [{"BankAccount": "BE68539007547034"}],
        }
        # A refused field is left out: one of the two, or both.
        for left_out in ((), ("BankAccounts",), ("VATNumber",), ("BankAccounts", "VATNumber")):
            sent = {name: value for name, value in payload.items() if name not in left_out}
            answer = self._post("crm/Accounts", sent)
            if answer.status == 201:
                break
        else:
            self.facts["making an account"] = message_of(answer)
            return None
        self._vat = sent.get("VATNumber", "")
        # No company has this number: a server that asks the European register refuses it.
        self.facts["vat_register"] = "ignored" if self._vat else "asked"
        if "BankAccounts" in left_out:
            self.facts["nested_bank_accounts"] = "refused"
        d = record_of(answer)
        whole = "whole" if "TradeName" in d else "filled"
        self.facts["answers"] = whole if d.get("Name") else "bare"
        return str(d["ID"])

    def _second_account(self) -> str | None:
        """Create an account with the same name, and the same VAT number if that is accepted."""
        sent = {"Name": NAME, "Remarks": "2"}
        if self._vat:
            answer = self._post("crm/Accounts", {**sent, "VATNumber": self._vat})
            self.facts["vat_doubles"] = "accepted" if answer.status == 201 else "refused"
            if answer.status == 201:
                return str(record_of(answer)["ID"])
        answer = self._post("crm/Accounts", sent)
        self.facts["names twice"] = "accepted" if answer.status == 201 else message_of(answer)
        return str(record_of(answer)["ID"]) if answer.status == 201 else None

    def _sync_facts(self, watch: SyncWatch, account: str, second: str | None) -> None:
        if second is not None:
            watch.wrote(second, "2")
            watch.poll()
        path = f"crm/Accounts(guid'{account}')"
        if self.recorder.call("PUT", path, {"Remarks": "3"}).status == 204:
            watch.wrote(account, "3")
        watch.follow()
        self.facts["sync_lag"], self.facts["sync_skip"] = watch.lag, watch.skip

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
            found = rows_of(self.recorder.call("GET", wanted))
            self.facts["nested_bank_accounts"] = "made" if found else "ignored"

    def _contact_facts(
        self, account: str, stored: Mapping[str, Any], watch: SyncWatch | None
    ) -> str | None:
        before = watch.version(account) if watch is not None else None
        sent = {"Account": account, **CONTACT}
        answer = self._post("crm/Contacts", sent)
        if answer.status != 201:
            self.facts["making a contact"] = message_of(answer)
            return None
        contact = str(record_of(answer)["ID"])
        person = record_of(self.recorder.call("GET", f"crm/Contacts(guid'{contact}')"))
        self.facts["filled in, contact"] = _filled(person, sent)
        now = self._stored(account)
        own = str(now.get("MainContact") or "").casefold() == contact.casefold()
        self.facts["main contact by itself"] = own
        self.facts["Modified moves with it"] = now.get("Modified") != stored.get("Modified")
        if watch is not None and before is not None:
            self.sleep(max(one for one in (watch.lag, watch.skip) if isinstance(one, int)) + 1.0)
            after = watch.version(account)
            if after is not None:
                self.facts["main_contact"] = "stays" if after == before else "moves"
        return contact

    def _put_facts(self, account: str) -> None:
        path = f"crm/Accounts(guid'{account}')"
        answer = self.recorder.call("PUT", path, {"Phone": None, "Fax": ""})
        now = self._stored(account)
        for fact, name in (("put_null", "Phone"), ("put_empty", "Fax")):
            cleared = "ignored" if now.get(name) else "clears"
            self.facts[fact] = cleared if answer.status == 204 else message_of(answer)
        self.facts["put_absent"] = "kept" if now.get("Remarks") else "cleared"
        answer = self.recorder.call("PUT", path, {"City": "Probe"}, prefer=True)
        self.facts["put_prefer"] = "record" if answer.body.strip() else "nothing"

    def _code_facts(self, path: str, stored: Mapping[str, Any]) -> None:
        own = str(stored.get("Code")).strip()
        answer = self.recorder.call("PUT", path, {"Code": own})
        self.facts["own_code"] = "accepted" if answer.status == 204 else "refused"
        answer = self.recorder.call("PUT", path, {"Code": "PR0BE"})
        if answer.status == 204:
            now = record_of(self.recorder.call("GET", path))
            kept = str(now.get("Code")).strip() == "PR0BE"
            self.facts["code_letters"] = "accepted" if kept else "ignored"
        else:
            self.facts["code_letters"] = "refused"

    def _list_facts(self) -> None:
        answer = self.recorder.call("GET", "crm/Accounts?$select=ID&$top=1", show=False)
        self.facts["unfiltered"] = "allowed" if answer.status == 200 else "refused"
        answer = self.recorder.call("GET", "bulk/CRM/Accounts?$select=ID", show=False)
        document = answer.document()
        if isinstance(document, dict) and "d" in document:
            beside = "__next" in document or isinstance(document["d"], list)
            self.facts["bulk_next"] = "beside" if beside else "within"

    def _refusal(self, case: str, method: Method, path: str, sent: Mapping[str, Any]) -> None:
        """Send data that a business rule should refuse, and record the answer."""
        if method == "POST":
            answer = self._post(path, sent)
        else:
            answer = self.recorder.call(method, path, sent)
        sentences = self.facts.setdefault("sentences", {})
        sentences[case] = "accepted" if answer.status < 400 else message_of(answer)
        sentence = sentence_of(answer)
        if answer.status >= 400:
            form = "seen" if answer.status == 500 and _SEEN.match(sentence) else "others"
            if self.facts.get("refusals") != "others":
                self.facts["refusals"] = form

    def _lengths(self, path: str, names: Sequence[str]) -> None:
        """Test how much of a long text each field stores; if refused, try each field alone."""
        lengths = self.facts.setdefault("lengths", {})
        answer = self.recorder.call("PUT", path, dict.fromkeys(names, "x" * _LONG))
        if answer.status != 204:
            for name in names:
                if self.recorder.spent:
                    return
                answer = self.recorder.call("PUT", path, {name: "x" * _LONG})
                if answer.status != 204:
                    lengths[name] = "refused"
        stored = record_of(self.recorder.call("GET", path))
        for name in names:
            lengths.setdefault(name, len(str(stored.get(name) or "").strip()))

    def _headers(self) -> dict[str, list[str]]:
        """Return by status which headers about limits and reasons the answers had."""
        found: dict[str, set[str]] = {}
        for one in self.recorder.calls:
            found.setdefault(str(one.status), set()).update(one.headers)
        return {status: sorted(names) for status, names in sorted(found.items())}

    # --- calls

    def _post(self, path: str, sent: Mapping[str, Any]) -> Response:
        """Create a record, to be deleted at the end."""
        try:
            answer = self.recorder.call("POST", path, sent, prefer=True)
        except NotAnswered as error:
            if error.sent:
                self.facts["left behind"] = (
                    f"perhaps a record of {path}, because its answer was lost"
                )
            raise
        if answer.status == 201:
            self._made.append(f"{path}(guid'{record_of(answer)['ID']}')")
        return answer

    def _delete(self) -> None:
        """Delete the created records, the account before its contact, which may be refused."""
        contacts = [path for path in self._made if path.startswith("crm/Contacts")]
        others = [path for path in self._made if path not in contacts]
        if contacts and others and self._deleted(others[0]):
            self.facts["delete_with_contacts"] = "takes"
            del others[0]
        elif self._why.startswith("HTTP 500"):
            self.facts["delete_with_contacts"] = "refused"
        for path in (*contacts, *others):
            taken = path in contacts and self.facts.get("delete_with_contacts") == "takes"
            if not self._deleted(path) and not taken:
                self.facts["left behind"] = f"{self.recorder.plain(path)}: {self._why}"

    def _deleted(self, path: str) -> bool:
        try:
            answer = self.recorder.call("DELETE", path)
        except (NotAnswered, ExactImportError) as error:
            self._why = str(error)
            return False
        self._why = message_of(answer)
        return answer.status == 204

    def _stored(self, account: str) -> dict[str, Any]:
        answer = self.recorder.call("GET", f"crm/Accounts(guid'{account}')")
        record = record_of(answer)
        found = _DATE.fullmatch(str(record.get("Created")))
        if found and "wall clock" not in self.facts and answer.headers.get("date"):
            date = parsedate_to_datetime(answer.headers["date"]).timestamp()
            ahead = round((int(found[1]) / 1000 - date) / 900) * 900
            self.facts["wall clock"] = f"{ahead:+d} s from UTC"
        return record


def _filled(record: Mapping[str, Any], sent: Any) -> list[str]:
    """Return the fields with values that were not sent."""
    empty = (None, "", False, 0)
    return sorted(
        name
        for name, value in record.items()
        if name not in sent and not isinstance(value, dict) and value not in empty
    )


def _vat_number() -> str:
    """Return a valid Belgian VAT number that no company has."""
    number = random.randrange(19_000_000, 19_999_999)  # noqa: S311 # no secret
    return f"BE{number}{97 - number % 97:02d}"
