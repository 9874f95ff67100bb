"""A request repeated, or repeated at once, or not committed: what the caller can rely on."""

import asyncio

from incident.conftest import Person
from itsm_chassis.store.database import Database

BODY = {"title": "No mail", "impact": "high", "urgency": "medium"}
FAIL_AT_COMMIT = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no commit today'; END $$;
CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON incident DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION refuse()
"""


async def test_two_hundred_equal_requests_at_once_open_one_incident_and_get_equal_answers(
    agent: Person, db: Database
) -> None:
    posts = (agent.call("POST", "/v1/incidents", BODY, Idempotency_Key="once") for _ in range(200))
    answers = await asyncio.gather(*posts)
    assert {(a.status_code, a.text, a.headers["ETag"], a.headers["Location"]) for a in answers} == {
        (201, answers[0].text, '"1"', answers[0].headers["Location"])
    }
    assert sum("Idempotency-Replayed" not in a.headers for a in answers) == 1
    assert await db.fetchval("SELECT count(*) FROM incident") == 1
    assert await db.fetchval("SELECT count(*) FROM event") == 1


async def test_a_commit_that_fails_is_a_500_and_nothing_is_stored(agent: Person, db: Database) -> None:
    await db.execute(FAIL_AT_COMMIT)
    answer = await agent.call("POST", "/v1/incidents", BODY, Idempotency_Key="unlucky")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "no commit today" not in answer.text
    for table in ("incident", "event", "outbox", "idempotency"):
        assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0
    await db.execute("DROP TRIGGER at_commit ON incident")
    again = await agent.call("POST", "/v1/incidents", BODY, Idempotency_Key="unlucky")
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (201, False)


async def test_a_key_is_one_callers_and_one_requests(agent: Person, carl: Person) -> None:
    first = await agent.call("POST", "/v1/incidents", BODY, Idempotency_Key="k")
    other_person = await carl.call("POST", "/v1/incidents", BODY, Idempotency_Key="k")
    other_body = await agent.call("POST", "/v1/incidents", BODY | {"title": "Other"}, Idempotency_Key="k")
    assert (first.status_code, other_person.status_code, other_body.status_code) == (201, 201, 422)
    assert first.json()["id"] != other_person.json()["id"]
    assert other_body.json()["code"] == "key_reused"


async def test_a_transition_repeated_under_its_key_gets_its_first_answer(agent: Person) -> None:
    made = await agent.opens()
    path = f"/v1/incidents/{made['id']}/transitions"
    moves = [
        await agent.call("POST", path, {"to": "in_progress"}, If_Match='"1"', Idempotency_Key="move")
        for _ in range(2)
    ]
    assert [move.status_code for move in moves] == [200, 200]
    assert moves[0].text == moves[1].text
    assert moves[1].headers["Idempotency-Replayed"] == "true"
