"""Rebuilds of the facts: what was asked for, the shadow in which they are folded anew, and the proof."""

from sqlalchemy import ARRAY, BigInteger, Column, Date, DateTime, Integer, Table, Text, Uuid

from itsm_metrics.tables.deployments import deployed
from itsm_metrics.tables.facts import measurement, span, suspicion, term
from itsm_metrics.tables.metadata import metadata
from itsm_metrics.tables.rollups import rollup

rebuild = Table(
    "rebuild",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("state", Text, nullable=False, comment="waiting, running, done or failed; one is open at a time"),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False, comment="how many workers began it"),
    Column("done", BigInteger, nullable=False, comment="events folded"),
    Column("total", BigInteger, nullable=False, comment="of how many"),
    Column("error", Text, comment="why it failed"),
)

proof = Table(
    "proof",
    metadata,
    Column("rebuild", Uuid, primary_key=True),
    Column("tenant", Text, primary_key=True),
    Column("facts", Text, primary_key=True, comment="the table they are in"),
    Column("measure", Text, primary_key=True),
    Column("month", Date, primary_key=True, comment="its first day, in UTC"),
    Column("rows_before", BigInteger, nullable=False),
    Column("rows_after", BigInteger, nullable=False),
    Column("before", Text, comment="a hash over the facts that were served; null: there were none"),
    Column("after", Text, comment="the same over those that were folded anew"),
    Column("records", ARRAY(Uuid), nullable=False, comment="some of those that differ"),
)


def shadow(table: Table) -> Table:
    """A table with the same columns and key, emptied by a crash as it holds nothing that lasts."""
    columns = (
        Column(c.name, c.type, primary_key=c.primary_key, nullable=c.nullable, autoincrement=False)
        for c in table.columns
    )
    return Table(f"{table.name}_shadow", metadata, *columns, prefixes=["UNLOGGED"])


SHADOWS = {table.name: shadow(table) for table in (measurement, span, term, suspicion, deployed, rollup)}
