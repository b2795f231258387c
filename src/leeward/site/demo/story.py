"""The story that the demo tells, through the doors that people and machines use."""

from __future__ import annotations

import html
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from leeward.site.demo.stage import BAD_HOST, Ports

ITEM = "coffee"


@dataclass(frozen=True)
class Filed:
    """A report as its reporter left it."""

    receipt: str


class Broken(Exception):
    """A step of the story did not go as it should; the message says which."""


class Person:
    """Somebody with an account and a browser: forms, cookies and the guard against forged requests."""

    def __init__(self, ports: Ports, *, username: str, password: str) -> None:
        self._base = f"http://localhost:{ports.site}"
        self._client = httpx.Client(base_url=self._base, follow_redirects=True, timeout=20)
        self.submit("/account/login/", page="/account/login/", login=username, password=password)

    def page(self, path: str) -> str:
        """Return a page."""
        answer = self._client.get(path)
        if not answer.is_success:
            raise Broken(f"{path} answered {answer.status_code}")
        return answer.text

    def submit(self, path: str, *, page: str, **fields: str) -> str:
        """Fill in a form that stands on `page`, send it to `path`, and return the page that comes then."""
        answer = self._client.post(path, data=self._filled(page, fields), headers=self._from(page))
        if not answer.is_success:
            raise Broken(f"{path} answered {answer.status_code}")
        return answer.text

    def press(self, path: str, *, page: str) -> float:
        """Press a button that stands on `page`; return `time.perf_counter()` of the press. The page after it is not waited for."""
        data = self._filled(page, {})
        pressed = time.perf_counter()
        answer = self._client.post(path, data=data, headers=self._from(page), follow_redirects=False)
        if answer.status_code != 302:
            raise Broken(f"{path} answered {answer.status_code}")
        return pressed

    def _filled(self, page: str, fields: dict[str, str]) -> dict[str, str]:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(page))
        if found is None:
            raise Broken(f"{page} has no form")
        return {"csrfmiddlewaretoken": found[1], **fields}

    def _from(self, page: str) -> dict[str, str]:
        return {"Referer": self._base + page}


def file_report(ports: Ports, *, item: str = ITEM, host: str = BAD_HOST) -> Filed:
    """Send what the button sends when a child has pressed it three times."""
    body = {
        "reason": "scares",
        "page_url": f"http://{host}/photos/{item}",
        "item": {"provider": "harbour", "id": item, "kind": "photo"},
        "words": "It makes me afraid.",
        "language": "en",
    }
    url = f"http://localhost:{ports.site}/api/v1/reports"
    answer = httpx.post(url, json=body, headers={"Idempotency-Key": str(uuid.uuid4())}, timeout=20)
    if answer.status_code != 201:
        raise Broken(f"the report was answered with {answer.status_code}")
    return Filed(str(answer.json()["receipt"]))


def case_path(reviewer: Person, *, item: str = ITEM, within_s: float = 30.0) -> str:
    """Wait for the case of an item, with its evidence, on the desk and return its address."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        for path in _rows_about(reviewer, item):
            page = reviewer.page(path)
            if "SHA-256" in page and "sealed" in page.lower():
                return path
        time.sleep(0.05)
    raise Broken("no case with evidence came to the desk")


def _rows_about(reviewer: Person, item: str) -> Iterator[str]:
    """Yield the address of each case whose row in the queue names the item, page by page."""
    place: str | None = "/desk/"
    while place is not None:
        page = reviewer.page(place)
        for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL):
            found = re.search(r'href="(/desk/cases/[^"/]+/)"', row)
            if found is not None and re.search(rf"\b{re.escape(item)}\b", row):
                yield found[1]
        following = re.search(r'rel="next"[^>]* href="([^"]+)"', page)
        place = f"/desk/{html.unescape(following[1])}" if following is not None else None


def propose(reviewer: Person, case: str, *, host: str = BAD_HOST) -> None:
    """Judge the case as illegal; a second person must agree before anything follows."""
    fields = {"category": "violence", "ground": "Demonstration terms, section 4", "block_host": host}
    reviewer.submit(f"{case}judge", page=case, outcome="illegal", **fields)


def decision(second: Person, case: str) -> str:
    """Return the address of the proposed decision, as a colleague finds it on the case's page."""
    found = re.search(r"/desk/decisions/[0-9a-f-]+/", second.page(case))
    if found is None:
        raise Broken("the desk shows no decision")
    return found[0]


def follow(ports: Ports, filed: Filed) -> str:
    """Look with the receipt code, as the reporter does, and return the page."""
    base = f"http://localhost:{ports.site}"
    with httpx.Client(base_url=base, timeout=20) as client:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/r/").text)
        data = {"csrfmiddlewaretoken": found[1] if found else "", "code": filed.receipt}
        return client.post("/r/", data=data, headers={"Referer": f"{base}/r/"}).text
