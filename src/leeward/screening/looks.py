"""What a file looks like to screening: digests, picture variants, video frames, a text fingerprint, and the same of what is inside.

No database and no settings: a re-scan calls this in many processes. What cannot be looked at says why, and is held.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from leeward.engines import classifying, hashing, unpacking
from leeward.engines.hashing import text

CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 4096
# What does not fit into memory is looked at as a stream; a picture that large is refused by its own limit.
_WHOLE_BYTES = hashing.DEFAULT_LIMITS.size_bytes


@dataclass(frozen=True)
class Lead:
    """What a classifier thinks of a picture, from 0 to 1, and from where on that is worth a person's look."""

    classifier: str
    score: float
    threshold: float

    @property
    def is_lead(self) -> bool:
        return self.score >= self.threshold


@dataclass(frozen=True)
class Look:
    """One file, looked at. `reason` is set where it could not be judged; `inside` holds what an archive held."""

    digests: hashing.Digests
    variants: tuple[hashing.Variant, ...] = ()
    frames: bytes = b""
    fingerprint: str = ""
    inside: tuple[Look, ...] = ()
    leads: tuple[Lead, ...] = ()
    reason: str = ""

    @property
    def quality(self) -> int | None:
        """The PDQ quality of a picture, 0 to 100, or None for what is no picture."""
        return self.variants[0].quality if self.variants else None

    def all(self) -> Iterator[Look]:
        """Yield this look and those of everything inside."""
        yield self
        for look in self.inside:
            yield from look.all()


def look_at(
    source: bytes | BinaryIO,
    *,
    classifiers: Mapping[str, classifying.Classifier] | None = None,
    is_text: bool = False,
    digests: hashing.Digests | None = None,
) -> Look:
    """Look at a file once. A stream is read from its beginning; give its digests where they are known already."""
    found = digests or _digests(source)
    data = source if isinstance(source, bytes) else _whole(source)
    head = data[:_HEAD_BYTES] if data is not None else _head(source)
    if is_text and data is not None and (words := _words(data)) is not None:
        return Look(found, fingerprint=text.fingerprint(words) or "")
    if unpacking.is_archive(head):
        return _archive(source, found, classifiers=classifiers or {})
    if _is_video(head):
        return _video(source, found)
    if data is None:
        return Look(found, reason=hashing.RefusalReason.TOO_LARGE)
    return _picture(data, found, classifiers=classifiers or {})


def _digests(source: bytes | BinaryIO) -> hashing.Digests:
    if isinstance(source, bytes):
        return hashing.digests(source)
    source.seek(0)
    return hashing.digests_of_stream(iter(lambda: source.read(CHUNK_BYTES), b""))


def _whole(source: BinaryIO) -> bytes | None:
    if source.seek(0, io.SEEK_END) > _WHOLE_BYTES:
        return None
    source.seek(0)
    return source.read()


def _head(source: bytes | BinaryIO) -> bytes:
    if isinstance(source, bytes):
        return source[:_HEAD_BYTES]
    source.seek(0)
    return source.read(_HEAD_BYTES)


def _words(data: bytes) -> str | None:
    try:
        words = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in words else words


def _is_video(head: bytes) -> bool:
    from leeward.engines.hashing import video  # PyAV is 60 MB in memory, so only who has a video loads it

    return video.is_video(head)


def _video(source: bytes | BinaryIO, digests: hashing.Digests) -> Look:
    from leeward.engines.hashing import video  # see `_is_video`

    try:
        frames = video.ask(source)
    except video.VideoRefused as refused:
        return Look(digests, reason=f"video_{refused.reason}")
    if not len(frames.hashes):
        return Look(digests, reason="video_without_structure")
    return Look(digests, frames=frames.hashes.tobytes())


def _picture(data: bytes, digests: hashing.Digests, *, classifiers: Mapping[str, classifying.Classifier]) -> Look:
    try:
        variants = hashing.variants(data)
    except hashing.PictureRefused as refused:
        return Look(digests, reason=str(refused.reason))
    try:
        return Look(digests, variants=variants, leads=_leads(data, classifiers))
    except (hashing.PictureRefused, classifying.ClassifierUnavailable):
        # What it is like can still be asked; for the rest it waits for a person.
        return Look(digests, variants=variants, reason="classifier_unavailable")


def _leads(data: bytes, classifiers: Mapping[str, classifying.Classifier]) -> tuple[Lead, ...]:
    if not classifiers:
        return ()
    rgb = hashing.thumbnail(data, at_least=max(classifier.side for classifier in classifiers.values()))
    return tuple(
        Lead(name, round(classifier.score(rgb), 4), classifier.card.threshold)
        for name, classifier in classifiers.items()
    )


def _archive(
    source: bytes | BinaryIO, digests: hashing.Digests, *, classifiers: Mapping[str, classifying.Classifier]
) -> Look:
    inside: list[Look] = []
    reason = ""
    try:
        inside.extend(
            look_at(member.data, classifiers=classifiers, is_text=_is_plain(member.data))
            for member in unpacking.members(source)
        )
    except unpacking.ArchiveRefused as refused:
        reason = f"archive_{refused.reason}"
    return Look(
        digests, inside=tuple(inside), reason=reason or _first_reason(inside) or ("" if inside else "archive_empty")
    )


def _is_plain(data: bytes) -> bool:
    """Say whether a member is text: a list of contents beside the pictures must not hold the whole archive."""
    return _words(data) is not None


def _first_reason(inside: Sequence[Look]) -> str:
    return next((f"inside_{look.reason}" for look in inside if look.reason), "")
