"""A text column that the database alone cannot read: sealed under the master key, opened when its row is read."""

from __future__ import annotations

import base64
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.functions import Cast

from leeward.core import keys

_COLON = ":"


class SealedTextField(models.TextField):  # type: ignore[type-arg]  # Django itself is not generic at run time
    """A `TextField` whose stored form is `version:base64`, bound to its table and column. An empty text stays empty.

    It can be compared with the empty text and with nothing else, because the same words are sealed differently each time.
    """

    def get_prep_value(self, value: Any) -> Any:
        if not value:
            return value
        version, sealed = keys.wrap(str(value).encode(), place=self.place)
        return version + _COLON + base64.b64encode(sealed).decode()

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        """Open what was stored; raise `SealBroken` or `NoSuchKey`."""
        if not value:
            return value
        version, colon, sealed = value.partition(_COLON)
        if not colon:
            raise keys.SealBroken(self.place)
        return keys.unwrap(version, base64.b64decode(sealed), place=self.place).decode()

    @property
    def place(self) -> str:
        """What a sealed text is bound to, so that it cannot be moved to another column."""
        return f"text:{self.model._meta.label_lower}.{self.name}"

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in {"exact", "isnull"}:
            raise FieldError(f"{self.name} is sealed and cannot be searched; search by its keyed words")
        return super().get_lookup(lookup_name)


def rotate() -> int:
    """Seal every text anew that is not under the newest master key, and return how many changed."""
    newest, changed = keys.master_keys()[0].version + _COLON, 0
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedTextField):
                old = _stored(model, field.name).exclude(stored__startswith=newest)
                for row in old.only("pk", field.name).iterator():
                    # Only what still stands as it was read: somebody may have written meanwhile.
                    same = _stored(model, field.name).filter(pk=row.pk, stored=row.stored)
                    changed += same.update(**{field.name: getattr(row, field.name)})
    return changed


def seal_column(model: type[models.Model], name: str) -> None:
    """Seal a column that held open text until now. For the migration that makes it a `SealedTextField`."""
    for pk, text in _stored(model, name).values_list("pk", "stored").iterator():
        model._default_manager.filter(pk=pk).update(**{name: text})


def _stored(model: type[models.Model], name: str) -> models.QuerySet[Any]:
    """Return the rows with some text, with `stored` as it stands in the database."""
    return model._default_manager.annotate(stored=Cast(name, models.TextField())).exclude(stored="")
