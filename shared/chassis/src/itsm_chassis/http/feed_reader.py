"""Reading the feed: what was said, in order, as one caller may see it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Integer, bindparam, func, select

from itsm_chassis.http import cursor
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.tables import event, feed


class Said(NamedTuple):
    """One event of the feed."""

    position: int
    type: str
    envelope: str


@lru_cache(64)
def page_statement(scope: ColumnElement[bool] | None, typed: bool) -> Compiled:
    """A page after a position."""
    where = [feed.c.tenant == bindparam("tenant"), feed.c.position > bindparam("after", type_=BigInteger)]
    joined = feed.join(event, event.c.id == feed.c.event_id)
    rows = select(feed.c.position, event.c.type, event.c.envelope).select_from(joined)
    rows = rows.where(*where, *conditions(scope, typed)).order_by(feed.c.position)
    return Compiled(rows.limit(bindparam("limit", type_=Integer)))


@lru_cache(64)
def count_statement(scope: ColumnElement[bool] | None, typed: bool) -> Compiled:
    """How many events a caller's feed has in all."""
    joined = feed.join(event, event.c.id == feed.c.event_id)
    counted = select(func.count()).select_from(joined).where(feed.c.tenant == bindparam("tenant"))
    return Compiled(counted.where(*conditions(scope, typed)))


def conditions(scope: ColumnElement[bool] | None, typed: bool) -> list[ColumnElement[bool]]:
    """What narrows a feed."""
    found = [event.c.type == bindparam("type")] if typed else []
    return found if scope is None else [*found, scope]


LAST = Compiled(select(func.max(feed.c.position)).where(feed.c.tenant == bindparam("tenant")))


@dataclass(frozen=True, slots=True)
class Reader:
    """One caller's view of the feed."""

    db: Database
    ctx: Context
    scope: ColumnElement[bool] | None
    type: str | None
    key: bytes

    async def after(self, position: int, limit: int) -> list[Said]:
        """The events behind a position, in feed order."""
        statement = page_statement(self.scope, self.type is not None)
        rows = await self.db.fetch(
            statement.sql, *statement.args({**self.values(), "after": position, "limit": limit})
        )
        return [Said(*row) for row in rows]

    async def last(self) -> int:
        """The position of the tenant's newest event."""
        return await self.db.fetchval(LAST.sql, *LAST.args(self.values())) or 0

    async def count(self) -> int:
        """All events that match."""
        statement = count_statement(self.scope, self.type is not None)
        return int(await self.db.fetchval(statement.sql, *statement.args(self.values())))

    def values(self) -> dict[str, Any]:
        """Binds that every statement may use."""
        return {"tenant": self.ctx.tenant, "actor": self.ctx.actor, "type": self.type}

    def cursor(self, position: int) -> str:
        """Where to go on after a position; good for this tenant only."""
        return cursor.seal(self.key, f"feed {self.ctx.tenant}", [position])

    def position(self, given: str, name: str) -> int:
        """Back from a cursor; `Invalid` unless it is one of this tenant's."""
        return int(cursor.unseal(self.key, f"feed {self.ctx.tenant}", given, name)[0])
