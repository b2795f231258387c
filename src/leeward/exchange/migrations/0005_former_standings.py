from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0004_receipts")]

    operations = [
        migrations.CreateModel(
            name="FormerStanding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "group",
                    models.CharField(
                        choices=[
                            ("providers", "Providers"),
                            ("hotlines", "Hotlines"),
                            ("police", "Police"),
                            ("regulators", "Regulators"),
                            ("researchers", "Researchers"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("protect", "To protect people"),
                            ("investigate", "To investigate crimes"),
                            ("research", "To do research"),
                        ],
                        max_length=20,
                    ),
                ),
                ("jurisdictions", models.JSONField(blank=True, default=list)),
                ("until_at", models.DateTimeField()),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="former_standings", to="exchange.partner"
                    ),
                ),
            ],
            options={"ordering": ["pk"]},
        ),
    ]
