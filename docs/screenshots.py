"""Take the pictures of `docs/images` from the running sandbox: `make up`, then `python docs/screenshots.py`.

With the Chromium that Playwright has installed, or that which `PLAYWRIGHT_CHROMIUM` names.
"""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from port_byollm.cli.project import sandbox_directory
from port_byollm_sandbox import lifecycle
from port_byollm_sandbox.port_emulator.pages.link import sign_in_link

IMAGES = Path(__file__).parent / "images"
PAGES = {"ai": "/ui/ai", "secrets": "/ui/secrets", "audit": "/ui/audit", "access": "/ui/access"}
WIDTH, HEIGHT = 1200, 760


def main() -> None:
    sandbox = lifecycle.status(sandbox_directory())
    if sandbox is None:
        raise SystemExit("the sandbox is not running; `make up` starts it, and gives it something to show")
    IMAGES.mkdir(exist_ok=True)
    browser_path = os.environ.get("PLAYWRIGHT_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path)
        for scheme in ("light", "dark"):
            page = _signed_in(browser, sandbox, scheme)
            for name, path in PAGES.items():
                page.goto(f"{sandbox.port_base_url}{path}")
                page.screenshot(path=IMAGES / f"{name}-{scheme}.png")
        browser.close()


def _signed_in(browser: Browser, sandbox: lifecycle.Sandbox, scheme: str) -> Page:
    page = browser.new_page(
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.goto(sign_in_link(sandbox.port_base_url, sandbox.admin))
    return page


if __name__ == "__main__":
    main()
