"""The languages of desks and talks: those of the site, by the short code under which a talk is stored, such as "zh"."""

from __future__ import annotations

from django.conf import settings

NAMES = {code.split("-")[0]: name for code, name in settings.LANGUAGES}
