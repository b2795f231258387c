"""The operator's pages of partners: who takes part, whether we hear from them, and every step with one of them."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.core import access, config, signing
from leeward.core.models import Role, User
from leeward.exchange.intake.origins import UNSIGNED
from leeward.exchange.partner_pages.forms import DetailsForm, InviteForm, KeyForm, TrustForm, known_of, trust_of
from leeward.exchange.partners import health
from leeward.exchange.partners import jwk as jwks
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner, PartnerKey
from leeward.exchange.receipts import services as receipts
from leeward.indicators.models import Category

operator = access.roles(Role.OPERATOR)


@dataclass(frozen=True)
class Health:
    """How it goes with one partner: a colour and a word, and how many withdrawals it did not confirm.

    `unconfirmed` is None where its program never confirmed any: then silence says nothing.
    """

    partner: Partner
    tone: str
    words: str | Promise
    unconfirmed: int | None

    @property
    def read_up_to(self) -> datetime | None:
        """The time of addition of the last page that we took from it; None where there is none that can be read."""
        try:
            return datetime.fromisoformat(self.partner.mark)
        except ValueError:
            return None


@dataclass(frozen=True)
class ShownKey:
    """One pinned key as people compare it."""

    key: PartnerKey
    fingerprint: str
    is_good: bool


@operator
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """List all partners with their health, those that take part first."""
    at = timezone.now()
    found = Partner.objects.select_related("organisation").defer("sealed_key")
    order = [state.value for state in (_State.ACTIVE, _State.SUSPENDED, _State.INVITED, _State.ENDED)]
    shown = [_health(partner, at=at) for partner in sorted(found, key=lambda partner: order.index(partner.state))]
    return render(request, "exchange/partners.html", {"shown": shown, "our_keys": _our_keys()})


_State = Partner.State


def _health(partner: Partner, *, at: datetime) -> Health:
    tone, words = health.tone(partner, at=at)
    confirms = partner.is_active and receipts.sends_receipts(partner)
    return Health(partner, tone, words, receipts.owed_by(partner).count() if confirms else None)


def _our_keys() -> list[str]:
    return [jwks.fingerprint(key.x) for key in signing.signing_keys()]


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Invite an organisation, and show the invitation with its key once."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form_page(request, form, partner=None)
    at = timezone.now()
    try:
        partner = partners.invite(form.invited(), form.draft(), by=access.person(request), at=at)
    except partners.AlreadyPartner:
        form.add_error("organisation", _("Somebody invited it just now. Look at the list of partners."))
        return _form_page(request, form, partner=None)
    return _invitation(request, partner, at=at)


def _form_page(request: HttpRequest, form: DetailsForm, *, partner: Partner | None) -> HttpResponse:
    context = {"form": form, "partner": partner}
    return render(request, "exchange/partners_form.html", context, status=422 if form.is_bound else 200)


def _invitation(request: HttpRequest, partner: Partner, *, at: datetime) -> HttpResponse:
    """Make a key and show what the partner's people need. It is not kept, so the page cannot be opened again."""
    site_url = config.current().server.site_url
    context = {
        "partner": partner,
        "key": partners.make_door_key(partner, by=access.person(request), at=at),
        "discovery_url": site_url + reverse("exchange:discovery"),
        "jwks_url": site_url + reverse("jwks"),
        "our_keys": _our_keys(),
    }
    return render(request, "exchange/partners_invitation.html", context)


