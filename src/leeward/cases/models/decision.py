"""What was judged, what was ordered because of it, what the affected user was told, and who did not agree."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from leeward.cases.models.case import Case
from leeward.cases.states import ActionState, AppealState, DecisionState
from leeward.core.models import Endpoint, User
from leeward.core.sealed_text import SealedTextField
from leeward.indicators.models import Category
from leeward.reports.models import Complaint


class Bulk(models.Model):
    """Many decisions that one person took at once, and can take back at once."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)


class Measure(models.TextChoices):
    """What is done because of a decision. `Undo` holds the order that takes each back."""

    REMOVE = "remove", "Take it away"
    DISABLE = "disable", "Switch it off for everybody"
    AGE_RESTRICT = "age_restrict", "Show it to adults only"
    LABEL = "label", "Put a warning before it"
    DEMOTE = "demote", "Show it less"
    LIMIT_INTERACTION = "limit_interaction", "No comments, no messages"
    SUSPEND = "suspend", "Suspend the account for a while"
    TERMINATE = "terminate", "Close the account"
    WARN = "warn", "Warn the user"
    PRESERVE = "preserve", "Keep everything for the police"
    BLOCK_ADDRESS = "block_address", "Block the host name on the network"
    PUBLISH_HASH = "publish_hash", "Publish the sign, so that every door refuses it"


class Undo(models.TextChoices):
    """The orders that take a measure back."""

    RESTORE = "restore", "Put it back"
    ENABLE = "enable", "Switch it on again"
    AGE_UNRESTRICT = "age_unrestrict", "Show it to everybody again"
    UNLABEL = "unlabel", "Take the warning away"
    UNDEMOTE = "undemote", "Show it as before"
    UNLIMIT_INTERACTION = "unlimit_interaction", "Allow comments and messages again"
    UNSUSPEND = "unsuspend", "End the suspension"
    REINSTATE = "reinstate", "Open the account again"
    UNWARN = "unwarn", "Take the warning back"
    UNPRESERVE = "unpreserve", "It need not be kept any more"


UNDO: dict[Measure, Undo] = {
    Measure.REMOVE: Undo.RESTORE,
    Measure.DISABLE: Undo.ENABLE,
    Measure.AGE_RESTRICT: Undo.AGE_UNRESTRICT,
    Measure.LABEL: Undo.UNLABEL,
    Measure.DEMOTE: Undo.UNDEMOTE,
    Measure.LIMIT_INTERACTION: Undo.UNLIMIT_INTERACTION,
    Measure.SUSPEND: Undo.UNSUSPEND,
    Measure.TERMINATE: Undo.REINSTATE,
    Measure.WARN: Undo.UNWARN,
    Measure.PRESERVE: Undo.UNPRESERVE,
}
# Carried out here, by the signs, and lifted by revoking those; no provider's system is asked.
OWN_MEASURES = (Measure.BLOCK_ADDRESS, Measure.PUBLISH_HASH)


