"""A real Chromium, for the tests of pages."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Playwright, async_playwright

NONE_THERE = (
    "no Chromium: run `playwright install chromium`, install Debian's package chromium, or set"
    " PLAYWRIGHT_CHROMIUM to one"
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Skips the tests that ask for it where there is none."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_executable(playwright))
        try:
            yield browser
        finally:
            await browser.close()


def _executable(playwright: Playwright) -> str:
    """That which `PLAYWRIGHT_CHROMIUM` names, the system's, or the one that Playwright installs."""
    path = os.environ.get("PLAYWRIGHT_CHROMIUM") or shutil.which("chromium")
    if path is None and not Path(playwright.chromium.executable_path).exists():
        pytest.skip(NONE_THERE)
    return path or playwright.chromium.executable_path
