"""What people fill in about rules, bodies, queues and legs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leeward.cases.legs import Said
from leeward.cases.models import Body, Calendar, Contact, Queue
from leeward.cases.responsible import Profile
from leeward.engines import routing as engine

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise  # It exists for type checkers only.

_LTR = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
_EITHER = [("", _("Does not matter")), ("yes", _("Yes")), ("no", _("No"))]
_WORDS: dict[str, str | _StrPromise] = {
    "case_ref": _("Short name of the case"),
    "matter": _("What it is"),
    "severity": _("How urgent it is"),
    "report_count": _("How many reported it"),
    "opened_at": _("When the case was opened"),
    "decided_at": _("When it was decided"),
    "ground": _("Ground of the decision"),
    "summary": _("What was found, in the reviewer's words"),
    "page_url": _("Address of the page"),
    "provider": _("Provider"),
    "item_id": _("The provider's number of the item"),
    "item_kind": _("Kind of the item"),
    "author_id": _("The provider's name of the account"),
    "digests": _("Digests of the evidence (SHA-256)"),
    "host_country": _("Country of the host"),
    "suspect_country": _("Country of the suspect"),
    "reporter_is_child": _("Whether a child reported it"),
    "victim_is_minor": _("Whether a child is harmed"),
    "reporter_words": _("Words of those who reported it (two people)"),
    "reporter_contact": _("How to reach those who reported it (two people)"),
    "connection_records": _("Connection records (two people)"),
}
FIELD_CHOICES = [(field.value, _WORDS.get(field.value, field.value)) for field in engine.Field]
MATTER_CHOICES = [(word, word.replace("_", " ")) for word in sorted(engine.MATTERS)]
_NATURES = [("", _("Nobody said")), *((word, word.replace("_", " ")) for word in sorted(engine.NATURES))]
_CATEGORIES = [("", _("Not decided")), *((word, word.replace("_", " ")) for word in sorted(engine.CATEGORIES))]
_MATTERS = [
    ("", _("Nobody said")),
    *((word, word.replace("_", " ")) for word in sorted(engine.NATURES | engine.CATEGORIES)),
]
_HOSTED = [("own", _("A provider of this desk")), ("third", _("Somebody else")), ("unknown", _("Not known"))]
FLAGS: dict[str, str | _StrPromise] = {
    "is_illegal": _("A decision calls it illegal"),
    "is_danger": _("Somebody says that someone is in danger"),
    "is_danger_confirmed": _("A person of the desk confirmed a danger to life"),
    "reporter_is_child": _("A child reported it"),
    "victim_is_minor": _("A child is harmed"),
    "has_media": _("There is a picture or a video"),
    "is_known": _("It was known already"),
    "is_flagger": _("A trusted flagger sent it"),
}
PLACES: dict[str, str | _StrPromise] = {
    "jurisdiction": _("Country of this desk"),
    "host_country": _("Country of the host"),
    "suspect_country": _("Country of the suspect"),
}
_WORD_LISTS = ("matter", "nature", "category", "hosted")


def _many(
    label: str | _StrPromise, choices: list[Any], *, help_text: str | _StrPromise = ""
) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, help_text=help_text, widget=forms.CheckboxSelectMultiple
    )


class _Form(forms.Form):
    # The browser's own bubbles speak another language than the page and are not always read out.
    use_required_attribute = False


class RuleForm(_Form):
    """One row of the routing table. A condition that is left empty fits every case."""

    id = forms.SlugField(
        label=_("Short name"),
        help_text=_("Letters a to z, digits and hyphens, such as «police-csam»."),
        max_length=60,
        widget=forms.TextInput(attrs=_LTR),
    )
    leg = forms.ChoiceField(label=_("Way"), choices=[(name.value, name.value) for name in engine.LegName])
    queue = forms.ChoiceField(
        label=_("Queue"), help_text=_("For the way «desk» only: where the case waits here."), required=False
    )
    body = forms.ChoiceField(label=_("Body"), required=False)
    body_kind = forms.ChoiceField(
        label=_("Or the nearest body of this kind"),
        choices=[("", "–"), *((kind.value, kind.value) for kind in engine.Kind if kind != engine.Kind.DESK)],
        required=False,
    )
    matter = _many(_("When it is"), _MATTERS, help_text=_("What was decided, or before that what was reported."))
    nature = _many(_("When it was reported as"), _NATURES)
    category = _many(_("When it was decided as"), _CATEGORIES)
    severity_at_most = forms.TypedChoiceField(
        label=_("When it is at least so urgent"),
        choices=[("", _("Does not matter")), *((str(number), str(number)) for number in range(4))],
        help_text=_("0: a child is in danger now. 3: it can wait for a day."),
        coerce=int,
        empty_value=None,
        required=False,
    )
    hosted = _many(_("When it lies with"), _HOSTED)
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300, required=False)
    fields_out = _many(
        _("What may leave"), FIELD_CHOICES, help_text=_("As little as the body needs. Media never leaves.")
    )
    due_minutes = forms.IntegerField(label=_("Minutes until they must have answered"), min_value=0, required=False)
    calendar = forms.ChoiceField(label=_("Calendar"), required=False)
    at_breach = forms.ChoiceField(
        label=_("When they have not answered in time"),
        choices=[
            ("alarm", _("The supervisor sees it")),
            ("remind", _("They are asked again, and the supervisor sees it")),
            ("triage", _("The case goes back to triage")),
        ],
    )
    needs_second = forms.BooleanField(label=_("A second person must agree before it leaves"), required=False)
    why = forms.CharField(label=_("Why it is theirs"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    source = forms.CharField(
        label=_("Source"), help_text=_("The law or the agreement, with its place."), max_length=300
    )

    def __init__(self, data: Any = None, *, rule: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=_initial(rule or {}))
        for name, label in FLAGS.items():
            self.fields[name] = forms.ChoiceField(label=label, choices=_EITHER, required=False)
        for name, label in PLACES.items():
            self.fields[name] = forms.CharField(
                label=label,
                help_text=_("Two capital letters, or EU; several with commas. Empty: any."),
                required=False,
                max_length=200,
                widget=forms.TextInput(attrs=_LTR),
            )
        order = ["id", "leg", "queue", "body", "body_kind", "matter", "nature", "category", "severity_at_most"]
        self.order_fields([*order, *FLAGS, "hosted", *PLACES])
        queues = [(slug, title) for slug, title in Queue.objects.values_list("slug", "title") if slug != Queue.TRIAGE]
        named = [("", "–"), (Queue.TRIAGE, Queue.TRIAGE), *queues]
        bodies = [("", "–"), *Body.objects.exclude(kind=Body.Kind.DESK).values_list("slug", "name")]
        calendars = [("", _("The clock always runs")), *((slug, slug) for slug in _calendars(rule))]
        for name, choices in (("queue", named), ("body", bodies), ("calendar", calendars)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  # they stand so above
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Read the row as the engine does, so that nothing is kept which it would refuse."""
        super().clean()
        if not self.errors:
            try:
                engine.Rule.from_dict(self.row(as_of=date.min))
            except engine.BadRow as bad:
                name = {"fields": "fields_out"}.get(bad.field, bad.field.removeprefix("when."))
                self.add_error(name if name in self.fields else None, bad.why)
        return self.cleaned_data

    def row(self, *, as_of: date) -> dict[str, Any]:
        """Return the row as the engine reads it."""
        values = self.cleaned_data
        names = ("id", "leg", "queue", "body", "body_kind", "legal_basis", "calendar", "why", "source")
        row = {name: values[name] for name in names if values[name]} | {"as_of": as_of.isoformat()}
        if when := self._when():
            row["when"] = when
        if values["leg"] != engine.LegName.DESK:
            row |= {"fields": values["fields_out"], "due_minutes": values["due_minutes"] or 0}
            row |= {"at_breach": values["at_breach"], "needs_second": values["needs_second"]}
        return row

    def _when(self) -> dict[str, Any]:
        values = self.cleaned_data
        when: dict[str, Any] = {name: values[name] for name in _WORD_LISTS if values[name]}
        if values["severity_at_most"] is not None:
            when["severity_at_most"] = values["severity_at_most"]
        when |= {name: [values[name] == "yes"] for name in FLAGS if values[name]}
        countries = {name: [word.strip() for word in values[name].split(",") if word.strip()] for name in PLACES}
        return when | {name: words for name, words in countries.items() if words}


