"""The forms for a partner: who it is, how it is reached, which keys are its own, and for what it is believed."""

from __future__ import annotations

import json
import re
from datetime import datetime, time
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.core.validators import URLValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from leeward.core.models import Organisation
from leeward.exchange.intake.origins import UNSIGNED
from leeward.exchange.partners import jwk as jwks
from leeward.exchange.partners.models import RATE_PER_MINUTE, Partner
from leeward.exchange.partners.services import PartnerDraft
from leeward.indicators.models import Category

_RATE_MAX = 60_000
_JWK_MAX = 20_000  # Characters: a set of some dozen keys.
_COUNTRY = re.compile(r"[A-Z]{2}")  # ISO 3166-1 alpha-2
_STIX_PREFIX = "identity--"
# There is nobody on the way to these, so nobody reads our credentials.
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class DetailsForm(forms.Form):
    """What is known of a partner."""

    group = forms.ChoiceField(label=_("Group"), choices=[("", _("Choose a group")), *Partner.Group.choices])
    purpose = forms.ChoiceField(label=_("What for"), choices=Partner.Purpose.choices)
    jurisdictions = forms.CharField(
        required=False,
        max_length=200,
        label=_("Countries"),
        help_text=_("Codes of two letters with a space between, such as DE FR."),
    )
    rate_per_minute = forms.IntegerField(
        initial=RATE_PER_MINUTE, min_value=1, max_value=_RATE_MAX, label=_("May ask how often in a minute")
    )
    url = forms.CharField(
        required=False,
        max_length=500,
        label=_("Address of their api root"),
        help_text=_("Where we read from them by TAXII 2.1. Leave it out if they only read from us."),
        validators=[URLValidator(schemes=["http", "https"])],
        widget=forms.URLInput,
    )
    collection = forms.CharField(required=False, max_length=100, label=_("Id of their collection"))
    credentials = forms.CharField(
        required=False,
        max_length=500,
        label=_("Our key there"),
        help_text=_(
            "As name:password, or one token. It is sealed and never shown again. Leave it out to keep it as it is."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    identity = forms.CharField(
        required=False,
        max_length=60,
        label=_("Their identity in STIX"),
        help_text=_("It begins with identity--. Only this one may take their signs back."),
    )

    def clean_jurisdictions(self) -> list[str]:
        """Return the codes; refuse what is no code."""
        codes = str(self.cleaned_data["jurisdictions"]).upper().replace(",", " ").split()
        if not all(_COUNTRY.fullmatch(code) for code in codes):
            raise forms.ValidationError(_("Write each country as two letters, such as DE."))
        return codes

    def clean_url(self) -> str:
        """Refuse an address over which others could read our key."""
        url = str(self.cleaned_data["url"])
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
            raise forms.ValidationError(_("The address must begin with https, or others read our key on the way."))
        return url

    def clean_identity(self) -> UUID | None:
        """Return the id; refuse what is none."""
        text = str(self.cleaned_data["identity"]).strip().removeprefix(_STIX_PREFIX)
        try:
            return UUID(text) if text else None
        except ValueError:
            raise forms.ValidationError(_("This is no identity. Copy it whole, with identity-- before it.")) from None

    def clean(self) -> dict[str, object]:
        """Refuse an address without a collection, and a collection without an address."""
        filled: dict[str, object] = super().clean() or self.cleaned_data
        if "url" in filled and bool(filled["url"]) != bool(filled.get("collection")):
            self.add_error("collection", _("The address and the collection belong together. Fill in both, or none."))
        return filled

    def draft(self) -> PartnerDraft:
        """Return what was filled in."""
        filled = self.cleaned_data
        return PartnerDraft(
            group=Partner.Group(filled["group"]),
            purpose=Partner.Purpose(filled["purpose"]),
            jurisdictions=tuple(filled["jurisdictions"]),
            identity_uid=filled["identity"],
            url=filled["url"],
            collection=filled["collection"],
            credentials=filled["credentials"],
            rate_per_minute=filled["rate_per_minute"],
        )


def known_of(partner: Partner) -> dict[str, object]:
    """Return what `DetailsForm` shows of a partner. Our key there is not shown."""
    return {
        "group": partner.group,
        "purpose": partner.purpose,
        "jurisdictions": " ".join(partner.jurisdictions),
        "rate_per_minute": partner.rate_per_minute,
        "url": partner.url,
        "collection": partner.collection,
        "identity": f"{_STIX_PREFIX}{partner.identity_uid}" if partner.identity_uid else "",
    }


def _organisations() -> list[tuple[str, object]]:
    free = Organisation.objects.filter(Q(partner=None) | Q(partner__state=Partner.State.ENDED)).order_by("name")
    return [("", _("A new one")), *((organisation.slug, organisation.name) for organisation in free)]


class InviteForm(DetailsForm):
    """Everything that an invitation needs: an organisation that is known here or a new one, and what is known of it."""

    organisation = forms.ChoiceField(required=False, label=_("Organisation"), choices=_organisations)
    name = forms.CharField(
        required=False,
        max_length=50,
        label=_("Name of a new organisation"),
        help_text=_("Only if you chose a new one."),
    )
    kind = forms.ChoiceField(label=_("What a new organisation is"), choices=Organisation.Kind.choices)
    field_order = ("organisation", "name", "kind")

    def clean(self) -> dict[str, object]:
        """Refuse a new organisation without a name of its own."""
        filled = super().clean()
        if not filled.get("organisation"):
            slug = slugify(str(filled.get("name", "")))
            if not slug or Organisation.objects.filter(slug=slug).exists():
                self.add_error(
                    "name", _("Another organisation has this name, or it has no plain letters. Choose another one.")
                )
        return filled

    def invited(self) -> Organisation:
        """Return the organisation that is invited, unsaved where it is new."""
        filled = self.cleaned_data
        if filled["organisation"]:
            return Organisation.objects.get(slug=filled["organisation"])
        return Organisation(slug=slugify(filled["name"]), name=filled["name"], kind=filled["kind"])


class KeyForm(forms.Form):
    """Public keys as a partner sent them, and until when they count."""

    jwk = forms.CharField(
        max_length=_JWK_MAX,
        label=_("Their public key"),
        help_text=_("One JWK, or a JWK set, with its curly brackets. Only Ed25519."),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off", "dir": "ltr"}),
    )
    until = forms.DateField(
        required=False,
        label=_("Good until the end of"),
        help_text=_("Leave it out if the partner named no day."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_jwk(self) -> list[dict[str, object]]:
        """Return the keys; say what is wrong with what is none."""
        try:
            return jwks.parse_all(json.loads(self.cleaned_data["jwk"]))
        except (ValueError, RecursionError):
            raise forms.ValidationError(_("This is no JWK. Copy it whole, with its curly brackets.")) from None
        except jwks.NotAKey:
            raise forms.ValidationError(
                _("This is no public Ed25519 key. Ask the partner for its JWK, without the private part.")
            ) from None

    def clean_until(self) -> datetime | None:
        """Return the moment at which the day is over; refuse a day that is over already."""
        day = self.cleaned_data["until"]
        if day is None:
            return None
        end = timezone.make_aware(datetime.combine(day, time.max))
        if end <= timezone.now():
            raise forms.ValidationError(_("This day is over. Choose a later one."))
        return end

    @property
    def fingerprints(self) -> list[str]:
        """What two people read to each other before these keys are pinned."""
        return [jwks.fingerprint(jwks.parse(key).x) for key in self.cleaned_data["jwk"]]


class TrustForm(forms.Form):
    """For which kinds of harm a partner's signs start to protect before a person looked."""

    categories = forms.MultipleChoiceField(
        required=False,
        label=_("Signs of these kinds start to protect at once"),
        help_text=_("All others wait for a person."),
        choices=Category.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    is_unsigned = forms.BooleanField(
        required=False,
        label=_("Take its signs without a signature"),
        help_text=_(
            "Only for a program that cannot sign, such as one that sends by SubmitHashes. Then nothing but its key for our "
            "doors proves who told a sign: whoever has that key speaks for this partner. Without this, unsigned signs are refused."
        ),
    )

    @property
    def trusted(self) -> set[str]:
        """What the partner is trusted with, as `Partner.trust` names it."""
        filled = self.cleaned_data
        return {*filled["categories"], *([UNSIGNED] if filled["is_unsigned"] else [])}


def trust_of(partner: Partner) -> dict[str, object]:
    """Return what `TrustForm` shows of a partner."""
    categories = [name for name in Category.values if partner.trusts(name)]
    return {"categories": categories, "is_unsigned": partner.trusts(UNSIGNED)}