@operator
@never_cache
@require_safe
def partner(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show one partner with everything that can be done about it."""
    return _page(request, _found(uid), form=KeyForm())


def _page(request: HttpRequest, found: Partner, *, form: KeyForm) -> HttpResponse:
    at = timezone.now()
    good = set(found.keys.good_at(at).values_list("pk", flat=True))
    context = {
        "partner": found,
        "health": _health(found, at=at),
        "keys": [ShownKey(key, jwks.fingerprint(key.x), key.pk in good) for key in found.keys.all()],
        "key_form": form,
        "trust_form": TrustForm(initial=trust_of(found)),
    }
    return render(request, "exchange/partners_one.html", context, status=422 if form.is_bound else 200)


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Correct what is known of a partner."""
    found = _found(uid)
    form = DetailsForm(request.POST if request.method == "POST" else None, initial=known_of(found))
    if not form.is_valid():
        return _form_page(request, form, partner=found)

    return _stepped(request, found, functools.partial(partners.change, found, form.draft()), said=_("It is changed."))


@dataclass(frozen=True)
class Step:
    """One thing that is done about a partner as a whole, and what the page says when it is done."""

    take: Callable[..., object]
    said: Promise


STEPS = {
    "accept": Step(partners.accept, _("This partner takes part now.")),
    "suspend": Step(partners.suspend, _("Nothing is exchanged with this partner until you resume it.")),
    "resume": Step(partners.resume, _("This partner takes part again.")),
    "end": Step(partners.end, _("The partnership has ended. To begin again, invite this organisation anew.")),
}


@operator
@require_POST
def step(request: HttpRequest, uid: uuid.UUID, name: str) -> HttpResponse:
    """Take one of `STEPS` with a partner."""
    found, wanted = _found(uid), STEPS[name]
    return _stepped(request, found, functools.partial(wanted.take, found), said=wanted.said)


@operator
@require_POST
def trust(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Set for which categories a partner's signs start to protect by themselves."""
    found, form = _found(uid), TrustForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Nothing changed. Choose from the list."))
        return redirect("partners:partner", uid=uid)

    def trust_as_wanted(*, by: User, at: datetime) -> None:
        for name in (*Category.values, UNSIGNED):
            if found.trusts(name) != (name in form.trusted):
                partners.set_trust(found, name, name in form.trusted, by=by, at=at)

    return _stepped(request, found, trust_as_wanted, said=_("It is changed. It counts for what comes from now on."))


@operator
@never_cache
@require_POST
def pin(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show the fingerprints of what was pasted, and pin the keys when somebody says that they were compared."""
    found, form = _found(uid), KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form)
    if "compared" not in request.POST:
        return render(request, "exchange/partners_compare.html", {"partner": found, "form": form})

    wanted = form.cleaned_data
    pin_them = functools.partial(partners.pin_keys, found, wanted["jwk"], valid_until=wanted["until"])
    try:
        return _stepped(
            request, found, pin_them, said=_("The key is pinned. What it signs counts as this partner's word.")
        )
    except partners.AlreadyPinned:
        form.add_error(
            "jwk", _("This key was pinned before, here or for another partner, or withdrawn. Ask for a new one.")
        )
        return _page(request, found, form=form)


@operator
@require_POST
def withdraw(request: HttpRequest, uid: uuid.UUID, key: int) -> HttpResponse:
    """Believe a key no more."""
    found = _found(uid)
    pinned = get_object_or_404(PartnerKey, pk=key, partner=found)
    return _stepped(
        request,
        found,
        functools.partial(partners.withdraw_key, pinned),
        said=_("The key is withdrawn. What it signs counts no more."),
    )


@operator
@never_cache
@require_POST
def door_key(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Make a new key for our doors and show it once."""
    try:
        return _invitation(request, _found(uid), at=timezone.now())
    except partners.WrongState:
        messages.warning(request, _("Nothing changed: this partnership has ended."))
        return redirect("partners:partner", uid=uid)


def _stepped(request: HttpRequest, found: Partner, take: Callable[..., object], *, said: Promise) -> HttpResponse:
    """Take one step and lead back to the partner's page, which says what came of it."""
    try:
        take(by=access.person(request), at=timezone.now())
    except partners.WrongState:
        messages.warning(request, _("Nothing changed: somebody else was faster. Look at the state below."))
    else:
        messages.success(request, str(said))
    return redirect("partners:partner", uid=found.uid)


def _found(uid: uuid.UUID) -> Partner:
    return get_object_or_404(Partner.objects.select_related("organisation"), uid=uid)
