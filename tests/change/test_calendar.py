"""The change calendar, and the same as a feed that a calendar program reads by a signed link."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from itsm_chassis import clock
from support.changes import NEW, WINDOW, moved
from support.services import Running

MARCH: dict[str, Any] = {"starts_at": "2030-03-01T01:00:00Z", "ends_at": "2030-03-01T03:00:00Z"}
YEAR = "from=2030-01-01T00:00:00Z&to=2031-01-01T00:00:00Z"


async def test_the_calendar_shows_changes_freezes_and_every_occurrence_in_order(change: Running) -> None:
    agent, manager = change.caller("agent"), change.caller("change_manager")
    made = await agent.creates("/v1/changes", **NEW | WINDOW | {"service": "s-mail"})
    gone = await agent.creates("/v1/changes", **NEW | WINDOW)
    await moved(agent, gone, "cancelled")
    weekly = {"recurrence": "FREQ=WEEKLY;COUNT=3", "zone": "Europe/Berlin", "configuration_items": ["db"]}
    await manager.creates("/v1/maintenance-windows", key="weekly", name="Weekly", **MARCH | weekly)
    await manager.creates("/v1/freezes", key="all", name="All", **MARCH)

    async def shown(query: str) -> list[tuple[str, str, str]]:
        items = (await agent.get(f"/v1/change-calendar?{query}"))["items"]
        return [(each["kind"], each["reference"], each["starts_at"][:10]) for each in items]

    assert await shown(YEAR) == [
        ("change", made["number"], "2030-01-05"),
        ("freeze", "all", "2030-03-01"),
        ("maintenance", "weekly", "2030-03-01"),
        ("maintenance", "weekly", "2030-03-08"),
        ("maintenance", "weekly", "2030-03-15"),
    ]
    assert [each[1] for each in await shown(f"{YEAR}&service=s-mail")] == [made["number"], "all"]
    assert [each[1] for each in await shown(f"{YEAR}&configuration_item=db")] == ["all", *["weekly"] * 3]
    assert [each[1] for each in await shown(f"{YEAR}&change_type=standard")] == ["all", *["weekly"] * 3]
    assert await shown("from=2030-01-05T22:00:00Z&to=2030-03-01T01:00:00Z") == []
    stranger = change.caller("admin", tenant="other")
    assert (await stranger.get(f"/v1/change-calendar?{YEAR}"))["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "from=2030-01-01T00:00:00Z",
        "from=2030-01-01T00:00:00Z&to=2031-03-01T00:00:00Z",
        "from=2030-01-01T00:00:00Z&to=2029-01-01T00:00:00Z",
        "from=2030-01-01&to=2031-01-01",
        "from=1577836800&to=1580515200",
        "from=0001-01-01T00:00:00Z&to=0001-02-01T00:00:00Z",
        f"{YEAR}&when=now",
        f"{YEAR}&change_type=urgent",
    ],
)
async def test_a_time_that_is_too_long_or_none_is_refused(change: Running, query: str) -> None:
    answer = await change.caller("agent").call("GET", f"/v1/change-calendar?{query}")
    assert answer.status_code == 422, answer.text


async def test_more_than_anybody_can_look_at_is_refused(change: Running) -> None:
    manager = change.caller("change_manager")
    for number in range(14):
        daily = MARCH | {"recurrence": "FREQ=DAILY", "key": f"w{number}", "name": "W"}
        await manager.creates("/v1/maintenance-windows", **daily | {"starts_at": "2030-03-01T02:00:00Z"})
    answer = await manager.call(
        "GET", "/v1/change-calendar?from=2031-01-01T00:00:00Z&to=2032-01-01T00:00:00Z"
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "too_much")


async def test_requesters_have_no_calendar(change: Running) -> None:
    carl = change.caller("requester", "carl")
    assert (await carl.call("GET", f"/v1/change-calendar?{YEAR}")).status_code == 403
    assert (await carl.call("POST", "/v1/change-calendar/links", {})).status_code == 403


async def test_a_calendar_library_reads_the_feed_of_a_link_without_a_token(change: Running) -> None:
    agent, manager = change.caller("agent"), change.caller("change_manager")
    now = clock.now().replace(microsecond=0)
    times = {
        "planned_start": (now + timedelta(days=1)).isoformat(),
        "planned_end": (now + timedelta(days=2)).isoformat(),
    }
    title = "Disk; second, of the \u00e4lteste\nstore"
    made = await agent.creates("/v1/changes", **NEW | times | {"service": "mail", "title": title})
    window = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=2)).isoformat()}
    await manager.creates(
        "/v1/maintenance-windows", key="daily", name="Daily", recurrence="FREQ=DAILY;COUNT=3", **window
    )
    link = await agent.creates("/v1/change-calendar/links")
    assert link["path"].startswith("/v1/change-calendar.ics?token=")
    answer = await change.client.get(link["path"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    read: Any = Calendar.from_ical(answer.text)
    events = read.walk("VEVENT")
    assert {str(each["categories"].cats[0]) for each in events} == {"change", "maintenance"}
    [one] = [each for each in events if str(each["uid"]) == made["id"]]
    assert str(one["summary"]) == f"Change {made['number']}: {title}"
    assert one["dtstart"].dt == datetime.fromisoformat(made["planned_start"])
    assert one["dtend"].dt == datetime.fromisoformat(made["planned_end"])
    starts = sorted(each["dtstart"].dt for each in events if each is not one)
    assert starts == [now + timedelta(days=day) for day in range(3)]
    assert len({str(each["uid"]) for each in events}) == 4
    narrow = await agent.creates("/v1/change-calendar/links", service="web")
    assert made["number"] not in (await change.client.get(narrow["path"])).text


async def test_a_link_is_its_makers_own_until_it_is_revoked(change: Running) -> None:
    agent, other = change.caller("agent"), change.caller("agent", "carl")
    link = await agent.creates("/v1/change-calendar/links")
    [listed] = (await agent.get("/v1/change-calendar/links"))["items"]
    assert listed == {name: value for name, value in link.items() if name != "path"}
    assert (await other.get("/v1/change-calendar/links"))["items"] == []
    path = f"/v1/change-calendar/links/{link['id']}/revoke"
    assert (await other.call("POST", path, None, If_Match="*")).status_code == 404
    assert (await change.client.get(link["path"])).status_code == 200
    assert (await agent.call("POST", path, None, If_Match='"1"')).json()["revoked"] is True
    answer = await change.client.get(link["path"])
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert (await agent.call("POST", path, None, If_Match="*")).status_code == 409


async def test_a_link_that_was_tampered_with_opens_nothing(change: Running) -> None:
    agent = change.caller("agent")
    token = (await agent.creates("/v1/change-calendar/links"))["path"].partition("token=")[2]
    said, _, signature = token.partition(".")
    other = (await change.caller("agent", tenant="other").creates("/v1/change-calendar/links"))["path"]
    for wrong in (
        "",
        "x",
        said,
        f"{said}.",
        f"{said}.{signature[:-1]}",
        f"{said[:-2]}AA.{signature}",
        f"{other.partition('token=')[2].partition('.')[0]}.{signature}",
        "%C3%A4.%C3%A4",
        "a" * 3000,
        f"{token}&token={token}",
    ):
        answer = await change.client.get(f"/v1/change-calendar.ics?token={wrong}")
        assert answer.status_code in (401, 422), wrong
    assert (await change.client.get("/v1/change-calendar.ics")).status_code == 401
    bearer = await agent.call("GET", "/v1/change-calendar.ics")
    assert bearer.status_code == 401, "a bearer token is no link"
    answer = await change.client.get(f"/v1/changes?token={token}")
    assert answer.status_code == 401, "a link opens nothing but its feed"


async def test_a_repeated_request_under_one_key_makes_one_link(change: Running) -> None:
    agent = change.caller("agent")
    first, again = [
        await agent.call("POST", "/v1/change-calendar/links", {}, Idempotency_Key="k") for _ in range(2)
    ]
    assert (first.text, first.status_code) == (again.text, again.status_code)
    assert len((await agent.get("/v1/change-calendar/links"))["items"]) == 1
    kept = await change.db.fetch("SELECT body FROM idempotency")
    token = first.json()["path"].partition("token=")[2]
    assert all(token not in row["body"] for row in kept), "what opens a link is kept nowhere"
