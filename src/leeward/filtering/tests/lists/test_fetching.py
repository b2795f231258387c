"""A list is fetched when it is due; what changed too much waits for a person, and the last good names stay in force."""

from __future__ import annotations

import base64
import dataclasses
import logging
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from leeward.core.models import Delivery, Record, User
from leeward.engines import policy
from leeward.engines.policy import family
from leeward.engines.policy.lists import Format, Row
from leeward.filtering.lists import fetching, listing, services, store, taking
from leeward.filtering.lists import presets as list_presets
from leeward.filtering.lists.fetching import Limits, NotFetched
from leeward.filtering.lists.models import ListFetch, ListSource
from leeward.filtering.lists.presets import Preset
from leeward.filtering.tests.lists.server import Maker, serving
from leeward.filtering.tests.signs import AT, SCHOOL

pytestmark = pytest.mark.django_db
LIMITS = Limits(most_bytes=1_000_000, total_s=10, silence_s=5)
PRESET = Preset("made-up", "Made up", "", Format.DOMAINS, "gambling", "CC0-1.0")
DAY = timedelta(days=1)


@pytest.fixture
def maker() -> Iterator[Maker]:
    """A maker of lists."""
    with serving() as maker:
        yield maker


@pytest.fixture
def source(maker: Maker, olga: User) -> ListSource:
    """A list that the operator switched on and that was never fetched."""
    return services.subscribe(dataclasses.replace(PRESET, address=maker.address), by=olga, at=AT)


def many(count: int, *, word: str = "name") -> bytes:
    return b"".join(b"%s%d.example\n" % (word.encode(), number) for number in range(count))


def fetched(source: ListSource, maker: Maker | None = None, body: bytes | None = None) -> ListFetch:
    if maker is not None and body is not None:
        maker.body = body
    source.refresh_from_db()
    row = services.fetch(source, at=AT, limits=LIMITS)
    source.refresh_from_db()
    return row


def in_force() -> list[str]:
    sources = listing.in_force().here()
    return [name for one in sources.lists for name in (sources.folder / one.file).read_text("ascii").split()]


def files() -> list[str]:
    return sorted(path.name for path in store.folder().iterdir())


def test_a_list_is_taken_sorted_and_each_name_once(source: ListSource, maker: Maker) -> None:
    row = fetched(source, maker, b"worse.example\nbad.example\n\nWORSE.example\nbad..example\n192.0.2.7\n")

    assert in_force() == ["bad.example", "worse.example"]
    assert (row.outcome, row.count, row.fault_count, row.left_out_count) == ("taken", 2, 1, 1)
    what = "The name has a fault in label 2: it is empty; write one dot between two labels."
    assert row.faults == [{"line": 5, "column": 5, "what": what}]
    assert (source.count, source.state, source.error, source.fetched_at) == (2, "active", "", AT)
    assert source.next_at == AT + DAY
    assert files() == [source.last_good]


def test_what_did_not_change_is_not_fetched_again(source: ListSource, maker: Maker) -> None:
    fetched(source)

    row = fetched(source)

    assert row.outcome == "unchanged"
    assert [sent for _, sent in maker.asked] == ["", maker.etag]
    assert in_force() == ["bad.example"]


def test_a_newer_state_replaces_the_older_whose_file_goes_later(source: ListSource, maker: Maker) -> None:
    fetched(source)
    before = source.last_good

    fetched(source, maker, b"bad.example\nworse.example\n")

    assert in_force() == ["bad.example", "worse.example"]
    assert before in files()
    services.fetch(source, at=timezone.now() + 2 * timedelta(hours=1), limits=LIMITS)
    assert files() == [source.last_good]


def test_what_a_killed_process_left_is_removed_later(source: ListSource) -> None:
    (store.folder() / "sort-7").mkdir()
    (store.folder() / "sort-7" / "0").write_text("bad.example\n")
    (store.folder() / "raw-7").write_text("bad.example\n")

    services.fetch(source, at=timezone.now() + 2 * timedelta(hours=1), limits=LIMITS)

    source.refresh_from_db()
    assert files() == [source.last_good]


