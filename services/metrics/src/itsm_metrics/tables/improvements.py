"""The improvement register."""

from typing import Final, get_args

from itsm_chassis.store.tables import MOMENT, record_table
from pydantic import TypeAdapter
from sqlalchemy import Column, Index, Sequence, Text, UniqueConstraint

from itsm_metrics.rules.effect import Verdict
from itsm_metrics.rules.improvement import Improvement, Level, Source, Status
from itsm_metrics.tables.metadata import metadata

IMPROVEMENT: Final = TypeAdapter(Improvement)
"""Between a card and the improvement that it shows."""

improvement = record_table(
    "improvement",
    metadata,
    Column("number", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("status", Text, nullable=False, info={"values": get_args(Status)}),
    Column("source", Text, nullable=False, info={"values": get_args(Source)}),
    Column("reference", Text),
    Column("priority", Text, info={"values": get_args(Level)}),
    Column("owner", Text),
    Column("business_unit", Text),
    Column("service", Text),
    Column("kpi", Text),
    Column("verdict", Text, info={"values": get_args(Verdict)}),
    Column("identified_at", MOMENT, nullable=False),
    Column("planned_end", MOMENT),
    Column("closed_at", MOMENT),
    UniqueConstraint("tenant", "number"),
    Index("improvement_identified", "tenant", "identified_at", "id"),
    Index("improvement_status", "tenant", "status", "identified_at", "id"),
    Index("improvement_service", "tenant", "service", "identified_at", "id"),
)
improvement_number = Sequence("improvement_number", metadata=metadata)
