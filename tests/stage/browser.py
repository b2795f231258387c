"""Chromium, driven by Playwright, which can reach this machine and nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, StorageState, sync_playwright

from tests.stage import machine

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
# WCAG 2.2 A and AA, by axe-core's tags.
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
WAIT_MS = 15_000


@dataclass(frozen=True)
class Device:
    """What somebody holds in their hands, and in which language."""

    width_px: int = 1280
    height_px: int = 800
    locale: str = "en-GB"
    has_touch: bool = False
    runs_scripts: bool = True


DESKTOP = Device()


class PageComplains(Exception):
    """A page raised an error in its script, or broke its Content-Security-Policy; the message holds what it said."""


def executable(playwright: Playwright) -> Path | None:
    """Return the system's Chromium or Chrome, else Playwright's own, else None."""
    candidates = [*filter(None, map(shutil.which, _NAMES)), *_MACOS, playwright.chromium.executable_path]
    return next((path for path in map(Path, candidates) if os.access(path, os.X_OK)), None)


@contextmanager
def opened() -> Iterator[Browser]:
    """Run a browser until the block ends; skip or fail the test where there is none."""
    with sync_playwright() as playwright:
        path = executable(playwright)
        if path is None:
            machine.missing("Chromium", install=machine.CHROMIUM)
        # Chromium's sandbox refuses root.
        arguments = [*_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def new_page(browser: Browser, device: Device = DESKTOP, *, cookies: StorageState | None = None) -> Iterator[Page]:
    """Open a page with cookies of its own; raise `PageComplains` at the end where a script or the CSP was broken.

    `cookies` is what `page.context.storage_state()` of another page gave: somebody who is signed in already.
    """
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    context = browser.new_context(
        viewport={"width": device.width_px, "height": device.height_px},
        locale=device.locale,
        has_touch=device.has_touch,
        java_script_enabled=device.runs_scripts,
        storage_state=cookies,
    )
    context.set_default_timeout(WAIT_MS)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", note)
    try:
        yield context.new_page()
    finally:
        context.close()
    if complaints:
        raise PageComplains("\n".join(complaints))


def axe(page: Page) -> list[str]:
    """Return what axe-core finds against WCAG 2.2 AA: the rule, what it asks for and the places; empty where all is well."""
    page.wait_for_load_state()
    found = Axe().run(page, options={"runOnly": list(WCAG)}).response["violations"]
    return [
        f"{rule['id']}: {rule['help']}: {', '.join(' '.join(map(str, node['target'])) for node in rule['nodes'])}"
        for rule in found
    ]
