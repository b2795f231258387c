"""Behaviour that may be grooming: a lead for a person, never a sign, and never a word that anybody wrote.

An attack-pattern names the behaviour, an indicator holds a rule over metadata that finds it, and an `indicates`
relationship joins the two.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leeward.engines.stix import _fields, _head
from leeward.engines.stix._fields import Json
from leeward.engines.stix._head import Head
from leeward.engines.stix._objects import EXTENSION_ID, EXTENSION_TYPE
from leeward.engines.stix._sign import NotASign, check_term
from leeward.engines.stix._time import shortest

KILL_CHAIN: Final = "online-grooming"
RULE_LENGTH: Final = 16_384  # Characters of a rule.
_SIGNAL: Final = "behaviour"
_DESCRIPTION: Final = "A pattern of contact, seen in metadata only. No message is part of it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One behaviour: what it is called, and to which phase of grooming it belongs. Raises `NotASign`."""

    head: Head
    name: str
    phase: str

    def __post_init__(self) -> None:
        check_term(self.name, path="name")
        check_term(self.phase, path="phase")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A Sigma rule that finds a behaviour in metadata. A person looks at what it finds; it blocks and reports nothing.

    The rule is kept as text and is not run here. It holds no words of messages: who publishes one sees to that.
    Raises `NotASign`.
    """

    head: Head
    name: str
    rule: str
    valid_from: datetime

    def __post_init__(self) -> None:
        check_term(self.name, path="name")
        if not 0 < len(self.rule) <= RULE_LENGTH:
            raise NotASign("pattern", f"this must have 1 to {RULE_LENGTH} characters; fill it in or shorten it")


def behaviour(known: Behaviour) -> dict[str, object]:
    """Return a behaviour as an attack-pattern of the kill chain `online-grooming`."""
    return {
        **_head.written("attack-pattern", known.head),
        "name": known.name,
        "description": _DESCRIPTION,
        "kill_chain_phases": [{"kill_chain_name": KILL_CHAIN, "phase_name": known.phase}],
    }


def parse_behaviour(known: Json) -> Behaviour:
    """Return the behaviour that an attack-pattern describes; the reverse of `behaviour`. Raises `NotASign`."""
    head = _head.read(known, kind="attack-pattern")
    path = "kill_chain_phases"
    phases = [_fields.mapped(phase, path=path) for phase in _fields.listed(known.get(path), path=path)]
    ours = [phase.get("phase_name") for phase in phases if phase.get("kill_chain_name") == KILL_CHAIN]
    if len(ours) != 1:
        raise NotASign(path, f"this must name one phase of {KILL_CHAIN}; leave the object out")
    return Behaviour(
        head=head,
        name=_fields.text(known.get("name"), path="name"),
        phase=_fields.text(ours[0], path=f"{path}.phase_name"),
    )


def lead(known: Lead) -> dict[str, object]:
    """Return a lead as an indicator that says of itself that it is no more than that."""
    return {
        **_head.written("indicator", known.head),
        "name": known.name,
        "description": _DESCRIPTION,
        "indicator_types": ["anomalous-activity"],
        "pattern": known.rule,
        "pattern_type": "sigma",
        "valid_from": shortest(known.valid_from),
        "extensions": {EXTENSION_ID: {"extension_type": EXTENSION_TYPE, "signal": _SIGNAL, "lead_only": True}},
    }


def is_lead(known: Json) -> bool:
    """Tell whether an indicator is a lead: by its kind of rule, or because it says so."""
    extensions = known.get("extensions")
    extension = extensions.get(EXTENSION_ID) if isinstance(extensions, dict) else None
    says_so = isinstance(extension, dict) and extension.get("lead_only", False) is not False
    return known.get("type") == "indicator" and (says_so or known.get("pattern_type") == "sigma")


def parse_lead(known: Json) -> Lead:
    """Return the lead that an indicator with a Sigma rule is; the reverse of `lead`. Raises `NotASign`."""
    head = _head.read(known, kind="indicator")
    if known.get("pattern_type") != "sigma":
        raise NotASign("pattern_type", "this must be sigma; leave the object out")
    return Lead(
        head=head,
        name=_fields.text(known.get("name"), path="name"),
        rule=_fields.text(known.get("pattern"), path="pattern"),
        valid_from=_fields.moment(known, "valid_from"),
    )
