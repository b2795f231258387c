"""Closed sets of permissions and links, with the words that guardians and staff read."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """One thing that a child may be allowed, chosen by itself. Each has a drawing in `templates/permission/scopes`."""

    ACCOUNT = "account", _("Have an account")
    PROFILE_PUBLIC = "profile_public", _("Show a profile that everybody can see")
    CONTACT_FAMILY = "contact_family", _("Be in touch with the family")
    CONTACT_APPROVED = "contact_approved", _("Be in touch with people whom you approve")
    CONTACT_ANY = "contact_any", _("Be in touch with anybody")
    POST = "post", _("Post words and pictures")
    DM = "dm", _("Write private messages")
    LOCATION = "location", _("Share where the child is")
    DISCLOSURE = "third_party_disclosure", _("Let the service pass data on to others")
    PURCHASES = "purchases", _("Buy things")
    SCREEN_TIME = "screen_time", _("Use it without a limit of time")


# 16 CFR 312.5 asks for the surest methods where data leaves the service; we ask the same where strangers or money come in.
STRONG = frozenset({Scope.DISCLOSURE, Scope.CONTACT_ANY, Scope.DM, Scope.LOCATION, Scope.PURCHASES})


class State(models.TextChoices):
    """How far a permission is."""

    ASKED = "asked", _("Waits for an answer")
    GRANTED = "granted", _("Allowed")
    FROZEN = "frozen", _("On hold")
    REFUSED = "refused", _("Not allowed")
    WITHDRAWN = "withdrawn", _("Taken back by the child")
    REVOKED = "revoked", _("Taken back")
    EXPIRED = "expired", _("Over")
    LAPSED = "lapsed", _("The child decides alone now")


class Relation(models.TextChoices):
    """What says that a grown-up belongs to a child. It says nothing of the grown-up's age."""

    STATED = "stated", _("The grown-up says so")
    ROSTER = "roster", _("The school's list says so")
    ACCESS = "access", _("The access provider's contract says so")
    STAFF = "staff", _("Staff looked at papers")


class LinkState(models.TextChoices):
    """Whether a grown-up may decide for a child."""

    ACTIVE = "active", _("Holds")
    FROZEN = "frozen", _("On hold")
    ENDED = "ended", _("Over")


class Sign(models.TextChoices):
    """Why a link is on hold."""

    CHILD = "child", _("The child does not want this grown-up to decide")
    MANY = "many", _("One grown-up says to belong to many children")
    BULK = "bulk", _("A new account allowed much in a short time")
    REPORT = "report", _("Somebody told us")


class Months(models.IntegerChoices):
    """How long a permission can hold. 6 is what the page suggests, 12 the most."""

    ONE = 1, _("1 month")
    THREE = 3, _("3 months")
    SIX = 6, _("6 months")
    TWELVE = 12, _("12 months")
