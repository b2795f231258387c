"""The estimate from a face, as a plug-in of age assurance. Nothing of a face reaches this file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from leeward.age.faces import odds
from leeward.age.levels import Kind, Level
from leeward.age.methods.protocol import Again, Example, NextStep, Outcome, State, Step
from leeward.age.models import AgeTransaction, Requirement
from leeward.core import config

# What the page sends along, so that an answer of an older page with another model is not taken.
MODEL = "face-api-1.7.15-age"
# The example in the picture is always this one: the page must not say which age its own area wants.
_PICTURED_AGE, _PICTURED_LINE = 16, 18
_SAID = {"yes": True, "no": False}
_UNSURE = "unsure"


@dataclass(frozen=True)
class FaceEstimate:
    """The visitor's browser guesses an age from the camera, and says whether it is clearly above or below the one that is asked."""

    id: str = "face"
    kind: Kind = Kind.ESTIMATION
    top_level: Level = Level.BASIC
    thresholds: tuple[int, ...] | None = None
    retention: str = (
        "Nothing. The picture never leaves the visitor's device, and an estimate is not kept with an account."
    )
    statement: str = (
        "The visitor's browser guesses an age from a face; no picture is sent, only yes, no, or not sure. The stated error of the "
        f"model for ages 9 to 18 is {odds.STATED_ERROR_YEARS} years on average, so the face must look several years older than the "
        "age that is asked. It is worse for some faces than for others. Nobody attests what the browser says, so it can be "
        "forged: it never opens an area of children, and stands for nothing but this visit."
    )

    def is_ready(self) -> bool:
        """True where the operator switched it on."""
        return config.current().age.face_estimates

    def next_step(self) -> NextStep:
        """Name the setting."""
        return NextStep(_("Set LEEWARD_FACE_ESTIMATES to true, and start anew."), "operator:settings")

    def can_open(self, requirement: Requirement) -> bool:
        """True for «at least so many years»: how old somebody looks is no upper bound, because that is how adults get in."""
        return requirement.age_over is not None and requirement.level <= self.top_level

    def begin(self, transaction: AgeTransaction, *, at: datetime) -> Step:
        """Say what happens and how often it is wrong, and let the browser look. Only this page may open the camera."""
        buffer_years = config.current().age.face_buffer_years
        context = {
            "model": MODEL,
            "wanted": transaction.requirement.age_over,
            "buffer_years": buffer_years,
            "pictured_age": _PICTURED_AGE,
            "pictured_line": _PICTURED_LINE,
            "crowds": odds.crowds(_PICTURED_AGE, wanted=_PICTURED_LINE, buffer_years=buffer_years),
        }
        return Step("age/methods/face.html", context, headers={"Permissions-Policy": "camera=(self), microphone=()"})

    def answer(self, transaction: AgeTransaction, form: Mapping[str, str | bytes], *, at: datetime) -> Outcome:
        """Take one of three words from the page; for an area that it cannot open no word counts."""
        said = form.get("said", "")
        if form.get("model") != MODEL or said not in {*_SAID, _UNSURE}:
            raise Again("face")
        wanted = transaction.requirement.age_over
        if said == _UNSURE or wanted is None or not self.can_open(transaction.requirement):
            return Outcome(State.INCONCLUSIVE, reason="face_unsure")
        return Outcome(State.SATISFIED, {wanted: _SAID[str(said)]}, self.top_level)

    def examples(self) -> Sequence[Example]:
        """Return an answer of a browser that could not tell."""
        return [Example({"said": _UNSURE, "model": MODEL}, State.INCONCLUSIVE)]
