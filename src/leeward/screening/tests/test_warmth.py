"""A process that is still compiling says so and holds what it is asked about; when it is done it judges."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from leeward.core.models import Organisation
from leeward.indicators.models import Kind
from leeward.screening import probes, services, warmth
from leeward.screening.models import Answer
from leeward.screening.tests.uploads import encoded, waves


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """A process that begins cold; call it to end that."""
    monkeypatch.setattr(warmth, "PATIENCE_S", 0.01)
    may_end = threading.Event()
    warmth.aside(lambda: assert_waited(may_end))

    def end() -> None:
        may_end.set()
        assert warmth.is_warm(patience_s=60)

    yield end
    end()


def assert_waited(may_end: threading.Event) -> None:
    assert may_end.wait(60)


@pytest.mark.django_db
def test_uploads_and_questions_are_held_until_it_is_compiled(
    compiled: Callable[[], None], harbour: Organisation
) -> None:
    now = timezone.now()

    early = services.screen(encoded(waves(1)), asked_by=harbour, at=now)
    early_look_up = services.look_up(services.Values(digests={Kind.SHA256: "0" * 64}), asked_by=harbour, at=now)
    compiled()
    late = services.screen(encoded(waves(1)), asked_by=harbour, at=now)

    assert (early.answer, early.reason) == (Answer.HELD, services.NOT_READY)
    assert (early_look_up.answer, early_look_up.reason) == (Answer.HELD, services.NOT_READY)
    assert late.answer == Answer.CLEAR


@pytest.mark.django_db
def test_it_is_not_ready_before(compiled: Callable[[], None]) -> None:
    early = probes.index_follows(timezone.now())
    compiled()

    assert not early.is_well
    assert "compiling" in early.words
    assert probes.index_follows(timezone.now()).is_well


def test_one_that_failed_to_warm_up_judges_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    def fail() -> None:
        raise MemoryError

    warmth.aside(fail)

    assert warmth.is_warm(patience_s=60)
