"""Who is asked how content they are: once per record, as the policy says, whatever is repeated."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_chassis import clock
from itsm_chassis.bus.decoding import Received
from itsm_chassis.bus.relay import Relay
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_events import opaque
from itsm_metrics.app import service
from itsm_metrics.consumers import SUBSCRIPTIONS
from itsm_metrics.projections import inviting
from itsm_metrics.rules.asking import drawn
from support import broker
from support.eventually import until
from support.incident_events import Story, altered
from support.surveys import asked, fulfilled, invite, minutes, resolved, said

COUNT = "SELECT count(*) FROM survey"
SENT = "SELECT count(*) FROM measurement WHERE measure = 'survey_sent'"


async def issue(manager: httpx2.AsyncClient, **policy: Any) -> Any:
    answer = await manager.post("/v1/survey-policies", json=policy)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_resolution_and_a_fulfilment_ask_those_for_whom_it_was_done(db: Database) -> None:
    incident = resolved("carl", title="No mail", service="mail", assignment_group="desk", priority="P2")
    request = fulfilled("rita", requested_for="otto", service="desk", business_unit="sales")
    await asked(db, incident, request)
    first, second = [event.envelope for event in await said(db)]
    assert first.type == second.type == "itsm.survey.sent.v1"
    told = first.data
    assert (told["record"], told["record_type"]) == (str(incident.subject), "incident")
    assert (told["number"], told["title"], told["priority"]) == ("INC-000001", "No mail", "P2")
    assert (told["service"], told["assignment_group"], told["status"]) == ("mail", "desk", "open")
    assert told["person"] == opaque("acme", "carl"), "the id that every service knows the person by"
    assert second.data["person"] == opaque("acme", "otto"), "whom it is for, and not who asked for it"
    assert (second.data["offering"], second.data["business_unit"]) == ("laptop", "sales")


async def test_repeats_and_a_second_resolution_ask_nobody_again(db: Database) -> None:
    story = resolved()
    event = story.told[-1]
    await invite(db, [event, event, altered(event)])
    await invite(db, [event])
    end = minutes(clock.now())
    later = story.then(end, "in_progress").then(end + 1, "resolved").told[-1]
    await invite(db, [later], clock.now() + timedelta(days=20))
    assert [each.envelope.type for each in await said(db)] == ["itsm.survey.sent.v1"]


async def test_two_writers_at_once_ask_once(db: Database) -> None:
    events = [resolved(f"person-{n}").told[-1] for n in range(8)]
    await asyncio.gather(invite(db, events[:5]), invite(db, events[3:]))
    assert (await db.fetchval(COUNT), len(await said(db))) == (8, 8)


async def test_a_repeat_of_what_was_asked_long_ago_keeps_nobody_from_being_asked_anew(db: Database) -> None:
    now = clock.now()
    first = resolved("carl").told[-1]
    await invite(db, [first], now)
    then = now + timedelta(days=8)
    await invite(db, [first, resolved("carl", then).told[-1]], then)
    assert await db.fetchval(COUNT) == 2


async def test_what_asks_nobody(db: Database) -> None:
    """Imported history, a cancellation, an incident of nobody, and what was done a month ago."""
    imported = altered(resolved("a").told[-1], imported=True)
    cancelled = Story(minutes(clock.now()), caller="b").then(minutes(clock.now()) + 1, "cancelled").told
    of_nobody = resolved(None).told[-1]
    long_ago = resolved("c", clock.now() - timedelta(days=30)).told[-1]
    await invite(
        db, [imported, *cancelled, of_nobody, long_ago, altered(fulfilled("d").told[-1], imported=True)]
    )
    assert (await db.fetchval(COUNT), await said(db)) == (0, [])


async def test_nobody_is_asked_twice_within_the_quiet_time(db: Database) -> None:
    now = clock.now()
    await invite(db, [resolved("carl").told[-1], resolved("carl").told[-1], resolved("otto").told[-1]], now)
    assert await db.fetchval(COUNT) == 2
    soon = now + timedelta(days=7, seconds=-1)
    await invite(db, [resolved("carl", soon).told[-1], fulfilled("carl", soon).told[-1]], soon)
    assert await db.fetchval(COUNT) == 2
    then = now + timedelta(days=7)
    await invite(db, [resolved("carl", then).told[-1]], then)
    assert await db.fetchval(COUNT) == 3
    elsewhere = resolved("carl", soon, tenant="globex").told[-1]
    await invite(db, [elsewhere], soon)
    assert await db.fetchval(COUNT) == 4, "another tenant's carl is another person"


async def test_the_latest_policy_of_the_tenant_decides_and_the_survey_says_which(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    await issue(manager, share=0)
    await invite(db, [resolved("carl").told[-1]])
    assert await db.fetchval(COUNT) == 0
    issued = await issue(manager, record_types=["incident"], valid_s=3600)
    assert (issued["edition"], issued["quiet_s"], issued["issued_by"]) == (2, 604800, "mara")
    await invite(db, [fulfilled("rita").told[-1], resolved("carl").told[-1]])
    await invite(db, [fulfilled("rita", tenant="globex").told[-1]])
    [ours], [theirs] = await said(db), await said(db, "globex")
    assert (ours.envelope.data["record_type"], ours.envelope.data["policy_edition"]) == ("incident", 2)
    assert theirs.envelope.data["policy_edition"] == 0, "the policy that ships"
    listed = (await manager.get("/v1/survey-policies")).json()["items"]
    assert [each["edition"] for each in listed] == [2, 1]
    assert (await manager.get(f"/v1/survey-policies/{issued['id']}")).json() == issued
    spoken = "SELECT envelope FROM event WHERE type = 'itsm.survey_policy.issued.v1' ORDER BY recorded_at"
    assert [json.loads(row[0])["data"]["share"] for row in await db.fetch(spoken)] == [0, 1]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"share": 1.1}, "/share"),
        ({"quiet_s": -1}, "/quiet_s"),
        ({"valid_s": 1}, "/valid_s"),
        ({"record_types": []}, "/record_types"),
        ({"record_types": ["change"]}, "/record_types/0"),
        ({"days": 3}, "/days"),
    ],
)
async def test_a_wrong_policy_is_refused_with_its_place(
    manager: httpx2.AsyncClient, wrong: dict[str, Any], where: str
) -> None:
    answer = await manager.post("/v1/survey-policies", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == where


def test_the_lot_falls_on_the_same_records_and_on_as_many_as_the_share_says() -> None:
    records = [new_id() for _ in range(4000)]
    chosen = {each for each in records if drawn(each, 0.25)}
    assert abs(len(chosen) - 1000) < 150
    assert chosen == {each for each in records if drawn(each, 0.25)}
    assert all(drawn(each, 0.5) for each in chosen), "a larger share asks about these too"


@given(st.uuids())
def test_all_or_none(record: Any) -> None:
    assert drawn(record, 1)
    assert not drawn(record, 0)


async def test_two_replicas_and_repeated_events_make_each_survey_and_its_event_once(
    db: Database, amqp_url: str
) -> None:
    stories = [resolved(f"person-{n}") for n in range(30)] + [fulfilled(f"buyer-{n}") for n in range(30)]
    events = [event for story in stories for event in [*story.told, story.told[-1]]]
    async with broker.channel(amqp_url) as channel, broker.consuming(db, amqp_url, SUBSCRIPTIONS, replicas=2):
        audit = await broker.listen(channel, "itsm.survey.#")
        async with broker.running(Relay(db, amqp_url, service.name).run):
            for event in [*events, *reversed(events)]:
                await broker.put(channel, event.body.encode(), event.envelope.type)
            await until(lambda: db.fetchval(f"SELECT ({SENT}) >= 60"))
        told = [json.loads(message.body) for message in await broker.heard(audit, 60)]
        assert await audit.get(fail=False) is None, "nothing else was said"
    assert {each["data"]["record"] for each in told} == {str(story.subject) for story in stories}
    assert (await db.fetchval(COUNT), await db.fetchval(SENT)) == (60, 60)
    assert await db.fetchval("SELECT count(*) FROM parked") == 0


async def test_a_batch_that_is_rolled_back_asks_nobody_and_its_repeat_asks_once(db: Database) -> None:
    event: Received = resolved().told[-1]
    with pytest.raises(RuntimeError):
        await broken(db, event)
    assert (await db.fetchval(COUNT), await said(db)) == (0, [])
    await invite(db, [event])
    assert (await db.fetchval(COUNT), len(await said(db))) == (1, 1)


async def broken(db: Database, event: Received) -> None:
    async with db.transaction() as conn:
        await inviting.invite(conn, [event], clock.now())
        raise RuntimeError
