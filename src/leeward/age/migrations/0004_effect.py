import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('age', '0003_issuers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('method', models.CharField(max_length=40)),
                ('age', models.PositiveSmallIntegerField()),
                ('side', models.CharField(choices=[('over', 'At least'), ('under', 'Younger than')], max_length=5)),
                ('was_let_in', models.BooleanField()),
                ('drawn_share', models.FloatField()),
                ('found', models.CharField(choices=[('of_age', 'Of the age that was asked for'), ('not_of_age', 'Not of that age'), ('silent', 'No second answer')], max_length=10)),
                ('count', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('month', 'method', 'age', 'side', 'was_let_in', 'drawn_share', 'found'), name='one_count_of_an_evidence')],
            },
        ),
        migrations.CreateModel(
            name='SignWeek',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('week', models.DateField()),
                ('sign', models.CharField(choices=[('other_year', 'Came back to say another year'), ('unknown_code', 'Typed a code that nobody has'), ('fast_network', 'A network that answered too fast')], max_length=12)),
                ('count', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('week', 'sign'), name='one_count_of_a_sign')],
            },
        ),
        migrations.CreateModel(
            name='OpenAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('browser', models.BinaryField(max_length=32)),
                ('method', models.CharField(max_length=40)),
                ('level', models.PositiveSmallIntegerField()),
                ('age', models.PositiveSmallIntegerField()),
                ('side', models.CharField(choices=[('over', 'At least'), ('under', 'Younger than')], max_length=5)),
                ('was_let_in', models.BooleanField()),
                ('drawn_share', models.FloatField(default=0)),
                ('said_at', models.DateTimeField(db_index=True)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('user__isnull', False)), fields=('user', 'method', 'age', 'side'), name='one_open_answer_of_an_account'), models.UniqueConstraint(condition=models.Q(('user', None)), fields=('browser', 'method', 'age', 'side'), name='one_open_answer_of_a_browser'), models.CheckConstraint(condition=models.Q(('drawn_share', 0), ('was_let_in', True), _connector='OR'), name='only_who_was_let_in_is_drawn')],
            },
        ),
    ]
