"""That one object has to do with another."""

from dataclasses import dataclass
from enum import StrEnum

from leeward.engines.stix import _fields, _head
from leeward.engines.stix._fields import Json
from leeward.engines.stix._head import Head
from leeward.engines.stix._sign import NotASign


class Verb(StrEnum):
    """What the source does to the target."""

    INDICATES = "indicates"
    MITIGATES = "mitigates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The source indicates, or mitigates, the target; both are ids of objects. Raises `NotASign`."""

    head: Head
    verb: Verb
    source_id: str
    target_id: str

    def __post_init__(self) -> None:
        for name in ("source_id", "target_id"):
            _fields.typed_uid(getattr(self, name), path=name)


def relationship(link: Link) -> dict[str, object]:
    """Return `link` as a relationship."""
    return {
        **_head.written("relationship", link.head),
        "relationship_type": link.verb.value,
        "source_ref": link.source_id,
        "target_ref": link.target_id,
    }


def parse_relationship(known: Json) -> Link:
    """Return the link that a relationship makes; the reverse of `relationship`. Raises `NotASign` for other verbs, too."""
    head = _head.read(known, kind="relationship")
    verb = known.get("relationship_type")
    if not isinstance(verb, str) or verb not in set(Verb):
        raise NotASign("relationship_type", "this must be indicates or mitigates; leave the object out")
    return Link(
        head=head,
        verb=Verb(verb),
        source_id=_fields.text(known.get("source_ref"), path="source_ref"),
        target_id=_fields.text(known.get("target_ref"), path="target_ref"),
    )
