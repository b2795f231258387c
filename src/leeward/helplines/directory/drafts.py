"""Facts of a service as they come from a form or a file, before anybody vouched for them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Self
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from leeward.engines import urls
from leeward.helplines.directory import countries, hours
from leeward.helplines.directory.models import NAME_MAX, NOTE_MAX, SOURCE_MAX, VALUE_MAX, Contact, Service

# What people dial and what they write between it. A number is kept as it is; a sign of another kind is a mistake.
_DIALLED = re.compile(r"[+*#]?[0-9][0-9 ()./*#-]{0,28}[0-9#]|[0-9]{1,2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_AGES = re.compile(r"\d{1,2}-\d{1,2}|\d{1,2}\+|")
_CONTACTS_MOST = 12


class BadFacts(ValueError):
    """One fact cannot be used. `field` names it; the message says what to write instead."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class Facts:
    """What is said of one service. `contacts` are (kind, value), the most useful first."""

    country: str
    kind: str
    name: str
    contacts: tuple[tuple[str, str], ...] = ()
    free: str = Service.Free.UNKNOWN
    hours: str = ""
    time_zone: str = ""
    languages: tuple[str, ...] = ()
    ages: str = ""
    source: str = ""
    confidence: str = Service.Confidence.NONE
    note: str = ""
    doubts: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, service: Service) -> Self:
        """Return the facts of a stored service."""
        contacts = tuple(service.contacts.values_list("kind", "value"))
        plain = {name: getattr(service, name) for name in _PLAIN}
        return cls(**plain, contacts=contacts, languages=tuple(service.languages), doubts=tuple(service.doubts))

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Return facts that `dataclasses.asdict` and JSON went through."""
        lists = {name: tuple(kept[name]) for name in ("languages", "doubts")}
        return cls(**{**kept, **lists, "contacts": tuple((kind, value) for kind, value in kept["contacts"])})


_PLAIN = ("country", "kind", "name", "free", "hours", "time_zone", "ages", "source", "confidence", "note")


def checked(facts: Facts) -> Facts:
    """Return the facts where all of them can be used. Raises `BadFacts` for the first that cannot."""
    if facts.country and not countries.is_known(facts.country):
        raise BadFacts("country", _("Write the code of a country with two capital letters, such as MN."))
    if facts.kind not in Service.Kind.values:
        raise BadFacts("kind", _("Choose one of the kinds."))
    _line("name", facts.name, most=NAME_MAX)
    _line("source", facts.source or "-", most=SOURCE_MAX)
    _line("note", facts.note or "-", most=NOTE_MAX)
    if facts.free not in Service.Free.values or facts.confidence not in Service.Confidence.values:
        raise BadFacts("free", _("Choose yes, no or unknown, and one of the degrees of confidence."))
    if not _AGES.fullmatch(facts.ages):
        raise BadFacts("ages", _("Write ages as 6-18 or 12+, or nothing."))
    if any(not _LANGUAGE.fullmatch(code) for code in facts.languages):
        raise BadFacts("languages", _("Write codes of languages, such as mn;en."))
    _times(facts)
    if len(facts.contacts) > _CONTACTS_MOST or len(set(facts.contacts)) != len(facts.contacts):
        raise BadFacts("contacts", _("Name each way once, and at most %(most)s ways.") % {"most": _CONTACTS_MOST})
    for kind, value in facts.contacts:
        _contact(kind, value)
    return facts


def _line(name: str, words: str, *, most: int) -> None:
    if not words.strip() or len(words) > most or not words.isprintable():
        raise BadFacts(name, _("Write one line of at most %(most)s characters.") % {"most": most})


def _times(facts: Facts) -> None:
    try:
        spans = hours.read(facts.hours)
    except hours.BadHours as bad:
        raise BadFacts("hours", str(bad)) from bad
    if facts.time_zone and facts.time_zone not in available_timezones():
        raise BadFacts("time_zone", _("Write a time zone such as Asia/Ulaanbaatar."))
    if spans and facts.hours != hours.ALWAYS and not facts.time_zone:
        raise BadFacts("time_zone", _("Name the time zone of the hours, such as Asia/Ulaanbaatar."))


def _contact(kind: str, value: str) -> None:
    """Refuse what cannot be dialled, written to or opened. Nothing is changed to make it fit."""
    if len(value) > VALUE_MAX:
        raise BadFacts("contacts", _("Write at most %(most)s characters.") % {"most": VALUE_MAX})
    if kind in {Contact.Kind.PHONE, Contact.Kind.SHORT, Contact.Kind.SMS}:
        if not is_dialled(value):
            raise BadFacts("contacts", _("Write the number as people dial it: digits, spaces, +, -, ( and )."))
    elif kind == Contact.Kind.MAIL:
        try:
            validate_email(value)
        except ValidationError:
            raise BadFacts("contacts", _("Write an e-mail address such as help@line.example.")) from None
    elif kind in {Contact.Kind.WEB, Contact.Kind.CHAT}:
        if not _is_address(value):
            raise BadFacts("contacts", _("Write a public address such as https://line.example/."))
    else:
        raise BadFacts("contacts", _("Say for each way what it is: short_number, phone, sms, chat, mail or web."))


def is_dialled(value: str) -> bool:
    """Tell whether this can be a number as people write it down."""
    return _DIALLED.fullmatch(value) is not None


def _is_address(value: str) -> bool:
    if not value.startswith(("https://", "http://")) or any(map(str.isspace, value)):
        return False
    try:
        return urls.is_public(value)
    except urls.NotAnAddress:
        return False


def zone_of(service: Service) -> ZoneInfo | None:
    """Return the zone in which the hours of a service are meant, or None where nobody said."""
    return ZoneInfo(service.time_zone) if service.time_zone else None
