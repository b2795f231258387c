"""Who is responsible for a case: ordered rules, several legs, a negative list, and every refusal in words.

`Facts` go in, a `Plan` comes out. The closed sets of words are in `_words`, how a row is read in
`_rows`, what holds across rows in `_rule_set`. A slow, obvious model stands in the tests.
"""

from ._conditions import CONDITIONS
from ._facts import Facts
from ._planning import plan, refusal
from ._reading import BadRow
from ._rows import Body, Queue, Rule
from ._rule_set import RuleSet, check
from ._telling import Change, changes, explain
from ._values import Bounced, Leg, Plan
from ._words import (
    ANY,
    CATEGORIES,
    DANGER,
    FIELDS,
    IDENTITY_FIELDS,
    KIND_OF_LEG,
    MATTERS,
    NATURES,
    TRIAGE,
    AtBreach,
    Field,
    Hosted,
    Kind,
    LegName,
    places,
)

__all__ = [
    "ANY",
    "CATEGORIES",
    "CONDITIONS",
    "DANGER",
    "FIELDS",
    "IDENTITY_FIELDS",
    "KIND_OF_LEG",
    "MATTERS",
    "NATURES",
    "TRIAGE",
    "AtBreach",
    "BadRow",
    "Body",
    "Bounced",
    "Change",
    "Facts",
    "Field",
    "Hosted",
    "Kind",
    "Leg",
    "LegName",
    "Plan",
    "Queue",
    "Rule",
    "RuleSet",
    "changes",
    "check",
    "explain",
    "places",
    "plan",
    "refusal",
]
