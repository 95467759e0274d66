"""The page as a function of a report: whatever a text holds, it shows as itself."""

from __future__ import annotations

import base64
import hashlib
import re

import jinja2
import pytest

from exact_import.planning.plan import AccountChanges, Candidate, Change, HeldRecord, Plan
from exact_import.records.models import RowsRead
from exact_import.reporting.document import run_document
from exact_import.reporting.html import page
from exact_import.reporting.html.view import MOST_CHANGES, MOST_REFUSED, MOST_WARNINGS
from exact_import.reporting.report import Report
from exact_import.reporting.summary import summary_lines
from full_report import report_with


def test_the_policy_lets_nothing_but_the_own_style_and_script_in() -> None:
    markup = page(report_with("x"), {}, "x", at=0)
    (policy,) = re.findall(r'Policy" content="([^"]*)"', markup)
    for tag in ("style", "script"):
        (part,) = re.findall(f"<{tag}>(.*?)</{tag}>", markup, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")


def test_a_field_that_the_template_does_not_get_is_an_error() -> None:
    change = Change("account", "update", [], "Acme")
    report = Report("import", ["a.csv"], plan=Plan([AccountChanges(change)]))
    missing = jinja2.StrictUndefined(name="message")
    report.outcomes.note(change, "done", missing)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(jinja2.UndefinedError):
        page(report, {}, "x", at=0)


def test_empty_and_yes_and_no_are_words() -> None:
    change = Change("account", "update", [], "Acme")
    change.fields = {"Name": ["", None], "Blocked": [True, False], "Discount": [0, 0.5]}
    markup = page(Report("plan", [], plan=Plan([AccountChanges(change)])), {}, "x", at=0)
    values = re.findall(r"<del>(.*?)</del>.*?<ins>(.*?)</ins>", markup)
    empty = '<span class="nothing">empty</span>'
    assert values == [(empty, empty), ("yes", "no"), ("0", "0.5")]


def test_a_held_row_shows_why_and_what_it_may_be() -> None:
    maes = Candidate("0f-1", "1001", "Maes", ("Postcode",), ("VATNumber",), address="Markt 1, Gent")
    row = Candidate("", "", "Maes bv", line=("a.csv", 2))
    lines = (("a.csv", 3), ("a.csv", 4))
    record = HeldRecord("account", lines, "Maas", "it may be a duplicate", (maes, row))
    report = Report("import", ["a.csv"], rows=RowsRead(2), plan=Plan(held=[record]))
    markup = page(report, {("a.csv", 3): (["Naam", "Fax"], ["Maas", ""])}, "x", at=0)
    assert "<dt>held</dt>" in markup
    assert ">lines 3, 4<" in markup
    assert "It may be a duplicate" in markup
    assert '<span class="key">1001</span><span><b>Maes</b><br>Markt 1, Gent<small>same ' in markup
    assert 'same postcode; <span class="bad">different VAT number</span></small>' in markup
    assert '<span class="key">line 2</span><span><b>Maes bv</b><small></small>' in markup
    assert "<dt>Naam</dt><dd>Maas</dd>" in markup
    assert "column _answer" not in markup
    report.rejects = ["in/a.rejected.csv"]
    assert "open a.rejected.csv, write" in page(report, {}, "x", at=0)


def test_likely_duplicates_and_missing_numbers_have_sections_of_their_own() -> None:
    lacking = [(("a.csv", 4), "Maes <bv>"), (("a.csv", 5), "Smid")]
    report = Report("import", ["a.csv"], rows=RowsRead(4), plan=Plan(unnumbered=lacking))
    report.rows.warn(("a.csv", 2), "odd number", "Phone")
    report.rows.warn_of_duplicate(("a.csv", 3), "may be a duplicate of line 2")
    markup = page(report, {}, "x", at=0)
    sections = dict(re.findall(r"<h2>(.*?) <small>(.*?)</small></h2>", markup))
    assert sections == {
        "Likely duplicates": "1",
        "No number for e-invoices (Peppol)": "2",
        "Warnings": "1",
    }
    assert ">line 3</td><td>May be a duplicate of line 2</td>" in markup
    assert ">line 4</td><td>Maes &lt;bv&gt;</td>" in markup
    assert markup.count("May be a duplicate") == 1
    lines = summary_lines(report)
    assert "  similar   1 row that may be the same as another row" in lines
    assert "  Peppol    2 Belgian customers without an enterprise number for e-invoices" in lines
    assert run_document(report)["e_invoicing"] == [
        {"file": "a.csv", "line": 4, "name": "Maes <bv>"},
        {"file": "a.csv", "line": 5, "name": "Smid"},
    ]
    assert [one["about"] for one in run_document(report)["problems"]] == ["", "duplicate"]


def test_long_lists_end_and_say_where_the_rest_is() -> None:
    report = Report("import", ["a.csv"], rows=RowsRead(9_000))
    report.plan = Plan(
        [
            AccountChanges(Change("account", "kept", [("a.csv", line)], "Acme"))
            for line in range(2, MOST_CHANGES + 3)
        ]
    )
    for line in range(6_000, 6_000 + MOST_REFUSED + 2):
        report.rows.reject(("a.csv", line), "no name")
    for line in range(MOST_WARNINGS + 3):
        report.rows.warn(("a.csv", line), f"odd {line}")
    markup = page(report, {}, "x", at=0)
    rest = re.findall(r'<p class="more">… and (.*?)</p>', markup)
    listed = "which the JSON report (--json) lists."
    assert rest == [f"2 more, {listed}", f"1 more, {listed}", f"3 more, {listed}"]
