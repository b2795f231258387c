"""A Chromium that asks nobody but one address of DNS over HTTPS, as somebody who has set it up by hand."""

import base64
import hashlib
import json
import os
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import BrowserContext, Error, sync_playwright

from tests.stage import browser, machine, waiting

NOT_FOUND = "ERR_NAME_NOT_RESOLVED"
WAIT_MS = 15_000


@contextmanager
def opened(doh: str, *, certificate: pathlib.Path, folder: pathlib.Path) -> Iterator[BrowserContext]:
    """Run a browser with an empty profile in `folder` whose names come from the URL `doh`, with this certificate, alone."""
    # What chrome://settings/security writes, «Use secure DNS», where a device's owner puts the address. Chromium 156 takes
    # no notice of the options --dns-over-https-mode and --dns-over-https-templates.
    setting = {"dns_over_https": {"mode": "secure", "templates": doh}}
    (folder / "Local State").write_text(json.dumps(setting), encoding="utf-8")
    arguments = [
        f"--ignore-certificate-errors-spki-list={_fingerprint(certificate)}",
        "--disable-quic",
        "--disable-background-networking",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),  # Chromium's sandbox refuses root.
    ]
    with sync_playwright() as playwright:
        path = browser.executable(playwright)
        if path is None:
            machine.missing("Chromium", install=machine.CHROMIUM)
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=path, args=arguments, ignore_https_errors=True
        )
        try:
            yield context
        finally:
            context.close()


def found(browsing: BrowserContext, url: str) -> str:
    """Return the words of a page, or Chromium's word for why there is none."""
    page = browsing.new_page()  # A page that failed is loaded again by Chromium itself, in the midst of the next try.
    try:
        page.goto(url, timeout=WAIT_MS)
        return page.inner_text("body")
    except Error as error:
        return error.message.partition("net::")[2].partition(" ")[0] or error.message
    finally:
        page.close()


def found_at_last(browsing: BrowserContext, url: str, *, within_s: float) -> str:
    """Try again until there is a page or the time is over, and return what was found."""

    def page_at_last() -> str | None:
        shown = found(browsing, url)
        return None if shown == NOT_FOUND else shown

    return waiting.until(page_at_last, within_s=within_s, what=f"{url} to open")


def _fingerprint(certificate: pathlib.Path) -> str:
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    octets = key.public_bytes(serialization.Encoding.DER, form)
    return base64.b64encode(hashlib.sha256(octets).digest()).decode("ascii")
