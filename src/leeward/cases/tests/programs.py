"""A program that asks the desk's API, with a person's own key, another key, or none."""

from __future__ import annotations

import json

from django.test import Client

from leeward.cases.tests.desk import AT, HOST, Answer
from leeward.core import machines
from leeward.core.models import ApiKey, Organisation, User


class Program:
    """Asks below one address of the API with one key."""

    def __init__(self, key: str, *, below: str = "/api/v1/desk/") -> None:
        self._below = below
        self._client = Client(headers={"host": HOST, **({"authorization": f"Bearer {key}"} if key else {})})

    def get(self, path: str, **query: str) -> Answer:
        return self._client.get(self._below + path, query)

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        return self.ask("post", path, body, **headers)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        data = "" if body is None else json.dumps(body)
        media_type = "application/json"
        return self._client.generic(method.upper(), self._below + path, data, content_type=media_type, headers=headers)


def key_of(person: User) -> str:
    """Return a new key of a person's own."""
    home, _ = Organisation.objects.get_or_create(slug="harbour", defaults={"name": "Harbour", "kind": "provider"})
    return machines.make_key(home, scopes=[ApiKey.Scope.DESK], at=AT, person=person)


def of(person: User) -> Program:
    """Return a program with a person's own key."""
    return Program(key_of(person))
