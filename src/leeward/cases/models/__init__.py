"""What cases remember."""

from leeward.cases.models.case import Case, CaseReport, Note, Subject
from leeward.cases.models.decision import (
    OWN_MEASURES,
    UNDO,
    Action,
    Appeal,
    Bulk,
    Decision,
    Measure,
    SecondLook,
    Statement,
    Undo,
)
from leeward.cases.models.evidence import Approval, Erasure, Evidence, Hold, View
from leeward.cases.models.people import Exposure, Token
from leeward.cases.models.routing import Body, Calendar, Contact, Deadline, Leg, Queue, Rule

__all__ = [
    "OWN_MEASURES",
    "UNDO",
    "Action",
    "Appeal",
    "Approval",
    "Body",
    "Bulk",
    "Calendar",
    "Case",
    "CaseReport",
    "Contact",
    "Deadline",
    "Decision",
    "Erasure",
    "Evidence",
    "Exposure",
    "Hold",
    "Leg",
    "Measure",
    "Note",
    "Queue",
    "Rule",
    "SecondLook",
    "Statement",
    "Subject",
    "Token",
    "Undo",
    "View",
]
