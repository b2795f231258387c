"""Closed sets of the services that are asked by OpenID Connect."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Service(models.TextChoices):
    """Which of the two ways it is; the value is the id of the method, too."""

    UPSTREAM = "upstream", _("An identity service (OpenID Connect)")
    CARRIER = "carrier", _("The company of the telephone line (CAMARA)")


class SignIn(models.TextChoices):
    """How we say there who we are."""

    SECRET = "secret", _("With a secret that we have there")
    SIGNED = "signed", _("By a signed request (private_key_jwt), without a secret")


class Reading(models.TextChoices):
    """How the claim says the age."""

    YES_NO = "yes_no", _("Yes or no, such as age_over_18")
    YEARS = "years", _("A number of years")
    BIRTH_DATE = "birth_date", _("A birth date: counted with in memory and thrown away")
