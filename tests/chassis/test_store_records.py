"""Single records: found by id or name and no further than the caller sees; numbers that never repeat."""

import asyncio
from uuid import RFC_4122, UUID

import pytest
from itsm_chassis.errors import Missing
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.numbers import BLOCK, Numbers
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import ACTOR, find
from sqlalchemy import ColumnElement, Table
from support.toy import context, created, thing


async def stored(db: Database, title: str) -> UUID:
    made, ctx = new_id(), context()

    async def decide() -> Decision:
        return created(ctx, title, made)

    await perform(db, ctx, decide)
    return made


def called_like_the_caller(table: Table) -> ColumnElement[bool]:
    return table.c.title == ACTOR


async def test_a_record_is_found_by_its_id_in_any_case_and_by_its_name(db: Database) -> None:
    made = await stored(db, "lamp")
    for reference in (str(made), str(made).upper(), "lamp"):
        card = await find(db, context(), thing, reference, name="title")
        assert (card.version, str(made) in card.text) == (1, True)


@pytest.mark.parametrize("reference", ["Lamp", "", "' OR true --", "{%s}", "urn:uuid:%s"])
async def test_what_is_neither_id_nor_name_is_missing(db: Database, reference: str) -> None:
    made = await stored(db, "lamp")
    with pytest.raises(Missing, match="no such thing"):
        await find(db, context(), thing, reference.replace("%s", str(made)), name="title")


async def test_another_tenants_record_is_missing(db: Database) -> None:
    made = await stored(db, "lamp")
    for reference in (str(made), "lamp"):
        with pytest.raises(Missing):
            await find(db, context(tenant="other"), thing, reference, name="title")


async def test_a_scope_hides_what_is_not_the_callers(db: Database) -> None:
    theirs, own = await stored(db, "lamp"), await stored(db, "anna")
    assert await find(db, context(), thing, str(own), name="title", scope=called_like_the_caller)
    with pytest.raises(Missing):
        await find(db, context(), thing, str(theirs), name="title", scope=called_like_the_caller)


def test_ids_rise_in_the_order_in_which_they_are_made() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(set(made))
    assert {(each.version, each.variant) for each in made} == {(7, RFC_4122)}


async def test_numbers_drawn_at_once_are_distinct_and_seldom_ask_the_database(toy_url: str) -> None:
    seen: list[str] = []
    db = Database(toy_url, observe=seen.append)
    await db.open()
    await db.execute("CREATE SEQUENCE serial")
    numbers = Numbers("TOY", "serial")
    seen.clear()
    drawn = await asyncio.gather(*(numbers.next(db) for _ in range(2 * BLOCK)))
    assert drawn == [f"TOY-{number:06d}" for number in range(1, 2 * BLOCK + 1)]
    assert len(seen) == 2
    await db.close()


async def test_each_database_has_numbers_of_its_own(db: Database, toy_url: str) -> None:
    await db.execute("CREATE SEQUENCE serial")
    numbers = Numbers("TOY", "serial")
    replica = Database(toy_url)
    await replica.open()
    assert [await numbers.next(db), await numbers.next(db)] == ["TOY-000001", "TOY-000002"]
    assert await numbers.next(replica) == f"TOY-{BLOCK + 1:06d}"
    await replica.close()
