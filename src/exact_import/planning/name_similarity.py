"""Whether two names can be those of one company."""

from __future__ import annotations

from exact_import.text import fold

# Legal forms, and words that half of all names have.
_IN_MANY = frozenset(
    fold(
        "ag asbl bv bvba cv cvba eurl gmbh inc kg llc ltd nv plc sa sarl sas sc scs snc sprl srl "
        "vof vzw co comm company group groep groupe en et und the van der den de het les fils zn "
        "zonen"
    ).split()
)
_ALIKE = 0.6


def are_strange(one: str, other: str) -> bool:
    """Tell whether two names have no word in common, nor are spelled alike."""
    words, others = _words(one), _words(other)
    if not words or not others or words & others:
        return False
    import difflib  # slow to load, and most names are the same

    first, second = " ".join(sorted(words)), " ".join(sorted(others))
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio() < _ALIKE


def _words(name: str) -> set[str]:
    return set(fold(name.replace(".", "")).split()) - _IN_MANY
