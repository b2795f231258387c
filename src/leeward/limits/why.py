"""Why a site is open or closed for a child, in sentences for its parents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leeward.engines.policy import family
from leeward.engines.policy.family import Decision, Rule
from leeward.limits import picks, when

_WORDS: Final[Mapping[Rule, Any]] = {
    Rule.NEVER: gettext_lazy("Open, always: help must be within reach for everybody."),
    Rule.LAW: gettext_lazy("Closed by law, for everybody. Nobody at home can change this."),
    Rule.OPERATOR: gettext_lazy("Closed by your internet provider, for everybody. Nobody at home can change this."),
    Rule.STRANGER: gettext_lazy("Open: nothing is kept away here."),
    Rule.PAUSE: gettext_lazy("Closed: the internet is paused."),
    Rule.BEDTIME: gettext_lazy("Closed: it is bedtime."),
    Rule.OWN_OPEN: gettext_lazy("Open: you opened this site yourself."),
    Rule.OWN_CLOSED: gettext_lazy("Closed: you closed this site yourself."),
    Rule.HOMEWORK: gettext_lazy("Closed: it is homework time, and you keep this away then:"),
    Rule.CATEGORY: gettext_lazy("Closed: you keep this away:"),
    Rule.SAFE: gettext_lazy("Open in its safe form:"),
    Rule.OPEN: gettext_lazy("Open: nothing keeps it away."),
}
_WITH_KINDS: Final = frozenset({Rule.HOMEWORK, Rule.CATEGORY, Rule.SAFE})


def said(decision: Decision, *, at: datetime, zone: str) -> list[str]:
    """Return what decided, what is on a list, and until when it holds; times are told by the clock at home, `zone`."""
    words = str(_WORDS[decision.rule])
    if decision.rule in _WITH_KINDS:
        found = family.catalogue().of_marks(decision.marks)
        words = f"{words} {', '.join(picks.title(entry.slug) for entry in found)}."
    if decision.until is None:
        return [words]
    return [words, _("This holds until %(when)s.") % {"when": when.until(decision.until, at=at, zone=zone)}]
