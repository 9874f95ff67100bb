"""Figures from kept sums are the figures from the facts, whatever was corrected in between."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_metrics.projections import summing
from itsm_metrics.projections.facts import MEASUREMENTS
from itsm_metrics.projections.summing import follow, in_force, sum_up
from itsm_metrics.queries import figures
from itsm_metrics.queries.question import Question, Result
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.kpis.kpi import Kpi
from itsm_metrics.rules.margins import MARGINS, SPREAD
from support.incident_events import Story, at
from support.metrics import hear, kpi, rebuild

DAYS = 100
CLOCKS = [
    f"{kind} {measure} {policy} P1" for kind in ("sla", "ola") for measure in ("a", "b") for policy in "xy"
]
VALUES: dict[str, list[str | None]] = {
    "priority": ["P1", "P2", None],
    "service": ["mail", "web", None],
    "assignment_group": ["a", "b", None],
    "offering": ["laptop", None],
    "business_unit": ["north", "süd", None],
    "on_time": ["true", "false", None],
    "record_type": ["change", None],
    "month": ["2026-03", "2026-04", None],
    "kind": ["sla", "incident", None],
    "measure": ["a", None],
    "policy": ["x", None],
    "priority_at_opening": ["P1", None],
}


def measured(dice: random.Random, subject: Any) -> list[tuple[Any, ...]]:
    """Facts of one record, as the table has them."""
    rows = []
    for measure in dice.sample(sorted(MARGINS), 6):
        value = (
            int(10 ** dice.uniform(0, 13)) * dice.choice([0, 1, 1, 1])
            if measure in SPREAD
            else dice.choice([0, 1])
        )
        words = [None, "true", "false"] if measure.startswith("request") else CLOCKS
        where = [dice.choice(VALUES[name]) for name in ("priority", "service", "assignment_group")]
        sold = [dice.choice(VALUES[name]) for name in ("offering", "business_unit")]
        when = at(dice.uniform(0, DAYS * 24 * 60))
        rows.append(("acme", subject, measure, 0, when, value, *where, dice.choice(words), *sold))
    return rows


async def restated(db: Database, dice: random.Random) -> None:
    """Two hundred records in batches, many of them corrected later, some until nothing is left."""
    subjects = [new_id() for _ in range(200)]
    for _ in range(12):
        batch = dice.sample(subjects, 50)
        rows = [row for each in batch for row in (measured(dice, each) if dice.random() < 0.9 else [])]
        async with db.transaction() as conn:
            assert await in_force(conn)
            stale, fresh = await MEASUREMENTS.replace(conn, [("acme", each) for each in batch], rows)
            await follow(conn, stale, fresh)


def questions(dice: random.Random, asked: Kpi) -> Iterator[Question]:
    """Whole months, days, parts of days; of everything and of parts; each dimension."""
    for group in (None, *asked.dimensions):
        since = at(dice.uniform(0, 60 * 24 * 60))
        until = since + timedelta(days=dice.uniform(2, 90))
        if dice.random() < 0.3:
            since, until = (
                each.replace(hour=0, minute=0, second=0, microsecond=0) for each in (since, until)
            )
        chosen = [name for name in {group, dice.choice(asked.dimensions)} if name in VALUES]
        filters = {
            name: dice.choice(VALUES[name]) for name in dice.sample(chosen, dice.randrange(len(chosen) + 1))
        }
        yield Question(asked, since, until, group, filters, at(0))


def alike(kept: Result, exact: Result) -> None:
    assert kept._replace(quantiles=None, error=0) == exact._replace(quantiles=None)
    assert kept.quantiles == (pytest.approx(exact.quantiles, rel=0.01, abs=2e-6) if exact.quantiles else None)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_sums_of_any_question_are_those_of_its_facts(
    db: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(figures, "FEW", -1)
    monkeypatch.setattr(summing, "ENOUGH", 2_000)
    dice = random.Random(seed)
    await restated(db, dice)
    assert 0 < await db.fetchval("SELECT count(*) FROM unsummed") < 2_000
    answered = 0
    for asked in KPIS.values():
        for question in questions(dice, asked) if not asked.of_services else ():
            kept = await figures.from_sums(db, "acme", question)
            if kept is None:
                continue
            exact = await figures.from_facts(db, "acme", question)
            alike(kept.whole, exact.whole)
            assert [each.key for each in kept.groups] == [each.key for each in exact.groups]
            for one, other in zip(kept.groups, exact.groups, strict=True):
                alike(one, other)
            assert kept.excluded == exact.excluded
            answered += exact.whole.n > 0
    assert answered > 40


async def sums(db: Database) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await db.fetch("SELECT * FROM rollup ORDER BY 1, 2, 3, 4, 5, 6, 7")]


def stories(dice: random.Random) -> list[Story]:
    """Lives that end, end again, and stay open."""
    made = []
    for _ in range(40):
        story = Story(dice.uniform(0, 90_000), service=dice.choice(["mail", None]))
        for status in ("in_progress", "resolved", "in_progress", "resolved", "closed")[: dice.randrange(6)]:
            story.then(
                (story.told[-1].envelope.time - at(0)).total_seconds() / 60 + dice.uniform(0, 9_000), status
            )
        made.append(story)
    return made


async def test_a_rebuild_makes_the_same_sums_as_events_in_any_order(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summing, "ENOUGH", 30)
    dice = random.Random(5)
    events = [event for story in stories(dice) for event in story.told]
    dice.shuffle(events)
    for start in range(0, len(events), 9):
        await hear(db, events[start : start + 9])
    assert (
        await db.fetchval("SELECT waiting FROM rolled")
        == await db.fetchval("SELECT count(*) FROM unsummed")
        > 0
    )
    async with db.transaction() as conn:
        await sum_up(conn)
    incremental = await sums(db)
    await rebuild(db)
    assert incremental == await sums(db)
    assert await db.fetchval("SELECT min(n) FROM rollup") == 1


async def test_many_facts_have_quantiles_within_an_error_that_is_said(
    manager: httpx2.AsyncClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "FEW", 2)
    monkeypatch.setattr(summing, "ENOUGH", 1)
    await hear(db, [event for n in (10, 20, 40) for event in Story().then(n, "resolved").told])
    many = await kpi(manager, "mttr")
    assert many["quantiles"] == pytest.approx(
        {"p50": 1200, "p90": 2160, "p95": 2280, "error": 0.01}, rel=0.01
    )
    assert (many["n"], many["value"]) == (3, 1400)
    few = await kpi(manager, "mttr", to=at(30))
    assert few["quantiles"] == {"p50": 900.0, "p90": 1140.0, "p95": 1170.0, "error": 0}


async def test_sums_of_another_version_count_for_nothing_until_a_rebuild(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "FEW", -1)
    question = Question(KPIS["opened"], at(-9_999), at(9_999), None, {}, at(0))
    await hear(db, Story().told)
    await db.execute("UPDATE rolled SET shape = 'of another version'; UPDATE rollup SET n = 7")
    await hear(db, Story().told)
    assert (await figures.answer(db, "acme", question)).whole.n == 2
    assert await figures.from_sums(db, "acme", question) is None
    await rebuild(db)
    kept = await figures.from_sums(db, "acme", question)
    assert kept is not None
    assert kept.whole.n == 2


@pytest.mark.parametrize(("group", "kept"), [("month", False), ("priority", True)])
async def test_months_of_another_zone_are_not_those_of_the_sums(
    db: Database, monkeypatch: pytest.MonkeyPatch, group: str, kept: bool
) -> None:
    monkeypatch.setattr(figures, "FEW", -1)
    await hear(db, Story().told)
    question = Question(KPIS["opened"], at(-9_999), at(9_999), group, {}, at(0), zone="Asia/Tokyo")
    assert (await figures.from_sums(db, "acme", question) is not None) == kept
