"""How accounts are made: by the operator, and where the operator opens it by parents themselves. Reporters need none."""

from __future__ import annotations

import logging

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_noop as _

from leeward.core import config
from leeward.core.middleware import client_address, refuse
from leeward.core.models import Membership, Organisation, Role, User
from leeward.site.navigation import first_page

log = logging.getLogger("leeward.accounts")


def _providers() -> QuerySet[Organisation]:
    return Organisation.objects.filter(kind=Organisation.Kind.PROVIDER)


def parents_sign_up(request: HttpRequest) -> dict[str, bool]:
    """Context processor: `parents_sign_up`, true where the operator opened the sign-up."""
    return {"parents_sign_up": config.current().server.guardian_sign_up}


def too_many(request: HttpRequest) -> HttpResponse:
    """Answer who tried more often than the sign-up and the sign-in allow one network."""
    return refuse(request, 429, _("Too many tries came from your network. Wait for a minute and try once more."))


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Closes the sign-up unless the operator opened it, and gives whoever comes by it the role of a guardian alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """True where the operator opened the sign-up and there is a provider for whom accounts can be made."""
        if not config.current().server.guardian_sign_up:
            return False
        if not _providers().exists():
            log.warning("LEEWARD_GUARDIAN_SIGN_UP is on and no organisation is of the kind provider; make one")
            return False
        return True

    @transaction.atomic
    def save_user(self, request: HttpRequest, user: AbstractBaseUser, form: BaseForm, commit: bool = True) -> User:
        """Keep the account and its one role, or neither."""
        person: User = super().save_user(request, user, form, commit=commit)
        # The first provider is the one who runs this Leeward; others came as its customers.
        Membership.objects.create(user=person, organisation=_providers().earliest("pk"), role=Role.GUARDIAN)
        return person

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the first page of the person's own; an address that a form brought along goes before it."""
        return first_page(request.user)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Return the page on which a family begins."""
        return reverse("family")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the visitor's address as everywhere here, so that those behind one proxy do not wait for each other."""
        return client_address(request)
