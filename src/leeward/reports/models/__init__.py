"""What reports remember. Nothing here names the reporter; the receipt code is kept as a keyed digest."""

from leeward.reports.models.dialogue import Complaint, Message, Misuse, Outcome, Withdrawal
from leeward.reports.models.report import Attachment, Channel, Context, HalfReport, Nature, Reason, Report

__all__ = [
    "Attachment",
    "Channel",
    "Complaint",
    "Context",
    "HalfReport",
    "Message",
    "Misuse",
    "Nature",
    "Outcome",
    "Reason",
    "Report",
    "Withdrawal",
]
