"""Decisions for the tests of statements: one that everybody knows, and any that Hypothesis can think of."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from leeward.engines.statements import Automation, Content, Decided, Found, Harm, Measure

PUID = "0b1c2d3e-4f50-4000-8000-000000000009"
KNOWN = Decided(
    puid=PUID,
    measures=(Measure.REMOVE,),
    is_illegal=False,
    ground="Terms 4.2",
    harm=Harm.BULLYING,
    found=Found.NOTICE,
    is_detected_by_machine=False,
    automation=Automation.NOT,
    contents=(Content.IMAGE,),
    content_date=date(2026, 11, 21),
    application_date=date(2026, 11, 22),
)
# What somebody could write into a ground by mistake.
PERSONAL = [
    "ana@mail.example", "ana @ mail.example", "Ana(at)mail[.]example", "@ana_12", "@ana@town.example", "u/ana12",
    "192.0.2.17", "192[.]0[.]2[.]17", "2001:db8::17", "::ffff:192.0.2.1", "+976 7012 3456", "0170-1234567",
    "(030) 12 34 56 7", "12345678901", "\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "https://photos.example/ana",
    "photos.example/ana?x=1", "www.photos.example/u/ana", "ana\u200b@\u200bmail.example", "\uff20ana", "1\u200b2345\u200b678",
]  # fmt: skip
WORDS = ["Terms 4.2", "Penal code 7", "Art. 16", "Regulation (EU) 2022/2065", "[removed]", "@", "::", ".", "  ", "u/"]
GROUNDS = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from([*PERSONAL, *WORDS]), max_size=12).map(" ".join),
    st.lists(st.one_of(st.sampled_from([*PERSONAL, *WORDS]), st.text(max_size=6)), max_size=20).map("".join),
    st.text(alphabet="0123456789@.:/-+[]() u\u200b\uff20", max_size=600),
)
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2037, 12, 31))
DECISIONS = st.builds(
    Decided,
    puid=st.uuids().map(str),
    measures=st.lists(st.sampled_from(Measure), min_size=1, max_size=8).map(tuple),
    is_illegal=st.booleans(),
    ground=GROUNDS,
    harm=st.sampled_from(Harm),
    found=st.sampled_from(Found),
    is_detected_by_machine=st.booleans(),
    automation=st.sampled_from(Automation),
    contents=st.lists(st.sampled_from(Content), max_size=6).map(tuple),
    content_date=DAYS,
    application_date=DAYS,
    end_date=st.none() | st.dates(),
)
