"""Make the tables of an empty database from the models at once, instead of one migration after the other (ADR 0030)."""

from __future__ import annotations

from django.apps import apps
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def make(connection: BaseDatabaseWrapper) -> bool:
    """Make every table and note every migration as applied, all of it or nothing; False where there are tables already."""
    if connection.introspection.table_names():
        return False
    applied = MigrationLoader(None).graph.nodes
    note = MigrationRecorder(connection).Migration
    with connection.schema_editor() as editor:
        editor.create_model(note)
        for config in apps.get_app_configs():
            for model in router.get_migratable_models(config, connection.alias):
                if model._meta.can_migrate(connection):
                    editor.create_model(model)
        note.objects.using(connection.alias).bulk_create(note(app=app, name=name) for app, name in applied)
    return True
