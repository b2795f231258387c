from django.db import migrations
from django.db.models import Count


def fill(apps, _editor):
    """Give what stood before the new columns the values that it would have today."""
    Case, Action, Decision, Subject = (apps.get_model('cases', name) for name in ('Case', 'Action', 'Decision', 'Subject'))
    for case in Case.objects.annotate(count=Count('reports')).iterator():
        first = case.reports.select_related('report').order_by('pk').first()
        Case.objects.filter(pk=case.pk).update(report_count=case.count, nature=first.report.nature if first else '')
        if first and first.report.author_id:
            Subject.objects.filter(pk=case.subject_id, author_id='').update(author_id=first.report.author_id)
    for decision in Decision.objects.iterator():
        removes = decision.outcome in ('against_terms', 'illegal')
        measures = ['remove', 'publish_hash', *(['block_address'] if decision.block_host else [])] if removes else []
        Decision.objects.filter(pk=decision.pk).update(measures=measures)
        if decision.effective_at:
            Case.objects.filter(pk=decision.case_id, state__in=['decided', 'reversed']).update(decided_at=decision.effective_at)
    for action in Action.objects.select_related('endpoint').iterator():
        state = 'delivered' if action.delivered_at else 'owed'
        Action.objects.filter(pk=action.pk).update(target=f'endpoint:{action.endpoint.uid}', state=state)


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0005_desk'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
