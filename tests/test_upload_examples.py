"""Each example that providers copy does what it says: clear is stored, known is refused, everything else is held."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.core.files.base import ContentFile

from leeward.engines import hashing
from leeward.screening.tests.uploads import encoded, waves
from tests import uploads_sites
from tests.stage.leeward import Blank, Keys, Leeward, Role
from tests.stage.waiting import until
from tests.uploads_sites import NAMES, Site, Sites

sys.path.append(str(uploads_sites.UPLOADS))  # The examples are files to copy, not a package.
import django_upload  # It is found since the line before.
import leeward_client
from leeward_client import Answer

CLEAR = encoded(waves(11), "JPEG")
OTHER_CLEAR = encoded(waves(12), "PNG")
KNOWN_FILE = encoded(waves(13), "PNG")
KNOWN_LOOK = encoded(waves(14), "PNG")
CHANGED_COPY = encoded(waves(14).resize((320, 240)), "JPEG", quality=70)
UNREADABLE = CLEAR[: len(CLEAR) // 2]
JPEG = {"Content-Type": "image/jpeg"}
BODY_SITES = tuple(name for name in NAMES if name != "django")  # Django's handlers read forms only.

PUBLISH = """
from django.utils import timezone
from leeward.core import sequencer
from leeward.indicators import services
from leeward.indicators.models import Category, Kind
signs = [services.Sign(Kind.SHA256, {sha256!r}, Category.OTHER), services.Sign(Kind.PDQ, {pdq!r}, Category.OTHER)]
services.publish(signs, source="decision:1", actor="user:1", at=timezone.now())
while sequencer.stamp(at=timezone.now()): pass
"""


@pytest.fixture(scope="module")
def guarded(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Leeward, Keys]]:
    """A running Leeward that knows two pictures, one by its bytes and one by its look."""
    data_dir = tmp_path_factory.mktemp("uploads")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    try:
        keys = leeward.make_cast()
        look = hashing.hash_picture(KNOWN_LOOK).hex
        leeward.python(PUBLISH.format(sha256=hashing.digests(KNOWN_FILE).sha256, pdq=look))
        leeward.start(Role.SERVE)
        wait_until_ready(leeward, keys)
        yield leeward, keys
    finally:
        leeward.stop()


def wait_until_ready(leeward: Leeward, keys: Keys) -> None:
    """Wait until Leeward has its signs: before that it holds everything."""
    with contextlib.closing(leeward_client.Leeward(leeward.base_url, keys.provider_key)) as client:
        until(lambda: client.ask(CLEAR).is_clear, within_s=60, what="Leeward calls a clear picture clear")
        until(lambda: client.ask(KNOWN_FILE).answer is Answer.KNOWN, within_s=60, what="Leeward knows a published sign")


@pytest.fixture(scope="module")
def sites(guarded: tuple[Leeward, Keys], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """The examples, started when a test asks for them."""
    leeward, keys = guarded
    sites = Sites(tmp_path_factory.mktemp("sites"), leeward_url=leeward.base_url, key=keys.provider_key)
    yield sites
    sites.close()


@pytest.fixture
def site(sites: Sites, request: pytest.FixtureRequest) -> Site:
    """One of the examples, with nothing stored."""
    site = sites.site(request.param)
    site.empty()
    return site


@pytest.fixture
def storage(guarded: tuple[Leeward, Keys], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """The storage of the Django example, in this process."""
    leeward, keys = guarded
    monkeypatch.setenv("LEEWARD_URL", leeward.base_url)
    monkeypatch.setenv("LEEWARD_API_KEY", keys.provider_key)
    django_upload.leeward.cache_clear()
    yield django_upload.ScreenedStorage(
        held_root=str(tmp_path / "held"), location=str(tmp_path / "published"), base_url="/media/"
    )
    django_upload.leeward().close()
    django_upload.leeward.cache_clear()


@pytest.mark.parametrize("site", NAMES, indirect=True)
def test_a_clear_picture_is_stored_as_it_came(site: Site) -> None:
    answer = site.send_form(CLEAR)

    assert (answer.status_code, answer.json()["state"]) == (201, "published")
    assert (site.published, site.held) == ([CLEAR], [])


@pytest.mark.parametrize("picture", [KNOWN_FILE, CHANGED_COPY], ids=["by its bytes", "by its look"])
@pytest.mark.parametrize("site", NAMES, indirect=True)
def test_a_known_picture_is_refused_and_not_kept(site: Site, picture: bytes) -> None:
    answer = site.send_form(picture)

    assert answer.status_code == 451
    assert (site.published, site.held) == ([], [])


@pytest.mark.parametrize("site", NAMES, indirect=True)
def test_a_picture_that_cannot_be_read_is_held(site: Site) -> None:
    answer = site.send_form(UNREADABLE)

    assert (answer.status_code, answer.json()["state"]) == (202, "held")
    assert (site.published, site.held) == ([], [UNREADABLE])


@pytest.mark.parametrize("site", BODY_SITES, indirect=True)
def test_a_picture_that_comes_without_a_form_is_screened_alike(site: Site) -> None:
    answers = [site.send_body(data, headers=JPEG).status_code for data in (CLEAR, KNOWN_FILE, UNREADABLE)]

    assert answers == [201, 451, 202]
    assert (site.published, site.held) == ([CLEAR], [UNREADABLE])


@pytest.mark.parametrize("site", BODY_SITES, indirect=True)
def test_what_the_sender_calls_a_picture_does_not_matter(site: Site) -> None:
    kinds = ["text/plain", "application/json", "application/x-www-form-urlencoded", ""]
    answers = [site.send_body(KNOWN_FILE, headers={"Content-Type": kind}).status_code for kind in kinds]

    assert answers == [451, 451, 451, 451]


@pytest.mark.parametrize("site", BODY_SITES, indirect=True)
def test_the_gravest_file_of_a_form_decides_for_all(site: Site) -> None:
    both_clear = site.send_form(CLEAR, OTHER_CLEAR).status_code
    stored = sorted(site.published)
    with_unreadable = site.send_form(CLEAR, UNREADABLE).status_code
    with_known = site.send_form(UNREADABLE, CLEAR, KNOWN_FILE).status_code

    assert (both_clear, with_unreadable, with_known) == (201, 202, 451)
    assert stored == sorted(site.published) == sorted([CLEAR, OTHER_CLEAR])
    assert sorted(site.held) == sorted([CLEAR, UNREADABLE])


@pytest.mark.parametrize("site", BODY_SITES, indirect=True)
def test_a_form_that_two_programs_could_read_differently_is_refused(site: Site) -> None:
    hidden = b'--a\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + CLEAR + b"\r\n--a--\r\n"
    unusual = {
        "a part in base64": (hidden.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1), "a"),
        "text before the first part": (b"before\r\n" + hidden, "a"),
        "text after the last part": (hidden + hidden, "a"),
        "another boundary": (hidden, "b"),
        "two boundaries": (hidden, "a; boundary=b"),
        "no end": (hidden[:-8], "a"),
    }

    answers = {
        what: site.send_body(body, headers={"Content-Type": f"multipart/form-data; boundary={boundary}"}).status_code
        for what, (body, boundary) in unusual.items()
    }

    assert answers == dict.fromkeys(unusual, 400)
    assert (site.published, site.held) == ([], [])


@pytest.mark.parametrize("site", BODY_SITES, indirect=True)
def test_a_packed_body_is_refused_as_nobody_looked_inside(site: Site) -> None:
    # Long enough that a connection closed too early would take the answer with it.
    answer = site.send_body(CLEAR + bytes(5_000_000), headers=JPEG | {"Content-Encoding": "gzip"})

    assert answer.status_code in (411, 415)
    assert (site.published, site.held) == ([], [])


@pytest.mark.parametrize("site", NAMES, indirect=True)
def test_more_than_the_limit_is_refused(site: Site) -> None:
    answer = site.send_form(b"\0" * (leeward_client.LIMIT_BYTES + 1))

    assert answer.status_code in (400, 413)
    assert (site.published, site.held) == ([], [])


@pytest.mark.parametrize("site", ["nginx"], indirect=True)
def test_nobody_reaches_the_place_of_held_uploads_through_nginx(site: Site) -> None:
    answers = [
        httpx.post(
            f"{site.base_url}{path}", content=KNOWN_FILE, headers=JPEG | {"X-Leeward-Answer": "clear"}
        ).status_code
        for path in ("/held-uploads", "//upload", "/x/../upload", "/%75pload")
    ]

    assert answers == [404, 451, 451, 451]
    assert (site.published, site.held) == ([], [])


def test_with_leeward_stopped_every_example_holds_and_asks_again_later(
    guarded: tuple[Leeward, Keys], sites: Sites, storage: django_upload.ScreenedStorage
) -> None:
    leeward, keys = guarded
    names = NAMES if uploads_sites.nginx() else tuple(uploads_sites.PROGRAMS)
    running = [sites.site(name) for name in names]
    for site in running:
        site.empty()
    leeward.stop()
    try:
        answers = {site.name: site.send_form(CLEAR).status_code for site in running}
        refused = {site.name: site.send_form(KNOWN_FILE).status_code for site in running}
        name = storage.save("boat.jpg", ContentFile(CLEAR))
        still = storage.ask_again(name)
    finally:
        leeward.start(Role.SERVE)
        wait_until_ready(leeward, keys)

    assert answers == refused == dict.fromkeys(names, 202)
    assert [site.published for site in running] == [[]] * len(running)
    assert [sorted(site.held) for site in running] == [sorted([CLEAR, KNOWN_FILE])] * len(running)
    assert name == still == "held/boat.jpg"
    assert (storage.ask_again(name), storage.exists(name)) == ("boat.jpg", False)
    assert storage.url("boat.jpg") == "/media/boat.jpg"


def test_what_a_django_site_makes_itself_is_screened_too(storage: django_upload.ScreenedStorage) -> None:
    published = storage.save("thumbnails/small.jpg", ContentFile(CLEAR))
    held = storage.save("thumbnails/broken.jpg", ContentFile(UNREADABLE), max_length=28)

    assert (published, held[:21], len(held) <= 28) == ("thumbnails/small.jpg", "held/thumbnails/broke", True)
    with pytest.raises(django_upload.KnownToHarm):
        storage.save("thumbnails/known.jpg", ContentFile(KNOWN_FILE))


def test_a_held_file_of_a_django_site_has_no_address(storage: django_upload.ScreenedStorage) -> None:
    name = storage.save("broken.jpg", ContentFile(UNREADABLE))

    with pytest.raises(django_upload.StillHeld):
        storage.url(name)
    with storage.open(name) as file:
        assert file.read() == UNREADABLE
    assert storage.ask_again(name) == name
