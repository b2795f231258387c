"""`kill -9` at named points, under load: what was acknowledged is stored, owed, done once, and the chain is whole."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest

from tests.stage.judges import dig
from tests.stage.leeward import Leeward, Role
from tests.stage.ports import free_port
from tests.stage.provider import Provider
from tests.stage.waiting import until

REPORTS, SUBJECTS, CLIENTS = 32, 8, 4
SETTLE_S = 120.0

type Death = tuple[Role, str, int]

# Which processes are ended, at which point, at which visit to it: several in one run, each at a moment of its own. Early
# visits fall into the intake, late ones into the decisions.
MATRIX: list[list[Death]] = [
    [
        (Role.WEB, "reports.received", 9),
        (Role.WORKER, "worker.before_run", 7),
        (Role.SEQUENCER, "sequencer.in_batch", 3),
    ],
    [
        (Role.WEB, "announce.before_commit", 9),
        (Role.WORKER, "worker.ran", 7),
        (Role.SEQUENCER, "sequencer.after_batch", 3),
    ],
    [(Role.WEB, "reports.after_commit", 9), (Role.WORKER, "announce.before_commit", 5)],
    [(Role.WORKER, "worker.ran", 58)],
]

DECIDE = """
from django.utils import timezone
from leeward.cases import services
from leeward.cases.models import Case, Decision
from leeward.core.models import User
from leeward.indicators.models import Category
reviewer = User.objects.get(username="reviewer")
for number, case in enumerate(Case.objects.order_by("pk")):
    host = f"bad-{number}.example"
    judgement = services.Judgement(Decision.Outcome.AGAINST_TERMS, Category.OTHER, "Terms 1", host)
    services.judge(case, judgement, by=reviewer, at=timezone.now())
