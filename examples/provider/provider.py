"""Harbour Photos: a small photo site that shows what a provider does to be protected by Leeward.

Six things, and each is one short part below:

1. put `<leeward-report>` on its pages                      (`_button`, `PAGE_CSP`)
2. ask before it publishes an upload                        (`Screener`)
3. obey signed take-down and restore webhooks, exactly once (`Album.apply`)
4. hand a reported item over when a case asks for it        (`Screener.hand_over`)
5. fail towards safety: what nobody could check is held     (`Screener.ask`, `Verdict.HELD`)
6. ask for an age before a part of the site                 (`age_gate.py`, `Harbour._older_half`)

Standard library, `httpx` and `standardwebhooks` only. State is one JSON file, replaced whole on every change.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import sys
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, override
from urllib.parse import quote

import age_gate  # type: ignore[import-not-found]  # It lies beside this file, which is run as a program.
import httpx
from standardwebhooks import Webhook, WebhookVerificationError

HERE = Path(__file__).parent
PROVIDER = "harbour"  # The name under which Leeward knows this provider.
ITEM_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
UPLOAD_LIMIT_BYTES = 10_000_000
WEBHOOK_LIMIT_BYTES = 100_000
SCREEN_WITHIN_S = 5.0
OLDER_HALF = "/older/"
STATE_AFTER = {"remove": "removed", "restore": "published"}


class Verdict(StrEnum):
    """What Leeward said about an upload."""

    CLEAR = "clear"
    KNOWN = "known"
    HELD = "held"


class NotHere(Exception):
    """The webhook is about something that Harbour cannot have, such as an upload that it refused; answer 200, it is done."""


class UnusableWebhook(ValueError):
    """The webhook is genuine but asks for something Harbour cannot do; answer 422 so that Leeward's desk sees it."""


@dataclass(frozen=True)
class Action:
    """One thing that Leeward asks of this provider."""

    verb: str
    item_id: str
    sequence: int

    @classmethod
    def read(cls, data: Any) -> "Action":
        """Read the `data` of an `action.requested` webhook. Raises `UnusableWebhook`, which names the field, or `NotHere`."""
        subject = data.get("subject") if isinstance(data, dict) else None
        if not isinstance(subject, dict) or subject.get("kind") != "item" or subject.get("provider") != PROVIDER:
            raise UnusableWebhook(f"data.subject must be an item of the provider {PROVIDER!r}")
        verb, item_id, sequence = data.get("action"), subject.get("id"), data.get("sequence")
        if verb not in STATE_AFTER:
            raise UnusableWebhook("data.action must be 'remove' or 'restore'")
        if not isinstance(item_id, str) or not item_id:
            raise UnusableWebhook("data.subject.id must be the id of an item")
        if not isinstance(sequence, int) or isinstance(sequence, bool):
            raise UnusableWebhook("data.sequence must be a whole number")
        if not ITEM_ID.fullmatch(item_id):
            # Nothing was ever stored under such an id. A case about refused uploads has one: «refused:» and a number.
            raise NotHere
        return cls(verb, item_id, sequence)


class Screener:
    """Asks Leeward about a picture before it is published."""

    def __init__(self, leeward: str, api_key: str) -> None:
        self._leeward, self._url = leeward, f"{leeward}/api/v1/screen"
        self._client = httpx.Client(headers={"Authorization": f"Bearer {api_key}"}, timeout=SCREEN_WITHIN_S)

    def ask(self, picture: bytes) -> tuple[Verdict, dict[str, Any]]:
        """Return the verdict and Leeward's whole answer. No answer, or one we do not understand, means HELD."""
        try:
            answer = self._client.post(self._url, content=picture, headers={"Content-Type": "image/jpeg"})
            answer.raise_for_status()
            said = answer.json()
            return Verdict(said["answer"]), said
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as problem:
            # This is the line that matters most: an upload that nobody could check is not published.
            return Verdict.HELD, {"answer": "held", "why": f"Leeward could not be asked ({type(problem).__name__})"}

    def hand_over(self, picture: Path, request: Any) -> None:
        """Send the bytes of a reported photograph to the case that asks for them, to be sealed as evidence there.

        Only to our own Leeward, whatever address the request names. Raises `httpx.HTTPError`; Leeward asks again.
        """
        post_to = str(request.get("post_to", "")) if isinstance(request, dict) else ""
        if not post_to.startswith(f"{self._leeward}/api/v1/cases/"):
            raise UnusableWebhook("data.post_to must be an address of this Leeward's cases")
        headers = {"Content-Type": "image/jpeg"}
        self._client.post(post_to, content=picture.read_bytes(), headers=headers).raise_for_status()


