"""kill -9 in the middle of escalating, two consumers at once: every rule acts once, on every incident."""

import subprocess
import sys
from collections import Counter

from itsm_chassis.store.database import Database
from support.escalations import escalations, rule
from support.eventually import until
from support.service_levels import agree, calendar, follow, later, policy, settle
from support.tree import ROOT

from .conftest import Person

INCIDENTS = 200
COUNT = "SELECT count(*) FROM event WHERE type = 'itsm.escalation.applied.v1'"
SAID = """
SELECT type, record_id, count(*) AS said FROM event
WHERE type LIKE 'itsm.incident.%' OR type LIKE 'itsm.escalation.%' OR type LIKE 'itsm.notification.%'
GROUP BY type, record_id
"""


def consumer(url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "support.escalations", url]
    return subprocess.Popen(command, cwd=ROOT / "tests")


async def test_killed_while_escalating_escalates_everything_once(
    agent: Person, db: Database, incident_url: str
) -> None:
    await agree(db, calendar(), policy(targets=[{"measure": "resolve", "seconds": 3600}]))
    manager = Person(agent.client, "acme/mona/manager")
    for n, threshold in enumerate((50, 100), 1):
        actions = {"reassign": {"assignment_group": f"group {n}"}, "flag": {"level": n}}
        actions["notify"] = {"groups": ["board"], "words": "Hurry."}
        defined = await manager.call("POST", "/v1/escalation-rules", rule(f"r{n}", threshold, **actions))
        assert defined.status_code == 201, defined.text
    for _ in range(INCIDENTS):
        await agent.opens()
    await follow(db)
    await settle(db, later(2))
    killed = 0
    running = [consumer(incident_url), consumer(incident_url)]
    try:
        for share in (0.1, 0.3, 0.5, 0.7):

            async def so_far(least: float = share * 2 * INCIDENTS) -> bool:
                return int(await db.fetchval(COUNT)) >= least

            await until(so_far, within_s=60)
            running[0].kill()
            killed += running[0].wait() == -9
            running = [running[1], consumer(incident_url)]

        async def done() -> bool:
            return int(await db.fetchval(COUNT)) >= 2 * INCIDENTS

        await until(done, within_s=60)
    finally:
        for each in running:
            each.kill()
            each.wait()
    assert killed == 4
    await escalations(db)
    counts = Counter((row["type"], row["said"]) for row in await db.fetch(SAID))
    assert counts == {
        ("itsm.incident.opened.v1", 1): INCIDENTS,
        ("itsm.incident.assigned.v1", 2): INCIDENTS,
        ("itsm.incident.escalated.v1", 2): INCIDENTS,
        ("itsm.escalation.applied.v1", 2): INCIDENTS,
        ("itsm.notification.requested.v1", 2): INCIDENTS,
    }
    ended = await db.fetch("SELECT DISTINCT version, assignment_group, escalation_level FROM incident")
    assert [tuple(row) for row in ended] == [(5, "group 2", 2)]
