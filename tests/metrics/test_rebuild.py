"""Computing every figure again in a shadow, and proving what was wrong."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx2
import pytest
from itsm_chassis.run.settings import Settings
from itsm_chassis.store.database import Database
from itsm_metrics.app import service
from itsm_metrics.projections import proof, rebuilding, refold
from itsm_metrics.tables import SHADOWS
from support.change_stories import ChangeStory, SuspicionStory
from support.deployment_stories import DeploymentStory
from support.incident_events import Story, at
from support.metrics import facts, hear, hear_stories, rebuild
from support.said_events import ServiceStory, Told

OF_OTHERS = "SELECT count(*) FROM proof WHERE tenant = 'globex' AND before <> after"
DIFFERING = "SELECT count(*) FROM proof WHERE rebuild = $1 AND before IS DISTINCT FROM after"
ADMIN = {"authorization": "Bearer acme.ada.admin"}


def some_stories(tenant: str = "acme") -> Sequence[Story]:
    stories = [Story(tenant=tenant) for _ in range(5)]
    return [story.then(5, "on_hold").then(9, "resolved").then(12, "in_progress") for story in stories]


async def spoil(db: Database) -> None:
    """Figures that no event accounts for, some changed and some gone."""
    await db.execute("UPDATE measurement SET value = 1 WHERE measure = 'first_resolved'")
    await db.execute("DELETE FROM span WHERE ended_at IS NULL")
    await db.execute(
        "INSERT INTO measurement (tenant, subject, measure, ordinal, at) "
        "VALUES ('acme', gen_random_uuid(), 'opened', 0, now())"
    )


@pytest.fixture
def halfway(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[asyncio.Event]:
    """A rebuild that stops when its shadow is filled, shows itself, and waits to be let on."""
    reached: asyncio.Queue[asyncio.Event] = asyncio.Queue()

    async def filled(conn: Any, progress: refold.Progress) -> int:
        events = await refold.refold(conn, progress)
        go_on = asyncio.Event()
        reached.put_nowait(go_on)
        await go_on.wait()
        return events

    monkeypatch.setattr(rebuilding, "refold", filled)
    return reached


@pytest.fixture
async def working(db: Database) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Workers that a test starts; none outlives it."""
    tasks: list[asyncio.Task[None]] = []
    yield tasks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_verb_restores_every_figure_and_prints_what_was_wrong(
    db: Database, metrics_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await hear_stories(db, *some_stories(), *some_stories("globex"))
    right = await facts(db, "acme"), await facts(db, "globex")
    await spoil(db)
    assert (await facts(db, "acme"), await facts(db, "globex")) != right
    settings = Settings(database_url=metrics_url, jwt_issuer="https://issuer.example")
    assert await service.commands["rebuild"](settings, []) == 0
    assert (await facts(db, "acme"), await facts(db, "globex")) == right
    said = capsys.readouterr()
    assert "all 40 events folded" in said.err
    assert "globex measurement first_resolved 2026-03: 5 facts" in said.out
    assert await service.commands["rebuild"](settings, []) == 0
    assert " measures and months compared, 0 differed" in capsys.readouterr().out


@pytest.mark.parametrize("fetch", [1, 3, 1000])
async def test_records_are_whole_wherever_the_stream_is_cut(
    db: Database, monkeypatch: pytest.MonkeyPatch, fetch: int
) -> None:
    await hear_stories(db, *some_stories())
    right = await facts(db, "acme")
    await spoil(db)
    monkeypatch.setattr(refold, "FETCH", fetch)
    asked = await rebuild(db)
    assert await db.fetchval("SELECT done FROM rebuild WHERE id = $1", asked) == 20
    assert await facts(db, "acme") == right


async def test_the_proof_names_a_planted_row_and_nothing_else(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    change = ChangeStory(service="mail").then(60, "review")
    incident, service = Story(70, service="mail").then(90, "resolved"), ServiceStory("mail")
    deployed = DeploymentStory(of=change).then(50, "succeeded")
    others: list[Told | Story] = [change, incident, service, deployed, SuspicionStory(change, incident)]
    await hear(db, [event for story in others for event in story.told])
    await hear_stories(db, *some_stories("globex"))
    for planted in (
        "UPDATE measurement SET value = value + 1 WHERE measure = 'first_resolved' AND tenant = 'acme'",
        "UPDATE span SET assignment_group = 'b' WHERE kind = 'open' AND tenant = 'acme'",
        "UPDATE term SET form = '{}'",
        "UPDATE suspicion SET confirmed = NOT confirmed",
        "UPDATE deployed SET at = at + interval '1 month'",
        "UPDATE rollup SET n = n + 1 WHERE measure = 'first_resolved' AND tenant = 'acme'",
    ):
        await db.execute(planted)
        answer = await manager.post("/v1/metrics:rebuild", headers=ADMIN)
        assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
        await rebuilding.carry_out(db)
        found = (await manager.get(answer.headers["location"], headers=ADMIN)).json()
        assert (found["state"], found["progress"], found["proof"]["differing"] > 0) == ("done", 1, True)
        assert found["proof"]["before"] != found["proof"]["after"]
        page = await manager.get(f"{found['proof']['all']}?differing=true", headers=ADMIN)
        items = page.json()["items"]
        table = planted.split()[1]
        assert {each["facts"] for each in items} == {table}
        assert len(items) == (2 if table == "deployed" else 1), "moved to another month, it differs in both"
        whose = f"SELECT DISTINCT subject FROM {table} WHERE tenant = 'acme' AND {kind(table)}"
        subjects = [str(row["subject"]) for row in await db.fetch(whose)] if table != "rollup" else []
        assert items[0]["records"] == subjects
        assert len(subjects) == (table != "rollup"), "a sum is no record's"
        assert await db.fetchval(OF_OTHERS) == 0
    again = await rebuild(db)
    found = (await manager.get(f"/v1/rebuilds/{again}", headers=ADMIN)).json()["proof"]
    assert (found["differing"], found["before"]) == (0, found["after"])


def kind(table: str) -> str:
    """Which facts were spoilt."""
    return {"measurement": "measure = 'first_resolved'", "span": "kind = 'open'"}.get(table, "true")


async def test_readers_see_the_old_figures_and_events_are_applied_while_it_works(
    db: Database,
    halfway: asyncio.Queue[asyncio.Event],
    working: list[asyncio.Task[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, *rest = some_stories()
    await hear_stories(db, first, *rest)
    await spoil(db)
    old = await facts(db, "acme")
    await rebuilding.ask(db, at(0))
    working.append(asyncio.create_task(rebuilding.carry_out(db)))
    go_on = await asyncio.wait_for(halfway.get(), 10)
    assert await facts(db, "acme") == old
    late, known = Story(99, service="web"), len(first.told)
    first.then(200, "resolved").then(300, "closed")
    await asyncio.wait_for(hear(db, [*first.told[known:], *late.told]), 5)
    assert any(row[1] == late.subject for row in (await facts(db, "acme"))["measurement"]), "applied at once"
    go_on.set()
    await asyncio.wait_for(working[0], 20)
    rebuilt = await facts(db, "acme")
    assert any(row[1] == late.subject for row in rebuilt["measurement"])
    monkeypatch.undo()
    again = await rebuild(db)
    assert await db.fetchval(DIFFERING, again) == 0, "as if all had been heard before it began"
    assert await facts(db, "acme") == rebuilt


async def test_one_worker_works_and_where_it_is_killed_the_old_figures_stay_and_another_begins_again(
    db: Database,
    manager: httpx2.AsyncClient,
    halfway: asyncio.Queue[asyncio.Event],
    working: list[asyncio.Task[None]],
) -> None:
    await hear_stories(db, *some_stories())
    right = await facts(db, "acme")
    await spoil(db)
    old = await facts(db, "acme")
    answer = await manager.post("/v1/metrics:rebuild", headers=ADMIN)
    place = answer.headers["location"]
    working.append(asyncio.create_task(rebuilding.carry_out(db)))
    await asyncio.wait_for(halfway.get(), 10)
    assert (await manager.get(place, headers=ADMIN)).json()["state"] == "running"
    assert (await manager.post("/v1/metrics:rebuild", headers=ADMIN)).headers["location"] == place
    await asyncio.wait_for(rebuilding.carry_out(db), 5)
    assert halfway.empty(), "another worker leaves it alone"
    await db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON database = pg_database.oid "
        "WHERE datname = current_database() AND locktype = 'advisory' AND objid = 4153"
    )
    working[0].cancel()
    await asyncio.wait(working)
    assert await facts(db, "acme") == old
    working.append(asyncio.create_task(rebuilding.carry_out(db)))
    (await asyncio.wait_for(halfway.get(), 10)).set()
    await asyncio.wait_for(working[1], 20)
    found = (await manager.get(place, headers=ADMIN)).json()
    assert (found["state"], found["attempts"]) == ("done", 2)
    assert await facts(db, "acme") == right
    for shadow in SHADOWS:
        assert await db.fetchval(f"SELECT count(*) FROM {shadow}_shadow") == 0  # our own names


async def test_what_is_wrong_with_the_work_ends_it_with_the_old_figures_in_force(
    db: Database, manager: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hear_stories(db, *some_stories())
    await spoil(db)
    old = await facts(db, "acme")

    async def break_off(*_: object) -> None:
        raise ZeroDivisionError("acme's secret")

    monkeypatch.setattr(proof, "settle", break_off)
    place = (await manager.post("/v1/metrics:rebuild", headers=ADMIN)).headers["location"]
    await rebuilding.carry_out(db)
    found = (await manager.get(place, headers=ADMIN)).json()
    assert (found["state"], found["error"], found["proof"]) == ("failed", "ZeroDivisionError", None)
    assert await facts(db, "acme") == old


async def test_a_rebuild_that_kills_every_worker_is_given_up(db: Database) -> None:
    asked = await rebuilding.ask(db, at(0))
    await db.execute("UPDATE rebuild SET attempts = 5, state = 'running'")
    await rebuilding.carry_out(db)
    row = await db.fetchrow("SELECT state, error FROM rebuild WHERE id = $1", asked)
    assert row is not None
    assert (row["state"], row["error"]) == ("failed", "5 workers died of it; their logs say why.")


async def test_a_proof_is_of_the_own_tenant_paged_and_asked_for_precisely(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    await hear_stories(db, *some_stories(), *some_stories("globex"))
    place = f"/v1/rebuilds/{await rebuild(db)}/proof"
    whole = (await manager.get(place, headers=ADMIN)).json()["items"]
    count = await db.fetchval("SELECT count(*) FROM proof WHERE tenant = 'acme'")
    assert len(whole) == count > 5
    assert all(each["before"] == each["after"] and not each["records"] for each in whole)
    found: list[Any] = []
    following = f"{place}?limit=4"
    while following:
        answer = await manager.get(following, headers=ADMIN)
        found += answer.json()["items"]
        following = answer.headers.get("link", "").partition(">")[0].lstrip("<")
    assert found == whole
    for wrong in ("differing=1", "colour=red", "limit=0", "cursor=x", "limit=2&limit=3"):
        assert (await manager.get(f"{place}?{wrong}", headers=ADMIN)).status_code == 422, wrong
    assert (
        await manager.get("/v1/rebuilds/01a20660-0000-7388-9733-f7a01763f8b5", headers=ADMIN)
    ).status_code == 404
    assert (await manager.post("/v1/metrics:rebuild")).status_code == 403, "managers do not"
