from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("helplines", "0006_figures")]

    operations = [
        migrations.CreateModel(
            name='UnspokenDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('language', models.CharField(max_length=10)),
                ('visits', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('date', 'language'), name='one_unspoken_day')],
            },
        ),
    ]
