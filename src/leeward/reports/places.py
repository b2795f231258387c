"""Where something was seen, in the words of people: an address without its beginning, or an app and a name in it."""

from __future__ import annotations

from leeward.engines import urls

APP_MAX = 200
_APP = "app:"


def completed(typed: str) -> str:
    """Return an address with the https:// that people leave out; anything else, a wrong one too, as it came.

    Only for what a person typed: a machine that leaves the scheme out has a fault that it must be told of.
    """
    if "://" in typed or typed.startswith("/"):
        return typed
    whole = f"https://{typed.strip()}"
    try:
        urls.refuse_private(urls.canonical(whole))
    except (urls.NotAnAddress, urls.PrivateAddress):
        return typed
    return whole


def plain(typed: str) -> str:
    """Return the words in one line, without signs that cannot be printed, at most 200 characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in typed).split())[:APP_MAX]


def of_app(words: str) -> str:
    """Return what stands in the place of an address where there is none: `app:` and the words, such as "app:Chatter, Max7".

    The words stay as they are, without percent signs, because people at the desk read them and nothing ever opens them: it is
    no address of any scheme that `urls` knows, so no list, no resolver and no look-up takes it for one. Reports with the same
    words join one case, as reports of the same address do.
    """
    return _APP + plain(words)
