"""Find cases by words, without opening anything: each word of what was said is kept as a keyed digest beside its case.

Whoever has the database without the master key learns which cases share words, and no word.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Iterator
from hashlib import sha256

from django.db import transaction
from django.db.models import QuerySet
from django.tasks import task

from leeward.cases.models import Case, CaseReport, Token
from leeward.core import keys, worker
from leeward.engines import urls
from leeward.reports.models import Report

DIGEST_BYTES = 12
# What a person types; further words of a very long query would find nothing else.
MOST_WORDS = 32
# Until the reaction that gives a report its case has run; a burst of reports comes first.
WAIT_FOR_CASE_S = 5.0
_RUN = re.compile(r"[^\W_]+")
# Scripts that put no space between words: Han, kana, Hangul, Thai, Lao, Khmer and Burmese letters.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def words(text: str) -> set[str]:
    """Return the words of a text in the one form in which they are compared: no case, no accents, no signs.

    Where a script puts no space between words, each two letters that follow each other are a word.
    """
    letters = unicodedata.normalize("NFKD", text).casefold()
    # Composed again, or a Hangul syllable would stay in pieces; what is no part of a letter is gone by then.
    bare = unicodedata.normalize("NFKC", "".join(one for one in letters if not unicodedata.combining(one)))
    return {word for run in _RUN.findall(bare) for word in _parts(run)}


def _parts(run: str) -> Iterator[str]:
    if _UNSPACED.search(run) and len(run) > 2:
        yield from (run[start : start + 2] for start in range(len(run) - 1))
    else:
        yield run


def tokens(text: str) -> set[bytes]:
    """Return the keyed digest of each word of a text: `DIGEST_BYTES` bytes of an HMAC-SHA256."""
    key = keys.derived("words of cases")
    return {hmac.digest(key, word.encode(), sha256)[:DIGEST_BYTES] for word in words(text)}


def find(query: str) -> QuerySet[Case]:
    """Return the cases in which every word of a query stands somewhere, the newest first; none for a query without words."""
    wanted = sorted(tokens(" ".join(map(_as_stored, query.split()))))[:MOST_WORDS]
    cases = Case.objects.order_by("-pk") if wanted else Case.objects.none()
    for digest in wanted:
        cases = cases.filter(pk__in=Token.objects.filter(digest=digest).values("case"))
    return cases


def _as_stored(part: str) -> str:
    """Return an address in the form in which reports keep it, and anything else as it is."""
    try:
        return urls.canonical(part) if "://" in part else part
    except urls.NotAnAddress:
        return part


@task
def index_report(report_uid: str) -> None:
    """Add the words of a report, and of what was said about it, to those of its case; before it has one, later."""
    joined = CaseReport.objects.select_related("case__subject", "report").filter(report__uid=report_uid).first()
    if joined is None:
        raise worker.Later(wait_s=WAIT_FOR_CASE_S)
    found = tokens("\n".join([*_names(joined.case), *_said(joined.report)]))
    Token.objects.bulk_create(
        [Token(case=joined.case, digest=digest) for digest in sorted(found)], ignore_conflicts=True
    )


@task
@transaction.atomic
def index_case(case_uid: str) -> None:
    """Keep the words of a case as they are now: new ones are added, those of what was erased are gone."""
    # Two runs about one case must not each undo what the other one added.
    case = Case.objects.select_for_update(of=("self",)).select_related("subject").get(uid=case_uid)
    # Read before the texts: what `index_report` adds meanwhile is then either not in it, or among the texts.
    kept = {bytes(digest) for digest in Token.objects.filter(case=case).values_list("digest", flat=True)}
    reports = Report.objects.filter(casereport__case=case).prefetch_related("messages", "complaints")
    notes = case.notes.values_list("text", flat=True)
    said = [text for report in reports for text in _said(report)]
    wanted = tokens("\n".join([*_names(case), *said, *notes]))
    if gone := kept - wanted:
        Token.objects.filter(case=case, digest__in=gone).delete()
    added = [Token(case=case, digest=digest) for digest in sorted(wanted - kept)]
    Token.objects.bulk_create(added, ignore_conflicts=True)


def _names(case: Case) -> list[str]:
    # The short name by which people speak of a case is the first part of its number.
    return [str(case.uid), case.subject.page_url, case.subject.item_id, case.subject.author_id]


def _said(report: Report) -> list[str]:
    own = [report.words, report.page_url, report.item_id, report.author_id, report.conversation_id]
    messages = [message.text for message in report.messages.all()]
    return [*own, *messages, *(complaint.text for complaint in report.complaints.all())]
