"""The signed acknowledgement: a reporter can show elsewhere that this desk has a report, since when, and of what.

It says nothing of the content: only whoever has the report itself can see that the digest is of it.
"""

from __future__ import annotations

import hashlib
from typing import Any

from leeward.core import config, signing
from leeward.reports.models import Report


def acknowledgement(report: Report, *, has_pictures: bool = True) -> str:
    """Return a compact JWS of `iss`, `iat`, `sub` and `digest`; the same one each time, until the signing key changes.

    `iat` is when the report was received in seconds since 1970, `sub` is `urn:uuid:` and the report's number, and `digest` is
    `sha256:` and the hex digest of `signing.canonical(statement(report))`. The key is in `/.well-known/jwks.json` of `iss`.
    Whoever knows that nothing was attached says so and saves a question.
    """
    digest = hashlib.sha256(signing.canonical(statement(report, has_pictures=has_pictures))).hexdigest()
    return signing.sign(
        {
            "iss": config.current().server.site_url,
            "iat": int(report.received_at.timestamp()),
            "sub": report.uid.urn,
            "digest": f"sha256:{digest}",
        }
    )


def statement(report: Report, *, has_pictures: bool = True) -> dict[str, Any]:
    """Return what was reported, as the digest covers it: nothing that was said, decided or found out later is in it.

    `pictures` are the SHA-256 digests of the files as they were sent, in their order.
    """
    return {
        "reason": report.reason,
        "nature": report.nature,
        "page_url": report.page_url,
        "provider": report.provider.slug if report.provider else "",
        "item_id": report.item_id,
        "item_kind": report.item_kind,
        "author_id": report.author_id,
        "conversation_id": report.conversation_id,
        "words": report.words,
        "language": report.language,
        "pictures": _digests(report) if has_pictures else [],
    }


def _digests(report: Report) -> list[str]:
    pictures = report.attachments.filter(message=None).order_by("pk")
    return list(pictures.values_list("blob__sha256", flat=True))
