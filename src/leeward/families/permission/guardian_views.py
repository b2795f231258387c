"""The guardian's pages of permissions: one place to see and change all of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.age.rules.models import AgeRule
from leeward.families.birthdays import months
from leeward.families.birthdays import services as birthdays
from leeward.families.models import Child, Guardian
from leeward.families.permission import cards, deciding, links, services, showing, signs
from leeward.families.permission.choices import STRONG, Months, State
from leeward.families.permission.forms import AnswerForm, BirthForm, CountryForm
from leeward.families.permission.models import Permission
from leeward.families.visits import at_home, guardian, told

# What a guardian reads where a service refused, by what it raised.
WORDS = {
    links.LinkOnHold: gettext_lazy("A person of your provider looks at this first. Until then nothing can be allowed."),
    links.NoLink: gettext_lazy("Say first that this is your child. The button stands beside the child's name."),
    services.PermissionMoved: gettext_lazy("This was answered or taken back meanwhile."),
    services.NotShownAdult: gettext_lazy("Show first that you are a grown-up. For some things a surer way is needed."),
    services.NotAsked: gettext_lazy("Tick what you allow, or say no."),
    deciding.TooYoung: gettext_lazy(
        "The law lets no child of this age have an account there. A parent cannot allow it."
    ),
}


@guardian
@never_cache
@require_safe
@at_home
def permissions(request: HttpRequest, seat: Guardian) -> HttpResponse:
    """Show what children ask, what is allowed for how long, who decides, and by which rules."""
    return _page(request, seat, CountryForm(country=deciding.country_of(seat.household)))


def _page(request: HttpRequest, seat: Guardian, form: CountryForm) -> HttpResponse:
    at = timezone.now()
    children = seat.household.children.filter(removed_at=None).select_related("household")
    context = {
        "asks": services.waiting(seat.household, at=at),
        "children": [cards.card(child, seat, at=at) for child in children],
        "adult_level": services.adult_level(seat.user, at=at),
        "can_show_age": showing.requirement() is not None,
        "form": form,
        "seat": seat,
    }
    return render(request, "permission/permissions.html", context, status=422 if form.is_bound else 200)


@guardian
@require_POST
@at_home
def country(request: HttpRequest, seat: Guardian) -> HttpResponse:
    """Say where the family lives."""
    form = CountryForm(request.POST, country="")
    if not form.is_valid():
        return _page(request, seat, form)
    services.set_country(seat.household, form.cleaned_data["country"], by=seat.user, at=timezone.now())
    messages.success(request, _("Kept. The rules of this country hold from now on."))
    return redirect("permissions:all")


@guardian
@never_cache
@require_safe
@at_home
def show_age(request: HttpRequest, seat: Guardian) -> HttpResponse:  # `at_home` gives it to every view
    """Lead a guardian to where an age is shown; what is shown is kept for the account."""
    asked = showing.requirement()
    if asked is None:
        messages.warning(request, _("Your provider has not said yet how. Ask your provider."))
        return redirect("permissions:all")
    return redirect(f"{reverse('age:choose')}?{showing.query(asked)}")


@guardian
@require_POST
@at_home
def state_link(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Say that one is the parent or legal guardian of a child."""
    at = timezone.now()
    try:
        links.state(_child(seat, uid), by=seat.user, at=at)
        signs.look(seat.user, at=at)
    except links.LinkOnHold as refusal:
        messages.warning(request, WORDS[type(refusal)])
    else:
        messages.success(request, _("Kept. The child and the other grown-ups can read that you decide for this child."))
    return redirect("permissions:all")


def _child(seat: Guardian, uid: UUID) -> Child:
    found = Child.objects.here().select_related("household")
    return get_object_or_404(found, uid=uid, household=seat.household)


def _permission(seat: Guardian, uid: UUID) -> Permission:
    found = Permission.objects.filter(child__removed_at=None).select_related("child__household", "service")
    return get_object_or_404(found, uid=uid, child__household=seat.household)


