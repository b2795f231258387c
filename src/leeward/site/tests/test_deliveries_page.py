"""What is owed is shown in words, with what the last try met."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.tasks import task
from django.template.loader import render_to_string
from django.utils import timezone

from leeward.cases import actions
from leeward.core import facts, outbox, webhooks, worker
from leeward.core.models import User
from leeward.screening import reactions as screening
from leeward.screening.tests.people import signed_in, text_of

TASKS = sorted(
    {reaction.task.module_path for reactions in facts.followed().values() for reaction in reactions}
    # These two are owed by other tasks of the loop.
    | {actions.deliver_action.module_path, screening.send_end.module_path}
)


@task
def knock(code: str) -> None:
    """Send a webhook to a system that does not take it."""
    raise webhooks.NotTaken("what no page may say", code=code)


@pytest.mark.parametrize("name", TASKS)
def test_every_task_of_the_loop_has_words(name: str) -> None:
    words = render_to_string("cases/_task.html", {"task": name})

    assert words.strip()
    assert "<code>" not in words


def test_a_task_without_words_shows_its_name() -> None:
    assert "<code>made.up</code>" in render_to_string("cases/_task.html", {"task": "leeward.made.up"})


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["HTTP 422", webhooks.NO_CONNECTION, webhooks.TIME_OUT])
def test_what_a_providers_system_answered_is_shown_beside_what_is_owed(olga: User, code: str) -> None:
    at = timezone.now()
    outbox.owe([outbox.Owed(knock, {"code": code})], at=at)
    [delivery] = worker.claim(at=at + timedelta(seconds=1), most=1)

    worker.perform(delivery)

    page = text_of(signed_in(olga).get("/operator/deliveries/"))
    assert f"leeward.core.webhooks.NotTaken ({code})" in page
    assert "what no page may say" not in page
    assert "report-button" not in page
