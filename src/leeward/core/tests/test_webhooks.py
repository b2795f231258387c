"""Signed calls after the Standard Webhooks specification, to a real server on this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from standardwebhooks import Webhook, WebhookVerificationError

from leeward.core import keys, webhooks
from leeward.core.config import Jobs
from leeward.core.models import Endpoint, Organisation
from leeward.core.tests import lamps

SECRET = "whsec_" + "bGFtcHMgb2YgdGhlIG5vcnRoIGFuZCB0aGUgc291dGg="
OTHER_SECRET = "whsec_" + "bGFtcHMgb2YgdGhlIGVhc3QgYW5kIHRoZSB3ZXN0ISE="
OLD, NEW = keys.new_entry("1"), keys.new_entry("2")
# A path that only this endpoint has: the text of no error may hold it.
PATH = "/hooks/quillowmere"


@dataclass
class Receiver:
    """A provider's system: keeps what came and answers with `status`."""

    url: str
    status: int = 204
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            one.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(one.status)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    one = Receiver(f"http://127.0.0.1:{server.server_port}{PATH}")
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield one
    server.shutdown()
    serving.join()
    server.server_close()


def send(harbour: Organisation, url: str) -> None:
    endpoint = webhooks.open_endpoint(harbour, url=url, secret=SECRET)
    webhooks.send(endpoint, message_id="order-1", kind="lamp.lit", data={"lamp": "nörth"}, at=timezone.now())


def test_the_receiver_can_verify_what_came(harbour: Organisation, receiver: Receiver) -> None:
    send(harbour, receiver.url)

    [(headers, body)] = receiver.came
    message = Webhook(SECRET).verify(body, headers)
    assert (message["type"], message["data"]) == ("lamp.lit", {"lamp": "nörth"})
    assert (headers["webhook-id"], headers["content-type"]) == ("order-1", "application/json")


def test_a_changed_body_or_another_secret_does_not_verify(harbour: Organisation, receiver: Receiver) -> None:
    send(harbour, receiver.url)
    [(headers, body)] = receiver.came

    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"lit", b"out"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, {**headers, "webhook-id": "order-2"})
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER_SECRET).verify(body, headers)


@pytest.mark.parametrize("status", [301, 307, 400, 410, 500, 503])
def test_any_answer_but_2xx_is_not_taken(harbour: Organisation, receiver: Receiver, status: int) -> None:
    receiver.status = status

    with pytest.raises(webhooks.NotTaken, match=f"^status {status}$") as refused:
        send(harbour, receiver.url)

    assert len(receiver.came) == 1
    assert refused.value.code == f"HTTP {status}"


def test_a_refused_connection_is_not_taken_and_the_address_is_not_told(harbour: Organisation) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

        with pytest.raises(webhooks.NotTaken, match=r"^ConnectError$") as refused:
            send(harbour, f"http://127.0.0.1:{port}{PATH}")

    # What is shown of an exception is its whole line of causes.
    assert refused.value.code == "no connection"
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_receiver_that_stays_silent_is_not_waited_for(harbour: Organisation, settings: Settings) -> None:
    lamps.use_jobs(settings, Jobs(http_timeout_s=0.05))
    silence = pytest.raises(webhooks.NotTaken, match=r"^ReadTimeout$")
    with socket.create_server(("127.0.0.1", 0)) as silent, silence as refused:
        send(harbour, f"http://127.0.0.1:{silent.getsockname()[1]}{PATH}")

    assert refused.value.code == "time-out"


@pytest.mark.django_db
def test_the_secret_is_sealed_in_its_row(harbour: Organisation) -> None:
    endpoint = webhooks.open_endpoint(harbour, url="https://harbour.example/hooks", secret=SECRET)

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM core_endpoint")
        row = cursor.fetchone()

    assert SECRET.encode() not in b"".join(bytes(value) for value in row if isinstance(value, bytes | memoryview))
    assert webhooks.secret_of(Endpoint.objects.get(pk=endpoint.pk)) == SECRET


def test_a_secret_in_the_row_of_another_endpoint_is_refused(harbour: Organisation) -> None:
    one = webhooks.open_endpoint(harbour, url="https://harbour.example/one", secret=SECRET)
    other = webhooks.open_endpoint(harbour, url="https://harbour.example/other", secret=OTHER_SECRET)
    one.sealed_secret = other.sealed_secret

    with pytest.raises(keys.SealBroken, match=str(one.uid)):
        webhooks.secret_of(one)


def test_rotation_wraps_every_secret_anew(harbour: Organisation, settings: Settings) -> None:
    lamps.use_master_keys(settings, OLD)
    endpoint = webhooks.open_endpoint(harbour, url="https://harbour.example/hooks", secret=SECRET)
    lamps.use_master_keys(settings, f"{NEW},{OLD}")

    assert (webhooks.rotate(), webhooks.rotate()) == (1, 0)

    lamps.use_master_keys(settings, NEW)
    endpoint.refresh_from_db()
    assert webhooks.secret_of(endpoint) == SECRET
