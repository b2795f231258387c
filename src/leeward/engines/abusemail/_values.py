"""What a mail complains of."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class Format(enum.StrEnum):
    """How it was written."""

    ARF = "ARF"
    XARF = "XARF"


@dataclass(frozen=True)
class Source:
    """Where the mail says that it came from: an IP address, the port if it says so, and when (with an offset)."""

    ip: str
    port: int | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Complaint:
    """One complaint. All texts are cleaned of control characters and cut to a length.

    `about` is the Feedback-Type of ARF (`abuse`), or category and type of XARF and the kind of exploitation
    (`content/csem/grooming`). `addresses` are http(s) addresses as they were written, `digests` such as `sha256:…`, `remarks`
    names of fields that the XARF schema wants otherwise. `left_out` counts files that came along and were not read.
    """

    format: Format
    about: str
    addresses: tuple[str, ...] = ()
    words: str = ""
    details: tuple[str, ...] = ()
    source: Source | None = None
    account_id: str = ""
    sent_by: str = ""
    digests: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    left_out: int = 0
