"""Checks that stop a plan which looks wrong as a whole, until a person has seen it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from exact_import.text import joined, line_word, quote
from exact_import.values.names import compare_names

if TYPE_CHECKING:
    from exact_import.planning.lookup import AccountLookup
    from exact_import.planning.matcher import AccountMatch
    from exact_import.planning.plan import Plan
    from exact_import.records.models import RowLocation
    from exact_import.store.links import Links

LEAST = 5
"""With fewer records than this, a person can check each row."""

_SHARE = 10  # one in ten
_SHOWN = 3


class Brake:
    """What is odd about the matches of a file, and then about its plan.

    `matches` and `settled` have the accounts of all records of the file; they are not kept.
    """

    def __init__(
        self,
        matches: Mapping[int, AccountMatch],
        settled: Mapping[int, str],
        lookup: AccountLookup,
        links: Links,
    ) -> None:
        self._lost = _lost(matches, settled, lookup, links)
        self._contradictions = [
            f"{_place(match.record.lines[0])}: {match.decision.why}"
            for match in matches.values()
            if match.decision.reason == "contradiction"
        ]
        self._matched = len(settled) + sum(
            match.decision.account is not None or match.decision.reason == "contradiction"
            for match in matches.values()
        )

    def alarms(self, plan: Plan) -> list[str]:
        """Return why a plan should not be carried out before a person has seen it."""
        odd = [
            f"{_place(change.lines[0])}: {quote(str(before))} would become {quote(str(after))}"
            for company in plan.companies
            if (change := company.account).action == "update"
            and (pair := change.fields.get("Name"))
            for before, after in [pair]
            if before and after and compare_names(str(before), str(after)) in ("word", "none")
        ]
        odd += self._contradictions
        if len(odd) < LEAST or len(odd) * _SHARE <= self._matched:
            return self._lost
        examples = "; ".join(odd[:_SHOWN])
        counts = f"{len(odd):,} of the {self._matched:,} rows that match a record of Exact Online"
        return [f"{counts} would rename it, or contradict it ({examples})", *self._lost]


def _place(source: RowLocation) -> str:
    return f"{line_word(source[0])} {source[1]}"


def _lost(
    matches: Mapping[int, AccountMatch],
    settled: Mapping[int, str],
    lookup: AccountLookup,
    links: Links,
) -> list[str]:
    """Return the message if most linked companies of a source are missing, and as many are new."""
    new: defaultdict[str, list[str]] = defaultdict(list)
    for match in matches.values():
        decision = match.decision
        if decision.is_new:
            new[lookup.source_of(match.record)].append(match.row.name)
    found = {
        *settled.values(),
        *(one.decision.account.id for one in matches.values() if one.decision.account is not None),
    }
    alarms = []
    for source, names in new.items():
        if len(names) < LEAST:
            continue
        known = links.records_of("account", source)
        lost = known - found
        if len(lost) >= LEAST and 2 * len(lost) > len(known) and len(names) >= len(lost):
            examples = joined([quote(name) for name in names[:_SHOWN]])
            alarms.append(
                f"{len(lost):,} of the {len(known):,} companies that {quote(source)} had before "
                f"are no longer in it, and {len(names):,} new ones are ({examples})"
            )
    return alarms
