"""What staff fill in: where calls are held, for how long they are taken, and what they saw."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from leeward.age.calls import rooms, services
from leeward.age.calls.models import Answer


class AddressForm(forms.Form):
    """Where calls are held."""

    use_required_attribute = False
    address = forms.CharField(
        label=_("Address of your meetings"),
        max_length=300,
        help_text=_("With {room} in it, such as https://meet.example/{room}: each visitor has a room of their own."),
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_address(self) -> str:
        """Take a safe address in which no two visitors meet."""
        address = str(self.cleaned_data["address"])
        try:
            parts = urlsplit(address.replace(rooms.ROOM, "room"))
        except ValueError:
            raise forms.ValidationError(_("Write an address that begins with https://")) from None
        if parts.scheme != "https" or not parts.hostname or parts.username is not None:
            raise forms.ValidationError(_("Write an address that begins with https://"))
        if rooms.ROOM in parts.netloc or rooms.ROOM not in address.partition(parts.netloc)[2]:
            raise forms.ValidationError(
                _("Write {room} where the name of the room stands. Without it visitors would meet.")
            )
        return address


class HoursForm(forms.Form):
    """For how long calls are taken."""

    use_required_attribute = False
    hours = forms.TypedChoiceField(
        label=_("Take calls for"),
        choices=[(hours, ngettext_lazy("%d hour", "%d hours", hours) % hours) for hours in services.HOURS],
        coerce=int,
        initial=services.HOURS[1],
    )


class AnswerForm(forms.Form):
    """What one member of staff saw."""

    use_required_attribute = False
    said = forms.TypedChoiceField(
        label=_("Your answer"),
        choices=Answer.Said.choices,
        coerce=Answer.Said,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the three.")},
    )