@guardian
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_home
def one(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Show the notice of one question, and allow a part of it; once it is allowed, show the receipt and change it."""
    permission, at = _permission(seat, uid), timezone.now()
    asked = request.POST if request.method == "POST" else None
    form = AnswerForm(asked, asked=permission.asked, granted=permission.granted)
    status = 200
    if asked is not None:
        status = 422
        if form.is_valid():
            try:
                chosen, span = form.scopes_allowed(), Months(form.cleaned_data["months"])
                services.grant(permission, chosen, months=span, by=seat.user, at=at)
            except tuple(WORDS) as refusal:
                form.add_error(None, WORDS[type(refusal)])
            else:
                messages.success(request, _("Allowed. This is your receipt. You can take it back at any time."))
                return redirect("permissions:one", uid=permission.uid)
    return render(request, "permission/one.html", _shown(permission, seat, form), status=status)


def _shown(permission: Permission, seat: Guardian, form: AnswerForm) -> dict[str, object]:
    at = timezone.now()
    try:
        decision = deciding.decide(permission.child, at=at)
    except deciding.TooYoung:
        decision = deciding.Decision(needs_parent=True, age=0, rules=())
    return {
        "permission": permission,
        "child": permission.child,
        "form": form,
        "can_answer": permission.state in {State.ASKED, State.GRANTED},
        "granted": cards.labels(permission.granted),
        "strong": STRONG,
        "adult_level": services.adult_level(seat.user, at=at),
        "needed_level": services.needed_level(permission.asked),
        "can_show_age": showing.requirement() is not None,
        "age": decision.age,
        "rules": AgeRule.objects.filter(uid__in=decision.rules),
        "proofs": cards.proofs(permission),
        "notice": services.NOTICE,
        "can_undo": cards.can_undo(permission, at=at),
    }


@guardian
@require_POST
@at_home
def refuse(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Say no."""
    said = _("You said no. The child reads that, too: tell it why. You can undo it below.")
    told(request, lambda: services.refuse(_permission(seat, uid), by=seat.user, at=timezone.now()), said, WORDS)
    return redirect("permissions:all")


@guardian
@require_POST
@at_home
def revoke(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Take back what was allowed, with one press."""
    said = _("Taken back. It holds at once. You can undo it below for half an hour.")
    told(request, lambda: services.revoke(_permission(seat, uid), by=seat.user, at=timezone.now()), said, WORDS)
    return redirect("permissions:all")


@guardian
@require_POST
@at_home
def undo(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Undo saying no or taking back."""
    said = _("Undone. Everything is as it was.")
    told(request, lambda: services.undo(_permission(seat, uid), by=seat.user, at=timezone.now()), said, WORDS)
    return redirect("permissions:all")


@guardian
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_home
def birthday(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Say in which month a child was born; the next threshold is kept and the month is forgotten."""
    child, at = _child(seat, uid), timezone.now()
    form = BirthForm(request.POST if request.method == "POST" else None, today=at.date())
    if form.is_valid():
        try:
            birthdays.say(child, form.born(), by=seat.user, at=at)
        except months.NotAChild:
            form.add_error(None, _("Children here are 6 to 17 years old. Look at the month and the year again."))
        else:
            services.look_again(child, at=at)
            messages.success(request, _("Kept until the next birthday that counts. The month of birth is forgotten."))
            return redirect("permissions:all")
    context = {"form": form, "child": child, "coming": birthdays.coming(child)}
    return render(request, "permission/birthday.html", context, status=422 if form.is_bound else 200)


@guardian
@require_POST
@at_home
def birthday_forget(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Keep no month of a child."""
    birthdays.forget_month(_child(seat, uid), by=seat.user, at=timezone.now())
    messages.success(request, _("Forgotten. Only the rough age is kept."))
    return redirect("permissions:all")