def test_a_list_whose_file_was_lost_is_fetched_whole_again(
    source: ListSource, maker: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    fetched(source)
    (store.folder() / source.last_good).unlink()
    assert in_force() == []
    assert services.who_says("bad.example") == []
    assert "files of lists are lost; fetch these lists anew" in caplog.messages

    assert fetched(source).outcome == "taken"
    assert in_force() == ["bad.example"]


@pytest.mark.parametrize(
    ("then", "reason"), [(many(79), "shrank"), (many(151), "grew"), (many(100) + b"x..y\n" * 60, "faulty")]
)
def test_a_list_that_changes_too_much_waits_for_a_person(
    source: ListSource, maker: Maker, olga: User, then: bytes, reason: str
) -> None:
    fetched(source, maker, many(100))

    row = fetched(source, maker, then)

    assert (row.outcome, row.reason, source.state, source.error) == ("quarantined", reason, "quarantined", reason)
    assert in_force() == sorted(many(100).decode().split())
    assert Record.objects.filter(kind="filtering.ListQuarantined").count() == 1

    services.release(source, waiting=source.waiting, by=olga, at=AT)

    source.refresh_from_db()
    assert (source.state, source.waiting, source.error) == ("active", "", "")
    assert in_force() == sorted(line for line in then.decode().split() if ".." not in line)


@pytest.mark.parametrize("then", [many(80), many(150), many(100, word="other")])
def test_a_list_that_changes_within_its_share_is_taken(source: ListSource, maker: Maker, then: bytes) -> None:
    fetched(source, maker, many(100))

    assert fetched(source, maker, then).outcome == "taken"
    assert in_force() == sorted(then.decode().split())


def test_a_list_that_comes_back_to_normal_needs_no_release(source: ListSource, maker: Maker, olga: User) -> None:
    fetched(source, maker, many(100))
    fetched(source, maker, many(1))
    fetched(source)  # The server says that nothing changed: it waits on, and for the same reason.
    assert (source.state, source.error) == ("quarantined", "shrank")

    seen = source.waiting

    fetched(source, maker, many(101))

    assert (source.state, source.count, source.waiting) == ("active", 101, "")
    with pytest.raises(services.NothingWaits):
        services.release(source, waiting=seen, by=olga, at=AT)


def test_what_the_person_did_not_see_is_not_released(source: ListSource, maker: Maker, olga: User) -> None:
    fetched(source, maker, many(100))
    fetched(source, maker, many(1))
    seen = source.waiting
    fetched(source, maker, many(2))

    with pytest.raises(services.NothingWaits):
        services.release(source, waiting=seen, by=olga, at=AT)

    assert source.count == 100


def test_a_short_list_may_change_as_it_likes(source: ListSource, maker: Maker) -> None:
    fetched(source, maker, many(40))

    assert fetched(source, maker, many(2)).outcome == "taken"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": 404}, "gone"),
        ({"status": 403}, "refused"),
        ({"status": 500}, "refused"),
        ({"body": b"<!doctype html><p>Sign in"}, "not_a_list"),
        ({"body": b"\x1f\x8b packed"}, "not_a_list"),
        ({"body": b"# nothing\nlocalhost.local\0\n"}, "not_a_list"),
        ({"body": b"bad..example.\n"}, "no_names"),
        ({"body": many(90_000)}, "too_large"),
        ({"body": many(90_000), "is_endless": True}, "too_large"),
        ({"headers": {"Content-Encoding": "gzip"}, "body": b"x"}, "packed"),
        ({"status": 302, "headers": {"Location": "/list"}}, "led_astray"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}}, "private_network"),
        ({"status": 302, "headers": {"Location": "http://localhost/"}}, "private_network"),
        ({"status": 302, "headers": {"Location": "http://169.254.169.254/latest"}}, "private_network"),
        ({"status": 302, "headers": {"Location": "http://[::ffff:10.0.0.1]/"}}, "private_network"),
        ({"status": 302, "headers": {"Location": "file:///etc/hosts"}}, "not_an_address"),
    ],
)
def test_whatever_goes_wrong_is_named_and_the_last_good_names_stay(
    source: ListSource, maker: Maker, changes: dict[str, object], reason: str
) -> None:
    fetched(source)
    for name, value in changes.items():
        setattr(maker, name, value)

    row = fetched(source)

    assert (row.outcome, row.reason, source.error) == ("failed", reason, reason)
    assert in_force() == ["bad.example"]
    assert source.next_at == AT + services.RETRY
    assert files() == [source.last_good]


def test_a_list_that_moved_on_the_same_server_is_followed(source: ListSource, maker: Maker) -> None:
    maker.status, maker.headers["Location"] = 301, "/moved"
    maker.files["/moved"] = b"moved.example\n"

    assert fetched(source).outcome == "taken"
    assert in_force() == ["moved.example"]
    assert [path for path, _ in maker.asked] == ["/list", "/moved"]


def test_nobody_is_led_from_https_to_http() -> None:
    with pytest.raises(NotFetched, match="led_astray"):
        fetching._led_on("https://list.example/a", httpx.Response(302, headers={"Location": "http://list.example/a"}))


@pytest.mark.parametrize("most_bytes", [len(b"bad.example\n"), len(b"bad.example\n") - 1])
def test_a_list_may_be_exactly_as_large_as_allowed(source: ListSource, most_bytes: int) -> None:
    row = services.fetch(source, at=AT, limits=dataclasses.replace(LIMITS, most_bytes=most_bytes))

    assert row.reason == ("" if most_bytes == len(b"bad.example\n") else "too_large")


def test_a_list_that_takes_too_long_is_left(source: ListSource) -> None:
    assert services.fetch(source, at=AT, limits=dataclasses.replace(LIMITS, total_s=0.0)).reason == "too_slow"


