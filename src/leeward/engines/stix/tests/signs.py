"""Signs to test with: benign values, documentation names, and the strategies that make more of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from leeward.engines.stix import Kind, Legality, Sign, Tlp

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)

VALUES = {
    Kind.PDQ: "1189118b0a4a97f93df9d4706b15d65f67a54c1b17b4d266e0711ec41ffd0e46",  # A seeded noise image.
    Kind.MD5: "d41d8cd98f00b204e9800998ecf8427e",  # This and the next two: the empty file.
    Kind.SHA1: "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    Kind.SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    Kind.URL: "https://blocked.example/path?it's=1\\2",
    Kind.DOMAIN: "blocked.example",
}

PDQ_SIGN = Sign(
    uid=UUID("00000000-0000-4000-8000-000000000001"),
    kind=Kind.PDQ,
    value=VALUES[Kind.PDQ],
    category="made-up-category",
    confidence=95,
    reviews=2,
    tlp=Tlp.AMBER_STRICT,
    valid_from=AT,
    created=AT,
    modified=AT,
    created_by=UUID("9a1b2c3d-1111-4111-8111-111111111111"),
    valid_until=AT + timedelta(days=30),
    severity=3,
    max_distance=31,
    legality=(Legality(jurisdiction="XX", status="illegal", basis="synthetic"),),
    labels=("made-up-label",),
)


def sign_of(kind: Kind) -> Sign:
    """Return a full example of each kind."""
    return replace(PDQ_SIGN, kind=kind, value=VALUES[kind], max_distance=31 if kind is Kind.PDQ else None)


_TERMS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
_COUNTS = st.integers(0, 2**31 - 1)
_MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
_SPANS = st.timedeltas(timedelta(milliseconds=1), timedelta(days=3650)).map(
    lambda span: timedelta(milliseconds=span // timedelta(milliseconds=1))
)


@st.composite
def signs(draw: st.DrawFn) -> Sign:
    """Make any valid sign whose times fit into milliseconds."""
    kind = draw(st.sampled_from(Kind))
    created, valid_from = draw(_MOMENTS), draw(_MOMENTS)
    exact = st.text("0123456789abcdef", min_size=len(VALUES[kind]), max_size=len(VALUES[kind]))
    return Sign(
        uid=draw(st.uuids(version=4)),
        kind=kind,
        value=draw(_TERMS | st.text("'\\", min_size=1) if kind in (Kind.URL, Kind.DOMAIN) else exact),
        category=draw(_TERMS),
        confidence=draw(st.integers(0, 100)),
        reviews=draw(_COUNTS),
        tlp=draw(st.sampled_from(Tlp)),
        valid_from=valid_from,
        created=created,
        modified=created + draw(_SPANS),
        created_by=draw(st.uuids(version=4)),
        valid_until=draw(st.none() | _SPANS.map(lambda span: valid_from + span)),
        severity=draw(st.none() | _COUNTS),
        max_distance=draw(st.none() | st.integers(0, 256)) if kind is Kind.PDQ else None,
        legality=tuple(draw(st.lists(st.builds(Legality, _TERMS, _TERMS, _TERMS), max_size=3))),
        labels=tuple(draw(st.lists(_TERMS, max_size=3))),
        revoked=draw(st.booleans()),
    )
