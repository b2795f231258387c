from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('age', '0006_ways'),
    ]

    operations = [
        migrations.CreateModel(
            name='BlindEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True)),
                ('kid', models.CharField(max_length=43, unique=True)),
                ('is_over', models.BooleanField()),
                ('age', models.PositiveSmallIntegerField()),
                ('level', models.PositiveSmallIntegerField()),
                ('begins_at', models.DateTimeField()),
                ('digest', models.BinaryField(max_length=32)),
            ],
            options={
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('is_over', 'age', 'level', 'begins_at'), name='one_entry_of_a_week')],
            },
        ),
        migrations.CreateModel(
            name='BlindRegister',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(default=0)),
                ('digest', models.BinaryField(max_length=32)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_blind_register')],
            },
        ),
    ]
