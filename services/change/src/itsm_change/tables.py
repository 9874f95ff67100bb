"""The table of changes. The chassis adds event, outbox, feed and the rest."""

from typing import get_args

from itsm_chassis.store.numbers import Numbers
from itsm_chassis.store.tables import MOMENT, declare, record_table
from sqlalchemy import Column, Index, MetaData, Sequence, Text, UniqueConstraint

from itsm_change.rules import ChangeType, Status

metadata = MetaData()
declare(metadata)

change = record_table(
    "change",
    metadata,
    Column("number", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("change_type", Text, nullable=False, info={"values": get_args(ChangeType)}),
    Column("status", Text, nullable=False, info={"values": get_args(Status)}),
    Column("service", Text),
    Column("requester", Text, nullable=False),
    Column("requested_at", MOMENT, nullable=False),
    UniqueConstraint("tenant", "number"),
    Index("change_requested", "tenant", "requested_at", "id"),
    Index("change_status", "tenant", "status", "requested_at", "id"),
    Index("change_service", "tenant", "service", "requested_at", "id"),
    Index("change_requester", "tenant", "requester", "requested_at", "id"),
)

NUMBERS = Numbers("CHG", Sequence("change_number", metadata=metadata).name)
