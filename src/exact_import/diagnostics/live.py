"""What a company knows of the fields in the catalogue, asked with one call.

`$metadata` of a service names every property that the company has (docs/exact-online.md, "Fields").
A property that it lacks refuses every record that names it, so it is better known before a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from exact_import.diagnostics.checks import Check, note, ok, wrong
from exact_import.fields import ENDPOINTS, KIND_OF, Kind, catalogue

_SET = re.compile(r"<EntitySet\b([^>]*)")
_TYPE = re.compile(r"<EntityType\b([^>]*?)(?:/>|>(.*?)</EntityType>)", re.DOTALL)
_PROPERTY = re.compile(r"<(?:Navigation)?Property\b([^>]*)")
_SHOWN = 12


def properties_in(metadata: str) -> dict[Kind, frozenset[str]]:
    """Return the properties of each kind that `metadata` (XML of the service crm) describes."""
    types = {
        _attribute("Name", found[1]): frozenset(
            _attribute("Name", one) for one in _PROPERTY.findall(found[2] or "")
        )
        for found in _TYPE.finditer(metadata)
    }
    sets = {
        _attribute("Name", one): _attribute("EntityType", one).rpartition(".")[2]
        for one in _SET.findall(metadata)
    }
    named = {kind: sets.get(path.rpartition("/")[2], "") for kind, path in ENDPOINTS.items()}
    return {kind: types[name] for kind, name in named.items() if name in types}


def compare(
    known: Mapping[Kind, frozenset[str]], sections: Mapping[str, Mapping[str, str]]
) -> Iterator[Check]:
    """Yield what differs between the catalogue and the properties `known` to a company.

    `sections` is the mapping of the INI. What it uses and the company lacks is an error; what else
    is lacking or new is worth knowing.
    """
    used = {(kind, name) for section, kind in KIND_OF.items() for name in sections.get(section, ())}
    missing, new = [], []
    for kind, names in known.items():
        fields = catalogue(kind)
        missing += [
            (kind, name)
            for name in fields
            if name not in names and fields[name].edm != "BankAccounts"
        ]
        new += [(kind, name) for name in sorted(names - fields.keys())]
    lost = [place for place in missing if place in used]
    if not known:
        yield note("fields", "Exact Online did not describe its fields")
        return
    if lost:
        yield wrong(
            "fields",
            f"this company does not have {_listed(lost)}, which your mapping uses",
            "Remove it from the mapping: Exact Online refuses every record that names it.",
        )
    else:
        count = sum(len(catalogue(kind)) for kind in known) - len(missing)
        yield ok("fields", f"this company has {count} of the fields that exact-import knows")
    if others := [place for place in missing if place not in used]:
        yield note("fields missing", _listed(others))
    if new:
        yield note("fields new", f"{_listed(new)}; exact-import does not know them yet")


def _attribute(name: str, text: str) -> str:
    found = re.search(rf"""\b{name}\s*=\s*["']([^"']*)["']""", text)
    return found[1] if found else ""


def _listed(places: Sequence[tuple[Kind, str]]) -> str:
    shown = ", ".join(f"{kind}.{name}" for kind, name in places[:_SHOWN])
    return shown + (f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else "")
