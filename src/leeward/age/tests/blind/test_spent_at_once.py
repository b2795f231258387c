"""Many who bring one token at the same time: it is taken once. `tests/test_stores.py` runs this file on PostgreSQL, too."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leeward.age.blind import keyring, register, services
from leeward.age.blind.models import BlindKey, SpentToken
from leeward.age.blind.services import Code
from leeward.age.blind.statements import Statement
from leeward.age.levels import THRESHOLDS, Level
from leeward.age.tests.blind import browser
from leeward.core.tests.test_two_at_once import WORKERS, together
from leeward.engines import blindtokens

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ADULT = Statement(True, 18, Level.STANDARD)
ORIGIN, CHALLENGE = "https://forum.example", "drawn-by-the-site-0001"


@pytest.mark.usefixtures("store")
def test_a_token_that_is_brought_many_times_at_once_is_taken_once() -> None:
    key = keyring.current(ADULT, at=AT)
    drawn = browser.draw({"kid": key.kid, **key.public})
    signature = blindtokens.Signer(keyring.private_key(key)).sign(drawn.sent)
    token = browser.shown(drawn, signature, origin=ORIGIN, challenge=CHALLENGE)

    def spend() -> Code | None:
        try:
            services.spend(token, origin=ORIGIN, challenge=CHALLENGE, over=18, under=None, level=Level.BASIC, at=AT)
        except services.NotTaken as refused:
            return refused.code
        return None

    ended: list[Code | None] = together(spend)

    assert sorted(ended, key=str) == [None, *[Code.SPENT] * (WORKERS - 1)]
    assert SpentToken.objects.count() == 1


@pytest.mark.usefixtures("store")
def test_many_who_need_the_same_new_key_get_the_same() -> None:
    kids: list[str] = together(lambda: keyring.current(ADULT, at=AT).kid)

    assert len(set(kids)) == 1
    assert BlindKey.objects.count() == 1


@pytest.mark.usefixtures("store")
def test_different_keys_that_are_made_at_once_stand_in_the_register_one_after_the_other() -> None:
    statements = [Statement(True, age, Level.STANDARD) for age in THRESHOLDS] * WORKERS

    together(lambda: keyring.current(statements.pop(), at=AT).kid)

    made = BlindKey.objects.count()
    assert made > 1
    assert [line["number"] for line in register.lines(after=0)] == list(range(1, made + 1))
    assert list(register.flaws()) == []
