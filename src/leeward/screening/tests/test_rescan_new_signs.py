"""New signs are asked of everything that sweeps have seen, and only the files that they point at are read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from leeward.core.models import Organisation, Record
from leeward.engines import hashing
from leeward.engines.hashing import Orientation, video
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.screening import looks
from leeward.screening.models import Match
from leeward.screening.rescan import newly, seen, services, sources, work
from leeward.screening.rescan.engines import Here, Pace
from leeward.screening.rescan.reading import Reach
from leeward.screening.rescan.seen import Seen
from leeward.screening.rescan.services import Asking, Way
from leeward.screening.tests.clips import Scene, clip
from leeward.screening.tests.uploads import (
    AT,
    DOCUMENT,
    archive,
    digest_of,
    encoded,
    look_of,
    published,
    waves,
    with_crops,
)

pytestmark = pytest.mark.django_db
NAMES = ("one.png", "two.png", "three.png")
WORDS = b"Ferry, lantern and harbour are words that nobody has to fear, said the keeper of the light. " * 8


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number, name in enumerate(NAMES, 1):
        (folder / name).write_bytes(encoded(waves(number)))
    return folder


def way(store: Seen | None = None) -> Way:
    return Way(Here(), Reach(), Pace(), lambda: AT, store)


@pytest.fixture
def swept(harbour: Organisation, corpus: Path) -> Iterator[Callable[[], Seen]]:
    """Sweep the corpus and return what was seen."""
    opened: list[Seen] = []

    def sweep() -> Seen:
        store = Seen.open(seen.folder())
        opened.append(store)
        folder = sources.Folder(corpus, harbour.pk)
        services.run(services.begun(folder, organisation=harbour, engine="local", at=AT), folder, way=way(store))
        return store

    yield sweep
    for store in opened:
        store.close()


def ask(store: Seen) -> Asking:
    asking, _ = services.ask_new_signs(store, start=lambda _: way(), at=AT)
    return asking


def found() -> set[str]:
    return set(Match.objects.values_list("item_id", flat=True))


def test_a_new_sign_finds_what_was_seen_before_it_and_reads_nothing_else(
    swept: Callable[[], Seen], corpus: Path
) -> None:
    store = swept()
    (corpus / "one.png").write_bytes(b"changed since, so who reads it finds nothing")
    published(look_of(encoded(waves(2), "JPEG", quality=60)))

    asking = ask(store)

    assert (asking.signs, asking.files, asking.pointed_at) == (1, 3, 1)
    assert found() == {"two.png"}
    assert Match.objects.get().uploaded_at is not None


def test_a_sign_is_asked_once(swept: Callable[[], Seen]) -> None:
    published(look_of(encoded(waves(1))), source="decision:1")
    store = swept()
    published(look_of(encoded(waves(2))), source="decision:2")

    assert ask(store).signs == 1
    assert ask(store).signs == 0
    assert found() == {"one.png", "two.png"}


KINDS: dict[str, tuple[str, bytes, Callable[[], indicators.Sign]]] = {
    "by its bytes": ("paper.pdf", DOCUMENT, lambda: digest_of(DOCUMENT)),
    "in an archive": ("packed.zip", archive(encoded(waves(9))), lambda: look_of(encoded(waves(9)))),
    "cropped": (
        "cropped.jpg",
        encoded(waves(9, width=1000, height=800).crop((50, 40, 950, 760)), "JPEG"),
        lambda: with_crops(encoded(waves(9, width=1000, height=800))),
    ),
    "a text": (
        "copied.txt",
        WORDS.replace(b"keeper", b"warden", 1),
        lambda: indicators.Sign(Kind.TLSH, looks.look_at(WORDS, is_text=True).fingerprint, Category.OTHER),
    ),
}


@pytest.mark.parametrize(("name", "data", "sign"), KINDS.values(), ids=KINDS.keys())
def test_everything_that_the_door_knows_is_found(
    swept: Callable[[], Seen], corpus: Path, name: str, data: bytes, sign: Callable[[], indicators.Sign]
) -> None:
    (corpus / name).write_bytes(data)
    store = swept()
    published(sign())

    ask(store)

    assert found() == {name}


TURNS = [None, *Image.Transpose]


@pytest.mark.parametrize("turn", TURNS, ids=[turn.name if turn is not None else "AS_IT_IS" for turn in TURNS])
def test_a_picture_is_found_however_it_was_turned(
    swept: Callable[[], Seen], corpus: Path, turn: Image.Transpose | None
) -> None:
    turned = waves(9) if turn is None else waves(9).transpose(turn)
    (corpus / "turned.jpg").write_bytes(encoded(turned, "JPEG", quality=70))
    store = swept()
    published(look_of(encoded(waves(9))))

    ask(store)

    assert found() == {"turned.jpg"}


def test_four_orientations_and_their_transposes_are_all_eight_bit_for_bit() -> None:
    variants = hashing.variants(encoded(waves(3), "JPEG"))
    kept = [variant.pdq for variant in variants if variant.orientation in work.KEPT_ORIENTATIONS]

    both = {*kept, *(row.tobytes() for row in work.transposed(work.octets(b"".join(kept), 32)))}

    assert len(kept) == 4
    assert both == {variant.pdq for variant in variants}
    assert len(variants) == len(Orientation) == 8


def test_a_video_is_found_by_its_frames(swept: Callable[[], Seen], corpus: Path) -> None:
    data = clip(Scene(5))
    (corpus / "clip.mp4").write_bytes(data)
    store = swept()
    frames = b"".join(bytes([15]) + row.tobytes() for row in video.bank(data).hashes)
    published(indicators.Sign.of_video(frames, category=Category.OTHER))

    ask(store)

    assert found() == {"clip.mp4"}


def test_a_file_that_is_gone_is_counted_and_forgotten(swept: Callable[[], Seen], corpus: Path) -> None:
    store = swept()
    (corpus / "two.png").unlink()
    published(look_of(encoded(waves(2))))

    _, sweep = services.ask_new_signs(store, start=lambda _: way(), at=AT)

    assert sweep.unreadable == {"gone": 1}
    assert len(store) == 2


def test_a_file_that_cannot_be_read_this_time_is_tried_again_the_next(swept: Callable[[], Seen], corpus: Path) -> None:
    store = swept()
    (corpus / "two.png").rename(corpus / "elsewhere.png")
    (corpus / "two.png").mkdir()
    published(look_of(encoded(waves(2))))
    ask(store)
    assert found() == set()

    (corpus / "two.png").rmdir()
    (corpus / "elsewhere.png").rename(corpus / "two.png")
    again = ask(store)

    assert (again.signs, again.pointed_at) == (0, 1)
    assert found() == {"two.png"}
    assert ask(store).pointed_at == 0


def test_a_file_that_is_swept_again_is_kept_once(swept: Callable[[], Seen], corpus: Path) -> None:
    swept()
    (corpus / "one.png").write_bytes(encoded(waves(4)))

    store = swept()
    published(look_of(encoded(waves(1))), source="decision:1")
    ask(store)
    assert found() == set()
    published(look_of(encoded(waves(4))), source="decision:2")
    ask(store)

    assert len(store) == 3
    assert found() == {"one.png"}


def test_with_the_history_of_another_database_every_sign_is_asked(swept: Callable[[], Seen]) -> None:
    published(look_of(encoded(waves(1))))
    store = swept()
    Match.objects.all().delete()
    assert newly.since(store.asked) == 1

    Record.objects.exclude(position=None).update(chain=b"\x01" * 32)

    assert newly.since(store.asked) == 0
    assert ask(store).signs == 1


def test_what_was_seen_is_for_this_user_alone_and_deleted_by_one_word(swept: Callable[[], Seen]) -> None:
    store = swept()
    ask(store)
    files = list(seen.folder().iterdir())

    assert {file.name for file in files} >= {"seen.sqlite3", "seen.seg"}
    assert [file.name for file in (seen.folder(), *files) if file.stat().st_mode & 0o077] == []
    assert seen.forget()
    assert not any(seen.folder().iterdir())


def test_what_has_too_little_in_it_is_kept_by_its_bytes_only() -> None:
    plain = looks.look_at(encoded(Image.new("RGB", (64, 64), (90, 120, 200))))

    traits = work.traits_of(plain, least_quality=50)

    assert traits.near == b""
    assert len(traits.exact) == 3 * work.EXACT_BYTES


def test_a_segment_is_built_anew_only_where_rows_have_come(swept: Callable[[], Seen]) -> None:
    store = swept()
    store.index()
    before = (seen.folder() / "seen.seg").stat().st_ino

    store.index()
    assert (seen.folder() / "seen.seg").stat().st_ino == before
    assert swept().index().position == 6
    assert (seen.folder() / "seen.seg").stat().st_ino != before


def test_hashes_come_back_from_being_transposed_twice() -> None:
    hashes = np.random.default_rng(1).integers(0, 256, (20, 32), dtype=np.uint8)

    assert (work.transposed(work.transposed(hashes)) == hashes).all()
    assert (work.transposed(hashes) != hashes).any()
