"""What a guardian fills in: a child, a device, a code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from leeward.families import codes
from leeward.families.choices import AgeBand, Kind, Picture, Sticker, Use
from leeward.families.devices import DeviceDraft
from leeward.families.models import NICKNAME_MAX, Child, Device
from leeward.families.services import ChildDraft

_CHOOSE = {"required": _("Choose one of them."), "invalid_choice": _("Choose one of them.")}
_CODE_MAX = 60


class _Form(forms.Form):
    # The browser's own bubbles speak another language than the page and are not always read out.
    use_required_attribute = False


def _radios(label: Any, choices: Any, *, help_text: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, help_text=help_text, widget=forms.RadioSelect, error_messages=_CHOOSE
    )


class ChildForm(_Form):
    """A child: what the family calls it, its picture, and roughly how old it is."""

    nickname = forms.CharField(
        label=_("Nickname"),
        help_text=_("What you call the child at home. No full name."),
        error_messages={"required": _("Write a nickname.")},
        validators=[MaxLengthValidator(NICKNAME_MAX, _("Write a shorter nickname: 30 letters at most."))],
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    picture = _radios(_("Picture"), Picture.choices)
    band = _radios(_("How old?"), AgeBand.choices, help_text=_("We ask for no birthday."))

    def __init__(self, data: Any = None, *, child: Child | None = None) -> None:
        initial = {"nickname": child.nickname, "picture": child.picture, "band": child.band} if child else None
        super().__init__(data, initial=initial)

    def draft(self) -> ChildDraft:
        """Return what was filled in."""
        values = self.cleaned_data
        return ChildDraft(values["nickname"], Picture(values["picture"]), AgeBand(values["band"]))


class DeviceForm(_Form):
    """A device: what it is, its sticker, and who uses it."""

    kind = _radios(_("What is it?"), Kind.choices)
    picture = _radios(_("Sticker"), Sticker.choices, help_text=_("With a sticker you tell two phones apart."))
    user = _radios(_("Who uses it?"), ())

    def __init__(
        self,
        data: Any = None,
        *,
        children: Sequence[Child],
        device: Device | None = None,
        child: Child | None = None,
    ) -> None:
        initial = {"user": str(child.uid)} if child else None
        if device is not None:
            user = str(device.child.uid) if device.child else device.use
            initial = {"kind": device.kind, "picture": device.picture, "user": user}
        super().__init__(data, initial=initial)
        self._children = {str(one.uid): one for one in children}
        field = self.fields["user"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # it stands so above
        everybody = [(use.value, use.label) for use in (Use.SHARED, Use.GUEST)]
        field.choices = [*((uid, one.nickname) for uid, one in self._children.items()), *everybody]

    def draft(self) -> DeviceDraft:
        """Return what was filled in."""
        values = self.cleaned_data
        child = self._children.get(values["user"])
        use = Use.CHILD if child else Use(values["user"])
        return DeviceDraft(Kind(values["kind"]), Sticker(values["picture"]), use, child)


class CodeForm(_Form):
    """The code of an invitation."""

    code = forms.CharField(
        label=_("Your code"),
        help_text=_("Sixteen digits. Whoever looks after the family gave them to you."),
        max_length=_CODE_MAX,
        error_messages={"required": _("Type the code first.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"}),
    )

    def clean_code(self) -> str:
        """Take the digits, in any writing and with any gaps."""
        digits = codes.read_code(str(self.cleaned_data["code"]))
        if len(digits) != codes.CODE_DIGITS:
            raise forms.ValidationError(_("The code has sixteen digits. Look at it again."))
        return digits
