"""The inbox: an event is new to a queue once, also where its effect was rolled back before."""

import pytest
from itsm_chassis.bus import inbox
from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.work import fact
from support.toy import context, said


def event(title: str) -> Received:
    stated = fact(context(), "toy", said(title), subject=new_id(), sequence=1)
    return decode(stated.envelope.encode(), None)


async def test_each_event_is_new_once_to_each_queue_and_again_after_a_rollback(db: Database) -> None:
    one, two = event("one"), event("two")

    async def half_done() -> None:
        async with db.transaction() as conn:
            assert await inbox.unheard(conn, "a", [one]) == [one]
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await half_done()
    async with db.transaction() as conn:
        assert await inbox.unheard(conn, "a", [one, one]) == [one]
        assert await inbox.unheard(conn, "b", [one]) == [one]
    async with db.transaction() as conn:
        assert await inbox.unheard(conn, "a", [two, one]) == [two]
        assert await inbox.unheard(conn, "a", []) == []
