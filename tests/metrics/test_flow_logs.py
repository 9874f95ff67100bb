"""The logs for process-mining tools: held to what their standards demand, and to the figures."""

import json
import re
from typing import Any, Final
from xml.etree.ElementTree import Element, fromstring

import httpx2
import pytest
from itsm_chassis.auth.permissions import ROLES
from itsm_chassis.store.database import Database
from itsm_metrics.queries import flow as queries
from support.change_stories import ChangeStory
from support.incident_events import Story, at
from support.metrics import hear, hear_stories, query

from .test_flow import bounced, flow

XES: Final = "{http://www.xes-standard.org/}"
ORDER: Final = ["extension", "global", "classifier", "attribute", "trace", "event"]
ATTRIBUTES: Final = {"string", "date", "int", "float", "boolean", "id"}
NAME: Final = re.compile(r"[A-Za-z_:][A-Za-z0-9_:.-]*")
DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


async def fetched(client: httpx2.AsyncClient, log: str, process: str = "incident", **asked: Any) -> str:
    """A log, by default of the two years around the stories' start."""
    period = {"from_": "2025-03-01T00:00:00Z", "to": "2027-03-01T00:00:00Z", **asked}
    answer = await client.get(f"/v1/flow/{process}/{log}?{query(period.items())}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="{process}{log[3:]}"'
    return answer.text


def sort(element: Element) -> str:
    """The element's sort, in the order of the schema."""
    tag = element.tag.removeprefix(XES)
    return "attribute" if tag in ATTRIBUTES else tag


def held_to_the_schema(text: str) -> Element:
    """The log, held to what the schema of IEEE 1849-2016 demands of the elements that we use.

    The order of elements, required attributes and the types of their values; and, beyond the schema: every
    prefix is one of a declared extension, and every event has what the globals promise.
    """
    log = fromstring(text)  # noqa: S314  # our own text
    assert log.tag == f"{XES}log"
    float(log.attrib["xes.version"])
    prefixes = {each.attrib["prefix"] for each in log.iter(f"{XES}extension")}
    for element in log.iter():
        sorts = [ORDER.index(sort(child)) for child in element]
        assert sorts == sorted(sorts)
        if sort(element) == "attribute":
            assert set(element.attrib) == {"key", "value"}
            assert NAME.fullmatch(key := element.attrib["key"])
            assert ":" not in key or key.partition(":")[0] in prefixes
            assert element.tag != f"{XES}date" or DATE.fullmatch(element.attrib["value"])
        elif sort(element) == "extension":
            assert set(element.attrib) == {"name", "prefix", "uri"}
        elif sort(element) == "classifier":
            assert {"name", "keys"} <= set(element.attrib)
    promised = {each.attrib["scope"]: keys(each) for each in log.findall(f"{XES}global")}
    for scope, names in promised.items():
        for element in log.iter(f"{XES}{scope}"):
            assert names <= keys(element)
    return log


def keys(element: Element) -> set[str]:
    """The keys of its attributes."""
    return {child.attrib["key"] for child in element if sort(child) == "attribute"}


def said(element: Element) -> dict[str, str]:
    """Its attributes."""
    return {child.attrib["key"]: child.attrib["value"] for child in element if sort(child) == "attribute"}


async def test_the_xes_log_has_the_cases_and_activities_of_the_figures(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    odd = Story(5, number='<INC & "8">', priority="P1", assignment_group="a\u0001b")
    gap = Story(6).then(7, "in_progress").then(8, "resolved")
    await hear_stories(db, bounced(), odd)
    await hear(db, gap.told[::2])
    for activity in ("status", "assignment_group", "source_state"):
        log = held_to_the_schema(await fetched(manager, "log.xes", activity=activity))
        told = await flow(manager, activity=activity)
        traces = log.findall(f"{XES}trace")
        assert len(traces) == told["cases"]
        assert len(list(log.iter(f"{XES}event"))) == told["events"]
    log = held_to_the_schema(await fetched(manager, "log.xes"))
    second, first = sorted(log.findall(f"{XES}trace"), key=lambda trace: said(trace)["concept:name"])
    assert said(first)["concept:name"] == "INC-000007"
    assert said(first)["service"] == "mail"
    assert said(second) | {"identity:id": ""} == {
        "concept:name": '<INC & "8">',
        "identity:id": "",
        "priority": "P1",
    }
    events = [said(event) for event in first.findall(f"{XES}event")]
    assert [event["concept:name"] for event in events][:3] == ["new", "in_progress", "on_hold"]
    assert [event["org:group"] for event in events] == ["desk", "desk", "net", "desk", "desk"]
    assert events[1]["time:timestamp"] == "2026-03-02T08:10:00.000+00:00"
    assert {event["lifecycle:transition"] for event in events} == {"complete"}
    assert said(second.findall(f"{XES}event")[0])["org:group"] == "a\ufffdb"


async def test_a_log_of_nothing_is_a_log(manager: httpx2.AsyncClient, db: Database) -> None:
    await hear_stories(db, Story(tenant="globex"))
    assert held_to_the_schema(await fetched(manager, "log.xes")).findall(f"{XES}trace") == []
    log = json.loads(await fetched(manager, "log.ocel.json"))
    assert (log["events"], log["objects"], log["eventTypes"]) == ([], [], [])


def held_to_the_format(log: Any) -> None:
    """OCEL 2.0: ids are unique, types and their attributes declared, and relationships lead to objects."""
    assert set(log) == {"objectTypes", "eventTypes", "objects", "events"}
    ids = [each["id"] for each in log["objects"]]
    assert len(set(ids)) == len(ids)
    assert len({each["id"] for each in log["events"]}) == len(log["events"])
    for things, types in (("objects", "objectTypes"), ("events", "eventTypes")):
        declared = {each["name"]: {a["name"]: a["type"] for a in each["attributes"]} for each in log[types]}
        assert len(declared) == len(log[types])
        for thing in log[things]:
            for attribute in thing["attributes"]:
                assert declared[thing["type"]][attribute["name"]] == "string"
                assert isinstance(attribute["value"], str)
                assert things == "events" or DATE.fullmatch(attribute["time"])
            assert things == "objects" or DATE.fullmatch(thing["time"])
            related = [(each["objectId"], each["qualifier"]) for each in thing["relationships"]]
            assert len(set(related)) == len(related)
            assert {name for name, _ in related} <= set(ids)


async def test_the_object_centric_log_relates_events_and_records(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    change = ChangeStory(number="CHG-000009").then(5, "assess")
    broken = bounced().then(70, caused_by_change=str(change.subject))
    await hear_stories(db, broken)
    await hear(db, change.told)
    log = json.loads(await fetched(manager, "log.ocel.json"))
    held_to_the_format(log)
    record = f"incident:{broken.subject}"
    types = [event["type"] for event in log["events"]]
    assert types[1:4] == ["incident started", "incident updated", "incident held"]
    assert len(log["events"]) == len(broken.told)
    assert log["events"][2]["relationships"] == [
        {"objectId": record, "qualifier": "incident"},
        {"objectId": "service:mail", "qualifier": "service"},
        {"objectId": "group:net", "qualifier": "assignment_group"},
    ]
    objects = {each["id"]: each for each in log["objects"]}
    assert set(objects) == {record, "service:mail", "group:desk", "group:net", f"change:{change.subject}"}
    caused = {"objectId": f"change:{change.subject}", "qualifier": "caused_by_change"}
    assert caused in objects[record]["relationships"]
    values = [(each["name"], each["value"]) for each in objects[record]["attributes"]]
    assert values[:2] == [("name", "INC-000007"), ("priority", "P3")]
    assert [value for name, value in values if name == "status"][-1] == "resolved"
    changes = json.loads(await fetched(manager, "log.ocel.json", "change"))
    held_to_the_format(changes)
    assert {each["id"] for each in changes["objects"]} == {f"change:{change.subject}"}


@pytest.mark.parametrize("log", ["log.xes", "log.ocel.json"])
async def test_a_log_is_refused_before_it_begins(
    manager: httpx2.AsyncClient, db: Database, monkeypatch: pytest.MonkeyPatch, log: str
) -> None:
    monkeypatch.setattr(queries, "MOST", 0)
    await hear_stories(db, Story())
    answer = await manager.get(f"/v1/flow/incident/{log}?{query({'from': at(0), 'to': at(99)}.items())}")
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_cases")
    assert (await manager.get(f"/v1/flow/incident/{log}?colour=red")).status_code == 422
    for role in ROLES:
        headers = {"authorization": f"Bearer acme.someone.{role}"}
        answer = await manager.get(f"/v1/flow/incident/{log}?to=2020-01-01T00:00:00Z", headers=headers)
        assert (answer.status_code == 200) is (role != "requester")


async def test_the_object_centric_log_has_no_other_activity(manager: httpx2.AsyncClient) -> None:
    answer = await manager.get("/v1/flow/incident/log.ocel.json?activity=status")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_parameter")
