"""CSAT and its response rate equal a count of the answers themselves, in any order and after a rebuild."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from itsm_chassis import clock
from itsm_chassis.auth.links import Links
from itsm_chassis.bus.decoding import decode
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_metrics.commands import answering
from support.metrics import facts, hear, kpi, rebuild
from support.surveys import answer, asked, fulfilled, hear_surveys, resolved, said

DIMENSIONS = ("service", "assignment_group", "priority", "record_type", "offering", "month")


async def test_answers_of_four_and_five_are_satisfied_and_silence_is_counted_apart(
    db: Database, visitor: httpx2.AsyncClient, manager: httpx2.AsyncClient, links: Links
) -> None:
    long_ago = clock.now() - timedelta(days=40)
    await asked(db, resolved("late", long_ago), now=long_ago)
    surveys = await asked(db, *(resolved(f"p{n}", service="mail") for n in range(4)), fulfilled())
    for survey, score in zip(surveys, (5, 4, 3), strict=False):
        await answer(visitor, links, survey, score=score)
    await answer(visitor, links, surveys[0], score=1)
    await answering.expire_due(db, clock.now())
    await hear_surveys(db)
    csat = await kpi(manager, "csat")
    assert (csat["n"], csat["value"]) == (3, pytest.approx(1 / 3)), "the first of them thought again"
    assert csat["excluded"] == {"surveys_expired": 1, "surveys_open": 2}
    rate = await kpi(manager, "csat_response_rate", group_by="record_type")
    assert (rate["n"], rate["value"]) == (6, 0.5)
    assert [(g["key"], g["n"], g["value"]) for g in rate["groups"]] == [
        ("incident", 5, 0.6),
        ("service_request", 1, 0.0),
    ]
    assert (await manager.get("/v1/kpis/csat?record_type=change")).status_code == 422
    records = (await manager.get(csat["records"])).json()["items"]
    assert {each["record"] for each in records} == {str(each) for each in surveys[:3]}
    assert {each["resource"] for each in records} == {"survey"}
    assert csat["fresh_as_of"] is not None


async def some_year(db: Database, dice: random.Random) -> list[dict[str, Any]]:
    """Surveys of half a year with answers, revisions, silence; as whoever watched would have noted them."""
    noted = []
    start = clock.now() - timedelta(days=180)
    for n in range(120):
        when = start + timedelta(hours=dice.uniform(0, 175 * 24))
        place: dict[str, Any] = {"service": dice.choice([None, "mail", "web"])}
        if dice.random() < 0.6:
            place |= {
                "assignment_group": dice.choice([None, "a", "b"]),
                "priority": dice.choice(["P1", "P2"]),
            }
            story: Any = resolved(f"person-{n}", when, **place)
        else:
            place["offering"] = dice.choice(["laptop", "phone"])
            story = fulfilled(f"person-{n}", when, **place)
        [survey] = await asked(db, story, now=when)
        kind = "service_request" if "offering" in place else "incident"
        note = place | {"sent": when, "score": None, "answered": None, "record_type": kind}
        at = when + timedelta(hours=dice.uniform(0, 29 * 24))
        if dice.random() < 0.7 and at < clock.now():
            note |= {"answered": at, "score": await vote(db, survey, dice.randint(1, 5), at)}
            if dice.random() < 0.3:
                note["score"] = await vote(db, survey, dice.randint(1, 5), at + timedelta(minutes=5))
        noted.append(note)
    await answering.expire_due(db, clock.now())
    return noted


async def vote(db: Database, survey: Any, score: int, at: datetime) -> int:
    ctx = Context("acme", "link", frozenset(), at)
    await answering.answer(db, ctx, survey, score, None)
    return score


def shares(items: list[tuple[Any, bool]]) -> dict[Any, tuple[int, float]]:
    """How many, and the share of yes, for each key."""
    n, yes = Counter(key for key, _ in items), Counter(key for key, good in items if good)
    return {key: (n[key], yes[key] / n[key]) for key in n}


def by(dimension: str, moment: str) -> Callable[[dict[str, Any]], Any]:
    return lambda note: f"{note[moment]:%Y-%m}" if dimension == "month" else note.get(dimension)


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_figure_equals_an_independent_count_in_any_order_and_after_a_rebuild(
    db: Database, manager: httpx2.AsyncClient, seed: int
) -> None:
    dice = random.Random(seed)
    noted = await some_year(db, dice)
    events = await said(db)
    heard = events + dice.sample(events, 40)
    dice.shuffle(heard)
    for start in range(0, len(heard), 50):
        await hear(db, [decode(each.body.encode(), None) for each in heard[start : start + 50]])
    answers = [note for note in noted if note["answered"]]
    for dimension in DIMENSIONS:
        expected = shares([(by(dimension, "answered")(n), n["score"] >= 4) for n in answers])
        assert await groups(manager, "csat", dimension) == expected
        expected = shares([(by(dimension, "sent")(n), n["answered"] is not None) for n in noted])
        assert await groups(manager, "csat_response_rate", dimension) == expected
    silent = [note for note in noted if not note["answered"]]
    over = [note for note in silent if note["sent"] + timedelta(days=30) <= clock.now()]
    excluded = (await kpi(manager, "csat"))["excluded"]
    assert excluded == {"surveys_expired": len(over), "surveys_open": len(silent) - len(over)}
    before = await facts(db, "acme")
    await rebuild(db)
    assert await facts(db, "acme") == before


async def groups(manager: httpx2.AsyncClient, slug: str, dimension: str) -> dict[Any, Any]:
    found = await kpi(manager, slug, group_by=dimension)
    return {each["key"]: (each["n"], pytest.approx(each["value"])) for each in found["groups"]}
