"""What people fill in on the pages of screening."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leeward.engines import hashing
from leeward.engines.matching import WITHIN_BITS
from leeward.indicators.models import Category, Kind
from leeward.screening.models import Answer, Match, Rule

FILE_BYTES = hashing.DEFAULT_LIMITS.size_bytes
_ANY = ("", _("All"))
_DAYS = (
    ("", _("Whole time")),
    ("1", _("Last day")),
    ("7", _("Last 7 days")),
    ("30", _("Last 30 days")),
    ("90", _("Last 90 days")),
)
# What matched nothing is counted and leaves no match.
_MATCHED = [choice for choice in Answer.choices if choice[0] != Answer.CLEAR]


class MatchFilter(forms.Form):
    """Which matches to show. All of it can be left out."""

    use_required_attribute = False

    answer = forms.ChoiceField(label=_("Answer"), choices=[_ANY, *_MATCHED], required=False)
    category = forms.ChoiceField(label=_("Kind of harm"), choices=[_ANY, *Category.choices], required=False)
    kind = forms.ChoiceField(label=_("Recognised by"), choices=[_ANY, *Kind.choices], required=False)
    days = forms.ChoiceField(label=_("When"), choices=_DAYS, required=False)
    sha256 = forms.RegexField(regex=r"^[0-9a-f]{64}$", required=False, widget=forms.HiddenInput)
    sign = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def chosen(self) -> QuerySet[Match]:
        """Return the matches that fit, the newest first; none where something was asked that there is not."""
        found = Match.objects.order_by("-at", "-pk")
        if not self.is_valid():
            return found.none()
        values = self.cleaned_data
        wanted = {
            "answer": values["answer"],
            "indicator__category": values["category"],
            "indicator__kind": values["kind"],
            "sha256": values["sha256"],
            "indicator__uid": values["sign"],
        }
        found = found.filter(**{name: value for name, value in wanted.items() if value})
        if values["days"]:
            found = found.filter(at__gte=timezone.now() - timedelta(days=int(values["days"])))
        return found


class PictureForm(forms.Form):
    """One file to try; it is not kept."""

    picture = forms.FileField(
        label=_("Picture"),
        help_text=_("Up to 25 MB. A harmless one: it is not kept, but it travels here."),
        error_messages={
            "required": _("Choose a file first."),
            "empty": _("There is nothing in this file. Choose another one."),
            "invalid": _("This did not arrive as a file. Choose it again."),
        },
    )

    def clean_picture(self) -> UploadedFile[Any]:
        """Take a file of bearable size."""
        file: UploadedFile[Any] = self.cleaned_data["picture"]
        if (size_bytes := file.size or 0) > FILE_BYTES:
            size = filesizeformat(size_bytes)
            raise forms.ValidationError(_("This file has %(size)s. Choose one of up to 25 MB.") % {"size": size})
        return file


class RuleForm(forms.Form):
    """One rule. What is left empty fits everything."""

    kind = forms.ChoiceField(label=_("Recognised by"), choices=[_ANY, *Kind.choices], required=False)
    category = forms.ChoiceField(label=_("Kind of harm"), choices=[_ANY, *Category.choices], required=False)
    source = forms.CharField(
        label=_("From whom"),
        help_text=_("The beginning of the source's name, such as «decision:» or «partner:north». Empty: anybody."),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
    )
    within = forms.IntegerField(
        label=_("At most this far from the sign"),
        help_text=_("Pictures and frames: bits of 256, up to 31. Texts: their own distance, up to 30. 0 is the same."),
        min_value=0,
        max_value=WITHIN_BITS,
        initial=WITHIN_BITS,
    )
    least_share_percent = forms.IntegerField(
        label=_("At least so much of a video, in %"), min_value=0, max_value=100, initial=0
    )
    least_confidence = forms.IntegerField(
        label=_("The source is at least so sure, in %"), min_value=0, max_value=100, initial=0
    )
    answer = forms.ChoiceField(label=_("Answer"), choices=Answer.choices, widget=forms.RadioSelect)
    opens_case = forms.BooleanField(
        label=_("Open a case where the answer is known or suspect"), required=False, initial=True
    )

    def rule(self) -> Rule:
        """Return what was filled in."""
        return Rule(**self.cleaned_data)


class StepForm(forms.Form):
    """One step with one rule of the draft: by its place in the list."""

    UP, DOWN, REMOVE = "up", "down", "remove"

    place = forms.IntegerField(min_value=0)
    step = forms.ChoiceField(choices=[(UP, UP), (DOWN, DOWN), (REMOVE, REMOVE)])
