"""How a page names the step that can be undone."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from leeward.families.models import Child
from leeward.families.undo import Done, Step


def said(step: Step) -> str:
    """Return one sentence, or nothing where the thing is gone. The name is read now: the session keeps none."""
    if step.done in {Done.CHILD_ADDED, Done.CHILD_REMOVED}:
        name = _name(step.uid)
        added = _("%(name)s belongs to your family now.") % {"name": name}
        removed = _("%(name)s was taken off, with the devices of that child.") % {"name": name}
        return "" if not name else added if step.done == Done.CHILD_ADDED else removed
    return {
        Done.DEVICE_ADDED: _("The device is added."),
        Done.DEVICE_REMOVED: _("The device was taken off."),
        Done.INVITED: _("The code is made."),
        Done.LEFT: _("You left the family."),
    }[step.done]


def _name(uid: UUID) -> str:
    child = Child.objects.filter(uid=uid).first()
    # Isolated, so that a name in another direction does not turn the sentence around.
    return f"\u2068{child.nickname}\u2069" if child else ""
