"""Bad bodies, pictures and reports are refused in words that a machine reads, nothing is stored, and others are still answered."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import zlib
from contextlib import ExitStack
from time import perf_counter
from typing import Any

import httpx
import pytest

from tests.stage import wire
from tests.stage.provider import PHOTOS
from tests.stage.town import BAD_HOST, Town
from tests.stage.waiting import until
from tests.stage.wire import CANARY, JSON, Answer, is_refused

GIGABYTES_5 = 5_000_000_000
NO_CASE = "00000000-0000-4000-8000-000000000007"
OTHERS_WITHIN_S = 2.0
SLOW_CLIENTS = 40  # Five for each thread of a web process, by default.
SETTLE_S = 20.0


# Bodies.


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize(
    "path",
    ["/api/v1/reports", "/api/v1/screen", f"/api/v1/cases/{NO_CASE}/evidence", "/taxii2/api/", "/api/v1/nowhere"],
)
def test_five_gigabytes_are_refused_by_the_headers_alone(path: str, port: int, provider_key: dict[str, str]) -> None:
    with wire.connected(port) as line:
        line.sendall(wire.head("POST", path, port=port, headers=JSON | provider_key, length=GIGABYTES_5))

        is_refused(wire.read(line), status=413)
        assert line.recv(1) == b"", "the body that nobody read must not be taken for the next request"


def test_a_person_who_sends_too_much_gets_a_page(port: int) -> None:
    with wire.connected(port) as line:
        line.sendall(wire.head("POST", "/report/", port=port, length=GIGABYTES_5))
        answer = wire.read(line)

    assert (answer.status, answer.media_type) == (413, "text/html; charset=utf-8")
    assert "choose a smaller picture" in answer.text


@pytest.mark.usefixtures("nothing_is_stored")
def test_a_body_of_unknown_length_is_refused(port: int) -> None:
    with wire.connected(port) as line:
        line.sendall(wire.head("POST", "/api/v1/reports", port=port, headers=JSON | {"Transfer-Encoding": "chunked"}))

        is_refused(wire.read(line), status=411)


@pytest.mark.usefixtures("nothing_is_stored")
def test_a_body_with_two_lengths_is_no_request_at_all(port: int) -> None:
    headers = JSON | {"Transfer-Encoding": "chunked", "Content-Length": "5"}
    with wire.connected(port) as line:
        line.sendall(wire.head("POST", "/api/v1/reports", port=port, headers=headers))

        assert wire.read(line).status == 400
        assert line.recv(1) == b"", "what follows must not be taken for a request of its own"


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize("length", ["5, 6", "5 bytes", "+5", "5.0", "0x5"])
def test_a_length_that_is_no_number_is_refused(length: str, port: int) -> None:
    with wire.connected(port) as line:
        line.sendall(wire.head("POST", "/api/v1/reports", port=port, headers=JSON | {"Content-Length": length}) + b"[]")

        assert wire.read(line).status == 400


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize("path", ["/api/v1/reports", "/api/v1/screen"])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip"])
def test_a_packed_body_is_refused_unopened(path: str, coding: str, port: int, provider_key: dict[str, str]) -> None:
    bomb = gzip.compress(b"0" * 50_000_000, 9)
    headers = JSON | provider_key | {"Content-Encoding": coding}

    is_refused(wire.ask("POST", path, bomb, port=port, headers=headers), status=415)


@pytest.mark.parametrize("path", ["/api/v1/reports", "/api/v1/screen"])
@pytest.mark.parametrize("media_type", [None, "text/html", "multipart/form-data; boundary=x", f"text/{CANARY}", "/"])
def test_a_wrong_media_type_is_refused(
    path: str, media_type: str | None, port: int, provider_key: dict[str, str]
) -> None:
    headers = provider_key | ({"Content-Type": media_type} if media_type else {})

    is_refused(wire.ask("POST", path, CANARY.encode(), port=port, headers=headers), status=415)


def test_half_of_the_evidence_is_no_evidence(town: Town, port: int, provider_key: dict[str, str]) -> None:
    town.report("rocket")
    until(lambda: town.stored()["cases_evidence"], within_s=SETTLE_S, what="the photograph is sealed")
    before, picture = town.stored(), (PHOTOS / "coffee.jpg").read_bytes()
    place = f"/api/v1/cases/{newest_case(town)}/evidence"
    headers = provider_key | {"Content-Type": "image/jpeg"}
    with wire.connected(port) as line:
        line.sendall(wire.head("POST", place, port=port, headers=headers, length=len(picture)))
        line.sendall(picture[: len(picture) // 2])
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1000) == b"", "nobody is told that half was taken"

    assert town.stored() == before
    whole = wire.ask("POST", place, picture, port=port, headers=headers)
    assert whole.status == 201, "the whole is taken at the same door"
    assert town.stored()["cases_evidence"] == before["cases_evidence"] + 1


def newest_case(town: Town) -> str:
    return town.leeward.python("from leeward.cases.models import Case; print(Case.objects.latest('pk').uid)").split()[
        -1
    ]


# Pictures.


def png(width: int, height: int) -> bytes:
    """Return a PNG that says it is so large, and has a few black pixels in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


