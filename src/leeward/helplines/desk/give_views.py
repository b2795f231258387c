"""Give the case desk what was chosen of a talk."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from leeward.core import access
from leeward.helplines.conversations import services as talks
from leeward.helplines.desk import escalations, telling
from leeward.helplines.desk.forms import GiveForm
from leeward.helplines.desk.models import Escalation
from leeward.helplines.desk.views import around, keys_of, staff, talk_of


@staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Choose messages, say whether the child agreed, and give them. Nothing is chosen beforehand."""
    found = talk_of(request, uid)
    form = GiveForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_given(request, form, uid):
        messages.success(request, _("The case desk has what you chose, and nothing else of this talk."))
        telling.desk_changed(found)
        return redirect("helpline:talk", uid=uid)
    status = 422 if form.is_bound else 200
    return render(
        request,
        "helplines/desk/give.html",
        {"talk": found, "form": form, **keys_of(found), **around(access.person(request))},
        status=status,
    )


def _is_given(request: HttpRequest, form: GiveForm, uid: UUID) -> bool:
    filled = form.cleaned_data
    try:
        escalations.escalate(
            talk_of(request, uid),
            chosen=filled["chosen"],
            agreed=Escalation.Agreed(filled["agreed"]),
            reason=filled["reason"],
            by=access.person(request),
            at=timezone.now(),
        )
    except escalations.TooMuch:
        form.add_error("chosen", _("This is too much for one case. Choose fewer messages."))
    except (escalations.NothingChosen, escalations.NoSuchMessage):
        form.add_error("chosen", _("Choose at least one message of this talk."))
    except (talks.NotYours, talks.TalkEnded):
        raise Http404 from None
    else:
        return True
    return False
