"""People who come to the pages of screening, and what they find there."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any

from django.apps import apps
from django.test import Client

from leeward.core.models import Organisation, User
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Indicator, Kind
from leeward.screening.models import Answer, Hold, Match
from leeward.screening.tests.uploads import AT

type Answered = Any  # Django's test client adds `context` to a response.

HOST = "localhost:8000"


def signed_in(person: User) -> Client:
    """Return a browser in which a person is signed in."""
    browser = Client(headers={"host": HOST})
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def text_of(answer: Answered) -> str:
    """Return a page as one line of text, with its tags. A space that must not break stays what it is."""
    return re.sub(r"[ \n]+", " ", answer.content.decode())


def sha256(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def sign(
    name: str = "a", *, kind: Kind = Kind.PDQ, category: Category = Category.SEXTORTION, source: str = "decision:1"
) -> Indicator:
    """Return a published sign."""
    lengths = {Kind.MD5: 32, Kind.SHA1: 40}
    wanted = indicators.Sign(kind, sha256(name)[: lengths.get(kind, 64)], category)
    if kind is Kind.VPDQ:
        wanted = indicators.Sign.of_video(bytes([15]) + bytes.fromhex(sha256(name)), category=category)
    [row] = indicators.publish([wanted], source=source, actor="user:1", at=AT)
    return row


def match(by: Indicator, harbour: Organisation, **changed: Any) -> Match:
    """Return a match of that sign at the harbour; `changed` are fields of it."""
    fields = {"answer": Answer.KNOWN, "distance_bits": 0, "sha256": sha256("file"), "at": AT} | changed
    return Match.objects.create(organisation=harbour, indicator=by, **fields)


def hold(harbour: Organisation, *, name: str = "file", reason: str = "truncated", at: datetime = AT) -> Hold:
    """Return an upload that waits."""
    return Hold.objects.create(
        organisation=harbour, sha256=sha256(name), item_id=name, answer=Answer.HELD, reason=reason, held_at=at
    )


def everything() -> dict[str, list[Any]]:
    """Return every row of every capability of ours."""
    labels = ("core", "indicators", "reports", "cases", "screening")
    models = [model for label in labels for model in apps.get_app_config(label).get_models()]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}
