"""Pages for the operator: the state of the index, and a picture to try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from leeward.core import config
from leeward.engines import classifying, matching
from leeward.indicators import services as indicators
from leeward.screening import index, trials, words
from leeward.screening.forms import PictureForm
from leeward.screening.pages import operator, page


@dataclass(frozen=True)
class File:
    """The shared file as it lies there."""

    size_bytes: int
    written_at: datetime


@dataclass(frozen=True)
class State:
    """How the index of this process stands."""

    head: int
    position: int | None
    figures: matching.Figures | None
    file: File | None

    @property
    def is_ready(self) -> bool:
        """Say whether uploads are judged now; they are held where not."""
        return self.figures is not None

    @property
    def lag(self) -> int:
        """How many positions were not taken in."""
        return self.head - (self.position or 0)

    @property
    def beside(self) -> int:
        """What lies in the memory of each process, beside the file."""
        return self.figures.delta_rows + self.figures.withdrawn if self.figures else 0

    @property
    def bytes_a_row(self) -> float | None:
        """Of the shared file; None where that is empty."""
        return self.figures.size_bytes / self.in_file if self.figures and self.in_file else None

    @property
    def in_file(self) -> int:
        """Rows of the shared file that are in force."""
        found = self.figures
        return max(0, found.near_rows + found.exact_rows - found.delta_rows) if found else 0


@operator
@never_cache
@require_safe
def index_state(request: HttpRequest) -> HttpResponse:
    """Show what is held, how far it follows, and the next step where it does not."""
    shared = index.shared()
    figures, position = None, None
    try:
        shared.catch_up()
        figures, position = shared.figures(), shared.position
    except (DatabaseError, index.Behind, matching.BadSegment):
        # Fails towards safety, and says so: uploads are held now.
        pass
    state = State(indicators.head(), position, figures, _file(shared.path))
    context = {"state": state, "merge_rows": config.current().screening.merge_rows}
    return page(request, "index", context, tab="index")


def _file(path: Path) -> File | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return File(found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def try_picture(request: HttpRequest) -> HttpResponse:
    """Look at a file as at an upload. It is not kept, not counted, and opens no case."""
    if request.method != "POST":
        return page(request, "try", {"form": PictureForm()}, tab="try")
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return page(request, "try", {"form": form}, tab="try", status=422)
    file = form.cleaned_data["picture"]
    is_text = (file.content_type or "").startswith("text/")
    try:
        trial = trials.attempt(file.read(), is_text=is_text)
    except classifying.ClassifierUnavailable:
        form.add_error(None, _("A classifier that is in use does not work. An upload would be held now."))
        return page(request, "try", {"form": form}, tab="try", status=503)
    return page(request, "try", {"form": PictureForm(), "trial": trial, **_in_words(trial)}, tab="try")


def _in_words(trial: trials.Trial) -> dict[str, object]:
    signs = [
        {
            "verdict": verdict,
            "distance": words.distance(verdict.sign.kind, verdict.hit.distance),
            "source": words.source(verdict.sign.source),
        }
        for verdict in trial.verdicts
    ]
    asked = [(one, words.turn(one.variant.orientation)) for one in trial.asked]
    why = words.why(trial.reason, answer=trial.answer) if trial.reason else None
    return {"signs": signs, "asked": asked, "why": why, "within_bits": matching.WITHIN_BITS}
