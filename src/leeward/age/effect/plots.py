"""What the operator sees of evidence: a line for each estimate with its interval drawn to one scale, and signs by week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leeward.age import words
from leeward.age.effect.figures import Estimate, Figure
from leeward.age.effect.models import Side, SignWeek
from leeward.core.drawing import Column, Plot, Series, stacked
from leeward.engines.intervals import Interval

WEEKS = 13
# The drawing of one interval, in its own units: `WIDTH` is the end of the scale.
WIDTH, HEIGHT = 200, 20
_SCALES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_WEEK = timedelta(days=7)
_PERCENT = 100
# The colours of `core/plots.css`.
_COLOURS = {
    SignWeek.Sign.OTHER_YEAR: "known",
    SignWeek.Sign.UNKNOWN_CODE: "held",
    SignWeek.Sign.FAST_NETWORK: "suspect",
}


@dataclass(frozen=True)
class Whisker:
    """One interval as a drawing: a thin line from `best` to `worst`, a thick one from `low` to `high`, and the share on it.

    The middle three are None where all who were drawn stayed silent.
    """

    best: int
    low: int | None
    share: int | None
    high: int | None
    worst: int

    width, height = WIDTH, HEIGHT


@dataclass(frozen=True)
class Line:
    """One estimate as people read it, and its drawing."""

    way: str
    age: int
    side: Side
    what: str
    basis: str
    share: str
    low: str
    high: str
    worst: str
    estimate: Estimate
    drawing: Whisker


def scale(figures: list[Figure]) -> float:
    """Return the share at which the drawings of all lines end, in whole hundredths."""
    most = max((one.worst for *_names, one in _estimates(figures)), default=0.0)
    return next((end for end in _SCALES if most <= end), _SCALES[-1])


def lines(figures: list[Figure]) -> list[Line]:
    """Return a line for each estimate, drawn to the same scale."""
    end, said = scale(figures), words.tables().get("way", {})
    return [
        Line(
            way=said.get(figure.method, figure.method),
            age=figure.age,
            side=figure.side,
            what=what,
            basis=basis,
            share=percent(one.found.share) if one.found else "–",
            low=percent(one.found.low if one.found else one.best),
            high=percent(one.found.high if one.found else one.worst),
            worst=percent(one.worst),
            estimate=one,
            drawing=_whisker(one, end=end),
        )
        for figure, what, basis, one in _estimates(figures)
    ]


def _estimates(figures: list[Figure]) -> Iterator[tuple[Figure, str, str, Estimate]]:
    drawn, came = _("drawn by chance: stands for everybody"), _("came of their own accord: stands for them only")
    for figure in figures:
        let_in = _("Let in, but younger") if figure.side == Side.OVER else _("Let in, but older")
        for what, basis, one in (
            (let_in, drawn, figure.wrongly_in),
            (let_in, came, figure.wrongly_in_of_comers),
            (_("Turned away, but of that age"), came, figure.wrongly_out),
        ):
            if one is not None:
                yield figure, what, basis, one


def _whisker(one: Estimate, *, end: float) -> Whisker:
    def place(share: float) -> int:
        return round(WIDTH * share / end)

    if one.found is None:
        return Whisker(place(one.best), None, None, None, place(one.worst))
    inner = (place(one.found.low), place(one.found.share), place(one.found.high))
    return Whisker(place(one.best), *inner, place(one.worst))


def percent(share: float) -> str:
    """Return a share as people write it, such as «3.1», in hundredths."""
    # Django cuts the decimals off and does not round them.
    return str(number_format(round(_PERCENT * share, 1), decimal_pos=1))


def sentence(figure: Figure, found: Interval) -> str:
    """Say in one sentence how often a way lets in wrongly, as the public statement says it."""
    return _("%(who)s: of 100 who were let in, between %(low)s and %(high)s were not of that age.") % {
        "who": f"{figure.side.label} {figure.age}",
        "low": percent(found.low),
        "high": percent(found.high),
    }


def basis(one: Estimate) -> str:
    """Say on how many an estimate stands, and how many drawn visitors gave no second answer."""
    compared = ngettext(
        "%(count)d visitor was drawn by chance and showed it a second time.",
        "%(count)d visitors were drawn by chance and showed it a second time.",
        one.compared,
    )
    told = compared % {"count": one.compared}
    if not one.silent:
        return told
    silent = ngettext(
        "%(count)d gave no second answer; had they all been wrong, it would be up to %(worst)s of 100.",
        "%(count)d gave no second answer; had they all been wrong, it would be up to %(worst)s of 100.",
        one.silent,
    )
    return f"{told} {silent % {'count': one.silent, 'worst': percent(one.worst)}}"


def signs(*, at: datetime) -> Plot:
    """Draw how often in each of the last weeks somebody did what people do to get round an age check."""
    monday = at.date() - timedelta(days=at.weekday())
    weeks = [monday - _WEEK * back for back in reversed(range(WEEKS))]
    counts: dict[object, dict[str, int]] = defaultdict(dict)
    for row in SignWeek.objects.filter(week__gte=weeks[0]):
        counts[row.week][row.sign] = row.count
    columns = [
        Column(
            date_format(week, "j M"),
            tuple(counts[week].get(sign, 0) for sign in _COLOURS),
            date_format(week, "j M") if place % 2 == 0 else "",
        )
        for place, week in enumerate(weeks)
    ]
    return stacked(
        "signs",
        title=_("Signs that somebody tries to get round it"),
        words=_("One column a week. Counts only: nobody is followed for them, and a sign is no proof."),
        axis=_("Week that begins on"),
        series=tuple(Series(str(sign.label), css) for sign, css in _COLOURS.items()),
        columns=columns,
        is_of_time=True,
    )
