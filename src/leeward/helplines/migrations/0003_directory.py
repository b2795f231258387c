from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("helplines", "0002_keys")]

    operations = []
