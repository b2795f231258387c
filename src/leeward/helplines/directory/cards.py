"""What a child is told of one service: only what is known, free and short numbers first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.conf.locale import LANG_INFO
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format

from leeward.helplines import languages
from leeward.helplines.directory import drafts, hours
from leeward.helplines.directory.models import Contact, Service

_COST_ORDER = (Service.Free.YES, Service.Free.UNKNOWN, Service.Free.NO)
_KIND_ORDER = (Service.Kind.HELPLINE, Service.Kind.CRISIS, Service.Kind.POLICE, Service.Kind.HOTLINE)
_WAY_ORDER = (
    Contact.Kind.SHORT,
    Contact.Kind.PHONE,
    Contact.Kind.SMS,
    Contact.Kind.CHAT,
    Contact.Kind.WEB,
    Contact.Kind.MAIL,
)
_LINKS = {Contact.Kind.SMS: "sms:", Contact.Kind.MAIL: "mailto:", Contact.Kind.CHAT: "", Contact.Kind.WEB: ""}


@dataclass(frozen=True)
class Way:
    """One way to reach a service: what is shown is what was written down."""

    kind: str
    shown: str
    link: str
    is_call: bool


@dataclass(frozen=True)
class Card:
    """One service for the page; `is_open` is None where nobody can tell."""

    name: str
    kind: str
    ways: tuple[Way, ...]
    free: str
    is_always_open: bool
    is_open: bool | None
    hours: tuple[str, ...]
    zone: str
    languages: tuple[str, ...]
    ages_words: str
    checked_words: str


def cards(services: Iterable[Service], *, words: Mapping[str, str], at: datetime) -> list[Card]:
    """Return the cards of services that children may see, the most useful first. `words` are those of the table `call`."""
    return [_card(service, words=words, at=at) for service in sorted(services, key=_order)]


def _order(service: Service) -> tuple[int, int, int, str]:
    kinds = [contact.kind for contact in service.contacts.all()]
    by_kind = _KIND_ORDER.index(Service.Kind(service.kind)) if service.kind in _KIND_ORDER else len(_KIND_ORDER)
    by_cost = _COST_ORDER.index(Service.Free(service.free))
    return by_kind, by_cost, int(Contact.Kind.SHORT not in kinds), service.name.casefold()


def _card(service: Service, *, words: Mapping[str, str], at: datetime) -> Card:
    zone = drafts.zone_of(service)
    is_always = service.hours == hours.ALWAYS
    local = at.astimezone(zone) if zone else None
    return Card(
        name=service.name,
        kind=service.kind,
        ways=tuple(_way(one) for one in sorted(service.contacts.all(), key=lambda one: _WAY_ORDER.index(one.kind))),
        free=service.free,
        is_always_open=is_always,
        is_open=hours.is_open(service.hours, here=local) if local and not is_always else None,
        hours=() if is_always else tuple(_spans(service.hours)),
        zone=service.time_zone,
        languages=tuple(language_name(code) for code in service.languages),
        ages_words=words["ages"].format(ages=service.ages.replace("-", "–")) if service.ages else "",
        checked_words=words["checked"].format(day=date_format(service.checked_at)) if service.checked_at else "",
    )


def _way(contact: Contact) -> Way:
    # A space cannot stand in an address, and a # would end it; the number itself stays as it was written down.
    dialled = contact.value.replace(" ", "").replace("#", "%23")
    if contact.kind in _LINKS:
        prefix = _LINKS[Contact.Kind(contact.kind)]
        return Way(contact.kind, contact.value, prefix + (dialled if prefix else contact.value), is_call=False)
    return Way(contact.kind, contact.value, f"tel:{dialled}", is_call=True)


def _spans(line: str) -> Iterable[str]:
    """Yield lines such as «Mon–Fri 08:00–20:00», with the days as the reader's language writes them."""
    by_times = groupby(
        sorted(hours.read(line), key=lambda one: (one.start_min, one.end_min, one.day)),
        key=lambda one: (one.start_min, one.end_min),
    )
    for (start, end), spans in by_times:
        times = f"{hours.clock(start):%H:%M}–{'24:00' if end == 24 * 60 else f'{hours.clock(end):%H:%M}'}"
        yield f"{_days([span.day for span in spans])} {times}"


def _days(days: list[int]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(
        str(WEEKDAYS_ABBR[run[0]]) if len(run) == 1 else f"{WEEKDAYS_ABBR[run[0]]}–{WEEKDAYS_ABBR[run[-1]]}"
        for run in runs
    )


def language_name(code: str) -> str:
    """Return what people call a language in that language itself, or its code where nobody here knows."""
    return languages.NAMES.get(code) or str(LANG_INFO.get(code, {}).get("name_local", code.upper()))
