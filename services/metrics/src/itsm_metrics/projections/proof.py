"""What a rebuild proves: a hash per measure and month over the facts served and over those folded anew.

Where the two are equal nothing is touched; where they are not, the rows that differ are put right.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Table

from itsm_metrics.projections.fact_table import PATIENT_S
from itsm_metrics.tables import SHADOWS, deployed, measurement, rollup, span, suspicion, term

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

NAMED = 50
"""Of so many measures and months that differ the records are looked up, some of each."""

FACTS: dict[Table, tuple[str, str]] = {
    measurement: ("measure", "at"),
    span: ("kind", "started_at"),
    term: ("kind", "since"),
    suspicion: ("'suspicion'", "opened_at"),
    deployed: ("'deployed'", "at"),
    rollup: ("measure", "start"),
}
"""Of each table: what its facts are called, and when they count."""

COMPARED = """
INSERT INTO proof
SELECT $1, tenant, '{live}', measure, month, coalesce(was.n, 0), coalesce(will.n, 0),
       was.hash, will.hash, '{{}}'
FROM ({was}) AS was FULL JOIN ({will}) AS will USING (tenant, measure, month)
"""
HASHED = """
SELECT tenant, measure, month, count(*) AS n,
       md5(concat_ws(' ', count(*), sum(('x' || left(hash, 16))::bit(64)::bigint),
                     sum(('x' || right(hash, 16))::bit(64)::bigint))) AS hash
FROM (
    SELECT tenant, {measure} AS measure, {month} AS month, md5(ROW({columns})::text) AS hash FROM {table}
) AS fact
GROUP BY tenant, measure, month
"""
"""Of what each row's hash adds up to, so that their order decides nothing."""
MONTH = "date_trunc('month', timezone('UTC', {moment}))::date"
DIFFERING = "proof.rebuild = $1 AND proof.facts = '{live}' AND proof.before IS DISTINCT FROM proof.after"
WITHIN = """
tenant = proof.tenant AND {measure} = proof.measure
AND {moment} >= timezone('UTC', proof.month::timestamp)
AND {moment} < timezone('UTC', proof.month + interval '1 month')
"""
NAMING = """
UPDATE proof SET records = ARRAY(
    SELECT DISTINCT subject FROM (
        (SELECT {columns} FROM {live} WHERE {within} EXCEPT SELECT {columns} FROM {shadow} WHERE {within})
        UNION ALL
        (SELECT {columns} FROM {shadow} WHERE {within} EXCEPT SELECT {columns} FROM {live} WHERE {within})
    ) AS other ORDER BY subject LIMIT 10
)
WHERE {differing} AND (tenant, measure, month) IN (
    SELECT tenant, measure, month FROM proof WHERE {differing} ORDER BY tenant, measure, month LIMIT {named}
)
"""
REMOVED = """
DELETE FROM {live} AS fact USING proof
WHERE {differing} AND fact.tenant = proof.tenant AND {measure} = proof.measure AND {month} = proof.month
AND NOT EXISTS (
    SELECT FROM {shadow} AS shadow
    WHERE {same} AND ROW({shadow_columns}) IS NOT DISTINCT FROM ROW({fact_columns})
)
"""
ADDED = """
INSERT INTO {live} ({columns})
SELECT {fact_columns} FROM {shadow} AS fact JOIN proof
ON {differing} AND fact.tenant = proof.tenant AND {measure} = proof.measure AND {month} = proof.month
WHERE NOT EXISTS (SELECT FROM {live} AS shadow WHERE {same})
"""


def statements(table: Table) -> list[str]:
    """Compare a table with its shadow, name what differs, and put it right; each takes the rebuild's id."""
    measure, moment = FACTS[table]
    names = [c.name for c in table.columns]
    known = {
        "live": table.name,
        "shadow": SHADOWS[table.name].name,
        "measure": measure,
        "columns": ", ".join(names),
        "fact_columns": ", ".join(f"fact.{name}" for name in names),
        "shadow_columns": ", ".join(f"shadow.{name}" for name in names),
        "same": " AND ".join(f"shadow.{c.name} = fact.{c.name}" for c in table.primary_key.columns),
        "month": MONTH.format(moment=moment),
        "named": NAMED,
    }
    known["differing"] = DIFFERING.format(**known)
    known["within"] = WITHIN.format(measure=measure, moment=moment)
    was, will = (HASHED.format(**known, table=known[name]) for name in ("live", "shadow"))
    fact = known | {
        "measure": measure if measure.startswith("'") else f"fact.{measure}",
        "month": MONTH.format(moment=f"fact.{moment}"),
    }
    naming = [NAMING.format(**known)] if "subject" in names else []
    return [
        COMPARED.format(live=table.name, was=was, will=will),
        *naming,
        REMOVED.format(**fact),
        ADDED.format(**fact),
    ]


STATEMENTS = [sql for table in FACTS for sql in statements(table)]


async def settle(conn: "Connection[Any]", rebuild: UUID) -> None:
    """Put the facts right from the shadow, and keep the proof; one transaction with nobody else writing."""
    await conn.execute("DELETE FROM proof WHERE rebuild = $1", rebuild)
    for sql in STATEMENTS:
        await conn.execute(sql, rebuild, timeout=PATIENT_S)
