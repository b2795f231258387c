from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0006_acted")]

    operations = [
        migrations.AlterField(
            model_name="report",
            name="channel",
            field=models.CharField(
                choices=[
                    ("form", "Form on this site"),
                    ("button", "Button on a provider's page"),
                    ("api", "Machine"),
                    ("screening", "Met while screening"),
                    ("mail", "E-mail"),
                    ("flagger", "Trusted flagger"),
                    ("partner", "Another provider"),
                    ("helpline", "Helpline, what was chosen there"),
                ],
                max_length=10,
            ),
        ),
    ]
