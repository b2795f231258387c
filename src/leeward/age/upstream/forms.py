"""What the operator fills in about a service that is asked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leeward.age.levels import Level
from leeward.age.models import LEVEL_WORDS
from leeward.age.upstream import claims, wire
from leeward.age.upstream.choices import Reading, Service, SignIn
from leeward.age.upstream.models import ADDRESS_MAX
from leeward.age.upstream.services import ProviderDraft

_WORDS = dict(LEVEL_WORDS)
_LTR = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}


def _levels(*levels: Level) -> list[tuple[int, Any]]:
    return [(level.value, _WORDS[level.value]) for level in levels]


def _address(label: Any, help_text: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={**_LTR, "inputmode": "url"})
    return forms.CharField(label=label, help_text=help_text, max_length=ADDRESS_MAX, widget=widget)


class _ProviderForm(forms.Form):
    use_required_attribute = False
    service: Service

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Visitors read it."))
    issuer = _address(
        _("Issuer"), _("The address that the service calls itself by. It is asked for its doors at once.")
    )
    client_id = forms.CharField(
        label=_("Our name there (client id)"), max_length=200, widget=forms.TextInput(attrs=_LTR)
    )
    sign_in = forms.ChoiceField(
        label=_("How do we say there who we are?"),
        choices=SignIn.choices,
        initial=SignIn.SECRET,
        help_text=_(
            "For a signed request give the service the address of our key. Telephone companies mostly ask for it."
        ),
        widget=forms.RadioSelect,
    )
    secret = forms.CharField(
        label=_("Our secret there"),
        max_length=300,
        required=False,
        help_text=_("It is sealed and never shown again. A signed request needs none."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    scopes = forms.CharField(label=_("What we ask for (scopes)"), max_length=200, widget=forms.TextInput(attrs=_LTR))
    level = forms.TypedChoiceField(label=_("How sure is its word?"), coerce=int)

    def __init__(self, *args: Any, has_secret: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._has_secret = has_secret
        if has_secret:
            self.fields["secret"].help_text = _(
                "It is sealed and never shown again. Left empty, the one that is there stays."
            )

    def clean_issuer(self) -> str:
        """Take an address to which our secret may go."""
        return _callable(self.cleaned_data["issuer"])

    def clean_scopes(self) -> str:
        """Ask by OpenID Connect, without which nothing says who signed."""
        scopes = self.cleaned_data["scopes"].split()
        return " ".join(scopes if "openid" in scopes else ["openid", *scopes])

    def clean(self) -> dict[str, Any]:
        """Ask for the secret where it is needed and there is none yet."""
        values = super().clean() or {}
        needs_secret = values.get("sign_in") == SignIn.SECRET and not self._has_secret
        if needs_secret and "secret" in values and not values["secret"]:
            self.add_error("secret", _("Write the secret that the service gave you, or choose the signed request."))
        return values

    def refuse(self, code: str) -> None:
        """Say why the service could not be set up, where it can be repaired."""
        match code:
            case "upstream_takes_no_secret":
                self.add_error("sign_in", _("This service takes no secret. Choose the signed request."))
            case "upstream_takes_no_signature":
                self.add_error("sign_in", _("This service takes no request that we sign (ES256). Choose the secret."))
            case _:
                problem = gettext("The service gave no doors (%(code)s). Look at the address.")
                self.add_error("issuer", problem % {"code": code})

    def draft(self) -> ProviderDraft:
        """Return what was filled in."""
        values = self.cleaned_data
        typed = {"level": Level(values["level"]), "sign_in": SignIn(values["sign_in"])}
        return ProviderDraft(service=self.service, **{**values, **typed})


class UpstreamForm(_ProviderForm):
    """An identity service."""

    service = Service.UPSTREAM
    claim = forms.CharField(
        label=_("Claim that says the age"),
        max_length=100,
        help_text=_(
            "Such as age_over_18. With {age} in it, it is asked for the age that an area wants: age_over_{age}"
        ),
        widget=forms.TextInput(attrs=_LTR),
    )
    reading = forms.ChoiceField(
        label=_("How does it say it?"),
        choices=Reading.choices,
        help_text=_("Take yes or no where you can: then no birth date ever comes here."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = _levels(Level.BASIC, Level.STANDARD, Level.ENHANCED)  # type: ignore[attr-defined]  # a choice field
        self.fields["scopes"].initial = "openid"

    def clean(self) -> dict[str, Any]:
        """See that a yes or no is about some age."""
        values = super().clean() or {}
        claim = values.get("claim", "")
        is_yes_no = values.get("reading") == Reading.YES_NO
        if claim and is_yes_no and claims.ANY_AGE not in claim and claims.age_of(claim) is None:
            self.add_error("claim", _("Yes or no to which age? The name must end with it, or hold {age}."))
        return values


class CarrierForm(_ProviderForm):
    """A telephone company."""

    service = Service.CARRIER
    api = _address(_("Its age door"), _("Such as https://api.phone.example/kyc-age-verification/v0.1"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = _levels(Level.BASIC, Level.STANDARD)  # type: ignore[attr-defined]  # a choice field
        self.fields["level"].initial = Level.STANDARD.value
        self.fields["scopes"].initial = "openid kyc-age-verification:verify"

    def clean_api(self) -> str:
        """Take an address to which a visitor's token may go."""
        return _callable(self.cleaned_data["api"])


FORMS: dict[str, type[UpstreamForm | CarrierForm]] = {
    Service.UPSTREAM.value: UpstreamForm,
    Service.CARRIER.value: CarrierForm,
}


def _callable(address: str) -> str:
    if not wire.is_callable(address):
        raise forms.ValidationError(_("Write an address that begins with https://"))
    return address
