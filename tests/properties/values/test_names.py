"""A legal form is one however it is written, and folding a name the short way is no other fold."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from depth import scaled
from exact_import.values.names import folded_name, legal_form, name_words

# Legal forms by their parts, as people set them apart with dots, spaces and hyphens.
FORMS = [
    *(("B", "V"), ("N", "V"), ("S", "A"), ("B", "V", "B", "A"), ("S", "P", "R", "L")),
    *(("C", "V"), ("V", "O", "F"), ("S", "à", "r", "l"), ("S", "à", "rl"), ("Sàrl", "S")),
    *(
        ("Comm", "V"),
        ("V", "Z", "W"),
        ("A", "S", "B", "L"),
        ("S", "N", "C"),
        ("E", "B", "V", "B", "A"),
    ),
]
WORDS = "alfa", "b", "v", "n", "s", "a", "rl", "sarl", "comm", "g", "cv", "bv", "&", "st", "12"
NAMES = st.sampled_from(["Hansen", "Vitrerie Hansen", "De Molen", "Loods 12", "Bäckerei Ost"])


@settings(max_examples=scaled(2000), deadline=None)
@given(
    NAMES,
    st.sampled_from(FORMS),
    st.sampled_from(["{}.", "{}. ", "{}"]),
    st.sampled_from([str, str.upper, str.lower]),
)
def test_a_legal_form_is_one_in_every_writing(
    name: str, form: tuple[str, ...], writing: str, case: Callable[[str], str]
) -> None:
    written = case(f"{name} {''.join(map(writing.format, form)).strip()}")
    assert folded_name(written) == folded_name(name)
    assert legal_form(written) == legal_form(f"{name} {''.join(form)}") != ""


@settings(max_examples=scaled(5000), deadline=None)
@given(st.lists(st.sampled_from(WORDS)))
def test_the_short_way_to_fold_a_name_is_the_long_one(words: list[str]) -> None:
    name = " ".join(words)
    assert folded_name(name) == " ".join(name_words(name))
