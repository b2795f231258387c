from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('age_upstream', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='provider',
            name='sign_in',
            field=models.CharField(choices=[('secret', 'With a secret that we have there'), ('signed', 'By a signed request (private_key_jwt), without a secret')], default='secret', max_length=6),
        ),
    ]
