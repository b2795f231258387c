"""The page of canned replies: read by everybody at a desk, kept by its supervisors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from leeward.core import access
from leeward.core.models import Role
from leeward.helplines import languages
from leeward.helplines.conversations.models import Desk
from leeward.helplines.desk import replies
from leeward.helplines.desk.models import REPLY_MAX, CannedReply
from leeward.helplines.desk.views import around, staff
from leeward.helplines.shifts import services as shifts

supervisor = access.roles(Role.SUPERVISOR)


class ReplyForm(forms.Form):
    """A new canned reply."""

    language = forms.ChoiceField(label=gettext_lazy("Language"))
    title = forms.CharField(label=gettext_lazy("Title, for colleagues only"), max_length=60)
    words = forms.CharField(
        label=gettext_lazy("What the child reads"),
        max_length=REPLY_MAX,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("Short sentences and short words. Its reading level is shown once it is kept."),
    )

    def __init__(self, *args: Any, desk: Desk, **options: Any) -> None:
        super().__init__(*args, **options)
        spoken = [(code, name) for code, name in languages.NAMES.items() if code in desk.languages]
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # Declared above.
        field.choices = spoken or list(languages.NAMES.items())


@staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the replies of a desk with their reading level; a supervisor adds one here."""
    person = access.person(request)
    desk = get_object_or_404(shifts.desks_of(person), uid=uid)
    if request.method == "POST" and Role.SUPERVISOR not in person.roles:
        raise Http404
    form = ReplyForm(request.POST if request.method == "POST" else None, desk=desk)
    if form.is_valid() and _is_added(desk, form, request):
        return redirect("helpline:replies", uid=uid)
    shown = {"desk": desk, "replies": replies.of(desk), "form": form, **around(person)}
    return render(request, "helplines/desk/replies.html", shown, status=422 if form.is_bound else 200)


def _is_added(desk: Desk, form: ReplyForm, request: HttpRequest) -> bool:
    try:
        replies.add(desk, **form.cleaned_data, by=access.person(request), at=timezone.now())
    except replies.TitleIsTaken:
        form.add_error("title", _("There is a reply with this title in this language. Choose another title."))
    except replies.TooManyReplies:
        form.add_error(None, _("There are too many replies. Take some away that nobody uses."))
    else:
        messages.success(request, _("The reply is kept."))
        return True
    return False


@supervisor
@require_POST
def take_away(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Take a reply away."""
    desk = get_object_or_404(shifts.desks_of(access.person(request)), uid=uid)
    replies.take_away(get_object_or_404(CannedReply, desk=desk, pk=pk))
    messages.success(request, _("The reply is gone."))
    return redirect("helpline:replies", uid=uid)
