"""Screenshots of the built pages on a desktop and on a phone, and pages that are too wide."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SCREENS = {"desktop": (1280, 900), "phone": (400, 800)}
"""Widths and heights in pixels."""
OVERFLOW = """() => Math.max(...[document.documentElement, ...document.querySelectorAll("article,"
    + ".bd-article-container, .bd-main, .bd-content")].map(e => e.scrollWidth - e.clientWidth))"""
"""Pixels of a page, or of a text within it, that a screen cuts or scrolls sideways to."""
CHROMIUM = "chromium"
"""The browser that is taken if it is installed; else the one that playwright has downloaded."""


def look(site: Path, folder: Path) -> int:
    """Take a screenshot of every page for every screen, and print what is too wide.

    Returns
    -------
    failed : int
        1 if a page is wider than a screen, else 0; also 0 where playwright is missing.
    """
    if find_spec("playwright") is None:
        print("not looked at: that needs playwright and chromium")
        return 0
    wide = list(_too_wide(site, folder))
    for message in wide:
        print(message)
    return int(bool(wide))


def pages_of(site: Path) -> list[Path]:
    """Return the pages of a site; folders that begin with "_" have what the theme needs."""
    return sorted([*site.glob("*.html"), *site.glob("[!_]*/**/*.html")])


def _too_wide(site: Path, folder: Path) -> Iterator[str]:
    folder.mkdir(parents=True, exist_ok=True)
    pages = pages_of(site)
    for screen, (width, height) in SCREENS.items():
        with _browser_window(width, height) as window:
            for page in pages:
                window.goto(page.resolve().as_uri())
                name = "-".join(page.relative_to(site).with_suffix("").parts)
                window.screenshot(path=folder / f"{screen}-{name}.png", full_page=True)
                if (excess := window.evaluate(OVERFLOW)) > 0:
                    yield f"{page.relative_to(site)} is {excess} pixels wider than a {screen}"


@contextmanager
def _browser_window(width: int, height: int) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which(CHROMIUM), args=["--no-sandbox"]
        )
        try:
            yield browser.new_page(viewport={"width": width, "height": height})
        finally:
            browser.close()
