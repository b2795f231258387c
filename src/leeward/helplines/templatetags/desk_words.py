"""What a child chose by a picture, in the words of counsellors."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

from leeward.helplines import languages

register = template.Library()

# As in `topics.py`; the child reads its own words.
_TOPICS = {
    "home": _("Home and family"),
    "friends": _("Friends and love"),
    "bullying": _("Bullying"),
    "online": _("Something online"),
    "feelings": _("Feelings"),
    "body": _("Body and health"),
    "school": _("School"),
    "other": _("Something else"),
}


@register.filter
def topic(code: str) -> str:
    """Return what a talk is about; a dash where the child said nothing."""
    return str(_TOPICS.get(code, "–"))


@register.filter
def language(code: str) -> str:
    """Return the name of a language in itself, or its code where the site does not have it."""
    return languages.NAMES.get(code, code)
