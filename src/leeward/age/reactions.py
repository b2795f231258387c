"""What follows where somebody's permits change: tokens that stand on them are good no more."""

from __future__ import annotations

from uuid import UUID

from django.tasks import task
from django.utils import timezone

from leeward.age import attempts
from leeward.age.rules import permits


@task
def take_back(subject: str) -> None:
    """Take back the tokens that stand on a subject's permits. Harmless where it was done."""
    attempts.take_back(permits.holder(UUID(subject)), at=timezone.now())
