"""Ana walks through the form on this site as a browser without script does: only what stands on the page is sent."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

from leeward.reports.tests.ana import Answer

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_INPUT = re.compile(r'<input type="text"([^>]*)>')
_TEXTAREA = re.compile(r"<textarea([^>]*)>(.*?)</textarea>", re.DOTALL)
_BUTTON = re.compile(r"<button([^>]*)>(.*?)</button>", re.DOTALL)
_VALUE = re.compile(r'(name|value)="([^"]*)"')


class NoSuchButton(Exception):
    """Nothing on the page is called so; the message lists what is."""


class Walk:
    """One way through the form, from screen to screen."""

    def __init__(self, client: Client, path: str = "/report/", **query: str) -> None:
        self.client = client
        self.came_to(client.get(path, query))

    def came_to(self, answer: Answer) -> None:
        """Be on this page."""
        self.answer, self.page = answer, answer.content.decode()

    @property
    def step(self) -> str:
        """The question of the page, or nothing where it asks none."""
        return dict(self.hidden()).get("step", "")

    def hidden(self) -> list[tuple[str, str]]:
        """Return the hidden fields of the page."""
        return [(name, unescape(value)) for name, value in _HIDDEN.findall(self.page)]

    def buttons(self) -> dict[str, dict[str, str]]:
        """Return what each button of the form sends, by its words."""
        form = self.page.partition('class="ask"')[2]
        found = {}
        for attributes, inside in _BUTTON.findall(form):
            words = unescape(" ".join(re.sub(r"<[^>]+>", " ", inside).split()))
            values = dict(_VALUE.findall(attributes))
            found[words] = {values["name"]: unescape(values["value"])} if "name" in values else {}
        return found

    def typed(self) -> dict[str, str]:
        """Return what stands in the fields where somebody can type."""
        fields = [
            (attributes, dict(_VALUE.findall(attributes)).get("value", "")) for attributes in _INPUT.findall(self.page)
        ]
        fields += _TEXTAREA.findall(self.page)
        return {dict(_VALUE.findall(attributes))["name"]: unescape(value).lstrip("\n") for attributes, value in fields}

    def press(self, button: str, /, **typed: Any) -> Walk:
        """Type into fields, press a button and be on the page that comes then."""
        buttons = self.buttons()
        if button not in buttons:
            raise NoSuchButton(f"{button!r} is none of {list(buttons)}")
        self.came_to(self.client.post("/report/", dict(self.hidden()) | self.typed() | typed | buttons[button]))
        return self
