"""Dropping every figure and computing it again."""

import asyncio
from collections.abc import Sequence

import pytest
from itsm_chassis.run.settings import Settings
from itsm_chassis.store.database import Database
from itsm_metrics.app import service
from itsm_metrics.projections import refold
from support.incident_events import Story
from support.metrics import facts, hear_stories


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


async def test_the_verb_restores_every_figure_and_says_so(
    db: Database, metrics_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await hear_stories(db, *some_stories(), *some_stories("globex"))
    right = await facts(db, "acme"), await facts(db, "globex")
    await spoil(db)
    assert (await facts(db, "acme"), await facts(db, "globex")) != right
    settings = Settings(database_url=metrics_url, jwt_issuer="https://issuer.example")
    assert await service.commands["rebuild"](settings, []) == 0
    assert (await facts(db, "acme"), await facts(db, "globex")) == right
    assert "all 40 events folded" in capsys.readouterr().err


@pytest.mark.parametrize("fetch", [1, 3, 1000])
async def test_records_are_whole_wherever_the_stream_is_cut(
    db: Database, monkeypatch: pytest.MonkeyPatch, fetch: int
) -> None:
    await hear_stories(db, *some_stories())
    right = await facts(db, "acme")
    monkeypatch.setattr(refold, "FETCH", fetch)
    seen: list[tuple[int, int]] = []
    async with db.transaction() as conn:
        assert await refold.refold(conn, lambda done, total: seen.append((done, total))) == 20
    assert seen[-1] == (20, 20)
    assert await facts(db, "acme") == right


async def test_readers_see_the_old_figures_until_the_new_ones_are_in_force(db: Database) -> None:
    await hear_stories(db, *some_stories())
    await spoil(db)
    old = await facts(db, "acme")
    async with db.transaction() as conn:
        await refold.refold(conn, lambda _done, _total: None)
        assert await asyncio.wait_for(facts(db, "acme"), 2) == old
    assert await facts(db, "acme") != old


async def test_a_rebuild_that_breaks_off_changes_nothing(db: Database) -> None:
    await hear_stories(db, *some_stories())
    right = await facts(db, "acme")

    def break_off(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await refolded(db, break_off)
    assert await facts(db, "acme") == right


async def refolded(db: Database, progress: refold.Progress) -> None:
    async with db.transaction() as conn:
        await refold.refold(conn, progress)
