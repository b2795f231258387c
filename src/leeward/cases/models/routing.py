"""Who is responsible for what: bodies, rules as data, and the legs by which a case reaches them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from leeward.cases.models.case import Case
from leeward.cases.states import LegState
from leeward.core.models import Endpoint, User
from leeward.core.sealed_text import SealedTextField


class Queue(models.Model):
    """One line of cases at this desk. `triage` takes what no rule places, and cannot be deleted."""

    TRIAGE = "triage"

    slug = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    calendar = models.CharField(max_length=40, blank=True)
    # Minutes until human eyes, by severity 0 to 3: {"0": 60, "1": 240, …}.
    targets = models.JSONField(default=dict)


class Body(models.Model):
    """Whoever may be responsible: this desk, a hotline, a police unit, a helpline, a regulator, a host."""

    class Kind(models.TextChoices):
        DESK = "desk", "This desk"
        HOTLINE = "hotline", "Hotline"
        POLICE = "police", "Police"
        HELPLINE = "helpline", "Helpline"
        REGULATOR = "regulator", "Regulator"
        HOST = "host", "Host"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # ISO 3166-1 alpha-2 in upper case, `EU`, or `any`.
    jurisdiction = models.CharField(max_length=5)
    # Natures and categories that are theirs, and those that never are; the second list wins.
    responsible_for = models.JSONField(default=list)
    never_for = models.JSONField(default=list)
    page_url = models.URLField(max_length=500, blank=True)
    source = models.CharField(max_length=300)
    as_of_date = models.DateField()
    # Nothing is sent by itself to a contact that nobody here has confirmed.
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """How a body is reached for some matters."""

    class Transport(models.TextChoices):
        TASK = "task", "A person hands it over"
        WEBHOOK = "webhook", "Signed webhook"
        MAIL = "mail", "E-mail"
        XARF = "xarf", "XARF by e-mail"

    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="contacts")
    # Empty for everything that the body is responsible for.
    natures = models.JSONField(default=list)
    transport = models.CharField(max_length=8, choices=Transport.choices, default=Transport.TASK)
    endpoint = models.ForeignKey(Endpoint, null=True, on_delete=models.PROTECT)
    mail = models.EmailField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(transport="webhook") | Q(endpoint__isnull=False), name="webhook_has_endpoint"
            ),
            models.CheckConstraint(condition=~Q(transport__in=["mail", "xarf"]) | ~Q(mail=""), name="mail_has_address"),
        ]


class Rule(models.Model):
    """One row of the routing table. The first that fits gives each leg; see `engines.routing`."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Which shipped or own set it belongs to, such as `mongolia`; `draft:` before it while it is tried dry.
    rule_set = models.CharField(max_length=60)
    position = models.PositiveIntegerField()
    # The row as `engines.routing.Rule` reads it.
    rule = models.JSONField()
    source = models.CharField(max_length=300)
    as_of_date = models.DateField()
    is_live = models.BooleanField(default=False)
    # Shipped rows say "confirm with counsel" until somebody has.
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule_set", "position"], name="rule_place_once")]
        ordering = ["position", "pk"]


class Leg(models.Model):
    """One hand-over of a case to one body, with its own clock. A leg handed back leads to the next hop."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="legs")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="legs")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL)
    # The name of the leg in the rules: `police`, `hotline`, `host`, `helpline`, `regulator`, `desk`.
    name = models.CharField(max_length=20)
    state = models.CharField(max_length=9, choices=LegState.choices)
    # The rule that gave it, or `person` where somebody sent it by hand.
    given_by = models.CharField(max_length=80)
    sent_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    why = SealedTextField(max_length=500)
    legal_basis = models.CharField(max_length=300)
    # The names of the fields that may leave; nothing else does.
    fields = models.JSONField(default=list)
    hop = models.PositiveSmallIntegerField(default=1)
    after = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="next_hops")
    # The keyed digest of the code with which a body without an account answers.
    code = models.BinaryField(max_length=32, null=True, unique=True)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    is_breached = models.BooleanField(default=False)
    # What the body said: a short reason, without content of the case.
    answer = SealedTextField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "body"],
                condition=Q(state__in=["held", "owed", "sent", "accepted"]),
                name="one_running_leg_a_body",
            )
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state__in=["held", "owed", "sent"]), name="leg_due")]


class Deadline(models.Model):
    """One clock of a case: since when, until when, and whether it was met."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="deadlines")
    # The slug of the clock in the table of clocks, such as `human_eyes` or `take_it_down`.
    clock = models.CharField(max_length=40)
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "clock"], name="clock_once_a_case")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(met_at=None, breached_at=None), name="deadline_due"),
            models.Index(fields=["breached_at"], condition=Q(breached_at__isnull=False), name="deadline_breached"),
        ]


class Calendar(models.Model):
    """When a desk works: a time zone, hours a week day, and holidays. Without one, a clock runs always."""

    slug = models.SlugField(max_length=40, unique=True)
    zone = models.CharField(max_length=60)
    # Monday first: [["09:00", "17:00"], …, []]; an empty pair is a day off.
    hours = models.JSONField()
    # ISO dates.
    holidays = models.JSONField(default=list)
    source = models.CharField(max_length=300, blank=True)