def _calendars(rule: dict[str, Any] | None) -> list[str]:
    # A shipped rule may name a calendar that nobody has drawn up yet.
    known = set(Calendar.objects.values_list("slug", flat=True))
    return sorted(known | ({rule["calendar"]} if rule and rule.get("calendar") else set()))


def _initial(rule: dict[str, Any]) -> dict[str, Any]:
    when = rule.get("when", {})
    initial = {name: value for name, value in rule.items() if name != "when"}
    initial |= {name: when[name] for name in (*_WORD_LISTS, "severity_at_most") if name in when}
    initial |= {name: "yes" if when[name] == [True] else "no" for name in FLAGS if len(when.get(name, [])) == 1}
    initial |= {name: ", ".join(when[name]) for name in PLACES if name in when}
    return {"at_breach": engine.AtBreach.ALARM.value} | initial | {"fields_out": rule.get("fields", [])}


class BodyForm(_Form):
    """What is known of a body."""

    slug = forms.SlugField(label=_("Short name"), max_length=60, widget=forms.TextInput(attrs=_LTR))
    name = forms.CharField(label=_("Name"), help_text=_("As reporters will read it."), max_length=200)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[choice for choice in Body.Kind.choices if choice[0] != Body.Kind.DESK]
    )
    jurisdiction = forms.RegexField(
        regex=r"^([A-Z]{2}|any)$",
        label=_("Country"),
        help_text=_("Two capital letters such as MN, or EU, or «any»."),
        widget=forms.TextInput(attrs=_LTR),
    )
    responsible_for = forms.MultipleChoiceField(
        label=_("What is theirs"),
        choices=[("any", _("Everything")), *MATTER_CHOICES],
        widget=forms.CheckboxSelectMultiple,
    )
    never_for = _many(_("What is never theirs"), MATTER_CHOICES, help_text=_("This list wins over the other."))
    page_url = forms.URLField(label=_("Their page"), required=False, max_length=500, assume_scheme="https")
    source = forms.CharField(label=_("Source"), help_text=_("Where you read it."), max_length=300)

    def clean(self) -> dict[str, Any]:
        """Keep «everything» from police, who get only what is on their list."""
        super().clean()
        values = self.cleaned_data
        if values.get("kind") == Body.Kind.POLICE and engine.ANY in values.get("responsible_for", []):
            self.add_error("responsible_for", _("Police are never responsible for everything. Choose what is theirs."))
        return values

    def profile(self) -> Profile:
        """Return what was filled in."""
        values = self.cleaned_data
        return Profile(
            name=values["name"],
            kind=Body.Kind(values["kind"]),
            jurisdiction=values["jurisdiction"],
            responsible_for=values["responsible_for"],
            never_for=values["never_for"],
            page_url=values["page_url"],
            source=values["source"],
        )