def test_a_server_that_is_not_there_is_named(source: ListSource) -> None:
    ListSource.objects.update(address="http://127.0.0.1:1/list")

    assert fetched(source).reason == "unreachable"


@pytest.mark.parametrize("address", ["ftp://list.example/", "list", "http://user@list.example/", "http://[::1/"])
def test_what_is_no_address_is_named(source: ListSource, address: str) -> None:
    ListSource.objects.update(address=address)

    assert fetched(source).reason == "not_an_address"


def test_a_name_of_this_house_is_not_asked(source: ListSource, maker: Maker) -> None:
    ListSource.objects.update(address=maker.address.replace("127.0.0.1", "localhost"))

    assert fetched(source).reason == "private_network"
    assert maker.asked == []


def test_a_poisoned_list_does_not_close_the_school_and_rings_the_alarm(
    source: ListSource, maker: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "leeward.filtering"):
        row = fetched(source, maker, f"bad.example\n{SCHOOL}\nwww.{SCHOOL}\n".encode())

    assert in_force() == ["bad.example"]
    assert row.protected_count == 2
    assert [record.message for record in caplog.records] == ["a list asks for names that nobody may close"]


def test_a_list_of_names_that_stay_open_gives_exceptions(maker: Maker, olga: User) -> None:
    preset = dataclasses.replace(PRESET, address=maker.address, marks=taking.RESETS)

    fetched(services.subscribe(preset, by=olga, at=AT), maker, b"good.example\n")

    assert in_force() == ["@good.example"]


def test_marks_that_nobody_knows_are_refused(olga: User) -> None:
    with pytest.raises(family.UnknownSlug):
        services.subscribe(dataclasses.replace(PRESET, marks="made-up"), by=olga, at=AT)


def test_a_signed_list_is_taken_with_its_signature_only(source: ListSource, maker: Maker) -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    ListSource.objects.update(signature_key=public)
    assert fetched(source, maker, b"bad.example\n").reason == "bad_signature"

    maker.files["/list.sig"] = base64.b64encode(key.sign(maker.body)) + b"\n"
    assert fetched(source).outcome == "taken"

    assert fetched(source, maker, b"bad.example\nplanted.example\n").reason == "bad_signature"
    assert in_force() == ["bad.example"]


def test_a_list_that_is_off_closes_nothing_and_is_not_fetched(source: ListSource, maker: Maker, olga: User) -> None:
    fetched(source)

    services.switch_off(source, by=olga, at=AT)
    services.fetch_soon(source, at=AT)
    services.owe_fetches(AT + 2 * DAY)
    services.fetch_list.call(source_id=source.pk)

    assert in_force() == []
    assert len(maker.asked) == 1
    assert Delivery.objects.count() == 1  # The one of the beginning.
    again = services.subscribe(dataclasses.replace(PRESET, address=maker.address), by=olga, at=AT)
    assert again.pk == source.pk
    assert in_force() == ["bad.example"]


def test_a_list_that_is_due_is_owed_once(source: ListSource) -> None:
    before = Delivery.objects.count()
    ListSource.objects.update(next_at=AT)

    services.owe_fetches(AT - DAY)
    services.owe_fetches(AT)
    services.owe_fetches(AT)

    assert Delivery.objects.count() == before + 1
    assert Delivery.objects.latest("pk").lane == "list:made-up"


def test_the_owed_fetch_fetches(source: ListSource) -> None:
    services.fetch_list.call(source_id=source.pk)

    assert in_force() == ["bad.example"]


def test_one_can_ask_which_list_speaks_of_a_name(source: ListSource, maker: Maker, olga: User) -> None:
    fetched(source, maker, b"bad.example\n" + many(1000))
    other = dataclasses.replace(PRESET, slug="open", address=maker.address, marks=taking.RESETS)
    fetched(services.subscribe(other, by=olga, at=AT), maker, b"good.bad.example\n")

    said = [(one.source.slug, one.row) for one in services.who_says("WWW.good.bad.example.")]

    assert said == [("open", Row("good.bad.example", True)), ("made-up", Row("bad.example"))]
    assert services.who_says("fine.example") == []
    with pytest.raises(policy.NotAHostName):
        services.who_says("two words")


def test_only_the_newest_fetches_are_remembered(source: ListSource) -> None:
    for _ in range(services._FETCHES_KEPT + 3):
        fetched(source)

    assert ListFetch.objects.count() == services._FETCHES_KEPT


def test_every_preset_can_be_subscribed_to_and_names_its_licence(olga: User) -> None:
    presets = list_presets.presets()

    assert len({preset.slug for preset in presets}) == len(presets)
    for preset in presets:
        assert preset.licence
        assert preset.address.startswith("https://")
        services.subscribe(preset, by=olga, at=AT)
    assert ListSource.objects.count() == len(presets)


def test_no_preset_is_on_by_itself(db: None) -> None:
    assert not ListSource.objects.exists()
