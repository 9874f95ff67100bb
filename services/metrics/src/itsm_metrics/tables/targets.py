"""Critical success factors, their targets, and when each tenant's targets were evaluated last."""

from typing import Final, get_args

from itsm_chassis.store.tables import MOMENT, record_table
from pydantic import TypeAdapter
from sqlalchemy import Column, Index, Table, Text, UniqueConstraint

from itsm_metrics.rules.bands import FROM_BEST
from itsm_metrics.rules.target import Status, SuccessFactor, Target
from itsm_metrics.rules.target_period import Period
from itsm_metrics.tables.metadata import metadata

SUCCESS_FACTOR: Final = TypeAdapter(SuccessFactor)
TARGET: Final = TypeAdapter(Target)
"""Between a card and what it shows."""

success_factor = record_table(
    "success_factor",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("status", Text, nullable=False, info={"values": get_args(Status)}),
    UniqueConstraint("tenant", "key"),
)
target = record_table(
    "target",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("success_factor", Text, nullable=False),
    Column("kpi", Text, nullable=False),
    Column("service", Text),
    Column("business_unit", Text),
    Column("period", Text, nullable=False, info={"values": get_args(Period)}),
    Column("owner", Text, nullable=False),
    Column("status", Text, nullable=False, info={"values": get_args(Status)}),
    Column("band", Text, nullable=False, info={"values": FROM_BEST}),
    Column("breached_at", MOMENT),
    UniqueConstraint("tenant", "key"),
    Index("target_success_factor", "tenant", "success_factor"),
)
target_round = Table(
    "target_round",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("evaluated_at", MOMENT, nullable=False),
)
