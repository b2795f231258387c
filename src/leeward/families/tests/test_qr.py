"""A QR code is the whole of its text, and dark where it should be."""

from __future__ import annotations

import re

import pytest
import segno
from django.template.loader import render_to_string

from leeward.core import qr
from leeward.core.models import User
from leeward.families import devices
from leeward.families.models import Device
from leeward.families.tests.conftest import SignIn

ADDRESS = "https://shelter.example/family/device/0123-4567-89ab/"


def drawn(code: qr.Code) -> set[tuple[int, int]]:
    """Return every dark module of a path, as (across, down)."""
    rectangles = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", code.path)
    assert "".join(f"M{x} {y}h{n}v1h-{m}z" for x, y, n, m in rectangles) == code.path
    return {(int(x) + step, int(y)) for x, y, n, _ in rectangles for step in range(int(n))}


@pytest.mark.parametrize("text", [ADDRESS, "a", "https://shelter.example/" + "x" * 300])
def test_the_path_draws_the_modules_of_the_code_and_the_empty_space(text: str) -> None:
    code = qr.code(text)

    expected = segno.make_qr(text, error="m").matrix_iter(border=qr.QUIET)

    assert drawn(code) == {(x, y) for y, row in enumerate(expected) for x, dark in enumerate(row) if dark}
    assert code.side == len(segno.make_qr(text, error="m").matrix) + 8


def test_it_is_drawn_without_style_and_says_what_it_is() -> None:
    page = render_to_string("core/qr.html", {"code": qr.code(ADDRESS), "label": "QR code"})

    assert 'role="img" aria-label="QR code"' in page
    assert "style" not in page
    assert "<script" not in page


@pytest.mark.django_db
def test_a_device_that_waits_shows_the_code_of_its_address(signed_in: SignIn, phone: Device, bea: User) -> None:
    Device.objects.update(token_until="2999-01-01T00:00Z")
    browser, path = signed_in(bea), f"/family/devices/{phone.uid}/"

    page = browser.get(path).content.decode()

    assert qr.code(devices.address(phone)).path in page
    assert devices.address(phone) in page

    Device.objects.update(joined_at="2026-11-22T09:00Z")
    assert '<svg class="qr"' not in browser.get(path).content.decode()
