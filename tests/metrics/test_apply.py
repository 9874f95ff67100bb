"""Every event is kept once and has its effect once, in whatever order and batches it comes."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.errors import Unavailable
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_metrics.projections.apply import ONE_WRITER, apply
from itsm_metrics.projections.facts import incident, rows_of
from itsm_metrics.projections.raw import subject_of
from support.incident_events import Story, altered, at
from support.metrics import TABLES, facts, hear, hear_stories, rebuild

STATES = st.sampled_from(["in_progress", "on_hold", "resolved", "closed", "cancelled", None])
GROUPS = st.sampled_from([None, "a", "b"])
STEPS = st.lists(st.tuples(st.integers(-5, 90), STATES, GROUPS), max_size=6)


def story(steps: list[tuple[int, str | None, str | None]], tenant: str) -> Story:
    """An incident with these steps, each (minutes, state, group)."""
    told = Story(tenant=tenant)
    for minutes, status, group in steps:
        told.then(minutes, status, assignment_group=group)
    return told


@given(STEPS, st.randoms())
def test_a_fold_does_not_depend_on_order_or_repeats(
    steps: list[tuple[int, str | None, str | None]], random: Random
) -> None:
    told = story(steps, "acme")
    rivals = [altered(event).body for event in told.told if random.random() < 0.2]
    texts = told.envelopes + rivals
    shuffled = texts + random.sample(texts, len(texts) // 2)
    random.shuffle(shuffled)
    assert incident(shuffled) == incident(texts)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=1, max_size=3), st.randoms(), st.integers(1, 9))
async def test_any_order_repeats_and_batches_end_in_the_facts_that_a_rebuild_makes(
    db: Database, histories: list[list[tuple[int, str | None, str | None]]], random: Random, size: int
) -> None:
    tenant = f"tenant-{new_id()}"
    told = [event for steps in histories for event in story(steps, tenant).told]
    heard = told + random.sample(told, len(told) // 3)
    random.shuffle(heard)
    for start in range(0, len(heard), size):
        await hear(db, heard[start : start + size])
    stored = await facts(db, tenant)
    assert stored == in_order(told)
    await rebuild(db)
    assert await facts(db, tenant) == stored


def in_order(told: list[Received]) -> dict[str, list[tuple[object, ...]]]:
    """The rows that folding each record's events in their order makes, in the order of the keys."""
    made: list[list[Any]] = [[] for _ in TABLES]
    for subject in {subject_of(event) for event in told}:
        rows = rows_of(subject, [e.body for e in told if subject_of(e) == subject])
        for table, more in zip(made, rows, strict=True):
            table += more
    return {name: sorted(rows, key=key) for name, rows in zip(TABLES, made, strict=True)}


def key(row: tuple[object, ...]) -> tuple[object, ...]:
    """Subject, name, ordinal: the rows are of one tenant."""
    return row[1:4]


async def test_the_raw_log_keeps_each_event_once_as_the_text_that_came(db: Database) -> None:
    told = Story().then(5, "resolved").told
    await hear(db, [*told, *told])
    await hear(db, told)
    kept = await db.fetch("SELECT envelope FROM raw_event ORDER BY sequence")
    assert [row["envelope"] for row in kept] == [event.body for event in told]


async def test_events_without_a_fold_are_kept_too(db: Database) -> None:
    message = json.loads(Story().envelopes[0]) | {"type": "itsm.comment.added.v1"}
    message["data"] = {
        "record": str(new_id()),
        "record_type": "incident",
        "visibility": "public",
        "author": "x",
    }
    await hear(db, [decode(json.dumps(message).encode(), None)])
    assert await db.fetchval("SELECT resource FROM raw_event") == "comment"
    assert await facts(db, "acme") == {name: [] for name in TABLES}


async def test_one_subject_id_in_two_tenants_is_two_records(db: Database) -> None:
    ours = Story(tenant="acme").then(5, "resolved")
    theirs = Story(tenant="globex", subject=ours.subject)
    await hear_stories(db, ours, theirs)
    assert len((await facts(db, "acme"))["measurement"]) == 8
    assert len((await facts(db, "globex"))["measurement"]) == 3


async def test_a_batch_of_200_records_costs_a_fixed_number_of_statements(
    db: Database, statements: list[str]
) -> None:
    stories = [Story() for _ in range(100)]
    await hear_stories(db, *stories)
    more = [each.then(5, "resolved").told[-1] for each in stories] + Story().told * 100
    statements.clear()
    await hear(db, more)
    assert len(statements) <= 13, statements


async def test_while_a_rebuild_holds_the_figures_events_wait_without_being_at_fault(db: Database) -> None:
    told = Story().told
    async with db.transaction() as rebuilding, db.transaction() as conn:
        await rebuilding.execute(ONE_WRITER)
        await conn.execute("SET LOCAL lock_timeout = 50")
        with pytest.raises(Unavailable, match="rebuild holds the figures"):
            await apply(conn, told, at(0))
    await hear(db, told)
    assert len((await facts(db, "acme"))["measurement"]) == 3