COFFEE = (PHOTOS / "coffee.jpg").read_bytes()
PICTURES = {
    "20,000 by 20,000 pixels": png(20_000, 20_000),
    "more pixels than there is memory": png(2**31 - 1, 2**31 - 1),
    "a black bomb": png(20_000, 20_000).replace(zlib.compress(bytes(1000)), zlib.compress(bytes(10_000_000), 9)),
    "half a JPEG": COFFEE[: len(COFFEE) // 2],
    "the head of a JPEG": COFFEE[:20],
    "nothing": b"",
    "words": CANARY.encode(),
    "a drawing in XML": f"<svg><!-- {CANARY} --></svg>".encode(),
}


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_a_picture_that_cannot_be_judged_is_held_with_a_reason(
    picture: bytes, port: int, provider_key: dict[str, str]
) -> None:
    begun = perf_counter()
    answer = wire.ask(
        "POST", "/api/v1/screen", picture, port=port, headers=provider_key | {"Content-Type": "image/png"}
    )

    assert answer.status == 200
    assert answer.json()["answer"] == "held"
    assert answer.json()["reason"]
    assert CANARY not in answer.text
    assert perf_counter() - begun < 5, "it is held by its head and not unpacked"


# Reports.

REPORT: dict[str, Any] = {"reason": "scares", "page_url": "https://bad.example/", "words": CANARY}
PRIVATE = [
    *("http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://017700000001/"),
    *(
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
    ),
    *("http://10.0.0.1/", "http://192.168.0.1/", "http://172.16.0.1/", "http://169.254.169.254/", "http://100.64.0.1/"),
    *("http://0.0.0.0/", "http://localhost/", "http://printer.local/", "http://x.internal/", "http://x.home.arpa/"),
    *("http://router/", "http://１２７.0.0.1/", "http://127。0。0。1/", "http://LOCALHOST./"),
]
MALFORMED = [
    *("file:///etc/passwd", "javascript:alert(1)", "ftp://bad.example/", "bad example", "https://", "https:///x"),
    *("http://user:secret@bad.example/", "http://bad.example:99999/", "http://bad .example/", "http://[::1/"),
    *("http://bad.example/\u0000", "http://bad\u202e.example/", "x" * 2049),
]
FIELDS: dict[str, Any] = {
    "no reason": {"reason": None},
    "an unknown reason": {"reason": CANARY},
    "an unknown field": {"colour": CANARY},
    "words that are no text": {"words": [CANARY]},
    "too many words": {"words": CANARY * 400},
    "a language that is none": {"language": f"{CANARY}!"},
    "an item that is no item": {"item": CANARY},
    "an item without an id": {"item": {"provider": "harbour", "id": ""}},
    "a control character in an id": {"item": {"provider": "harbour", "id": f"{CANARY}\u0007"}},
    "an unknown field of an item": {"item": {"provider": "harbour", "id": "7", "colour": CANARY}},
    "an unknown provider": {"item": {"provider": CANARY, "id": "7"}},
    "nothing that it is about": {"page_url": None},
    **{
        f"words with U+{sign:04X}": {"words": f"{CANARY}{chr(sign)}"} for sign in (0x00, 0x08, 0x0B, 0x1B, 0x7F, 0xD800)
    },
}
UNREADABLE = {
    "no UTF-8": b'{"reason":"scares","words":"' + CANARY.encode() + b'\xff"}',
    "200,000 brackets": b"[" * 200_000,
    "200,000 brackets that close": b'{"reason":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "100,000 objects": b'{"a":' * 100_000,
    "half a document": b'{"reason":"scares","words":"' + CANARY.encode(),
    "a number without end": b'{"reason":' + b"9" * 20_000 + b"}",
    "words": CANARY.encode(),
}


def send(port: int, body: bytes, **headers: str) -> Answer:
    return wire.ask("POST", "/api/v1/reports", body, port=port, headers=JSON | headers)


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_a_report_that_cannot_be_read_is_refused(body: bytes, port: int) -> None:
    is_refused(send(port, body), status=400)


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize("body", [b"", b"[]", b'"words"', b"null", b"7"])
def test_a_report_that_is_no_object_is_refused(body: bytes, port: int) -> None:
    is_refused(send(port, body), status=422)


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS)
def test_a_report_with_a_wrong_field_is_refused_and_the_field_named(fields: dict[str, Any], port: int) -> None:
    answer = send(port, json.dumps(REPORT | fields).encode())

    is_refused(answer, status=422)
    assert [set(fault) for fault in answer.json()["errors"]] == [{"field", "problem"}]


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize("address", [*PRIVATE, *MALFORMED], ids=ascii)
def test_an_address_that_is_no_public_page_is_refused(address: str, port: int) -> None:
    answer = send(port, json.dumps(REPORT | {"page_url": f"{address}{CANARY}" if "/" in address else address}).encode())

    is_refused(answer, status=422)
    [fault] = answer.json()["errors"]
    assert fault["field"].rpartition(".")[2] == "page_url"


@pytest.mark.usefixtures("nothing_is_stored")
def test_an_idempotency_key_that_is_no_uuid_is_refused(port: int) -> None:
    is_refused(send(port, json.dumps(REPORT).encode(), **{"Idempotency-Key": CANARY}), status=422)


# Slow senders.


def how_long_others_wait(town: Town) -> float:
    """Return how long other people wait, at the longest, for a page, for the receipt of a report and for a health check."""
    waits = []
    with httpx.Client(base_url=town.url, timeout=10) as others:
        for _ in range(5):
            for request in (
                others.build_request("GET", "/"),
                others.build_request("POST", "/api/v1/reports", json=REPORT),
                others.build_request("GET", "/health/live"),
            ):
                begun = perf_counter()
                others.send(request).raise_for_status()
                waits.append(perf_counter() - begun)
    return max(waits)


SLOW = {
    "headers": b"",
    "a body": wire.head("POST", "/api/v1/reports", port=80, host="localhost", headers=JSON, length=1000),
    "a picture": wire.head("POST", "/report/", port=80, host="localhost", length=20_000_000),
}


@pytest.mark.parametrize("begun_with", SLOW.values(), ids=SLOW)
def test_slow_senders_keep_nobody_else_waiting(begun_with: bytes, town: Town, port: int) -> None:
    trickle = iter(b"POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nX-Slow: yes\r\n")
    with ExitStack() as stack:
        lines = [stack.enter_context(wire.connected(port)) for _ in range(SLOW_CLIENTS)]
        for line in lines:
            line.sendall(begun_with)

        for _ in range(3):
            byte = bytes([next(trickle)])
            for line in lines:
                line.sendall(byte)
            assert how_long_others_wait(town) < OTHERS_WITHIN_S
        assert all(still_open(line) for line in lines), "they were slow all the time"


def still_open(line: socket.socket) -> bool:
    line.setblocking(False)
    try:
        return line.recv(1) != b""
    except BlockingIOError:
        return True


def test_the_site_answers_after_all_this(town: Town) -> None:
    assert httpx.get(f"{town.url}/health/live", timeout=10).json() == {"alive": True}
    assert BAD_HOST not in (town.leeward.data_dir / "serve.log").read_text(encoding="utf-8")
    assert CANARY not in (town.leeward.data_dir / "serve.log").read_text(encoding="utf-8")
