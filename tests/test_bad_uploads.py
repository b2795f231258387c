"""Bad uploads: each is answered within its limits with a named reason, and the worker's memory stays below its ceiling."""

from __future__ import annotations

import gzip
import io
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageCms

from leeward.engines.hashing.tests.drawn import png_that_claims
from leeward.screening.tests.clips import Scene, clip
from leeward.screening.tests.uploads import encoded, waves
from tests.stage import wire
from tests.stage.leeward import Role
from tests.stage.town import Town
from tests.stage.wire import is_refused

CEILING_MB = 1_500  # Of one web process with eight threads, whatever it is sent; docs/operator/screening.md says so.
STREAM_MB = 300
GIGABYTES_6 = 6_000_000_000
PICTURE = waves(1)
PNG, JPEG = encoded(PICTURE), encoded(PICTURE, "JPEG")
# The harmless file that every virus scanner takes for a virus, put together here so that this file is not taken for one.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + b"$H+H*"


def zipped(*members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, member in enumerate(members):
            packed.writestr(f"{number}.bin", member)
    return file.getvalue()


def tarred(member: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as packed:
        entry = tarfile.TarInfo("../../outside.bin")
        entry.size = len(member)
        packed.addfile(entry, io.BytesIO(member))
    return file.getvalue()


def turned_by_exif() -> bytes:
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    PICTURE.save(file, "JPEG", exif=exif)
    return file.getvalue()


def with_broken_profile() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[40:200] = bytes(160)
    file = io.BytesIO()
    PICTURE.save(file, "JPEG", icc_profile=bytes(profile))
    return file.getvalue()


def wide_png() -> bytes:
    file = io.BytesIO()
    PICTURE.convert("I").point(lambda value: value * 257).convert("I;16").save(file, "PNG")
    return file.getvalue()


def flickering(frames: int) -> bytes:
    """Return a GIF of many small frames that differ."""
    file = io.BytesIO()
    first, *rest = [Image.new("L", (8, 8), number % 251) for number in range(frames)]
    first.save(file, "GIF", save_all=True, append_images=rest)
    return file.getvalue()


CLEAR: dict[str, bytes] = {
    "mislabelled": encoded(PICTURE, "WEBP"),
    "picture with an archive behind it": JPEG + zipped(b"made-up words"),
    "one pixel": encoded(Image.new("RGB", (1, 1))),
    "CMYK": encoded(PICTURE.convert("CMYK"), "JPEG"),
    "16 bits": wide_png(),
    "turned by EXIF": turned_by_exif(),
    "broken colour profile": with_broken_profile(),
    "archive of pictures": zipped(PNG, JPEG),
    "video without more key frames": clip(Scene(1, seconds=3), key_every_s=600),
}
HELD: dict[str, tuple[bytes, str]] = {
    "no bytes": (b"", "empty"),
    "cut": (JPEG[: len(JPEG) // 2], "truncated"),
    "30,000 x 30,000 pixels": (png_that_claims(30_000, 30_000), "too_many_pixels"),
    "10,000 frames": (flickering(10_000), "too_many_frames"),
    "EICAR": (EICAR, "not_a_picture"),
    "EICAR in an archive": (zipped(EICAR + bytes([0])), "inside_not_a_picture"),
    "archive in archive in archive in archive": (zipped(zipped(zipped(zipped(PNG)))), "archive_too_deep"),
    "bomb": (zipped(bytes(400_000_000)), "archive_too_compressed"),
    "bomb in gzip": (gzip.compress(bytes(400_000_000)), "archive_too_compressed"),
    "cut archive": (zipped(PNG)[:-30], "archive_truncated"),
    "cut video": (clip(Scene(1))[:3000], "video_truncated"),
    "no picture at all": (bytes(range(256)) * 40, "not_a_picture"),
}


def asked(town: Town, data: bytes, path: str = "/api/v1/screen") -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {town.keys.provider_key}", "Content-Type": "application/octet-stream"}
    answer = httpx.post(town.url + path, content=data, headers=headers, timeout=120)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("data", CLEAR.values(), ids=CLEAR.keys())
def test_what_is_unusual_and_sound_is_judged(town: Town, data: bytes) -> None:
    assert (asked(town, data)["answer"], asked(town, data)["reason"]) == ("clear", "")


@pytest.mark.parametrize(("data", "reason"), HELD.values(), ids=HELD.keys())
def test_what_cannot_be_judged_is_held_with_its_reason(town: Town, data: bytes, reason: str) -> None:
    found = asked(town, data)

    assert (found["answer"], found["reason"]) == ("held", reason)


def test_an_archive_whose_member_has_a_bad_name_is_judged_and_nothing_is_written(town: Town) -> None:
    assert asked(town, tarred(PNG))["answer"] == "clear"
    assert not (town.leeward.data_dir.parent / "outside.bin").exists()


def test_a_file_larger_than_any_stream_is_refused_by_its_headers_alone(
    town: Town, port: int, provider_key: dict[str, str]
) -> None:
    headers = provider_key | {"Content-Type": "video/mp4"}
    with wire.connected(port) as line:
        line.sendall(wire.head("POST", "/api/v1/screen/stream", port=port, headers=headers, length=GIGABYTES_6))

        is_refused(wire.read(line), status=413)


def pieces(head: bytes, *, size_mb: int) -> Iterator[bytes]:
    yield head
    for _ in range(size_mb):
        yield bytes(1 << 20)


def test_a_large_stream_is_judged_and_lies_in_no_memory(town: Town) -> None:
    before_mb = worker_peak_mb(town)
    headers = {
        "Authorization": f"Bearer {town.keys.provider_key}",
        "Content-Type": "application/octet-stream",
        "Content-Length": str(len(JPEG) + (STREAM_MB << 20)),
    }

    answer = httpx.post(
        f"{town.url}/api/v1/screen/stream", content=pieces(JPEG, size_mb=STREAM_MB), headers=headers, timeout=300
    )

    assert (answer.json()["answer"], answer.json()["reason"]) == ("held", "too_large")
    assert worker_peak_mb(town) < before_mb + 100


def test_a_video_is_judged_as_a_stream_too(town: Town) -> None:
    assert asked(town, clip(Scene(3)), "/api/v1/screen/stream")["answer"] == "clear"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_all_of_it_at_once_keeps_the_worker_below_its_ceiling_and_answering(town: Town) -> None:
    everything = [*CLEAR.values(), *(data for data, _ in HELD.values())] * 2
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda data: asked(town, data)["answer"], everything))

    assert set(answers) == {"clear", "held"}
    assert worker_peak_mb(town) < CEILING_MB
    assert asked(town, PNG)["answer"] == "clear"


def worker_peak_mb(town: Town) -> float:
    """Return the most memory that the web process has held so far."""
    status = Path(f"/proc/{town.leeward.pid(Role.WEB)}/status")
    if not status.exists():
        return 0.0
    lines = status.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000
