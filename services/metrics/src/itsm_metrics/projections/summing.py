"""When facts are summed up: as soon as so many have come or gone that it is worth it.

Until then they wait in `unsummed`, which every figure reads too; one write of a sum stands for many of them.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from itsm_chassis.store.compiled import Compiled
from sqlalchemy import delete

from itsm_metrics.projections.fact_table import PATIENT_S, Row
from itsm_metrics.projections.rollup import SUMS, Changes
from itsm_metrics.rules.margins import SHAPE
from itsm_metrics.tables import unsummed

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

ENOUGH = 5_000
"""A figure reads these of its measure: a millisecond at most."""
COLUMNS = [c.name for c in unsummed.columns]
IN_FORCE = """
WITH others AS (DELETE FROM rolled WHERE shape <> $1), began AS (
    INSERT INTO rolled (shape, waiting) SELECT $1, 0
    WHERE NOT EXISTS (SELECT FROM measurement) AND NOT EXISTS (SELECT FROM rollup)
        AND NOT EXISTS (SELECT FROM unsummed)
    ON CONFLICT DO NOTHING RETURNING shape
)
SELECT EXISTS (SELECT FROM began) OR EXISTS (SELECT FROM rolled WHERE shape = $1)
"""
WAIT = "UPDATE rolled SET waiting = waiting + $1 RETURNING waiting"
TAKE = Compiled(delete(unsummed).returning(*unsummed.columns)).sql
FORGET = "DELETE FROM rollup; DELETE FROM unsummed; DELETE FROM rolled"
BEGIN = "INSERT INTO rolled (shape, waiting) VALUES ($1, 0)"


async def in_force(conn: "Connection[Any]") -> bool:
    """Whether the sums are of all facts, and as this version keeps them; where there is no fact, they are."""
    return bool(await conn.fetchval(IN_FORCE, SHAPE))


def signed(facts: Iterable[Row], sign: int = 1) -> list[Row]:
    """Rows of `measurement` as rows of `unsummed`, where sums are kept of them."""
    return [(sign, row[0], row[2], *row[4:]) for row in facts if row[2] in SUMS]


async def follow(conn: "Connection[Any]", gone: Iterable[Row], come: Iterable[Row]) -> None:
    """Have the sums follow the facts, now or later; only while they are in force."""
    rows = signed(gone, -1) + signed(come)
    await conn.copy_records_to_table("unsummed", records=rows, columns=COLUMNS)
    if await conn.fetchval(WAIT, len(rows)) >= ENOUGH:
        await sum_up(conn)


async def sum_up(conn: "Connection[Any]") -> None:
    """Add what waits to the sums."""
    changes = Changes()
    changes.add(await conn.fetch(TAKE))
    await changes.store(conn)
    await conn.execute("UPDATE rolled SET waiting = 0")


async def come_true(conn: "Connection[Any]") -> None:
    """Have the sums hold all that waits; where they are another version's, nothing, and be this one's.

    A rebuild puts them right from there, in the same transaction.
    """
    if await in_force(conn):
        await sum_up(conn)
    else:
        await conn.execute(FORGET, timeout=PATIENT_S)
        await conn.execute(BEGIN, SHAPE)
