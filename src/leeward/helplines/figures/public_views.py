"""The page of figures for everybody."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from leeward.core import access
from leeward.helplines.figures import months, plots
from leeward.helplines.figures.months import Month
from leeward.helplines.languages import NAMES

_BAR = 100  # The longest bar, in units of its drawing.


@dataclass(frozen=True)
class _Row:
    """One month of the table; `bar` is as long as its chats and letters are many, beside those of the other months."""

    month: Month
    bar: int
    wait_median: str
    wait_most: str
    letter_answer: str
    unspoken: list[tuple[str, int]]


@access.public
@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """Show how well the helpline answered, month by month, without a word and without a small number."""
    told = months.told(today=timezone.now().date())
    most = max((_talks(month) for month in told), default=0)
    context = {
        "rows": [_row(month, most=most) for month in told],
        "least": months.LEAST,
    }
    return render(request, "helplines/figures/public.html", context)


def _row(month: Month, *, most: int) -> _Row:
    named = [(NAMES.get(code, code), visits) for code, visits in month.unspoken]
    return _Row(
        month,
        bar=round(_BAR * _talks(month) / most) if most else 0,
        wait_median=plots.words_of(month.wait_median_s),
        wait_most=plots.words_of(month.wait_most_s),
        letter_answer=plots.words_of(month.letter_answer_s),
        unspoken=named,
    )


def _talks(month: Month) -> int:
    return (month.chats or 0) + (month.letters or 0)
