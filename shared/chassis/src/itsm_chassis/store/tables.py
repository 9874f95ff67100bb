"""The tables that the chassis adds to each service's database.

The event table is the truth; the outbox is the list of what is still to be said; the feed is what
has been said, in order.
"""

from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

APPEND_ONLY = {"grants": "SELECT, INSERT"}
MOMENT = DateTime(timezone=True)

own = MetaData()

event = Table(
    "event",
    own,
    Column("id", Uuid, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column(
        "record_id",
        Uuid,
        nullable=False,
        comment="whose timeline shows it: the subject, or what a comment is on",
    ),
    Column("type", Text, nullable=False),
    Column("time", MOMENT, nullable=False),
    Column("recorded_at", MOMENT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("envelope", Text, nullable=False, comment="the very text that is published"),
    Column("private", Text, comment="JSON of the fields that stay here"),
    UniqueConstraint("subject", "sequence"),
    Index("event_timeline", "record_id", "recorded_at", "sequence", "id"),
    info=APPEND_ONLY,
)

outbox = Table(
    "outbox",
    own,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
)

LATER = 2**62
"""Positions in the outbox from here on are a second lane, for what an import says: it waits behind what
happens now. LATER + n was drawn of the same sequence as n.
"""

feed = Table(
    "feed",
    own,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Index("feed_tenant", "tenant", "position"),
    info=APPEND_ONLY,
)

idempotency = Table(
    "idempotency",
    own,
    Column("tenant", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("version", Integer),
    Column("location", Text),
    Column("created_at", MOMENT, nullable=False),
    PrimaryKeyConstraint("tenant", "actor", "method", "path", "key"),
    Index("idempotency_age", "created_at"),
)

parked = Table(
    "parked",
    own,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("queue", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("position", BigInteger),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", MOMENT, comment="null: for good, until redrive"),
    Column("parked_at", MOMENT, nullable=False),
    Index("parked_due", "queue", "retry_at"),
)

inbox = Table(
    "inbox",
    own,
    Column("queue", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
    PrimaryKeyConstraint("queue", "event_id"),
    info=APPEND_ONLY,
)


def declare(metadata: MetaData) -> None:
    """Add the chassis's tables to a service's metadata, so that its migrations know them."""
    for table in own.sorted_tables:
        table.to_metadata(metadata)


def record_table(name: str, metadata: MetaData, *extra: Any) -> Table:
    """A table of records: `card` is the whole representation, the text that GET returns.

    `extra` columns repeat what lists filter, sort or keep unique; nothing else is a column. Where a
    read shows more than the card, `info["shown"]` is an expression for the whole text: see `shown`.
    """
    return Table(
        name,
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("tenant", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("card", Text, nullable=False),
        *extra,
    )


def shown(table: Table) -> ColumnElement[str]:
    """What a read of a record answers: its card, or the expression in the table's `info`."""
    return cast("ColumnElement[str]", table.info.get("shown", table.c.card)).label("card")
