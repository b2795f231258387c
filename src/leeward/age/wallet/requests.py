"""Ask a wallet: OpenID for Verifiable Presentations 1.0 by link, as the EU's age verification profile has it, or through the browser.

The request stands in the link itself, unsigned; the wallet sends its answer straight to our address, which is also our name.
Source: annex A of the age verification profile, 1.0.8, A.5; OpenID4VP 1.0, 5 and 6.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.urls import reverse

from leeward.age.wallet.memory import Memory
from leeward.core import config
from leeward.engines import mdoc

DOCTYPE = "eu.europa.ec.av.1"  # The document and its namespace have one name: annex A, A.10.
CREDENTIAL = "proof_of_age"
# What every proof of the EU's profile says; the nearest statement answers for a younger age.
_ALWAYS_HELD = 18


class Where(StrEnum):
    """Where the wallet is: on the device of the browser, which it leads back, or on another one, which it does not."""

    HERE = "here"
    THERE = "there"


@dataclass(frozen=True)
class Address:
    """Where a wallet sends its answer, and our name in the request, which is the same (client identifier prefix `redirect_uri`)."""

    response_uri: str

    @property
    def client_id(self) -> str:
        return f"redirect_uri:{self.response_uri}"


@dataclass(frozen=True)
class Asked:
    """What a wallet is asked for: the query (DCQL), and how what it shows may be signed (`vp_formats_supported`)."""

    dcql: Mapping[str, Any]
    formats: Mapping[str, Any]


def address(uid: UUID, where: Where) -> Address:
    """Return where the answer to an attempt goes."""
    return Address(config.current().server.site_url + reverse("wallet:answers", args=[uid, where.value]))


def origin() -> str:
    """Return our origin, as a browser tells it to a wallet."""
    parts = urlsplit(config.current().server.site_url)
    return f"{parts.scheme}://{parts.netloc}"


def ages(wanted: int) -> list[int]:
    """Return the ages to ask for: the one wanted, else the one that every proof has, where that answers it."""
    return [wanted, *([_ALWAYS_HELD] if wanted < _ALWAYS_HELD else [])]


def link(scheme: str, to: Address, *, nonce: str, dcql: Mapping[str, Any], formats: Mapping[str, Any]) -> str:
    """Return the request as a link that a wallet opens."""
    parameters = {
        "response_type": "vp_token",
        "response_mode": "direct_post",
        "client_id": to.client_id,
        "response_uri": to.response_uri,
        "nonce": nonce,
        "dcql_query": _json(dcql),
        "client_metadata": _json({"vp_formats_supported": formats}),
    }
    return f"{scheme}://?{urlencode(parameters)}"


def dcql(form: str, meta: Mapping[str, Any], paths: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return the query for one credential that shows one of `paths`, the first that it has."""
    credential: dict[str, Any] = {"id": CREDENTIAL, "format": form, "meta": dict(meta)}
    if len(paths) == 1:
        return {"credentials": [credential | {"claims": [{"path": list(paths[0])}]}]}
    claims = [{"id": f"c{number}", "path": list(path)} for number, path in enumerate(paths)]
    return {"credentials": [credential | {"claims": claims, "claim_sets": [[claim["id"]] for claim in claims]}]}


def mdoc_dcql(wanted: int) -> dict[str, Any]:
    """Return the query for a proof of the EU's profile."""
    return dcql("mso_mdoc", {"doctype_value": DOCTYPE}, [[DOCTYPE, mdoc.element(age)] for age in ages(wanted)])


def sd_jwt_dcql(wanted: int, types: Sequence[str]) -> dict[str, Any]:
    """Return the query for an SD-JWT credential of one of `types`, which may write its ages in two ways."""
    paths = [path for age in ages(wanted) for path in (["age_equal_or_over", f"{age}"], [mdoc.element(age)])]
    return dcql("dc+sd-jwt", {"vct_values": list(types)}, paths)


def through_browser(memory: Memory, *, wanted: int) -> dict[str, str]:
    """Return the data of an `org-iso-mdoc` request for the Digital Credentials API: ISO/IEC TS 18013-7, annex C."""
    request = mdoc.device_request(doctype=DOCTYPE, namespace=DOCTYPE, elements=[mdoc.element(wanted)])
    return {"deviceRequest": base64url(request), "encryptionInfo": encryption_info(memory)}


def encryption_info(memory: Memory) -> str:
    """Return what a wallet seals its answer with, as it is sent."""
    return base64url(mdoc.encryption_info(nonce=memory.nonce_octets, key=memory.private_key.public_key()))


def base64url(octets: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
