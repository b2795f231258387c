"""The helpline that the chat benchmark talks to: a desk that is always open, its counsellors, and talks that have begun.

Runs inside a Leeward that is set up by the environment, and prints one JSON object: what the load needs to speak for both sides.
"""

from __future__ import annotations

import json
import secrets
import sys

CHATS_EACH = 3


def main(chats: int) -> None:
    """Make a desk, its counsellors with sessions, and so many talks, each taken by one of them."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import transaction
    from django.utils import timezone

    from leeward.core.models import Membership, Organisation, Role, User
    from leeward.engines import sealing
    from leeward.helplines.conversations import services
    from leeward.helplines.conversations.models import Conversation, Desk, DeskKey
    from leeward.helplines.shifts.models import Seat, Shift

    at = timezone.now()
    pair = sealing.new_pair()
    people, talks = [], []
    with transaction.atomic():
        desk = Desk.objects.create(name="Benchmark desk", languages=["en"], made_at=at)
        DeskKey.objects.create(desk=desk, public=pair.public, made_at=at)
        for weekday in range(7):
            Shift.objects.create(desk=desk, weekday=weekday, start=0, end=1440)
        helpline = Organisation.objects.create(slug="benchmark", name="Benchmark", kind=Organisation.Kind.HELPLINE)
        for number in range(-(-chats // CHATS_EACH) or 1):
            user = User.objects.create_user(username=f"counsellor-{number}")
            Membership.objects.create(user=user, organisation=helpline, role=Role.COUNSELLOR)
            Seat.objects.create(desk=desk, person=user, alias=f"C{number}", most_chats=CHATS_EACH, here_since_at=at)
            session = SessionStore()
            session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
            session.save()
            people.append((user, session.session_key))
        for number in range(chats):
            finder, child = secrets.token_bytes(32), sealing.new_pair()
            talk = services.begin(
                desk,
                kind=Conversation.Kind.CHAT,
                language="en",
                band="10-12",
                topic="other",
                finder=finder,
                child_key=child.public,
                at=at,
            )
            counsellor = number // CHATS_EACH
            services.take(talk, by=people[counsellor][0], alias=f"C{counsellor}", at=at)
            known = {"uid": str(talk.uid), "finder": finder.hex(), "child_key": child.public.hex()}
            talks.append(known | {"child_private": child.private.hex(), "counsellor": counsellor})
    cookie = settings.SESSION_COOKIE_NAME
    sessions = [f"{cookie}={key}" for _user, key in people]
    desk_keys = {"desk_private": pair.private.hex(), "desk_key": pair.public.hex(), "desk": str(desk.uid)}
    print(json.dumps({"sessions": sessions, "talks": talks} | desk_keys))


if __name__ == "__main__":
    main(int(sys.argv[1]))
