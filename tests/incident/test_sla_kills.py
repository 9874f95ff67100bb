"""kill -9 in the middle of firing, two timekeepers at once: nothing is said twice, nothing is missed."""

import subprocess
import sys
from collections import Counter

from itsm_chassis.store.database import Database
from support.eventually import until
from support.service_levels import agree, calendar, follow, policy, settle, told
from support.tree import ROOT

from .conftest import Person

INCIDENTS = 300
COUNT = "SELECT count(*) FROM event WHERE type LIKE 'itsm.sla_clock.%'"
GAPS = """
SELECT count(*) FROM (SELECT subject, max(sequence) AS last, count(*) AS events FROM event
WHERE type LIKE 'itsm.sla_clock.%' GROUP BY subject) AS clock WHERE last <> events
"""


def timekeeper(url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "support.timekeeping", url, "9"]
    return subprocess.Popen(command, cwd=ROOT / "tests")


async def test_killed_while_firing_says_everything_once(
    agent: Person, db: Database, incident_url: str
) -> None:
    await agree(db, calendar(), policy(targets=[{"measure": "resolve", "seconds": 3600}]))
    for _ in range(INCIDENTS):
        await agent.opens()
    await follow(db)
    killed = 0
    running = [timekeeper(incident_url), timekeeper(incident_url)]
    try:
        for share in (0.1, 0.3, 0.5, 0.7):

            async def so_far(least: float = share * 5 * INCIDENTS) -> bool:
                return int(await db.fetchval(COUNT)) >= least

            await until(so_far, within_s=60)
            running[0].kill()
            killed += running[0].wait() == -9
            running = [running[1], timekeeper(incident_url)]

        async def done() -> bool:
            return int(await db.fetchval(COUNT)) >= 5 * INCIDENTS

        await until(done, within_s=60)
    finally:
        for each in running:
            each.kill()
            each.wait()
    assert killed == 4
    await follow(db)
    await settle(db)
    facts = [
        ("attached", 0),
        *(("threshold_reached", percent) for percent in (50, 75, 90)),
        ("breached", 100),
    ]
    assert Counter(await told(db)) == dict.fromkeys(facts, INCIDENTS)
    assert await db.fetchval(GAPS) == 0