"""

LOOK = """
import json
from leeward.cases.models import Action, Case, CaseReport
from leeward.core.models import Delivery, Record
from leeward.indicators.models import Indicator
from leeward.reports.models import Outcome, Report
done = dict(
    reports=Report.objects.count(),
    without_case=Report.objects.exclude(pk__in=CaseReport.objects.values("report")).count(),
    without_record=Report.objects.count() - Record.objects.filter(kind="reports.ReportReceived").count(),
    cases=Case.objects.count(),
    without_deadline=Case.objects.filter(due_at=None).count(),
    unstamped=Record.objects.filter(position=None).count(),
    unfinished=Delivery.objects.exclude(state="done").count(),
    faults=sorted(Delivery.objects.exclude(last_error="").values_list("last_error", flat=True)),
    signs=Indicator.objects.filter(state="active").count(),
    orders=Action.objects.count(),
    undelivered=Action.objects.filter(delivered_at=None).count(),
    told=Outcome.objects.count(),
)
print(json.dumps(done))
"""


@dataclass
class Load:
    """Clients that send reports as the button does: until each is acknowledged, with the same key each time."""

    base_url: str
    acknowledged: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, number: int) -> None:
        key = str(uuid.uuid4())
        item = {"provider": "harbour", "id": f"item-{number % SUBJECTS}", "kind": "photo"}
        body = {"reason": "not_allowed", "item": item, "words": f"report {number}"}

        def answered() -> httpx.Response | None:
            try:
                answer = httpx.post(
                    f"{self.base_url}/api/v1/reports", json=body, headers={"Idempotency-Key": key}, timeout=30
                )
            except httpx.TransportError:
                return None
            return answer if answer.is_success else None

        receipt = until(answered, within_s=SETTLE_S, what=f"report {number} is acknowledged").json()["receipt"]
        with self.lock:
            self.acknowledged[key] = receipt

    def run(self) -> None:
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(self.send, range(REPORTS)))


@pytest.fixture
def provider(leeward: Leeward) -> Iterator[Provider]:
    port = free_port()
    keys = leeward.make_cast(provider_url=f"http://127.0.0.1:{port}")
    started = Provider(port=port, leeward_url=leeward.base_url, keys=keys, folder=leeward.data_dir)
    yield started
    started.process.stop()


def look(leeward: Leeward) -> dict[str, object]:
    found: dict[str, object] = json.loads(leeward.python(LOOK).splitlines()[-1])
    return found


def until_settled(leeward: Leeward) -> dict[str, object]:
    def settled() -> dict[str, object] | None:
        found = look(leeward)
        return found if not found["unstamped"] and not found["unfinished"] else None

    return until(settled, within_s=SETTLE_S, what="everything owed is done")


def restart_when_killed(leeward: Leeward, role: Role) -> None:
    """Start a role again, without the point at which it dies, as the supervisor does."""
    leeward.process(role).wait_until_ended(within_s=SETTLE_S)
    leeward.start(role)


def start_to_die(leeward: Leeward, deaths: list[Death]) -> list[threading.Thread]:
    """Start the roles, those that shall die with the point at which they do, and somebody for each who starts it again."""
    points = {role: f"{point}:{visit}" for role, point, visit in deaths}
    for one in (Role.SEQUENCER, Role.WORKER, Role.WEB):
        leeward.start(one, env={"LEEWARD_KILL_AT": points[one]} if one in points else None)
    revivers = [threading.Thread(target=restart_when_killed, args=(leeward, role)) for role in points]
    for reviver in revivers:
        reviver.start()
    return revivers


@pytest.mark.kill
@pytest.mark.parametrize("deaths", MATRIX, ids=lambda deaths: "+".join(f"{one[1]}:{one[2]}" for one in deaths))
def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(
    leeward: Leeward, provider: Provider, deaths: list[Death]
) -> None:
    leeward.env |= {"LEEWARD_REPORTS_PER_MINUTE": "100000", "LEEWARD_LEASE_S": "2", "LEEWARD_RETRY_S": "0.1"}
    revivers = start_to_die(leeward, deaths)
    load = Load(leeward.base_url)

    load.run()
    until(lambda: look(leeward)["cases"] == SUBJECTS, within_s=SETTLE_S, what="each subject has its case")
    leeward.python(DECIDE)
    for reviver in revivers:
        reviver.join(SETTLE_S)
    found = until_settled(leeward)

    assert all(leeward.process(role).is_alive for role, _, _ in deaths), "each was killed at its point and runs again"
    assert not any(reviver.is_alive() for reviver in revivers)
    assert len(load.acknowledged) == found["reports"] == REPORTS
    assert len(set(load.acknowledged.values())) == REPORTS, "each reporter has a receipt of their own"
    assert (found["without_case"], found["without_record"], found["without_deadline"]) == (0, 0, 0)
    assert (found["cases"], found["signs"], found["told"]) == (SUBJECTS, SUBJECTS, REPORTS)
    assert (found["orders"], found["undelivered"]) == (SUBJECTS, 0)
    state = provider.state()
    assert state["counters"]["distinct"] == state["counters"]["effects"] == SUBJECTS
    assert [state["photos"][f"item-{number}"] for number in range(SUBJECTS)] == ["removed"] * SUBJECTS
    assert "The chain is whole" in leeward.run("audit", "verify")


@pytest.mark.kill
def test_the_supervisor_starts_what_was_killed_again(embedded: Leeward) -> None:
    embedded.start(Role.SERVE)
    before = embedded.pid(Role.WORKER)

    embedded.python(f"import os, signal; os.kill({before}, signal.SIGKILL)")

    def another() -> bool:
        try:
            return embedded.pid(Role.WORKER) != before
        except LookupError:
            return False

    until(another, within_s=SETTLE_S, what="another worker runs")


@pytest.mark.kill
def test_the_policy_table_is_whole_after_its_writer_was_killed(leeward: Leeward) -> None:
    leeward.make_cast()
    leeward.start(Role.SEQUENCER)
    writer = leeward.start(Role.POLICY, env={"LEEWARD_KILL_AT": "policy.before_advance:1"})
    # A writer that starts after the signs compiles them into its first table, and then never advances.
    writer.wait_until((leeward.data_dir / "policy.tbl").exists, what="the first table")
    leeward.python(PUBLISH)
    writer.wait_until_ended(within_s=SETTLE_S)
    leeward.start(Role.POLICY)
    leeward.start(Role.DNS)

    until(lambda: dig("one.example", port=leeward.dns_port).answers, within_s=SETTLE_S, what="the name is blocked")
    assert dig("www.two.example", port=leeward.dns_port).answers == ("127.0.0.1",)
    assert dig("three.example", port=leeward.dns_port).status == "NXDOMAIN"


@pytest.mark.kill
def test_the_file_of_signs_is_whole_after_its_writer_was_killed(leeward: Leeward) -> None:
    keys, often = leeward.make_cast(), {"LEEWARD_MERGE_ROWS": "1"}
    leeward.start(Role.SEQUENCER)
    leeward.start(Role.WEB)
    leeward.start(Role.INDEX, env=often | {"LEEWARD_KILL_AT": "index.before_write:1"})
    leeward.python(PUBLISH)
    leeward.process(Role.INDEX).wait_until_ended(within_s=SETTLE_S)
    headers = {"Authorization": f"Bearer {keys.provider_key}"}

    def is_known(host: str) -> bool:
        asked = {"items": [{"host": host}]}
        answer = httpx.post(f"{leeward.base_url}/api/v1/screen/lookup", json=asked, headers=headers, timeout=30)
        return bool(answer.json()["answers"][0]["answer"] == "known")

    assert is_known("www.one.example"), "who asks does not need the writer"
    writer = leeward.start(Role.INDEX, env=often)
    writer.wait_until((leeward.data_dir / "match" / "signs.seg").exists, what="the file of signs")
    assert is_known("two.example")
    assert not is_known("three.example")


PUBLISH = """
from django.utils import timezone
from leeward.indicators import services
from leeward.indicators.models import Category, Kind
signs = [services.Sign(Kind.DOMAIN, name, Category.OTHER) for name in ("one.example", "two.example")]
services.publish(signs, source="import:test", actor="system", at=timezone.now())
"""
