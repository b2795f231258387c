"""A visitor without a browser who shows an age by the school's code: the pages of Leeward, and the cookies of a gate."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import httpx


def cookies_of(answer: httpx.Response) -> dict[str, str]:
    """Return the cookies of an answer, which a client that knows no https would not keep."""
    return dict(re.findall(r"(__Host-age[a-z-]*)=([^;]*);", "\n".join(answer.headers.get_list("set-cookie"))))


def written(cookies: dict[str, str]) -> str:
    """Return cookies as a browser sends them."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def show_age(leeward_url: str, way: str, code: str) -> httpx.Response:
    """Walk through the pages of Leeward with a code, and return the answer that leads back, or the page that says no."""
    with httpx.Client(base_url=leeward_url, timeout=20) as visitor:
        page = visitor.get(way)
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        asked = parse_qs(urlsplit(way).query)
        form = {"need": asked["need"][0], "nonce": asked["nonce"][0], "way": "school", "csrfmiddlewaretoken": token[0]}
        step = visitor.post("/age/begin", data=form).headers["location"]
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', visitor.get(step).text)
        visitor.post(step, data={"code": code, "csrfmiddlewaretoken": token[0]})
        ended = visitor.get(step)
        return visitor.get(f"{step}go") if "/go" in ended.text else ended
