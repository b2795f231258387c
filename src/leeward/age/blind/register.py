"""The register of the keys of blind tokens: every key that ever signed one, in a chain of which others keep copies.

A service that lied could give one visitor a key of their own, and know the token by it again. Then this key stands in the
register, which says so to everybody, or it does not, which the visitor's browser and the site see. Each entry is told to the
record chain, too. Source: draft-ietf-privacypass-key-consistency (what a key of one's own does, and ways against it).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime

from leeward.age.blind import wire
from leeward.age.blind.events import KeyEntered
from leeward.age.blind.models import BlindEntry, BlindKey, BlindRegister
from leeward.age.blind.statements import Statement
from leeward.age.levels import Level
from leeward.core import facts, signing
from leeward.core.models import Record

ORIGIN = hashlib.sha256(b"leeward register of blind keys 1").digest()
# How many lines are given at once. Browsers ask from a multiple of it on, so that nobody is known by how much they have seen.
AT_ONCE = 500
_KIND = facts.kind_of(KeyEntered)


def has(key: BlindKey) -> bool:
    """True where a key stands in the register."""
    return BlindEntry.objects.filter(kid=key.kid).exists()


def enter(key: BlindKey, *, at: datetime) -> None:
    """Write a key at the end of the register. Call it inside the transaction that makes the key."""
    end = _locked_end()
    entry = BlindEntry(
        number=end.number + 1,
        kid=key.kid,
        is_over=key.is_over,
        age=key.age,
        level=key.level,
        begins_at=key.begins_at,
    )
    entry.digest = _digest(bytes(end.digest), entry)
    entry.save(force_insert=True)
    BlindRegister.objects.filter(pk=end.pk).update(number=entry.number, digest=entry.digest)
    says, week = _statement(entry), entry.begins_at.date().isoformat()
    words = f"{'over' if says.is_over else 'under'} {says.age} {says.level.acr}"
    facts.announce(KeyEntered(entry.number, entry.kid, entry.digest.hex(), words, week), actor="system", at=at)


def _locked_end() -> BlindRegister:
    BlindRegister.objects.get_or_create(pk=1, defaults={"digest": ORIGIN})
    return BlindRegister.objects.select_for_update().get(pk=1)


def _digest(previous: bytes, entry: BlindEntry) -> bytes:
    """Return the digest of an entry and of everything before it."""
    return hashlib.sha256(previous + signing.canonical(_said(entry))).digest()


def _said(entry: BlindEntry) -> dict[str, object]:
    return {
        **_statement(entry).claims,
        "number": entry.number,
        # The thumbprint of the key itself (RFC 7638), so that nobody has to believe us which key it was.
        "kid": entry.kid,
        "signs_from": entry.begins_at.isoformat(),
    }


def _statement(entry: BlindEntry) -> Statement:
    return Statement(entry.is_over, entry.age, Level(entry.level))


def numbers() -> Mapping[str, int]:
    """Return the place of each key in force."""
    kids = BlindKey.objects.values("kid")
    return dict(BlindEntry.objects.filter(kid__in=kids).values_list("kid", "number"))


def lines(*, after: int) -> list[dict[str, object]]:
    """Return the next entries after a number, `AT_ONCE` at most: what each says, its digest, and that of the one before.

    `record` is the position in the record chain of this service, or None for the moment before it is given.
    """
    before = BlindEntry.objects.filter(number=after).values_list("digest", flat=True).first()
    previous, found = bytes(before or ORIGIN), []
    entries = list(BlindEntry.objects.filter(number__gt=after)[:AT_ONCE])
    positions = _positions(entries)
    for entry in entries:
        chained = {"previous": wire.encoded(previous), "digest": wire.encoded(bytes(entry.digest))}
        found.append({**_said(entry), **chained, "record": positions.get(entry.number)})
        previous = bytes(entry.digest)
    return found


def _positions(entries: list[BlindEntry]) -> dict[int, int | None]:
    if not entries:
        return {}
    told = Record.objects.filter(
        kind=_KIND, facts__number__gte=entries[0].number, facts__number__lte=entries[-1].number
    )
    return {record.facts["number"]: record.position for record in told}


def flaws() -> Iterator[str]:
    """Yield what is wrong with the register; nothing where it is whole and the record chain says the same."""
    told = {record.facts["number"]: record.facts["digest"] for record in Record.objects.filter(kind=_KIND)}
    expected, digest = 1, ORIGIN
    for entry in BlindEntry.objects.all():
        if entry.number != expected:
            yield f"the key at place {expected} of the register is missing"
        elif _digest(digest, entry) != bytes(entry.digest):
            yield f"the key at place {entry.number} of the register was changed, or stands in another's place"
        if told.pop(entry.number, None) != bytes(entry.digest).hex():
            yield f"the record chain does not say what the register says at place {entry.number}"
        expected, digest = entry.number + 1, bytes(entry.digest)
    for number in sorted(told):
        yield f"the record chain says that a key was entered at place {number}, and the register does not have it"
