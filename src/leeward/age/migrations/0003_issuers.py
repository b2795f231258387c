import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('age', '0002_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='IssuerList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('form', models.CharField(choices=[('mdoc', 'Age proof app (mdoc)'), ('sd_jwt', 'Wallet (SD-JWT VC)')], max_length=8)),
                ('address', models.CharField(max_length=500)),
                ('next_at', models.DateTimeField(db_index=True)),
                ('fetched_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, choices=[('not_an_address', 'The address is no https address. Correct it.'), ('no_such_host', 'Nobody knows the host of the address. Look whether the list has moved.'), ('private_network', 'The address leads into a private network. Give the public one.'), ('unreachable', 'The server did not answer. It is tried again in an hour.'), ('refused', 'The server refused, or led elsewhere. Look at the address in a browser.'), ('too_large', 'The file is larger than a list may be. Look at the address.'), ('no_certificates', 'No certificate of an issuer is in the file. Look whether it is PEM.')], max_length=16)),
            ],
            options={
                'ordering': ['address', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('form', 'address'), name='one_issuer_list_of_an_address')],
            },
        ),
        migrations.CreateModel(
            name='Issuer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('form', models.CharField(choices=[('mdoc', 'Age proof app (mdoc)'), ('sd_jwt', 'Wallet (SD-JWT VC)')], max_length=8)),
                ('name', models.CharField(max_length=300)),
                ('certificate', models.BinaryField()),
                ('fingerprint', models.CharField(max_length=64)),
                ('valid_until', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waits for you'), ('trusted', 'Counts'), ('withdrawn', 'Does not count')], max_length=10)),
                ('added_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='issuers', to='age.issuerlist')),
            ],
            options={
                'ordering': ['name', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('form', 'fingerprint'), name='one_issuer_of_a_certificate')],
            },
        ),
    ]
