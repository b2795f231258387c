"""What a person answers who reports on this site: one small form a screen, and all of them in one for who sends all at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, RegexValidator

from leeward.engines import urls
from leeward.reports import halves, pictures, places, services
from leeward.reports.models import Nature, Reason
from leeward.reports.steps import Step

PICTURE_BYTES = pictures.SIZE_BYTES
WORDS_MAX = services.WORDS_MAX
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


class StepForm(forms.Form):
    """One screen. `texts` are the content file's; `answers` is what was answered until now and stands in the fields."""

    def __init__(self, texts: Mapping[str, str], answers: halves.Answers, data: Any = None, files: Any = None) -> None:
        initial = {"page_url": answers.page_url, "app": answers.app, "words": answers.words}
        super().__init__(data, files, initial=initial, use_required_attribute=False)
        self.texts, self.answers = texts, answers
        self.word()

    def word(self) -> None:
        """Put the words of the content file into the fields."""


class ReasonForm(StepForm):
    """What is wrong?"""

    reason = forms.ChoiceField(choices=Reason.choices)

    def word(self) -> None:
        super().word()
        self.fields["reason"].label = self.texts["reason.title"]
        self.fields["reason"].error_messages |= dict.fromkeys(
            ("required", "invalid_choice"), self.texts["reason.choose"]
        )


class NatureForm(StepForm):
    """What is it? Nobody has to know."""

    nature = forms.ChoiceField(choices=Nature.choices, required=False)

    def word(self) -> None:
        super().word()
        self.fields["nature"].label = self.texts["nature.title"]
        self.fields["nature"].error_messages["invalid_choice"] = self.texts["reason.choose"]


class WhereForm(StepForm):
    """Where did you see it? An address, or an app and a name; whoever came with a provider's item may leave both empty."""

    page_url = forms.CharField(
        max_length=urls.URL_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
    )
    app = forms.CharField(
        max_length=places.APP_MAX,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "auto"}),
    )

    def word(self) -> None:
        super().word()
        field = self.fields["page_url"]
        field.label, field.help_text = self.texts["where.title"], self.texts["where.hint"]
        field.validators = []  # One sentence says all that can be wrong with an address; see below.
        app = self.fields["app"]
        app.label, app.validators = (
            self.texts["where.app"],
            [MaxLengthValidator(places.APP_MAX, self.texts["status.too_long"])],
        )

    def clean_page_url(self) -> str:
        """Take the address of a page that anybody could open."""
        # The browser forgets this field on the way back, because it must not remember for others what was reported.
        typed = places.completed(str(self.cleaned_data["page_url"]) or self.answers.page_url)
        if not typed:
            return ""
        try:
            address = urls.canonical(typed)
            if self.answers.item is None:
                urls.refuse_private(address)
        except (urls.NotAnAddress, urls.PrivateAddress):
            raise forms.ValidationError(self.texts["where.wrong"]) from None
        return typed

    def clean_app(self) -> str:
        """Take the words in one line."""
        return places.plain(str(self.cleaned_data["app"])) or self.answers.app

    def clean(self) -> dict[str, Any]:
        """Ask for an answer where nothing at all says where."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        says_where = {"page_url", "app"} & set(self.errors) or said["page_url"] or said["app"]
        if not says_where and self.answers.item is None:
            self["page_url"].help_text = ""  # The fault says the same.
            self.add_error("page_url", self.texts["where.hint"])
        return said


class WordsForm(StepForm):
    """Do you want to say more?"""

    words = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}))

    def word(self) -> None:
        super().word()
        field = self.fields["words"]
        field.label, field.help_text = self.texts["words.title"], self.texts["words.hint"]
        field.validators = [
            RegexValidator(_CONTROLS, self.texts["status.unreadable"], inverse_match=True),
            MaxLengthValidator(WORDS_MAX, self.texts["status.too_long"]),
        ]


class PictureForm(StepForm):
    """Do you want to add a picture? Never of what shows a child without clothes."""

    picture = forms.FileField(required=False, widget=forms.FileInput(attrs={"accept": "image/*"}))

    def word(self) -> None:
        super().word()
        field = self.fields["picture"]
        field.label, field.help_text = self.texts["picture.choose"], self.texts["picture.hint"]
        field.error_messages["empty"] = self.texts["picture.not_one"]

    def clean_picture(self) -> services.Picture | None:
        """Take a picture that can be read; say what to do with any other file, and with any at all where none is allowed."""
        file: Any = self.cleaned_data.get("picture")
        if not file:
            return None
        nature = self.cleaned_data.get("nature") or self.answers.nature
        if nature and Nature(nature).is_never_captured:
            raise forms.ValidationError(self.texts["picture.never"])
        if (file.size or 0) > PICTURE_BYTES:
            raise forms.ValidationError(self.texts["picture.too_big"])
        data = file.read()
        try:
            return services.Picture(data, pictures.check(data))
        except pictures.NotAPicture:
            raise forms.ValidationError(self.texts["picture.not_one"]) from None


class ReportForm(PictureForm, WordsForm, WhereForm, NatureForm, ReasonForm):
    """All questions at once. The same `key` gives the same receipt and stores nothing twice."""

    key = forms.UUIDField()


FORMS: Mapping[Step, type[StepForm]] = {
    Step.REASON: ReasonForm,
    Step.DANGER: StepForm,
    Step.NATURE: NatureForm,
    Step.WHERE: WhereForm,
    Step.WORDS: WordsForm,
    Step.PICTURE: PictureForm,
    Step.CHECK: StepForm,
}
# The screen on which each answer is given.
STEP_OF = {
    "reason": Step.REASON,
    "nature": Step.NATURE,
    "page_url": Step.WHERE,
    "app": Step.WHERE,
    "words": Step.WORDS,
    "picture": Step.PICTURE,
}
