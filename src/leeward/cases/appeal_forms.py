"""What a reviewer fills in who answers an appeal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leeward.cases.appeals import WHY_MAX
from leeward.cases.states import AppealState


class AnswerForm(forms.Form):
    """How an appeal ends, and why, in words for whoever appealed."""

    answer = forms.ChoiceField(
        label=_("Answer"),
        choices=[
            (AppealState.UPHELD.value, _("The decision stands")),
            (AppealState.OVERTURNED.value, _("Take the decision back, with everything that followed")),
            (AppealState.INADMISSIBLE.value, _("This cannot be looked at")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of them.")},
    )
    why = forms.CharField(
        label=_("Why"),
        help_text=_("Whoever appealed reads this. Short and plain. Name nobody, and never say who reported."),
        max_length=WHY_MAX,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        error_messages={"required": _("Say why: whoever appealed reads it.")},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="answer_%s", use_required_attribute=False)
