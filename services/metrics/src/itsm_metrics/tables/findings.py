"""Findings, the policies that say what is looked for, and when each tenant's figures were scanned last."""

from typing import Final, get_args

from itsm_chassis.store.database import Database
from itsm_chassis.store.tables import MOMENT, record_table
from pydantic import TypeAdapter
from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from itsm_metrics.rules.finding import Finding, Status
from itsm_metrics.rules.watch_policy import Issued, WatchPolicy
from itsm_metrics.rules.watching import KINDS
from itsm_metrics.tables.metadata import metadata

FINDING: Final = TypeAdapter(Finding)
POLICY: Final = TypeAdapter(Issued)
"""Between a card and what it shows."""

finding = record_table(
    "finding",
    metadata,
    Column("kind", Text, nullable=False, info={"values": KINDS}),
    Column("service", Text),
    Column("assignment_group", Text),
    Column("status", Text, nullable=False, info={"values": get_args(Status)}),
    Column("present", Boolean, nullable=False),
    Column("sightings", Integer, nullable=False),
    Column("first_seen_at", MOMENT, nullable=False),
    Column("last_seen_at", MOMENT, nullable=False),
    Index("finding_seen", "tenant", "last_seen_at", "id"),
)
watch_policy = record_table(
    "watch_policy",
    metadata,
    Column("edition", Integer, nullable=False),
    UniqueConstraint("tenant", "edition"),
)
watch_scan = Table(
    "watch_scan",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("scanned_at", MOMENT, nullable=False),
)
LATEST: Final = "SELECT card FROM watch_policy WHERE tenant = $1 ORDER BY edition DESC LIMIT 1"


async def policy_of(db: Database, tenant: str) -> WatchPolicy:
    """What is looked for now."""
    card = await db.fetchval(LATEST, tenant)
    return POLICY.validate_json(card) if card else WatchPolicy()
