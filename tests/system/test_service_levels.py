"""What was agreed in catalog makes clocks in incident, and what those say makes figures in metrics."""

from typing import Any

from support.agreements import OFFICE
from support.eventually import until
from support.stack import Stack, ask

TENANT = "agreed"
ALWAYS: dict[str, Any] = {
    "key": "24x7",
    "name": "Always",
    "valid_from": "2020-01-01T00:00:00Z",
    "zone": "UTC",
    "weekly": {
        day: [{"opens": "00:00", "closes": "24:00"}] for day in (*OFFICE["weekly"], "saturday", "sunday")
    },
}
GOLD: dict[str, Any] = {
    "key": "gold",
    "name": "Gold",
    "kind": "sla",
    "valid_from": "2020-01-01T00:00:00Z",
    "calendar": "24x7",
    "targets": [{"measure": "respond", "seconds": 1800}, {"measure": "resolve", "seconds": 14_400}],
}
INCIDENT = {"title": "No mail", "impact": "high", "urgency": "high", "service": "mail"}


async def test_an_agreement_becomes_clocks_and_clocks_become_figures(live: Stack) -> None:
    manager, agent = live.client("catalog", "manager", TENANT), live.client("incident", "agent", TENANT)
    async with manager, agent, live.client("metrics", "manager", TENANT) as figures:
        for path, body in (("/v1/calendars", ALWAYS), ("/v1/sla-policies", GOLD)):
            assert (await manager.post(path, json=body)).status_code == 201
        opened = (await agent.post("/v1/incidents", json=INCIDENT)).json()
        path = f"/v1/incidents/{opened['id']}"

        async def clocked() -> Any:
            shown = await ask(agent, path)
            return shown if shown and shown["sla_due_at"] else None

        assert (await until(clocked, within_s=60))["sla_state"] == "running"
        for body in (
            {"to": "in_progress"},
            {"to": "resolved", "resolution_code": "fixed", "resolution_note": "x"},
        ):
            moved = await agent.post(f"{path}/transitions", json=body, headers={"If-Match": "*"})
            assert moved.is_success, moved.text

        async def counted() -> Any:
            answer = await ask(figures, "/v1/kpis/sla_compliance?group_by=measure&priority=P1")
            return answer if answer and answer["n"] == 2 else None

        found = await until(counted, within_s=60)
        assert (found["value"], set(found["excluded"].values())) == (1, {0})
        assert {group["key"]: group["n"] for group in found["groups"]} == {"respond": 1, "resolve": 1}
        took = await ask(figures, "/v1/kpis/mttr_business?policy=gold")
        elapsed = await ask(figures, "/v1/kpis/mttr")
        assert (took["n"], took["value"]) == (1, elapsed["value"]), "always open, never held"
