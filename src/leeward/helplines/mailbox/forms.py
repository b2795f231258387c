"""What a child fills in: words, and the code when it comes back. What comes sealed has forms of its own, without a word in them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, RegexValidator

from leeward.engines import sealing
from leeward.helplines import topics
from leeward.helplines.conversations.models import Conversation
from leeward.helplines.conversations.services import SEALED_MAX_BYTES
from leeward.helplines.octets import OctetsField

# Sealed, 2,000 letters of four octets each fit into a message. The browser counts as JavaScript does, which is never less.
WORDS_MAX = 2000
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"

type Words = Mapping[str, Mapping[str, str]]


def _key() -> OctetsField:
    return OctetsField(least=sealing.KEY_BYTES, most=sealing.KEY_BYTES)


def _sealed() -> OctetsField:
    # One octet more than a message may have goes on to the service, whose refusal has words for people.
    return OctetsField(least=sealing.OVERHEAD_BYTES, most=4 * SEALED_MAX_BYTES)


class SealedForm(forms.Form):
    """A message that the browser sealed."""

    client_id = forms.UUIDField()
    for_desk = _sealed()
    for_child = _sealed()


class LetterForm(SealedForm):
    """The first message of a mailbox, sealed by the browser."""

    uid = forms.UUIDField()
    finder = _key()
    child_key = _key()
    desk_key = _key()


class AboutForm(forms.Form):
    """What a child may say beside its words. What is not one of ours is taken for nothing said."""

    band = forms.CharField(required=False)
    topic = forms.CharField(required=False)

    def clean_band(self) -> str:
        band = str(self.cleaned_data["band"])
        return band if band in Conversation.Band.values else ""

    def clean_topic(self) -> str:
        topic = str(self.cleaned_data["topic"])
        return topic if topic in topics.TOPICS else ""


class WordsForm(forms.Form):
    """Words in the clear, from a browser without script."""

    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 6, "dir": "auto", "autocomplete": "off"}))

    def __init__(self, words: Words, data: Any = None, *, is_more: bool = False) -> None:
        super().__init__(data, use_required_attribute=False)
        field = self.fields["text"]
        field.label = words["answers"]["more"] if is_more else words["write"]["words"]
        field.widget.attrs["maxlength"] = WORDS_MAX
        field.error_messages["required"] = words["write"]["empty"]
        field.validators = [
            RegexValidator(_CONTROLS, words["write"]["unreadable"], inverse_match=True),
            MaxLengthValidator(WORDS_MAX, words["write"]["too_long"]),
        ]


class FirstWordsForm(WordsForm):
    """The first words. `key` makes that sending them twice is one talk with one code."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class CodeForm(forms.Form):
    """The code and nothing else."""

    code = forms.CharField(
        max_length=80,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr", "maxlength": 40, "class": "code"}
        ),
    )

    def __init__(self, words: Words, data: Any = None) -> None:
        super().__init__(data, use_required_attribute=False)
        field = self.fields["code"]
        field.label, field.help_text = words["code"]["yours"], words["code"]["digits"]
        field.error_messages |= {"required": words["code"]["empty"], "max_length": words["code"]["wrong"]}
