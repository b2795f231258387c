"""What follows at the desk where a talk loses its words."""

from __future__ import annotations

from django.tasks import task

from leeward.helplines.desk.models import Draft, Note


@task
def forget(conversation_uid: str) -> None:
    """Erase notes and drafts of a talk that was erased. Harmless where it was done."""
    Note.objects.filter(conversation__uid=conversation_uid).delete()
    Draft.objects.filter(conversation__uid=conversation_uid).delete()
