"""The pages after an update, and the command that takes their pictures."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from tests.browser import NONE_THERE, chromium

from .conftest import PROJECT, Local

PAGES = {"ai": 5, "secrets": 2, "audit": 5, "access": 19, "style.css": 14}
"""With how many kilobytes each may have, as docs/emulator-pages.md says."""
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def test_what_up_made_is_there(local: Local, browser: Browser) -> None:
    local.up()
    page = await browser.new_page()

    await page.goto(local.command("sandbox", "open", "--print").stdout.strip())

    await expect(page.get_by_label("Default LLM provider")).to_have_value("bedrock")
    await expect(page.get_by_label("Default model")).to_have_value(SONNET)
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="AWS Bedrock"))
    await expect(card).to_contain_text("arn:aws:iam::111122223333:role/port-byollm-local")
    await expect(card.get_by_role("listitem").filter(has_text=HAIKU)).to_contain_text("enabled")
    await expect(card.get_by_role("listitem").filter(has_text="claude-sonnet-4-20250514")).to_contain_text(
        "disabled"
    )
    await page.get_by_role("link", name="Secrets").click()
    await expect(page.get_by_role("link", name="BEDROCK_ROLE_EXTERNAL_ID")).to_be_visible()
    await page.get_by_role("link", name="Audit trail").click()
    await expect(page.get_by_text("the default")).to_be_visible()
    await page.get_by_role("link", name="Access").click()
    await expect(page.get_by_text("The proof holds").first).to_be_visible()

    for path, kilobytes in PAGES.items():
        answer = await page.request.get(f"{local.sandbox()['port']['baseUrl']}/ui/{path}")
        assert len(await answer.body()) < kilobytes * 1000


def test_pictures_are_taken_by_a_command(local: Local, tmp_path: Path) -> None:
    local.up()
    taken = subprocess.run(
        [sys.executable, PROJECT / "docs/screenshots.py", tmp_path / "images"],
        env=local.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "Executable doesn't exist" in taken.stderr:
        pytest.skip(NONE_THERE)
    assert taken.returncode == 0, taken.stderr
    names = {path.name for path in (tmp_path / "images").iterdir()}
    assert names == {path.name for path in (PROJECT / "docs/images").iterdir()}
