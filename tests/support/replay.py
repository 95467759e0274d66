"""Plays a recorded probe.json against a server that follows Exact Online, and says what differs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3

_GUID = re.compile(r"00000000-0000-4000-8000-\d{12}")


def differences(recording: Path, root: str, token: str, ca_file: Path) -> list[str]:
    """Return where the server at `root` (with its division) answers otherwise than recorded.

    Compared are the status, and of a record which fields have a value. IDs that the server gives
    take the place of those recorded.
    """
    ids: dict[str, str] = {}
    found = []
    with urllib3.PoolManager(ca_certs=str(ca_file), retries=False) as pool:
        for place, call in enumerate(json.loads(recording.read_text("utf-8"))["calls"], 1):
            if call["answer"] is None and call["method"] == "GET":
                continue  # others' records, which differ in any two companies
            where = f"{place}. {call['method']} {call['path']}"
            lent = _lent(call, ids)
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            headers |= {"Content-Type": "application/json"} if call["sent"] else {}
            headers |= {"Prefer": "return=representation"} if call["prefer"] else {}
            path = quote(lent["path"], safe="/?$=&(),'%")
            answer = pool.request(
                call["method"],
                f"{root}/{path}",
                body=json.dumps(lent["sent"]) if call["sent"] else None,
                headers=headers,
            )
            document = json.loads(answer.data) if answer.data else None
            _learn(call["answer"], document, ids)
            if answer.status != call["status"]:
                found.append(f"{where}: HTTP {answer.status}, recorded {call['status']}")
            elif _shape(document) != _shape(call["answer"]):
                more = _shape(document) ^ _shape(call["answer"])
                found.append(f"{where}: differs in {', '.join(sorted(more))}")
    return found


def _lent(call: Mapping[str, Any], ids: Mapping[str, str]) -> Any:
    text = json.dumps({"path": call["path"], "sent": call["sent"]})
    return json.loads(_GUID.sub(lambda one: ids.get(one[0], one[0]), text))


def _learn(recorded: Any, answered: Any, ids: dict[str, str]) -> None:
    if isinstance(recorded, dict) and isinstance(answered, dict):
        for name in recorded.keys() & answered.keys():
            if name == "ID" and recorded["ID"] and answered["ID"]:
                ids.setdefault(str(recorded["ID"]), str(answered["ID"]))
            _learn(recorded[name], answered[name], ids)


def _shape(document: Any) -> set[str]:
    """Return the fields of an answered record, those that are empty marked."""
    d = document.get("d") if isinstance(document, dict) else None
    if not isinstance(d, dict) or "results" in d:
        return set()
    return {
        name if value not in (None, "") else f"{name} (empty)"
        for name, value in d.items()
        if name != "__metadata" and not name.endswith("FullName")
    }
