"""What a reporter fills in who comes back: the code, and then whatever there is to say."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxLengthValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

from leeward.reports import pictures, services

# One sentence for a slip of the finger and for a code that nobody has, so that neither tells of the other.
WRONG_CODE = _("We do not know this code. Look at each number again.")
WORDS_MAX = 4000
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


class FollowForm(forms.Form):
    """The code and nothing else."""

    code = forms.CharField(
        label=_("Your code"),
        help_text=_("It has 16 numbers."),
        max_length=40,
        error_messages={"required": _("Type the 16 numbers of your code."), "max_length": WRONG_CODE},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"}),
    )


class WordsForm(forms.Form):
    """Some words. `texts` are the content file's, in the language and for the age of the reporter."""

    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}))

    # Two forms stand on one page, so each has ids of its own.
    name = "words"
    label_key = "status.complain_how"

    def __init__(self, texts: Mapping[str, str], data: Any = None, files: Any = None, *, words: str = "") -> None:
        super().__init__(data, files, auto_id=f"{self.name}_%s", initial={"text": words}, use_required_attribute=False)
        self.texts = texts
        field = self.fields["text"]
        field.label = texts[self.label_key]
        field.error_messages["required"] = texts["status.empty"]
        field.validators = [
            RegexValidator(_CONTROLS, texts["status.unreadable"], inverse_match=True),
            MaxLengthValidator(WORDS_MAX, texts["status.too_long"]),
        ]


class SayForm(WordsForm):
    """Words, a picture where that is allowed, or both. `key` makes that sending it twice is one message."""

    name = "say"
    label_key = "words.title"

    picture = forms.FileField(required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(
        self,
        texts: Mapping[str, str],
        data: Any = None,
        files: Any = None,
        *,
        words: str = "",
        has_picture: bool = True,
        is_answer: bool = False,
    ) -> None:
        super().__init__(texts, data, files, words=words)
        self.has_picture = has_picture
        if is_answer:
            self.fields["text"].label = texts["status.answer"]
        self.fields["text"].required = not (files and files.get("picture"))
        self.fields["picture"].label = texts["picture.title"]
        self.fields["picture"].help_text = texts["picture.hint"]
        self.fields["picture"].error_messages["empty"] = texts["picture.not_one"]

    def clean_picture(self) -> services.Picture | None:
        """Take a picture that can be read; say what to do with any other file, and with any at all where none is allowed."""
        file: UploadedFile[Any] | None = self.cleaned_data.get("picture")
        if not file:
            return None
        if not self.has_picture:
            raise forms.ValidationError(self.texts["picture.never"])
        if (file.size or 0) > pictures.SIZE_BYTES:
            raise forms.ValidationError(self.texts["picture.too_big"])
        data = file.read()
        try:
            return services.Picture(data, pictures.check(data))
        except pictures.NotAPicture:
            raise forms.ValidationError(self.texts["picture.not_one"]) from None
