"""Somebody's incident is resolved, they answer by the link alone, and the figures say so."""

from typing import Any
from uuid import uuid4

import httpx2
from support.eventually import until
from support.stack import Stack, ask

FORM = {"content-type": "application/x-www-form-urlencoded"}
TROUBLE = {"title": "No mail", "impact": "low", "urgency": "low", "service": "mail"}
RESOLVED = {"to": "resolved", "resolution_code": "fixed", "resolution_note": "Restarted."}


async def test_a_resolved_incident_is_answered_on_its_page_and_counts(live: Stack) -> None:
    tenant = f"surveys-{uuid4().hex[:8]}"
    async with (
        live.client("incident", "admin", tenant) as desk,
        live.client("metrics", "admin", tenant) as metrics,
        httpx2.AsyncClient(base_url=live.url("metrics"), timeout=60) as carl,
    ):
        made = await desk.post("/v1/incidents", json=TROUBLE | {"caller": "carl"})
        assert made.status_code == 201, made.text
        place = f"/v1/incidents/{made.json()['id']}/transitions"
        assert (await desk.post(place, json=RESOLVED, headers={"If-Match": "*"})).status_code == 200

        async def sent() -> Any:
            return (await ask(metrics, "/v1/surveys"))["items"]

        [survey] = await until(sent)
        assert (survey["record"], survey["number"]) == (made.json()["id"], made.json()["number"])
        link = (await ask(metrics, f"/v1/surveys/{survey['id']}/link"))["path"]
        assert made.json()["number"] in (await carl.get(link)).text
        answered = await carl.post(link, content="score=5&comment=Quick.", headers=FORM)
        assert answered.status_code == 303, answered.text

        async def counted() -> bool:
            figure = await ask(metrics, "/v1/kpis/csat?service=mail")
            return bool(figure and (figure["n"], figure["value"]) == (1, 1))

        await until(counted)
        assert (await ask(metrics, "/v1/kpis/csat_response_rate"))["value"] == 1
        said = (await metrics.get("/v1/events?limit=200")).text
        assert said.count("itsm.survey.sent.v1") == said.count("itsm.survey.answered.v1") == 1
        assert "Quick." not in said
        assert "token" not in said
