"""One statement, one commit: a write happens wholly and once, or not at all."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest
from itsm_chassis.errors import Invalid, Refused, Stale, Unavailable
from itsm_chassis.store.context import Answer
from itsm_chassis.store.database import Database
from itsm_chassis.store.housekeeping import drop_old_answers
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import load
from itsm_chassis.store.work import Work
from itsm_events import Envelope
from support.eventually import until
from support.toy import context, created, renamed, thing

COUNTS = """SELECT (SELECT count(*) FROM thing) things, (SELECT count(*) FROM event) events,
    (SELECT count(*) FROM outbox) outbox, (SELECT count(*) FROM idempotency) answers"""


async def create(db: Database, title: str = "one", key: str | None = None) -> Answer:
    ctx = context(key=key)

    async def decide() -> Decision:
        return created(ctx, title)

    return await perform(db, ctx, decide)


async def counts(db: Database) -> tuple[int, ...]:
    row = await db.fetchrow(COUNTS)
    assert row is not None
    return tuple(row.values())


async def sequences(db: Database) -> list[int]:
    """Of the events, in the order in which they will be said."""
    rows = await db.fetch("SELECT sequence FROM outbox o JOIN event e ON e.id = o.event_id ORDER BY position")
    return [row["sequence"] for row in rows]


async def test_a_write_stores_the_row_its_event_its_answer_and_an_outbox_row(db: Database) -> None:
    answer = await create(db, key="k1")
    assert await counts(db) == (1, 1, 1, 1)
    stored = await db.fetchval("SELECT envelope FROM event")
    envelope = Envelope.model_validate_json(stored)
    assert (envelope.sequence, envelope.tenant, envelope.source) == (1, "acme", "/itsm/toy")
    assert envelope.text() == stored
    assert str(envelope.subject) in (answer.location or "")


@pytest.mark.parametrize("key", [None, "k1"])
async def test_a_create_is_one_statement_and_no_explicit_transaction(toy_url: str, key: str | None) -> None:
    seen: list[str] = []
    db = Database(toy_url, size=1, observe=seen.append)
    await db.open()
    await create(db, key="the driver learns a connection's types once")
    seen.clear()
    await create(db, key=key)
    await db.close()
    assert len(seen) == 1, seen


async def test_a_commit_that_fails_stores_nothing_and_is_no_success(db: Database) -> None:
    await db.execute("""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no commit'; END $$;
        CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()""")
    with pytest.raises(asyncpg.RaiseError):
        await create(db, key="k1")
    assert await counts(db) == (0, 0, 0, 0)


async def test_two_hundred_twins_make_one_thing_and_get_equal_answers(db: Database) -> None:
    answers = await asyncio.gather(*(create(db, f"title {n}", key="same") for n in range(200)))
    assert await counts(db) == (1, 1, 1, 1)
    assert len({(a.status, a.body, a.version, a.location) for a in answers}) == 1
    assert sum(not a.replayed for a in answers) == 1


async def test_a_key_reused_with_another_body_is_refused(db: Database) -> None:
    await create(db, key="k1")
    ctx = context(key="k1")
    assert ctx.key is not None
    object.__setattr__(ctx.key, "fingerprint", b"other")

    async def decide() -> Decision:
        return created(ctx, "other")

    with pytest.raises(Invalid, match="another body"):
        await perform(db, ctx, decide)
    assert await counts(db) == (1, 1, 1, 1)


async def test_a_twin_in_flight_for_over_three_seconds_is_told_to_retry(db: Database) -> None:
    async with db.transaction() as slow:
        ctx = context(key="k1")
        works, answer = created(ctx, "slow")
        compiled = works[0].statement(keyed=True)
        await slow.execute(compiled.sql, *compiled.args(works[0].binds(ctx, ctx.key, answer)))
        with pytest.raises(Refused, match="still running"):
            await create(db, key="k1")
    assert (await create(db, key="k1")).replayed


async def test_of_fifty_parallel_updates_under_one_version_one_wins(db: Database) -> None:
    made = new_id()
    ctx = context()

    async def first() -> Decision:
        return created(ctx, "one", made)

    await perform(db, ctx, first)

    async def rename(number: int) -> str:
        mine = context(expected=1)
        try:
            await perform(db, mine, lambda: renamed(db, mine, made, f"name {number}"))
        except Stale:
            return "stale"
        return "won"

    assert Counter(await asyncio.gather(*map(rename, range(50)))) == {"won": 1, "stale": 49}
    card = await load(db, thing, "acme", made)
    assert card is not None
    assert card.version == 2
    assert await counts(db) == (1, 2, 2, 0)


async def test_writers_that_name_no_version_all_get_through_one_after_another(db: Database) -> None:
    made = new_id()
    ctx = context()

    async def first() -> Decision:
        return created(ctx, "one", made)

    await perform(db, ctx, first)
    await asyncio.gather(*(perform(db, ctx, lambda n=n: renamed(db, ctx, made, f"{n}")) for n in range(4)))  # type: ignore[misc]  # mypy infers no type for a lambda's default
    assert await sequences(db) == [1, 2, 3, 4, 5]


async def test_a_replay_after_the_record_has_moved_on_gets_the_first_answer(db: Database) -> None:
    made = new_id()
    plain = context()

    async def first() -> Decision:
        return created(plain, "one", made)

    await perform(db, plain, first)
    keyed = context(key="k1", expected=1)
    won = await perform(db, keyed, lambda: renamed(db, keyed, made, "two"))
    again = await perform(db, keyed, lambda: renamed(db, keyed, made, "two"))
    assert (again.body, again.version, again.replayed) == (won.body, won.version, True)
    assert await counts(db) == (1, 2, 2, 1)


async def test_positions_follow_commit_order_where_a_transaction_took_its_id_first_and_the_lock_last(
    db: Database,
) -> None:
    made = new_id()
    ctx = context()

    async def first() -> Decision:
        return created(ctx, "one", made)

    await perform(db, ctx, first)
    async with db.transaction() as early:
        await early.fetchval("SELECT pg_current_xact_id()")
        await perform(db, ctx, lambda: renamed(db, ctx, made, "two"))
        works, answer = await renamed(db, ctx, made, "three")
        compiled = works[0].statement(keyed=False)
        await early.execute(compiled.sql, *compiled.args(works[0].binds(ctx, None, answer)))
    assert await sequences(db) == [1, 2, 3]


async def test_a_writer_that_waits_for_the_row_draws_its_position_after_the_winner(db: Database) -> None:
    made = new_id()
    ctx = context()

    async def first() -> Decision:
        return created(ctx, "one", made)

    await perform(db, ctx, first)
    async with db.transaction() as winner:
        await winner.execute("SELECT 1 FROM thing WHERE id = $1 FOR UPDATE", made)
        waiting = asyncio.create_task(perform(db, ctx, lambda: renamed(db, ctx, made, "later")))
        await until(lambda: db.fetchval("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"))
        works, answer = await renamed(db, ctx, made, "sooner")
        compiled = works[0].statement(keyed=False)
        await winner.execute(compiled.sql, *compiled.args(works[0].binds(ctx, None, answer)))
    await waiting
    assert await sequences(db) == [1, 2, 3]


async def test_without_postgresql_a_write_says_unavailable_quickly() -> None:
    db = Database("postgresql://nobody:none@127.0.0.1:1/none")
    await db.open()
    with pytest.raises(Unavailable, match="PostgreSQL does not answer"):
        await create(db)
    await db.close()


async def test_answers_older_than_a_day_are_forgotten_in_batches(db: Database) -> None:
    await create(db, key="fresh")
    await db.execute("""INSERT INTO idempotency
        SELECT tenant, actor, method, path, 'old' || n, fingerprint, status, body, version, location,
            now() - interval '25 hours' FROM idempotency, generate_series(1, 2500) n""")
    await drop_old_answers(db)
    assert [row["key"] for row in await db.fetch("SELECT key FROM idempotency")] == ["fresh"]


async def test_a_record_that_is_held_may_not_move_on_before_the_commit(db: Database) -> None:
    """Two that each take the other's title for free must not both think so: one decides anew."""
    first, second = new_id(), new_id()
    for made in (first, second):
        await perform(db, context(), _decided(created(context(), "free", made)))
    decisions: list[str] = []
    both_have_read = asyncio.Barrier(2)

    async def take(mine: UUID, other: UUID) -> None:
        ctx = context()

        async def decide() -> Decision:
            seen = await load(db, thing, "acme", other)
            if len(decisions) < 2:
                await both_have_read.wait()
            assert seen is not None
            title = "taken" if "free" in seen.text else "left"
            decisions.append(title)
            works, answer = await renamed(db, ctx, mine, title)
            held = Work("hold", [], thing, other, "acme", None, seen.version)
            return sorted([*works, held], key=lambda each: str(each.id)), answer

        await perform(db, ctx, decide)

    await asyncio.gather(take(first, second), take(second, first))
    titles = await db.fetch("SELECT title FROM thing")
    assert sorted(row["title"] for row in titles) == ["left", "taken"]
    assert decisions.count("taken") == 2


async def test_a_key_is_kept_by_the_first_work_that_says_something(db: Database) -> None:
    ctx = context(key="k1")

    async def decide() -> Decision:
        silent, told = new_id(), new_id()
        [quiet], _ = created(ctx, "silent", silent)
        works, answer = created(ctx, "told", told)
        return [replace(quiet, facts=[]), *works], answer

    answers = await asyncio.gather(*(perform(db, ctx, decide) for _ in range(5)))
    assert len({answer.body for answer in answers}) == 1
    assert await counts(db) == (2, 1, 1, 1)


def _decided(decision: Decision) -> Callable[[], Awaitable[Decision]]:
    async def decide() -> Decision:
        return decision

    return decide