class Album:
    """The photographs and what was done to them, kept in one JSON file that is replaced atomically."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "state.json"
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        if self._file.exists():
            self._state = json.loads(self._file.read_text("utf-8"))
        else:
            self._state = self._first_state()
            self._save()

    def _first_state(self) -> dict[str, Any]:
        photos = {}
        for photo in json.loads((HERE / "photos" / "catalogue.json").read_text("utf-8")):
            shutil.copyfile(HERE / "photos" / f"{photo['id']}.jpg", self.picture(photo["id"]))
            photos[photo["id"]] = {**photo, "state": "published", "sequence": 0}
        return {"photos": photos, "webhooks": [], "received": 0, "effects": 0, "refused_signatures": 0}

    def _save(self) -> None:
        """Write beside, flush to the disk, rename: a crash leaves the old file or the new one, never half of one."""
        beside = self._file.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as file:
            file.write(json.dumps(self._state))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._file)

    def picture(self, item_id: str) -> Path:
        """Return where the JPEG of `item_id` lies. Only for ids that match `ITEM_ID`."""
        return self.folder / f"{item_id}.jpg"

    def published(self, item_id: str) -> dict[str, Any] | None:
        """Return the photograph if everybody may see it."""
        photo: dict[str, Any] | None = self._state["photos"].get(item_id)
        return photo if photo and photo["state"] == "published" and self.picture(item_id).exists() else None

    def gallery(self) -> list[dict[str, Any]]:
        """Return every published photograph, oldest first."""
        with self._lock:
            return [photo for item_id in self._state["photos"] if (photo := self.published(item_id))]

    def store(self, item_id: str, picture: bytes, state: str) -> bool:
        """Keep an upload as `published` or `held`; False when the id was taken down, which an upload cannot undo."""
        with self._lock:
            before = self._state["photos"].get(item_id, {"sequence": 0})
            if before.get("state") == "removed":
                return False
            beside = self.picture(item_id).with_suffix(".part")
            beside.write_bytes(picture)
            beside.replace(self.picture(item_id))
            named = {"id": item_id, "title": item_id, "alt": f"The photograph {item_id}", "author": "visitor"}
            self._state["photos"][item_id] = {**named, **before, "state": state}
            self._save()
            return True

    def apply(self, webhook_id: str, action: Action, *, at_ms: int) -> str:
        """Obey once. Return "applied", "replay" (this webhook was here before) or "overtaken" (a newer one was).

        The effect and the memory of the webhook are saved in one write, so a crash between them cannot happen.
        """
        with self._lock:
            self._state["received"] += 1
            photos, seen = self._state["photos"], self._state["webhooks"]
            # A take-down may arrive before the upload it is about; it is remembered all the same.
            photo = photos.setdefault(action.item_id, {"id": action.item_id, "state": "unknown", "sequence": 0})
            if any(webhook["id"] == webhook_id for webhook in seen):
                result = "replay"
            else:
                result = "applied" if action.sequence > photo["sequence"] else "overtaken"
                entry = {"id": webhook_id, "received_at_ms": at_ms, "action": action.verb, "item": action.item_id}
                seen.append({**entry, "sequence": action.sequence, "result": result})
            if result == "applied":
                photo.update(state=STATE_AFTER[action.verb], sequence=action.sequence)
                self._state["effects"] += 1
            self._save()
            return result

    def refuse_signature(self) -> None:
        """Count one webhook that was not signed by Leeward."""
        with self._lock:
            self._state["refused_signatures"] += 1
            self._save()

    def summary(self) -> dict[str, Any]:
        """Return what `/state.json` shows: states of photographs, counters, and each distinct webhook."""
        with self._lock:
            state = self._state
            counters = {name: state[name] for name in ("received", "effects", "refused_signatures")}
            counters["distinct"] = len(state["webhooks"])
            photos = {item_id: photo["state"] for item_id, photo in state["photos"].items()}
            return {"photos": photos, "counters": counters, "webhooks": list(state["webhooks"])}


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css">'
        f'</head><body><header><a href="/">Harbour Photos</a></header><main>{body}</main></body></html>'
    )


def _button(leeward: str, address: str, *, words: str = "Report this page", about: str = "") -> str:
    # Without script the plain link does the same job, so the button never depends on a download.
    return (
        f'<leeward-report data-provider="{PROVIDER}"{about} data-page-url="{escape(address)}">'
        f'<a href="{escape(leeward)}/report/?url={quote(address, safe="")}">{words}</a></leeward-report>'
        f'<script type="module" src="{escape(leeward)}/report.js"></script>'
    )


def _gallery_page(photos: list[dict[str, Any]], leeward: str, pages_host: str, *, has_older_half: bool) -> str:
    cards = "".join(
        f'<li><a href="/photos/{p["id"]}"><img src="/photos/{p["id"]}.jpg" alt="{escape(p["alt"])}">'
        f"{escape(p['title'])}</a></li>"
        for p in photos
    )
    button = _button(leeward, f"https://{pages_host}/")
    link = f'<p><a href="{OLDER_HALF}">The older half: show first that you are old enough</a></p>'
    older = link if has_older_half else ""
    return _page("Harbour Photos", f"<h1>New in the harbour</h1><ul>{cards}</ul>{older}{button}")


def _older_half_page(leeward: str, pages_host: str) -> str:
    learned = "<p>You showed an age. We learned «yes» and nothing else: no name, no birthday, no code.</p>"
    button = _button(leeward, f"https://{pages_host}{OLDER_HALF}")
    return _page("The older half", f"<h1>The older half</h1>{learned}{button}")


def _photo_page(photo: dict[str, Any], leeward: str, pages_host: str) -> str:
    # The address that people know is the public one, which need not be the one this process listens on.
    address = f"https://{pages_host}/photos/{photo['id']}"
    about = f' data-item-id="{photo["id"]}" data-item-kind="photo" data-author-id="{escape(photo["author"])}"'
    button = _button(leeward, address, words="Report this photograph", about=about)
    picture = f'<img src="/photos/{photo["id"]}.jpg" alt="{escape(photo["alt"])}">'
    caption = f"<figcaption>By {escape(photo['author'])}</figcaption>"
    return _page(photo["title"], f"<h1>{escape(photo['title'])}</h1><figure>{picture}{caption}</figure>{button}")


class Harbour(BaseHTTPRequestHandler):
    """One request. The class attributes are set once, before the server starts."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # Without it small answers wait about 40 ms for an acknowledgement.
    timeout = 30
    album: ClassVar[Album]
    screener: ClassVar[Screener]
    webhook: ClassVar[Webhook]
    leeward: ClassVar[str]
    pages_host: ClassVar[str]
    gate: ClassVar[age_gate.AgeGate | None]

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: visitors' addresses are nobody's business in an example."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        item_id, dot, suffix = path.removeprefix("/photos/").partition(".")
        if path == "/":
            has_older_half = self.gate is not None
            page = _gallery_page(self.album.gallery(), self.leeward, self.pages_host, has_older_half=has_older_half)
            self._html(page)
        elif self.gate and (path == OLDER_HALF or path.startswith(age_gate.PREFIX)):
            self._older_half(self.gate)
        elif path == "/state.json":
            self._json(HTTPStatus.OK, self.album.summary())
        elif path == "/style.css":
            self._reply(HTTPStatus.OK, "text/css", (HERE / "style.css").read_bytes())
        elif not path.startswith("/photos/") or not ITEM_ID.fullmatch(item_id) or f"{dot}{suffix}" not in ("", ".jpg"):
            self._json(HTTPStatus.NOT_FOUND, {"error": "There is no such page; start at /."})
        elif (photo := self.album.published(item_id)) is None:
            self._json(HTTPStatus.NOT_FOUND, {"error": "This photograph is not published."})
        elif suffix:
            self._reply(HTTPStatus.OK, "image/jpeg", self.album.picture(item_id).read_bytes())
        else:
            self._html(_photo_page(photo, self.leeward, self.pages_host))

    def _older_half(self, gate: age_gate.AgeGate) -> None:
        is_page = self.path.partition("?")[0] == OLDER_HALF
        said = gate.ask(self.path, self.headers) if is_page else gate.lead(self.path, self.headers)
        if said is None:
            self._json(HTTPStatus.NOT_FOUND, {"error": "There is no such page; start at /."})
        elif is_page and said.is_open:
            # Not one byte of the page is made before.
            self._html(_older_half_page(self.leeward, self.pages_host))
        else:
            self._reply(said.status, "text/html; charset=utf-8", said.page, said.headers)

    def do_POST(self) -> None:
        if self.path == "/upload":
            if (body := self._body(UPLOAD_LIMIT_BYTES)) is not None:
                self._upload(body)
        elif self.path == "/webhooks/leeward":
            if (body := self._body(WEBHOOK_LIMIT_BYTES)) is not None:
                self._webhook(body)
        else:
            self.close_connection = True
            self._json(HTTPStatus.NOT_FOUND, {"error": "POST goes to /upload or /webhooks/leeward."})

    def _body(self, limit_bytes: int) -> bytes | None:
        """Read the body, or refuse before reading when its length is missing or too large."""
        length = self.headers.get("Content-Length", "")
        if re.fullmatch(r"[0-9]{1,9}", length) and int(length) <= limit_bytes:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
            status = HTTPStatus.BAD_REQUEST  # The sender broke off; half a picture is not a picture.
        else:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if length.isdigit() else HTTPStatus.LENGTH_REQUIRED
        self.close_connection = True
        self._json(status, {"error": f"Send Content-Length and that many bytes, at most {limit_bytes}."})
        return None

    def _upload(self, picture: bytes) -> None:
        item_id = self.headers.get("X-Item-Id", "")
        if self.headers.get_content_type() != "image/jpeg" or not picture.startswith(b"\xff\xd8\xff"):
            self._json(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {"error": "Send a JPEG with Content-Type: image/jpeg."})
            return
        if not ITEM_ID.fullmatch(item_id):
            self._json(HTTPStatus.BAD_REQUEST, {"error": "X-Item-Id must be a-z, 0-9 and '-', at most 64 characters."})
            return
        verdict, said = self.screener.ask(picture)
        if verdict is Verdict.KNOWN:  # Nothing is kept: the picture is already known to harm.
            self._json(HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS, said)
        elif not self.album.store(item_id, picture, "published" if verdict is Verdict.CLEAR else "held"):
            self._json(HTTPStatus.CONFLICT, {"error": "This id was taken down. Upload under a new id."})
        elif verdict is Verdict.CLEAR:
            self._json(HTTPStatus.CREATED, {"id": item_id, "state": "published"})
        else:
            self._json(HTTPStatus.ACCEPTED, {"id": item_id, "state": "held", "leeward": said})

    def _webhook(self, body: bytes) -> None:
        at_ms = time.time_ns() // 1_000_000
        try:
            # Verify the bytes as they came; JSON that was parsed and written again has another signature.
            self.webhook.verify(body, dict(self.headers.items()), json_parse=False)
        except (WebhookVerificationError, ValueError):  # ValueError: not base64, not UTF-8, no version.
            self.album.refuse_signature()
            self._json(HTTPStatus.UNAUTHORIZED, {"error": "The signature is not Leeward's, or older than 5 minutes."})
            return
        try:
            message = json.loads(body)
            if not isinstance(message, dict) or not isinstance(message.get("type"), str):
                raise UnusableWebhook("a webhook is an object with a type")
            if message["type"] == "evidence.requested":
                self._hand_over(message.get("data"))
                return
            if message["type"] != "action.requested":  # Leeward may learn new types; those are not for us.
                self._json(HTTPStatus.OK, {"result": "not for us"})
                return
            action = Action.read(message.get("data"))
        except NotHere:
            self._json(HTTPStatus.OK, {"result": "no such item"})
            return
        except ValueError as problem:
            self._json(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(problem)})
            return
        result = self.album.apply(self.headers["webhook-id"], action, at_ms=at_ms)
        self._json(HTTPStatus.OK, {"result": result})

    def _hand_over(self, request: Any) -> None:
        subject = request.get("subject") if isinstance(request, dict) else None
        item_id = str(subject.get("id", "")) if isinstance(subject, dict) else ""
        if not ITEM_ID.fullmatch(item_id) or not self.album.picture(item_id).exists():
            self._json(HTTPStatus.OK, {"result": "no such item"})
            return
        try:
            self.screener.hand_over(self.album.picture(item_id), request)
        except httpx.HTTPError:
            self._json(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "The evidence could not be sent; ask again."})
        else:
            self._json(HTTPStatus.OK, {"result": "handed over"})

    def _html(self, page: str) -> None:
        self._reply(HTTPStatus.OK, "text/html; charset=utf-8", page.encode())

    def _json(self, status: HTTPStatus, value: dict[str, Any]) -> None:
        self._reply(status, "application/json", json.dumps(value).encode())

    def _reply(self, status: int, media_type: str, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")  # A removed photograph must not live on in a cache.
        # For the misuse button a page needs Leeward's origin in `script-src` (report.js) and in `connect-src` (the
        # report itself). Everything else here is Harbour's own choice; the button needs no `style-src`, no `img-src`.
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'none'; script-src {self.leeward}; connect-src {self.leeward}; img-src 'self' data:; "
            "style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
        )
        self.end_headers()
        self.wfile.write(body)


