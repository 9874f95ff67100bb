"""The relay says everything that was committed, in order within a subject, and only then forgets it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from itsm_chassis.bus.relay import Relay, confirmed
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_events import Envelope
from support import broker
from support.databases import address
from support.eventually import until
from support.toy import context, created, renamed

# Of this database alone: other tests' relays hold their locks on the same server.
KILL_HOLDER = """
SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database d ON d.oid = database
WHERE locktype = 'advisory' AND granted AND datname = current_database()
"""


async def create(db: Database, title: str = "one") -> None:
    ctx = context()

    async def decide() -> Decision:
        return created(ctx, title)

    await perform(db, ctx, decide)


@asynccontextmanager
async def relaying(db: Database, amqp_url: str) -> AsyncIterator[Relay]:
    relay = Relay(db, amqp_url, "toy")
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def empty(db: Database) -> bool:
    return not await db.fetchval("SELECT count(*) FROM outbox")


async def test_what_was_committed_is_said_once_as_the_stored_text_and_then_stands_in_the_feed(
    db: Database, amqp_url: str
) -> None:
    async with broker.channel(amqp_url) as channel:
        queue = await broker.listen(channel)
        async with relaying(db, amqp_url):
            for number in range(25):
                await create(db, f"title {number}")
            messages = await broker.heard(queue, 25)
            await until(lambda: empty(db))
    stored = [r["envelope"] for r in await db.fetch("SELECT envelope FROM event ORDER BY recorded_at")]
    assert [message.body.decode() for message in messages] == stored
    assert {message.delivery_mode for message in messages} == {2}
    feed = await db.fetch(
        "SELECT e.envelope FROM feed f JOIN event e ON e.id = f.event_id ORDER BY f.position"
    )
    assert [row["envelope"] for row in feed] == stored


async def test_nothing_is_forgotten_while_nobody_listens(db: Database, amqp_url: str) -> None:
    await create(db)
    async with relaying(db, amqp_url) as relay:

        async def active() -> bool:
            return relay.active

        await until(active)
        async with broker.channel(amqp_url) as channel:
            assert not await empty(db)
            queue = await broker.listen(channel)
            assert len(await broker.heard(queue, 1)) == 1
            await until(lambda: empty(db))


async def test_parallel_writers_never_invert_a_subjects_events(db: Database, amqp_url: str) -> None:
    made = new_id()
    ctx = context()

    async def first() -> Decision:
        return created(ctx, "one", made)

    async def rename(number: int) -> None:
        for _ in range(10):
            await perform(db, ctx, lambda: renamed(db, ctx, made, f"by {number}"))

    async with broker.channel(amqp_url) as channel:
        queue = await broker.listen(channel)
        async with relaying(db, amqp_url):
            await perform(db, ctx, first)
            await asyncio.gather(*map(rename, range(4)))
            messages = await broker.heard(queue, 41)
    sequences = [Envelope.model_validate_json(message.body).sequence for message in messages]
    assert sequences == list(range(1, 42))


async def test_of_two_relays_one_is_active_and_the_other_takes_over_when_it_dies(
    db: Database, amqp_url: str
) -> None:
    async with broker.channel(amqp_url) as channel:
        queue = await broker.listen(channel)
        async with relaying(db, amqp_url) as first:

            async def first_active() -> bool:
                return first.active

            await until(first_active)
            async with relaying(db, amqp_url) as second:

                async def second_connected() -> bool:
                    return second.connected

                await until(second_connected)
                await create(db)
                await broker.heard(queue, 1)
                assert (first.active, second.active) == (True, False)
                await db.execute(KILL_HOLDER)

                async def taken_over() -> bool:
                    return second.active and not first.active

                await until(taken_over, within_s=10)
                await create(db)
                await broker.heard(queue, 1)


async def test_a_long_transaction_in_another_database_mutes_nobody(
    db: Database, amqp_url: str, postgres_url: str
) -> None:
    other = await asyncpg.connect(address(postgres_url, "postgres"))
    async with other.transaction():
        await other.execute("CREATE TEMP TABLE held (n int)")
        async with broker.channel(amqp_url) as channel:
            queue = await broker.listen(channel)
            async with relaying(db, amqp_url):
                await create(db)
                assert len(await broker.heard(queue, 1)) == 1
    await other.close()


ROWS = [{"position": n, "subject": subject} for n, subject in enumerate("abacb")]


@pytest.mark.parametrize(
    ("failed", "said"), [((), [0, 1, 2, 3, 4]), ((0,), [1, 3, 4]), ((1,), [0, 2, 3]), ((3,), [0, 1, 2, 4])]
)
def test_an_unconfirmed_event_holds_back_the_later_ones_of_its_subject_alone(
    failed: tuple[int, ...], said: list[int]
) -> None:
    results = [TimeoutError() if n in failed else None for n in range(5)]
    assert confirmed(ROWS, results) == said
