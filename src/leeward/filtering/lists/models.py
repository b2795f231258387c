"""The lists that the operator subscribed to, and what came of fetching them. The names themselves lie in files; see `store`."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from leeward.engines.policy import lists
from leeward.filtering.subscribers import models as subscriber_models  # noqa: F401  # Django looks for models here.


class ListSource(models.Model):
    """One list by its address: what its names mean, whose it is, and how far it may change before a person looks."""

    class State(models.TextChoices):
        ACTIVE = "active", "In use"
        # What came last waits for a person; the last good state stays in force.
        QUARANTINED = "quarantined", "Waits for a person"
        OFF = "off", "Off"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=500)
    format = models.CharField(max_length=10, choices=[(form.value, form.value) for form in lists.Format])
    # A slug of the catalogue of marks, or `reset`, where all its names are exceptions.
    marks = models.CharField(max_length=60)
    licence = models.CharField(max_length=60)
    # Where people read about it, and ask its makers to take a name out.
    home = models.CharField(max_length=500, blank=True)
    # An Ed25519 key in base64. Where there is one, nothing is taken that the file beside it, `.sig`, does not sign.
    signature_key = models.CharField(max_length=44, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ACTIVE)
    # What the server called its state, to ask for what changed since.
    etag = models.CharField(max_length=200, blank=True)
    last_modified = models.CharField(max_length=60, blank=True)
    every_hours = models.PositiveSmallIntegerField(default=24)
    next_at = models.DateTimeField()
    # When its server last gave the list, or said that nothing changed.
    fetched_at = models.DateTimeField(null=True)
    # Names in force, the file with them in the folder `lists`, and the same of what waits for a person.
    count = models.PositiveIntegerField(default=0)
    last_good = models.CharField(max_length=140, blank=True)
    waiting_count = models.PositiveIntegerField(default=0)
    waiting = models.CharField(max_length=140, blank=True)
    shrink_percent = models.PositiveSmallIntegerField(default=20, validators=[MaxValueValidator(100)])
    grow_percent = models.PositiveSmallIntegerField(default=50)
    # Why the last try gave nothing, or why what it gave waits; a word of `ListFetch.Reason`.
    error = models.CharField(max_length=24, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(shrink_percent__lte=100), name="list_shrinks_by_a_share"),
            models.CheckConstraint(condition=Q(every_hours__gte=1), name="list_rests_between_fetches"),
            models.CheckConstraint(
                condition=Q(state="quarantined", waiting__gt="") | (~Q(state="quarantined") & Q(waiting="")),
                name="list_waits_only_in_quarantine",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], condition=~Q(state="off"), name="list_due")]

    def __str__(self) -> str:
        return self.slug


class ListFetch(models.Model):
    """One try to fetch a list: what came of it, and the first few lines that were wrong."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", "Taken"
        UNCHANGED = "unchanged", "Unchanged"
        QUARANTINED = "quarantined", "Waits for a person"
        FAILED = "failed", "Failed"

    class Reason(models.TextChoices):
        """Why a try gave nothing, or why what it gave waits; the labels say what to do."""

        NOT_AN_ADDRESS = "not_an_address", "The address is no http or https address. Correct it."
        NO_SUCH_HOST = "no_such_host", "Nobody knows the host of the address. Look whether the list has moved."
        PRIVATE_NETWORK = "private_network", "The address leads into a private network. Give the public one."
        UNREACHABLE = "unreachable", "The server did not answer. It is tried again in an hour."
        TOO_SLOW = "too_slow", "The server was too slow. It is tried again in an hour."
        TOO_LARGE = "too_large", "The file is larger than a list may be. Look at the address."
        PACKED = "packed", "The server packed the file although it was asked not to. Choose another address."
        GONE = "gone", "The list is not there any more. Look whether it has moved."
        REFUSED = "refused", "The server refused. Look at the address in a browser."
        LED_ASTRAY = "led_astray", "The server led on too often, or from https to http. Give the last address."
        NO_SIGNATURE = "no_signature", "There is no signature beside the list. Ask its makers, or take the key out."
        BAD_SIGNATURE = "bad_signature", "The signature is not by the key. Do not release it; ask its makers."
        NOT_A_LIST = "not_a_list", "What came is no list of names. Look at the address in a browser."
        NO_NAMES = "no_names", "No name was found in it. Look whether its format is right."
        SHRANK = "shrank", "It has far fewer names than before. Release it if that is meant."
        GREW = "grew", "It has far more names than before. Release it if that is meant."
        FAULTY = "faulty", "Many of its lines are wrong. Release it if the rest is right."

    source = models.ForeignKey(ListSource, on_delete=models.CASCADE, related_name="fetches")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reason = models.CharField(max_length=24, choices=Reason.choices, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    count = models.PositiveIntegerField(default=0)
    fault_count = models.PositiveIntegerField(default=0)
    left_out_count = models.PositiveIntegerField(default=0)
    # Names that nobody may close, or that stand above one: they were asked for, which is worth an alarm.
    protected_count = models.PositiveIntegerField(default=0)
    # The first faults, and the first lines that are not about names, each as line, column and sentence.
    faults = models.JSONField(default=list)
    left_out = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["source", "-at"], name="list_fetches_newest")]
