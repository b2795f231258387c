"""Heads to test with, and one partner's key."""

from datetime import UTC, datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from leeward.engines.stix import Head, Tlp

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
HEAD = Head(
    uid=UUID("00000000-0000-4000-8000-000000000007"),
    created_by=UUID("9a1b2c3d-2222-4222-8222-222222222222"),
    created=AT,
    modified=AT,
    tlp=Tlp.AMBER,
)
INDICATOR_ID = "indicator--00000000-0000-4000-8000-000000000001"
COURSE_ID = "course-of-action--00000000-0000-4000-8000-000000000007"
ATTACK_ID = "attack-pattern--00000000-0000-4000-8000-000000000007"

KID = "dan-2026"
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"made up for tests, 32 octets now")
KEYS = {KID: PRIVATE.public_key().public_bytes_raw()}

_MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)


@st.composite
def heads(draw: st.DrawFn) -> Head:
    """Make any valid head whose times fit into milliseconds."""
    created, modified = sorted([draw(_MOMENTS), draw(_MOMENTS)])
    return Head(
        uid=draw(st.uuids(version=4)),
        created_by=draw(st.uuids(version=4)),
        created=created,
        modified=modified,
        tlp=draw(st.sampled_from(Tlp)),
        revoked=draw(st.booleans()),
    )
