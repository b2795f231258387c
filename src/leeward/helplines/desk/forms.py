"""What the counsellors' page posts."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leeward.engines import sealing
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation
from leeward.helplines.desk.escalations import Chosen
from leeward.helplines.desk.models import REASON_MAX, WORDS_MAX, Escalation
from leeward.helplines.desk.services import Typed
from leeward.helplines.octets import OctetsField
from leeward.helplines.shifts.models import Seat

_MOST_CHOSEN = 100
_CHOSEN_MAX = 8 * WORDS_MAX


def _sealed() -> OctetsField:
    return OctetsField(least=sealing.OVERHEAD_BYTES, most=talks.SEALED_MAX_BYTES)


class _ColleagueField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django itself is not generic at run time
    """A seat by the name that children read, and by the real one that stays inside."""

    def label_from_instance(self, obj: Seat) -> str:
        return f"{obj.alias} ({obj.person.get_full_name() or obj.person.username})"


class _MaybeOctets(OctetsField):
    """Octets, or none where the field is empty."""

    def clean(self, value: Any) -> bytes:
        return super().clean(value) if value else b""


class HereForm(forms.Form):
    """«I am here» or «on a break»."""

    is_here = forms.TypedChoiceField(choices=[("yes", ""), ("no", "")], coerce=lambda said: said == "yes")


class FlagForm(forms.Form):
    """How great the danger is."""

    risk = forms.ChoiceField(label=_("Danger"), choices=Conversation.Risk.choices, widget=forms.RadioSelect)


class NoteForm(forms.Form):
    """A sealed note."""

    client_id = forms.UUIDField()
    sealed = _sealed()


class DraftForm(forms.Form):
    """What was typed and not sent, sealed; without it the old one is taken away."""

    client_id = forms.UUIDField(required=False)
    sealed = _MaybeOctets(least=sealing.OVERHEAD_BYTES, most=talks.SEALED_MAX_BYTES)

    def draft(self) -> Typed | None:
        """Return the words, or None where nothing was typed."""
        client_id, sealed = self.cleaned_data["client_id"], self.cleaned_data["sealed"]
        return Typed(client_id, sealed) if client_id and sealed else None


class HandOverForm(DraftForm):
    """Who goes on with the talk, and what was typed and not sent."""

    seat = _ColleagueField(queryset=Seat.objects.none(), label=_("Who goes on"), empty_label=_("Choose somebody"))

    def __init__(self, *args: Any, talk: Conversation, **options: Any) -> None:
        super().__init__(*args, **options)
        seats = Seat.objects.filter(desk=talk.desk).exclude(person=talk.counsellor).select_related("person")
        field = self.fields["seat"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  # Declared above.
        field.queryset = seats.order_by("alias")


class GiveForm(forms.Form):
    """What the case desk is given: chosen messages as they were opened in the browser, and whether the child agreed."""

    chosen = forms.CharField(max_length=_CHOSEN_MAX, widget=forms.HiddenInput)
    agreed = forms.ChoiceField(
        label=_("Did the child agree?"), choices=Escalation.Agreed.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Which duty forces it, and why now"),
        help_text=_("Needed where the child did not agree. The case desk reads it."),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea({"rows": 3}),
    )

    def clean_chosen(self) -> list[Chosen]:
        """Read the list; refuse what no page of ours sends."""
        try:
            found = json.loads(self.cleaned_data["chosen"])
            chosen = [Chosen(one["place"], one["words"]) for one in found]
        except (ValueError, TypeError, KeyError, RecursionError):
            chosen = []
        if not chosen or len(chosen) > _MOST_CHOSEN or not all(_is_one(one) for one in chosen):
            raise forms.ValidationError(_("Choose at least one message."))
        return chosen

    def clean(self) -> dict[str, Any]:
        """Ask for the reason where the child did not agree."""
        filled = super().clean() or {}
        if filled.get("agreed") == Escalation.Agreed.DUTY and not filled.get("reason"):
            self.add_error("reason", _("Write which duty forces it. Without that, ask the child first."))
        return filled


def _is_one(one: Chosen) -> bool:
    return isinstance(one.place, int) and not isinstance(one.place, bool) and isinstance(one.words, str)
