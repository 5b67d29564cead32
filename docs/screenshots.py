"""Take the pictures of `docs/images` from the running sandbox: `make up`, then `python docs/screenshots.py`.

With the Chromium that `PLAYWRIGHT_CHROMIUM` names, the system's, or the one that Playwright installs; into
another directory where one is given.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from port_byollm.cli.stack.project import sandbox_directory
from port_byollm_sandbox import lifecycle
from port_byollm_sandbox.port_emulator.pages.link import sign_in_link
from port_byollm_sandbox.port_emulator.pages.paths import UI
from port_byollm_sandbox.sandbox import Sandbox

WIDTH = 1200
HEIGHTS = {"ai": 870, "secrets": 320, "audit": 530, "access": 790}
"""Of what `make up` leaves to be seen on each page."""


def main(images: Path) -> None:
    sandbox = lifecycle.status(sandbox_directory())
    if sandbox is None:
        raise SystemExit("the sandbox is not running; `make up` starts it, and gives it something to show")
    images.mkdir(exist_ok=True)
    browser_path = os.environ.get("PLAYWRIGHT_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path)
        for scheme in ("light", "dark"):
            page = _signed_in(browser, sandbox, scheme)
            for name, height in HEIGHTS.items():
                page.set_viewport_size({"width": WIDTH, "height": height})
                page.goto(f"{sandbox.port_base_url}{UI}/{name}")
                page.screenshot(path=images / f"{name}-{scheme}.png")
        browser.close()


def _signed_in(browser: Browser, sandbox: Sandbox, scheme: str) -> Page:
    page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(sign_in_link(sandbox.port_base_url, sandbox.admin))
    return page


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent / "images")
