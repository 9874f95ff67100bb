"""A target that is missed is told by the timers of a running stack, escalated, and counted in metrics."""

from typing import Any

from support.eventually import until
from support.stack import Stack, ask

TENANT = "overdue"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS = {
    "key": "always",
    "name": "Round the clock",
    "zone": "UTC",
    "valid_from": "2020-01-01T00:00:00Z",
    "weekly": {day: [{"opens": "00:00", "closes": "24:00"}] for day in DAYS},
}
GOLD = {
    "key": "gold",
    "name": "Gold",
    "kind": "sla",
    "calendar": "always",
    "valid_from": "2020-01-01T00:00:00Z",
    "targets": [{"measure": "respond", "seconds": 3600}, {"measure": "resolve", "seconds": 1}],
}
RULE = {
    "key": "late",
    "name": "Too late",
    "match": {"threshold": 100},
    "actions": {"flag": {"level": 1}, "notify": {"roles": ["caller"], "words": "We are late."}},
}
PERIOD = "from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z"


async def test_a_target_of_one_second_is_breached_escalated_and_counted(live: Stack) -> None:
    async with (
        live.client("catalog", "admin", TENANT) as catalog,
        live.client("incident", "admin", TENANT) as desk,
        live.client("metrics", "admin", TENANT) as metrics,
    ):
        for path, body in (("/v1/calendars", ALWAYS), ("/v1/sla-policies", GOLD)):
            answer = await catalog.post(path, json=body)
            assert answer.status_code == 201, answer.text
        assert (await desk.post("/v1/escalation-rules", json=RULE)).status_code == 201
        answer = await desk.post("/v1/incidents", json={"title": "x", "impact": "high", "urgency": "high"})
        place = answer.headers["Location"]

        async def overdue() -> bool:
            incident = await ask(desk, place)
            raised = incident and incident["escalation_level"] == 1 and incident["version"] == 2
            return bool(raised and incident["sla_state"] == "overdue")

        await until(overdue)
        move = {"to": "resolved", "resolution_code": "fixed", "resolution_note": "Restarted."}
        answer = await desk.post(f"{place}/transitions", json=move, headers={"If-Match": '"2"'})
        assert answer.status_code == 200, answer.text

        async def counted() -> Any:
            figure = await ask(metrics, f"/v1/kpis/sla_compliance?{PERIOD}")
            return figure if figure and figure["n"] == 2 else None

        assert (await until(counted))["value"] == 0.5
        explained = await ask(desk, f"{place}/sla/explain")
        assert "breached" in " ".join(clock["result"] for clock in explained["clocks"])
        told = [each["type"] for each in (await ask(desk, f"{place}/timeline"))["items"]]
        assert told.count("itsm.escalation.applied.v1") == told.count("itsm.notification.requested.v1") == 1
