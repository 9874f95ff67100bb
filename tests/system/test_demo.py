"""`make demo` on a running stack: a company in every state, and nothing of it twice."""

import os
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from typing import Any, Final

import httpx2
import pytest
from itsm_demo import company
from itsm_demo.steps import Step, read
from support.eventually import until
from support.readme import walk
from support.stack import Stack, ask, demo

TENANT: Final = "demo"
WITHIN_S: Final = 60.0
MADE: Final = (
    "/v1/services",
    "/v1/offerings",
    "/v1/configuration-items",
    "/v1/dependencies",
    "/v1/people",
    "/v1/groups",
    "/v1/service-requests",
    "/v1/approvals",
    "/v1/fulfilment-tasks",
)
REQUESTS: Final = (
    "submitted awaiting_approval approved rejected in_fulfilment on_hold fulfilled closed cancelled"
)
PERIOD: Final = "from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z"


async def every(client: httpx2.AsyncClient, path: str) -> list[Any]:
    """All items of a list."""
    found: list[Any] = []
    further = ""
    while True:
        page = (await client.get(f"{path}?limit=200{further}")).json()
        found += page["items"]
        if page["next"] is None:
            return found
        further = f"&cursor={page['next']}"


async def everything(catalog: httpx2.AsyncClient, desk: httpx2.AsyncClient) -> dict[str, list[Any]]:
    """All that the demo makes."""
    made = {path: await every(catalog, path) for path in MADE}
    return made | {"/v1/incidents": await every(desk, "/v1/incidents")}


async def test_the_company_is_loaded_once_however_often_it_is_asked_for(live: Stack) -> None:
    began = time.monotonic()
    told = demo(live, TENANT)
    assert time.monotonic() - began < WITHIN_S
    assert "requests" in told
    assert "/v1/catalogue" in told
    async with (
        live.client("catalog", "admin", TENANT) as catalog,
        live.client("incident", "admin", TENANT) as desk,
    ):
        first = await everything(catalog, desk)
        demo(live, TENANT)
        second = await everything(catalog, desk)
        assert first == second
        states = {
            path: Counter(each["status"] for each in first[path])
            for path in first
            if "status" in first[path][0]
        }
        assert states["/v1/services"]["live"] >= 8
        assert len(first["/v1/offerings"]) >= 20
        assert len(first["/v1/configuration-items"]) == 100
        assert (len(first["/v1/people"]), len(first["/v1/groups"])) == (60, 12)
        for path, names in (
            ("/v1/incidents", "new in_progress on_hold resolved closed cancelled"),
            ("/v1/service-requests", REQUESTS),
            ("/v1/approvals", "pending accepted refused voided"),
            ("/v1/fulfilment-tasks", "waiting open in_progress done cancelled"),
        ):
            assert states[path].keys() == set(names.split()), path
        assert max(len(each["votes"]) for each in first["/v1/approvals"]) == 3
        assert max(each["reopen_count"] for each in first["/v1/service-requests"]) == 1
        await counted(live, len(first["/v1/incidents"]))
    walk(live, TENANT)


async def counted(live: Stack, incidents: int) -> None:
    """The figures know of it."""
    async with live.client("metrics", "admin", TENANT) as metrics:

        async def opened() -> bool:
            figure = await ask(metrics, f"/v1/kpis/opened?{PERIOD}")
            return bool(figure and figure["value"] == incidents)

        await until(opened)
        assert (await ask(metrics, f"/v1/kpis/backlog?{PERIOD}"))["value"] == 9
        assert (await ask(metrics, f"/v1/kpis/mttr?{PERIOD}"))["n"] > 0


def test_without_a_stack_it_says_what_to_do() -> None:
    place = {"ITSM_PORT_BASE": "1", "TENANT": TENANT}
    done = subprocess.run(
        [sys.executable, "-m", "itsm_demo"],
        env=os.environ | place,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "make up" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_tables_name_nobody_and_nothing_that_is_not_there() -> None:
    people = {row["key"]: row["role"] for row in company.rows("people")}
    firm, things = company.tables("company"), {item["key"] for item in company.items()}
    services = company.tables("services")["services"]
    offers = {each["key"]: each for each in company.tables("offerings")["offerings"]}
    groups = {group["key"] for group in firm["groups"]}
    stories = company.tables("incidents")["incidents"] + company.tables("requests")["requests"]
    named = {step.who for story in stories for step in map(read, story["steps"])}
    named |= {story.get("caller", story.get("by")) for story in stories}
    named |= {member for group in firm["groups"] for member in group["members"]}
    named |= {each["owner"] for each in services}
    assert named <= people.keys()
    assert {key for item in company.items() for key in item["depends_on"]} <= things
    assert {key for each in services for key in each.get("depends_on", ())} <= things
    assert {each["service"] for each in offers.values()} <= {each["key"] for each in services}
    assert {step["group"] for each in offers.values() for step in each.get("approval", ())} <= groups
    assert {task["assignment_group"] for each in offers.values() for task in each.get("tasks", ())} <= groups
    orders = sorted((each["by"], each["offering"]) for each in company.tables("requests")["requests"])
    assert all(one != other for one, other in pairwise(orders))


def test_a_step_reads_as_it_is_written() -> None:
    assert read("assign network/lena by eva.holm") == Step("assign", "network/lena", "eva.holm", None)
    assert read("accept by eva: By all means: yes") == Step("accept", "", "eva", "By all means: yes")
    with pytest.raises(ValueError, match="verb"):
        read("accept")
