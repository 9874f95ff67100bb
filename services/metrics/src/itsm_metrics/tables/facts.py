"""The raw events, the facts folded from them, and how far each source has been heard."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
    literal_column,
)

from itsm_metrics.tables.metadata import metadata

MOMENT = DateTime(timezone=True)

raw_event = Table(
    "raw_event",
    metadata,
    Column("id", Uuid, primary_key=True, comment="the event's own id: what makes a repeat harmless"),
    Column("arrival", BigInteger, Identity(always=True), nullable=False, comment="the order of hearing"),
    Column("tenant", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("resource", Text, nullable=False, comment="the noun of its type, such as incident"),
    Column("subject", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("time", MOMENT, nullable=False, comment="when it happened"),
    Column("recorded_at", MOMENT, nullable=False, comment="when its service stored it"),
    Column("position", BigInteger, comment="its place in the source's outbox, where the message said so"),
    Column("envelope", Text, nullable=False, comment="the message as it came, for good"),
    Index("raw_event_history", "resource", "tenant", "subject", "sequence"),
    Index("raw_event_recorded", "recorded_at", "tenant", "resource"),  # else histories are read by it
    Index("raw_event_arrival", "arrival"),
    info={"grants": "SELECT, INSERT"},
)

measurement = Table(
    "measurement",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("subject", Uuid, primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("at", MOMENT, nullable=False, comment="when the measure was complete"),
    Column("value", BigInteger, comment="microseconds, a flag, a number, or nothing but the fact"),
    Column("priority", Text),
    Column("service", Text),
    Column("assignment_group", Text),
    Column("detail", Text),
    Column("offering", Text),
    Column("business_unit", Text),
    Index(
        "measurement_period",
        "tenant",
        "measure",
        "at",
        postgresql_include=["value", "priority", "subject"],
    ),
)

span = Table(
    "span",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("subject", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("started_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT, comment="null while it lasts"),
    Column("priority", Text),
    Column("service", Text),
    Column("assignment_group", Text),
    Column("opened_at", MOMENT, nullable=False),
    Column("offering", Text),
    Column("business_unit", Text),
)

Index(
    "span_at",
    literal_column("((tenant || ' '::text) || kind)"),  # as PostgreSQL says it
    func.tstzrange(span.c.started_at, span.c.ended_at),
    postgresql_using="gist",
)

term = Table(
    "term",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("subject", Uuid, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False, comment="service, calendar or maintenance"),
    Column("key", Text, nullable=False),
    Column("since", MOMENT, nullable=False, comment="from when on it holds, until the next of its subject"),
    Column("form", Text, nullable=False, comment="what was agreed, as JSON"),
    Index("term_of_key", "tenant", "kind", "key"),
)

suspicion = Table(
    "suspicion",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("subject", Uuid, primary_key=True),
    Column("change", Uuid, nullable=False),
    Column("incident", Uuid, nullable=False),
    Column("opened_at", MOMENT, nullable=False, comment="when the incident was"),
    Column("confirmed", Boolean, nullable=False, comment="false: suspected, and nobody has judged"),
    Index("suspicion_of_change", "tenant", "change"),
)

source = Table(
    "source",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("resource", Text, primary_key=True),
    Column("events", BigInteger, nullable=False, comment="distinct events kept"),
    Column("last_position", BigInteger),
    Column("last_recorded_at", MOMENT, nullable=False),
    Column("applied_at", MOMENT, nullable=False, comment="when the one of last_recorded_at was applied"),
)