class ContactForm(_Form):
    """One way to reach a body."""

    transport = forms.ChoiceField(label=_("How"), choices=Contact.Transport.choices, widget=forms.RadioSelect)
    url = forms.URLField(
        label=_("Address of their system"),
        help_text=_("For a signed webhook. It begins with https://."),
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs=_LTR),
    )
    mail = forms.EmailField(label=_("E-mail address"), help_text=_("For e-mail and XARF."), required=False)
    natures = _many(
        _("For which matters"),
        [(word, word.replace("_", " ")) for word in sorted(engine.NATURES)],
        help_text=_("None chosen: for all."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the address that the way needs."""
        super().clean()
        values = self.cleaned_data
        transport = values.get("transport")
        if transport == Contact.Transport.WEBHOOK and not values.get("url") and "url" not in self.errors:
            self.add_error("url", _("Write the address to which the messages go."))
        is_letter = transport in {Contact.Transport.MAIL, Contact.Transport.XARF}
        if is_letter and not values.get("mail") and "mail" not in self.errors:
            self.add_error("mail", _("Write the address to which the letters go."))
        return values


class QueueForm(_Form):
    """One queue of this desk."""

    slug = forms.SlugField(label=_("Short name"), max_length=40, widget=forms.TextInput(attrs=_LTR))
    title = forms.CharField(label=_("Title"), max_length=120)


class ReferForm(_Form):
    """To whom a part of a case goes, why, and with what."""

    body = forms.ModelChoiceField(label=_("To whom"), queryset=Body.objects.none(), empty_label="–")
    why = forms.CharField(
        label=_("Why it is theirs"),
        help_text=_("They read it. Write no name, and nothing that shows who somebody is."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300, required=False)
    fields_out = _many(_("What may leave"), FIELD_CHOICES, help_text=_("As little as they need. Media never leaves."))
    is_danger = forms.BooleanField(
        label=_("I confirm a danger to life"),
        help_text=_("Only for police. It is recorded with your name, and why stands above."),
        required=False,
    )

    def __init__(self, data: Any = None, *, is_whole: bool = False) -> None:
        super().__init__(
            data, initial={"fields_out": ["case_ref", "matter", "page_url", "item_id", "provider", "digests"]}
        )
        field = self.fields["body"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  # it stands so above
        chosen = Body.objects.exclude(kind=Body.Kind.DESK).order_by("kind", "name")
        field.queryset = chosen.exclude(kind=Body.Kind.POLICE) if is_whole else chosen
        if is_whole:
            del self.fields["is_danger"]


class AnswerForm(_Form):
    """What a body says of a leg."""

    MOST = 500

    said = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            (Said.ACCEPTED.value, _("It is ours, and we look at it")),
            (Said.DECLINED.value, _("It is not ours")),
            (Said.DONE.value, _("We are done")),
        ],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("Why it is not yours, or what you did"),
        help_text=_("Short. Write no name, and nothing of the content."),
        max_length=MOST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for words where the answer needs them."""
        super().clean()
        if (
            self.cleaned_data.get("said") in {Said.DECLINED, Said.DONE}
            and not self.cleaned_data.get("words", "").strip()
        ):
            self.add_error("words", _("Write one sentence, so that the next person knows."))
        return self.cleaned_data


class CodeForm(_Form):
    """The code of a leg."""

    code = forms.CharField(
        label=_("Your code"),
        help_text=_("Sixteen digits. They stand in the letter or the message."),
        max_length=40,
        error_messages={"required": _("Type the code first.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"}),
    )
