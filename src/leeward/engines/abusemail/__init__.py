"""Mails that complain: ARF (RFC 5965) and XARF 4 are read, everything else is told apart. Media that came with one is left out."""

from leeward.engines.abusemail._limits import MAIL_BYTES, Fault, Unreadable
from leeward.engines.abusemail._read import Mail, read
from leeward.engines.abusemail._values import Complaint, Format, Source

__all__ = ["MAIL_BYTES", "Complaint", "Fault", "Format", "Mail", "Source", "Unreadable", "read"]
