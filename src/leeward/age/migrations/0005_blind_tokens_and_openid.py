import django.db.models.deletion
import leeward.core.sealed_text
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('age', '0004_effect'),
    ]

    operations = [
        migrations.CreateModel(
            name='BlindKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kid', models.CharField(max_length=43, unique=True)),
                ('is_over', models.BooleanField()),
                ('age', models.PositiveSmallIntegerField()),
                ('level', models.PositiveSmallIntegerField()),
                ('private', leeward.core.sealed_text.SealedTextField()),
                ('public', models.JSONField()),
                ('begins_at', models.DateTimeField()),
                ('signs_until_at', models.DateTimeField()),
                ('good_until_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'ordering': ['begins_at', 'is_over', 'age', 'level'],
                'constraints': [models.UniqueConstraint(fields=('is_over', 'age', 'level', 'begins_at'), name='one_blind_key_of_a_week')],
            },
        ),
        migrations.CreateModel(
            name='BlindShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signed', models.PositiveSmallIntegerField(default=0)),
                ('attempt', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='age.agetransaction')),
            ],
        ),
        migrations.CreateModel(
            name='OpenIdClient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('client_id', models.CharField(max_length=40, unique=True)),
                ('redirect_uri', models.CharField(max_length=300)),
                ('secret', models.BinaryField(blank=True, max_length=32)),
                ('made_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='openid_clients', to='age.site')),
            ],
            options={
                'ordering': ['site__name', 'made_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='OpenIdVisit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nonce', models.CharField(max_length=43, unique=True)),
                ('state', models.CharField(blank=True, max_length=1000)),
                ('client_nonce', models.CharField(blank=True, max_length=200)),
                ('challenge', models.CharField(max_length=43)),
                ('begun_at', models.DateTimeField(db_index=True)),
                ('code', models.BinaryField(max_length=32, null=True, unique=True)),
                ('level', models.PositiveSmallIntegerField(null=True)),
                ('jti', models.CharField(blank=True, max_length=22)),
                ('shown_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('coded_at', models.DateTimeField(null=True)),
                ('fetched_at', models.DateTimeField(null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='age.openidclient')),
                ('requirement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='age.requirement')),
            ],
        ),
        migrations.CreateModel(
            name='SpentToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.BinaryField(max_length=32)),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spent', to='age.blindkey')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'digest'), name='blind_token_spent_once')],
            },
        ),
    ]
