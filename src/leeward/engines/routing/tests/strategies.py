"""How Hypothesis draws facts, bodies and rules: every word there is, and rows that a file could hold."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from leeward.engines import routing
from leeward.engines.routing import Body, Facts, Rule
from leeward.engines.routing._conditions import FLAGS, PLACES, WORDS

COUNTRIES = st.sampled_from(["", "MN", "DE", "FR", "GB", "US"])
flags = st.booleans()

all_facts = st.builds(
    Facts,
    nature=st.sampled_from(["", *sorted(routing.NATURES)]),
    category=st.sampled_from(["", *sorted(routing.CATEGORIES)]),
    severity=st.integers(0, 3),
    is_illegal=flags,
    is_danger=flags,
    is_danger_confirmed=flags,
    hosted=st.sampled_from(routing.Hosted),
    jurisdiction=COUNTRIES,
    host_country=COUNTRIES,
    suspect_country=COUNTRIES,
    reporter_is_child=flags,
    victim_is_minor=flags,
    has_media=flags,
    is_known=flags,
    is_flagger=flags,
)

_matters = st.lists(st.sampled_from(sorted(routing.MATTERS)), max_size=12, unique=True)


def _body(number: int) -> st.SearchStrategy[Body]:
    return st.builds(
        lambda kind, place, own, never: Body.from_dict(
            {
                "slug": f"body-{number}",
                "kind": str(kind),
                "jurisdiction": place,
                "responsible_for": own if kind == "police" or len(own) % 2 else [*own, "any"],
                "never_for": never,
                "name": f"Body {number}",
                "source": "drawn",
                "as_of": "2026-11-22",
            }
        ),
        st.sampled_from(routing.Kind),
        st.sampled_from(["MN", "DE", "GB", "EU", "any"]),
        st.lists(st.sampled_from(sorted(routing.MATTERS)), min_size=1, max_size=12, unique=True),
        _matters,
    )


all_bodies = st.integers(0, 6).flatmap(lambda count: st.tuples(*[_body(number) for number in range(count)])).map(list)

_conditions: dict[str, st.SearchStrategy[Any]] = {
    "severity_at_most": st.integers(0, 3),
    **{name: st.lists(st.sampled_from(sorted(words)), min_size=1, unique=True) for name, words in WORDS.items()},
    **{
        name: st.lists(st.sampled_from(["", "EU", "MN", "DE", "GB"]), min_size=1, max_size=3, unique=True)
        for name in PLACES
    },
    **{name: st.lists(flags, min_size=1, max_size=1) for name in FLAGS},
}


@st.composite
def _rule_row(draw: st.DrawFn, number: int) -> dict[str, Any]:
    leg = draw(st.sampled_from(routing.LegName))
    names = draw(st.lists(st.sampled_from(sorted(_conditions)), max_size=3, unique=True))
    row: dict[str, Any] = {
        "id": f"rule-{number}",
        "leg": str(leg),
        "when": {name: draw(_conditions[name]) for name in names},
        "why": "drawn",
        "source": "drawn",
        "as_of": "2026-11-22",
    }
    if leg == routing.LegName.DESK:
        return row | {"queue": draw(st.sampled_from(["triage", "care", "abuse"]))}
    if draw(flags):
        row["body_kind"] = str(routing.KIND_OF_LEG[leg])
    else:
        # The last one may not exist.
        row["body"] = f"body-{draw(st.integers(0, 6))}"
    fields = draw(st.lists(st.sampled_from([str(field) for field in routing.Field]), max_size=4, unique=True))
    needs = bool(routing.IDENTITY_FIELDS & set(fields)) or draw(flags)
    row |= {"fields": fields, "needs_second": needs, "legal_basis": "drawn", "due_minutes": draw(st.integers(1, 9999))}
    return row | {
        "at_breach": str(draw(st.sampled_from(routing.AtBreach))),
        "calendar": draw(st.sampled_from(["", "day"])),
    }


rule_rows = st.integers(0, 12).flatmap(lambda count: st.tuples(*[_rule_row(number) for number in range(count)]))
all_rules = rule_rows.map(lambda rows: [Rule.from_dict(row) for row in rows])
