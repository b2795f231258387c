import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("helplines", "0005_desk")]

    operations = [
        migrations.CreateModel(
            name='TalkDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('kind', models.CharField(choices=[('chat', 'Chat'), ('mailbox', 'Mailbox')], max_length=8)),
                ('language', models.CharField(max_length=10)),
                ('begun', models.PositiveIntegerField()),
                ('taken', models.PositiveIntegerField()),
                ('abandoned', models.PositiveIntegerField()),
                ('waits', models.JSONField()),
                ('abandoned_after', models.JSONField()),
                ('first_answers', models.JSONField()),
                ('desk', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='helplines.desk')),
            ],
        ),
        migrations.CreateModel(
            name='DoorDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('planned_minutes', models.PositiveIntegerField(default=0)),
                ('available_minutes', models.PositiveIntegerField(default=0)),
                ('busy_minutes', models.PositiveIntegerField(default=0)),
                ('counsellor_minutes', models.PositiveIntegerField(default=0)),
                ('desk', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='helplines.desk')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('desk', 'date'), name='one_door_day')],
            },
        ),
        migrations.AddConstraint(
            model_name='talkday',
            constraint=models.UniqueConstraint(fields=('desk', 'date', 'kind', 'language'), name='one_talk_day'),
        ),
    ]
