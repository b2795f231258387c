"""Dan's hotline reads what Leeward shares; signs come into the log and get their places as in real life."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from leeward.core import config, machines, sequencer
from leeward.core.models import ApiKey, Organisation
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.sharing import services as sharing
from leeward.exchange.taxii.api import COLLECTION_ID
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Indicator, Kind, Tlp

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
ACCEPT = "application/taxii+json;version=2.1"
COLLECTION = f"/taxii2/api/collections/{COLLECTION_ID}/"
REFERRED = 6  # Two identities, our extension, three markings.


def digest(number: int) -> str:
    """Return the digest of a few made-up bytes."""
    return hashlib.sha256(f"drawn shape {number}".encode()).hexdigest()


def publish(
    *values: str, source: str = "decision:1", tlp: Tlp = Tlp.AMBER, kind: Kind = Kind.SHA256, at: datetime = AT
) -> list[Indicator]:
    """Publish signs without giving them places."""
    signs = [indicators.Sign(kind, value, Category.BULLYING, tlp=tlp) for value in values]
    return indicators.publish(signs, source=source, actor="user:1", at=at)


def published(*values: str, source: str = "decision:1", tlp: Tlp = Tlp.AMBER, at: datetime = AT) -> list[str]:
    """Publish signs, give them their places and return their ids in STIX."""
    rows = publish(*values, source=source, tlp=tlp, at=at)
    sequencer.stamp(at=at)
    return [f"indicator--{row.uid}" for row in rows]


def revoke(source: str = "decision:1", *, at: datetime) -> None:
    """Take back what a decision published and give that its places."""
    indicators.revoke(source=source, actor="user:2", at=at)
    sequencer.stamp(at=at)


def make_partner(slug: str, *scopes: ApiKey.Scope) -> str:
    """Make an organisation with a key, a partner where it opens the exchange, and return the text of the key."""
    organisation = Organisation.objects.create(slug=slug, name=slug, kind=Organisation.Kind.HOTLINE)
    if ApiKey.Scope.EXCHANGE in scopes:
        partners.take_part(organisation, at=AT, group=Partner.Group.HOTLINES)
    return machines.make_key(organisation, scopes=list(scopes), at=AT)


def basic(name: str, key: str) -> str:
    """Return the header of HTTP Basic authentication."""
    return "Basic " + base64.b64encode(f"{name}:{key}".encode()).decode()


@pytest.fixture
def dans_key(db: None) -> str:
    """The key of Dan's hotline, with which everything is shared that may travel."""
    sharing.share_everything(at=AT)
    return make_partner("dans-hotline", ApiKey.Scope.EXCHANGE)


@pytest.fixture
def dans_client(dans_key: str) -> Client:
    """Dan's own program."""
    return Client(headers={"Host": "localhost", "Accept": ACCEPT, "Authorization": basic("dans-hotline", dans_key)})


@pytest.fixture
def eves_client() -> Client:
    """Somebody without a key."""
    return Client(headers={"Host": "localhost", "Accept": ACCEPT})


@pytest.fixture
def site_at(settings: Any) -> Callable[[str], None]:
    """Let the site believe that it stands at another address."""

    def move(url: str) -> None:
        current = config.current()
        server = dataclasses.replace(current.server, site_url=url)
        settings.LEEWARD = dataclasses.replace(current, server=server)

    return move
