"""A headless Chromium for tests of pages."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

# It is to speak to nobody by itself.
_QUIET = (
    *("headless", "no-sandbox", "disable-gpu", "disable-quic", "disable-dev-shm-usage"),
    *("no-first-run", "no-default-browser-check", "disable-background-networking"),
    *("disable-component-update", "disable-sync", "disable-default-apps"),
)


@contextlib.contextmanager
def chromium(profile: Path, *more: str, waits: bool = True, logs: bool = False) -> Iterator[Chrome]:
    """Yield a browser with a new profile and `more` flags; skips where there is none.

    With `waits` it waits for a page to load, with `logs` it keeps what it requests and reports.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        # pip cannot install a browser; CONTRIBUTING says how to. CI has one, and the end of a run
        # without it says so in red.
        pytest.skip("CHROMIUM IS MISSING: apt-get install chromium chromium-driver")
    from selenium.webdriver import Chrome, ChromeOptions  # takes a second to load
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = program
    options.page_load_strategy = "normal" if waits else "none"
    for flag in (*_QUIET, *more, f"user-data-dir={profile}"):
        options.add_argument(f"--{flag}")
    if logs:
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # Selenium would look for a browser to download, and count its users.
    with mock.patch.dict(os.environ, SE_OFFLINE="true", SE_AVOID_STATS="true"):
        browser = Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()