class Decision(models.Model):
    """What was judged, by whom, on which ground. Some outcomes and measures need two different people."""

    class Outcome(models.TextChoices):
        NO_VIOLATION = "no_violation", "It may stay"
        AGAINST_TERMS = "against_terms", "Against the terms"
        ILLEGAL = "illegal", "Illegal"
        INSUFFICIENT = "insufficient", "Not enough to find or judge it"

    class Automation(models.TextChoices):
        FULLY = "fully", "By a machine alone"
        PARTIALLY = "partially", "Proposed by a machine, taken by a person"
        NOT = "not", "By people"

    class Found(models.TextChoices):
        """How the provider came to know of it, in the words of the EU's database of statements of reasons."""

        NOTICE = "notice", "A notice (Article 16)"
        FLAGGER = "flagger", "A trusted flagger"
        OTHER_NOTICE = "other_notice", "Another notification"
        OWN = "own", "The provider's own look"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=14, choices=Outcome.choices)
    category = models.CharField(max_length=20, choices=Category.choices)
    ground = models.CharField(max_length=300)
    # What was found, in the reviewer's words; sealed.
    facts = SealedTextField(max_length=4000, blank=True)
    # `Measure` values, in the order in which they were chosen; none where it may stay.
    measures = models.JSONField(default=list)
    # When the measures end by themselves, such as a suspension of a week.
    ends_at = models.DateTimeField(null=True)
    # The host name that is to be blocked as well, or nothing.
    block_host = models.CharField(max_length=253, blank=True)
    state = models.CharField(max_length=10, choices=DecisionState.choices)
    # Facts of the moment of judging, taken from what the case held then; nobody types them.
    found_by = models.CharField(max_length=12, choices=Found.choices, default=Found.NOTICE)
    is_detected_by_machine = models.BooleanField(default=False)
    automation = models.CharField(max_length=10, choices=Automation.choices, default=Automation.NOT)
    bulk = models.ForeignKey(Bulk, null=True, on_delete=models.PROTECT, related_name="decisions")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    seconded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    effective_at = models.DateTimeField(null=True)
    reversed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reversed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(seconded_by=None) | ~Q(seconded_by=F("proposed_by")), name="two_different_people"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="illegal", state="effective") | Q(seconded_by__isnull=False),
                name="illegal_needs_two",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=["proposed", "effective"]), name="one_decision_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["-proposed_at"], name="decision_newest"),
            models.Index(fields=["ends_at"], condition=Q(ends_at__isnull=False), name="decision_ends"),
        ]

    @property
    def removes(self) -> bool:
        """True where the subject breaks the law or the terms, so that something is done about it."""
        return self.outcome in {self.Outcome.AGAINST_TERMS, self.Outcome.ILLEGAL}

    @property
    def takes_away(self) -> bool:
        """True where a provider here is told to take the subject away; what lies elsewhere nobody here can take away."""
        return self.case.subject.provider_id is not None and bool(
            {Measure.REMOVE, Measure.DISABLE} & set(self.measures)
        )

    @property
    def source(self) -> str:
        """The name under which its signs are published."""
        return f"decision:{self.uid}"


class Action(models.Model):
    """One order to a provider's own system, a plug-in or a person. `sequence` grows with each order about the same subject."""

    # Where no system takes orders, a person does it and says so.
    TASK = "task"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="actions")
    # `endpoint:UID`, `plugin:NAME` or `task`.
    target = models.CharField(max_length=80)
    endpoint = models.ForeignKey(Endpoint, null=True, on_delete=models.PROTECT)
    kind = models.CharField(max_length=20, choices=[*Measure.choices, *Undo.choices])
    state = models.CharField(max_length=10, choices=ActionState.choices, default=ActionState.OWED)
    ordered_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    # When the system, or the person who did it, said how it ended.
    answered_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "target", "kind"], name="one_order_a_decision")]
        indexes = [
            models.Index(fields=["ordered_at"], condition=Q(state="owed", target="task"), name="action_task"),
            models.Index(fields=["ordered_at"], condition=Q(state="failed"), name="action_failed"),
        ]


class Statement(models.Model):
    """The statement of reasons of one decision: what the affected user is told, and what the EU's database is given."""

    class Submission(models.TextChoices):
        NONE = "none", "Not for the database"
        OWED = "owed", "To be submitted"
        DONE = "done", "Stored by the database"
        REFUSED = "refused", "Refused by the database: a person must look"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="statement")
    language = models.CharField(max_length=12, default="en")
    # The keyed digest of the code with which the affected user reads it and appeals.
    code = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    # Without personal data; empty where it is not for the database.
    payload = models.JSONField(default=dict)
    submission = models.CharField(max_length=8, choices=Submission.choices, default=Submission.NONE)
    submitted_at = models.DateTimeField(null=True)
    # Names of fields that the database refused, never their values.
    refused = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["made_at"], condition=Q(submission="owed"), name="statement_owed")]


class Appeal(models.Model):
    """Somebody does not agree with a decision. Whoever took or seconded it never decides about the appeal."""

    class By(models.TextChoices):
        AFFECTED = "affected", "The affected user"
        REPORTER = "reporter", "The reporter"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="appeals")
    by = models.CharField(max_length=8, choices=By.choices)
    complaint = models.OneToOneField(Complaint, null=True, on_delete=models.PROTECT)
    text = SealedTextField(max_length=4000, blank=True)
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=AppealState.choices, default=AppealState.OPEN)
    taken_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    why = SealedTextField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision"],
                condition=Q(by="affected", state__in=["open", "in_review"]),
                name="one_open_appeal_of_the_affected",
            )
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state__in=["open", "in_review"]), name="appeal_queue")]


class SecondLook(models.Model):
    """One decision of a random share, judged again by somebody else who does not see how it was judged."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="second_look")
    drawn_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=14, choices=Decision.Outcome.choices, blank=True)
    category = models.CharField(max_length=20, choices=Category.choices, blank=True)
    at = models.DateTimeField(null=True)
