"""The browser's half of sealing and Python's are twins: each opens what the other sealed, and refuses what was changed."""

from __future__ import annotations

import base64
import functools
import secrets
import threading
import uuid
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from leeward.core import codes
from leeward.engines import sealing

STATIC = Path(__file__).parent.parent / "src/leeward/helplines/static/helplines"
WORDS = "тусламж хэрэгтэй, مساعدة, 帮助 🌊"
TALK, NUMBER = uuid.UUID(int=7), uuid.UUID(int=8)
SITE = b"salt of a site"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The scripts on this machine, where the browser lets a page use keys."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(STATIC)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def script(page: Page, served: str) -> Any:
    """Run a function's body in the browser with `s`, the module, and `given`; octets travel as base64url."""
    page.goto(f"{served}/sealing.js")

    def run(body: str, **given: object) -> Any:
        plain = {name: b64(value) if isinstance(value, bytes) else value for name, value in given.items()}
        return page.evaluate(
            "async (given) => { const s = await import('/sealing.js'); const b = s.fromBase64url; " + body + "}", plain
        )

    return run


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


AAD = f"s.aad('{TALK}', 'child', '{NUMBER}')"


def test_python_opens_what_the_browser_sealed(script: Any) -> None:
    pair = sealing.new_pair()

    sealed = octets(
        script(
            f"return s.toBase64url(await s.seal(b(given.to), new TextEncoder().encode(given.words), {{aad: {AAD}}}))",
            to=pair.public,
            words=WORDS,
        )
    )

    bound = sealing.aad(TALK, "child", NUMBER)
    assert sealing.open_sealed(pair.private, sealed, info=sealing.INFO, aad=bound).decode() == WORDS
    with pytest.raises(sealing.NotOpened):
        sealing.open_sealed(pair.private, sealed, info=sealing.INFO, aad=sealing.aad(TALK, "counsellor", NUMBER))


OPEN = f"""
    const pair = await s.pairOf(b(given.key));
    try {{ return new TextDecoder().decode(await s.openSealed(pair, b(given.sealed), {{aad: {AAD}}})); }}
    catch (error) {{ return error instanceof s.NotOpened ? null : String(error); }}
"""


def test_the_browser_opens_what_python_sealed_and_nothing_that_was_changed(script: Any) -> None:
    pair = sealing.new_pair()
    sealed = sealing.seal(pair.public, WORDS.encode(), info=sealing.INFO, aad=sealing.aad(TALK, "child", NUMBER))
    changed = []
    for place in range(0, len(sealed), 7):
        turned = bytearray(sealed)
        turned[place] ^= 1
        changed.append(script(OPEN, key=pair.private, sealed=bytes(turned)))

    assert script(OPEN, key=pair.private, sealed=sealed) == WORDS
    assert set(changed) == {None}
    assert script(OPEN, key=pair.private, sealed=sealed[:20]) is None
    assert script(OPEN, key=sealing.new_pair().private, sealed=sealed) is None


def test_a_code_opens_the_same_in_both(script: Any) -> None:
    code = codes.new()

    found = script(
        "const o = await s.fromCode(given.code, b(given.site)); return [s.toBase64url(o.finder), s.toBase64url(o.public)]",
        code=code,
        site=SITE,
    )

    here = sealing.from_code(code, site=SITE)
    assert [octets(one) for one in found] == [here.finder, here.public]


def test_the_browser_makes_codes_that_python_reads_and_reads_what_python_made(script: Any) -> None:
    made = script("return Array.from({length: 300}, () => s.newCode())")
    ours = [codes.new() for _ in range(50)]
    arabic = codes.grouped(ours[0]).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))

    assert [codes.read(code) for code in made] == made
    assert len(set(made)) == len(made)
    assert script("return given.typed.map(s.readCode)", typed=[*ours, arabic]) == [*ours, ours[0]]


@pytest.mark.parametrize("slip", ["", "1234", "1234567890123456", "x" * 16])
def test_a_slip_of_the_finger_is_no_code_in_either(script: Any, slip: str) -> None:
    assert script("return s.readCode(given.typed)", typed=slip) == ""
    with pytest.raises(codes.SlipOfTheFinger):
        codes.read(slip)


def test_a_private_key_cannot_be_read_out_of_the_browser(script: Any) -> None:
    refused = """
        for (const pair of [await s.newPair(), await s.pairOf(b(given.key))]) {
            try { await crypto.subtle.exportKey("pkcs8", pair.key); return false; } catch {}
        }
        return true;
    """

    assert script(refused, key=secrets.token_bytes(32))


def test_notes_and_desk_keys_are_bound_alike(script: Any) -> None:
    found = script(
        f"return [s.noteAad('{TALK}', '{NUMBER}'), s.privateAad('{TALK}', b(given.key))].map(s.toBase64url)",
        key=bytes(32),
    )

    assert [octets(one) for one in found] == [sealing.note_aad(TALK, NUMBER), sealing.private_aad(TALK, bytes(32))]