class HarbourServer(ThreadingHTTPServer):
    """A thread a connection, with room for a burst of webhooks."""

    daemon_threads = True
    request_queue_size = 128


def _options() -> argparse.Namespace:
    """Read the arguments, else the environment. Secrets belong in the environment: other users can see arguments."""
    env = os.environ.get
    parser = argparse.ArgumentParser(description="Harbour Photos, an example provider protected by Leeward")
    parser.add_argument("--port", type=int, default=env("HARBOUR_PORT", "8100"), help="0 picks a free one")
    parser.add_argument("--leeward", default=env("LEEWARD_URL", "http://localhost:8000"), help="where Leeward is")
    parser.add_argument("--api-key", default=env("LEEWARD_API_KEY"), help="for screening uploads")
    parser.add_argument("--webhook-secret", default=env("LEEWARD_WEBHOOK_SECRET"), help="whsec_...")
    parser.add_argument("--data", type=Path, default=env("HARBOUR_DATA", "harbour-data"), help="folder for the state")
    parser.add_argument("--pages-host", default=env("HARBOUR_PAGES_HOST", "bad.example"), help="public host name")
    parser.add_argument("--age-area", default=env("HARBOUR_AGE_AREA", ""), help="short name of its area at Leeward")
    options = parser.parse_args()
    if not options.api_key or not options.webhook_secret:
        parser.error("set LEEWARD_API_KEY and LEEWARD_WEBHOOK_SECRET; Leeward's operator gives you both")
    return options


def main() -> None:
    """Serve until Ctrl-C."""
    options = _options()
    Harbour.leeward = options.leeward.rstrip("/")
    Harbour.pages_host = options.pages_host
    Harbour.album = Album(options.data)
    Harbour.screener = Screener(Harbour.leeward, options.api_key)
    Harbour.webhook = Webhook(options.webhook_secret)
    Harbour.gate = age_gate.AgeGate(Harbour.leeward, options.age_area) if options.age_area else None
    with HarbourServer(("127.0.0.1", options.port), Harbour) as server:
        # Whoever started this with `--port 0` reads the port from this line.
        sys.stdout.write(f"Harbour Photos on http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
