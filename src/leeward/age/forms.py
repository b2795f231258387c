"""What the operator fills in: a site, what an area of it asks for, and a list of codes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from leeward.age import services
from leeward.age.levels import Kind, Level
from leeward.age.models import KIND_WORDS, LEVEL_WORDS, AgeRecord, Site
from leeward.age.services import OLDEST, YOUNGEST, RequirementDraft

_OVER, _UNDER = "over", "under"
_LIST_MAX_BYTES = 20_000_000


class _Form(forms.Form):
    # The browser's own bubbles speak another language than the page and are not always read out.
    use_required_attribute = False


def _short_name() -> forms.CharField:
    return forms.CharField(
        label=_("Short name"),
        help_text=_("Small letters, digits and hyphens. The proxy says it."),
        max_length=40,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("Use small letters, digits and hyphens."))],
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
    )


class SiteForm(_Form):
    """A site that asks for ages."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Visitors read it."))
    slug = _short_name()
    callback = forms.CharField(
        label=_("Address to come back to"),
        max_length=300,
        help_text=_("With a proxy it ends in /_age/back, such as https://forum.example/_age/back"),
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url", "autocomplete": "off"}),
    )

    def clean_callback(self) -> str:
        """Take an address to which a token may go."""
        callback = str(self.cleaned_data["callback"])
        try:
            services.origin_of(callback)
        except services.WrongSite:
            problem = _("Write a whole address that begins with https:// and has no question mark and no hash sign.")
            raise forms.ValidationError(problem) from None
        return callback


class RequirementForm(_Form):
    """What an area of a site asks for."""

    area = forms.CharField(label=_("Area"), max_length=80, help_text=_("Visitors read it, such as «Pages for adults»."))
    slug = _short_name()
    side = forms.ChoiceField(
        label=_("Who may come in?"),
        choices=[(_OVER, _("Everybody who is at least so old")), (_UNDER, _("Everybody who is younger"))],
        initial=_OVER,
        widget=forms.RadioSelect,
    )
    age = forms.IntegerField(
        label=_("Years"), min_value=YOUNGEST, max_value=OLDEST, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    level = forms.TypedChoiceField(label=_("How sure?"), choices=LEVEL_WORDS, coerce=int, initial=Level.STANDARD.value)
    kinds = forms.MultipleChoiceField(
        label=_("What is good enough?"),
        choices=KIND_WORDS,
        initial=[Kind.VERIFICATION.value],
        widget=forms.CheckboxSelectMultiple,
    )
    result_days = forms.IntegerField(
        label=_("How many days a result of an account is good"),
        help_text=_("0: it is shown anew each time."),
        min_value=0,
        max_value=365,
        initial=0,
    )

    def clean(self) -> dict[str, Any]:
        """Refuse what nobody could show: a younger age by somebody's mere word."""
        values = super().clean() or {}
        if values.get("side") == _UNDER and values.get("level", 0) < Level.STANDARD:
            # An adult who wants to be among children would simply say so.
            self.add_error(
                "level", _("For an area of children choose «standard» at least: an adult could just say so.")
            )
        return values

    def draft(self) -> RequirementDraft:
        """Return what was filled in."""
        values = self.cleaned_data
        is_over = values["side"] == _OVER
        return RequirementDraft(
            slug=values["slug"],
            area=values["area"],
            age_over=values["age"] if is_over else None,
            age_under=None if is_over else values["age"],
            level=Level(values["level"]),
            kinds=tuple(Kind(kind) for kind in values["kinds"]),
            result_days=values["result_days"],
        )


class RecordsForm(_Form):
    """A list of a school or of the access provider."""

    source = forms.ChoiceField(
        label=_("Who gave it?"),
        choices=AgeRecord.Source.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say who gave the list.")},
    )
    file = forms.FileField(
        label=_("List"),
        help_text=_("CSV in UTF-8 with the columns code,years. No names and no birth dates."),
        error_messages={"required": _("Choose a file first.")},
    )

    def lines(self) -> list[str]:
        """Return the lines of the list; raises `UnicodeDecodeError` where it is no UTF-8."""
        text: str = self.cleaned_data["file"].read(_LIST_MAX_BYTES).decode("utf-8-sig")
        return text.splitlines(keepends=True)


class OpenIdClientForm(_Form):
    """A program of a site that asks by OpenID Connect."""

    _SECRET, _PUBLIC = "secret", "public"  # the names of two choices
    site = forms.ModelChoiceField(queryset=Site.objects.all(), label=_("Site"), empty_label=None)
    redirect_uri = forms.CharField(
        label=_("Address to come back to"),
        max_length=300,
        help_text=_("The redirect_uri of the program, letter by letter. It begins with the address of the site."),
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("Where does it run?"),
        choices=[(_SECRET, _("On a server, which can keep a secret")), (_PUBLIC, _("In a browser or on a phone"))],
        initial=_SECRET,
        widget=forms.RadioSelect,
    )

    @property
    def has_secret(self) -> bool:
        """True where the program can keep a secret."""
        return bool(self.cleaned_data["kind"] == self._SECRET)

    def clean(self) -> dict[str, Any]:
        """Refuse an address of another site: what is shown for a site goes nowhere else."""
        values = super().clean() or {}
        if (site := values.get("site")) is None or "redirect_uri" not in values:
            return values
        try:
            is_own = services.origin_of(values["redirect_uri"]) == site.origin
        except services.WrongSite:
            is_own = False
        if not is_own:
            problem = _("Write an address that begins with %(origin)s/ and has no question mark and no hash sign.")
            self.add_error("redirect_uri", problem % {"origin": site.origin})
        return values
