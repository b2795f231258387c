from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0003_about"), ("exchange", "0003_received")]

    operations = [
        migrations.CreateModel(
            name="Rung",
            fields=[
                (
                    "endpoint",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="core.endpoint",
                    ),
                ),
                ("place", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "partner",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="receipts", to="exchange.partner"),
                ),
                (
                    "version",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="receipts", to="exchange.version"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(fields=("version", "partner"), name="withdrawal_is_confirmed_once"),
        ),
    ]
