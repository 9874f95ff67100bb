"""`make demo-year`: a year to look at the figures in, loaded once however often it is asked for."""

from datetime import UTC, datetime
from typing import Any, Final

from itsm_change.rules import imports as change_lines
from itsm_demo.past import DEEDS
from itsm_demo.year import DAYS, year
from itsm_incident.rules import imports as incident_lines
from support.stack import Stack, ask, demo

TENANT: Final = "year"
NOW: Final = datetime(2026, 11, 25, 9, tzinfo=UTC)


def test_the_year_is_the_same_all_month_and_lies_before_it() -> None:
    made = year(NOW)
    assert made == year(NOW.replace(day=1))
    assert made != year(NOW.replace(month=12))
    assert (NOW.replace(day=1, hour=0) - made.start).days == DAYS
    assert not [wrong for line in made.incidents for wrong in incident_lines.understood(line, NOW)[1]]
    assert not [wrong for line in made.changes for wrong in change_lines.understood(line, NOW)[1]]


async def test_the_year_is_loaded_once_and_shows_which_improvement_worked(live: Stack) -> None:
    told = demo(live, TENANT, "year")
    assert f"{DEEDS[0]['title']}: improved" in told
    assert f"{DEEDS[1]['title']}: no_change_shown" in told
    again = demo(live, TENANT, "year")
    assert again.count(", 0 new") == 3
    async with live.client("metrics", "admin", TENANT) as metrics:
        improvements: Any = await ask(metrics, "/v1/improvements")
        assert len(improvements["items"]) == len(DEEDS)
        period = "from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z"
        failed = await ask(metrics, f"/v1/kpis/change_failure_rate?{period}&service=erp")
        assert failed["n"] * failed["value"] == 1, "the bad change, once"
