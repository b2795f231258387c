from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from leeward.core import sequencer, wakeups
from leeward.core.models import Record
from leeward.core.tests import lamps

WAIT_S = 20


@pytest.mark.usefixtures("store")
def test_the_sequencer_stamps_what_is_committed_until_it_is_told_to_stop() -> None:
    stop = threading.Event()

    def work() -> None:
        try:
            sequencer.run(stop)
        finally:
            connection.close()

    running = threading.Thread(target=work)
    with wakeups.bell() as bell:
        running.start()
        with transaction.atomic():
            lamps.light("north")
        for _ in range(2 * WAIT_S):
            if Record.objects.filter(position=1).exists():
                break
            bell.wait(0.5)
    stop.set()
    running.join(WAIT_S)

    assert not running.is_alive()
    assert Record.objects.get().position == 1
