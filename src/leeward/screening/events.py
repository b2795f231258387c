"""What screening announces. An upload that matched nothing is counted and not recorded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UploadMatched:
    """An upload was refused because it is known; the bytes were not kept."""

    match_id: int
    indicator_uid: str
    distance_bits: int
