"""Whatever a text holds, the page shows it as itself."""

from __future__ import annotations

import functools
import html
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from depth import scaled
from exact_import.reporting.html import page
from full_report import report_with

_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)


class Tags(HTMLParser):
    """The tags of a page, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(f"{tag} {' '.join(name for name, _ in attrs)}")


@functools.cache
def _plain_tags() -> list[str]:
    return Tags(page(report_with("x"), {("x", 3): (["x"], ["x"])}, "x", at=0)).tags


@settings(max_examples=scaled(240))
@given(_TEXT.map("x{}".format))
def test_no_text_becomes_markup(text: str) -> None:
    cells = {(text, 3): ([text], [text])}
    markup = page(report_with(text), cells, text, at=0)
    assert Tags(markup).tags == _plain_tags()
    assert text in html.unescape(markup)
