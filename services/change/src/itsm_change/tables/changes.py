"""Changes, their tasks, the templates of standard ones, and what was detected."""

from typing import Final, get_args

from itsm_chassis.store.tables import MOMENT, record_table
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    literal_column,
    text,
)

from itsm_change.rules.change import ChangeType, Status
from itsm_change.tables.metadata import metadata

EMPTY: Final = "{}"

change = record_table(
    "change",
    metadata,
    Column("number", Text, nullable=False),
    Column("external_id", Text),
    Column("import_digest", LargeBinary, comment="of the imported line: tells unchanged from conflict"),
    Column("title", Text, nullable=False),
    Column("change_type", Text, nullable=False, info={"values": get_args(ChangeType)}),
    Column("status", Text, nullable=False, info={"values": get_args(Status)}),
    Column("approval", Text, nullable=False, server_default="not_asked"),
    Column("risk_band", Text),
    Column("service", Text),
    Column("services", ARRAY(Text), nullable=False, server_default=EMPTY, comment="all that it touches"),
    Column("configuration_items", ARRAY(Text), nullable=False, server_default=EMPTY),
    Column("requester", Text),
    Column("assignment_group", Text),
    Column("assignee", Text),
    Column("template", Text),
    Column("close_code", Text),
    Column("backed_out", Boolean, nullable=False, server_default="false"),
    Column("unauthorized", Boolean, nullable=False, server_default="false"),
    Column("has_conflicts", Boolean, nullable=False, server_default="false"),
    Column("planned_start", MOMENT),
    Column("planned_end", MOMENT),
    Column("requested_at", MOMENT, nullable=False),
    Column("implemented_at", MOMENT),
    Column("closed_at", MOMENT),
    Column("updated_at", MOMENT, nullable=False, server_default=text("now()")),
    UniqueConstraint("tenant", "number"),
    UniqueConstraint("tenant", "external_id"),
    Index("change_requested", "tenant", "requested_at", "id"),
    Index("change_updated", "tenant", "updated_at", "id"),
    Index("change_status", "tenant", "status", "requested_at", "id"),
    Index("change_service", "tenant", "service", "requested_at", "id"),
    Index("change_requester", "tenant", "requester", "requested_at", "id"),
    Index("change_group", "tenant", "assignment_group", "status", "requested_at", "id"),
    Index("change_assignee", "tenant", "assignee", "status", "requested_at", "id"),
    Index("change_planned", "tenant", "planned_start", "id"),
    Index("change_implemented", "tenant", "implemented_at", "id"),
    Index("change_template_history", "tenant", "template", "closed_at"),
    Index("change_group_history", "tenant", "assignment_group", "closed_at"),
    Index("change_services", "services", postgresql_using="gin"),
    Index("change_items", "configuration_items", postgresql_using="gin"),
)

Index(
    "change_time",
    change.c.tenant,
    func.tstzrange(change.c.planned_start, func.greatest(change.c.planned_start, change.c.planned_end)),
    postgresql_using="gist",
    postgresql_where=text("planned_end IS NOT NULL"),
)

change_number = Sequence("change_number", metadata=metadata)


UNKNOWN: Final = """
(SELECT coalesce(json_agg(json_build_object('kind', kind, 'key', key) ORDER BY rank, place), '[]')::text
FROM (
    SELECT 1 AS rank, 'service' AS kind, key, place
    FROM unnest(change.services) WITH ORDINALITY AS given (key, place)
    WHERE NOT EXISTS (SELECT FROM service s WHERE s.tenant = change.tenant AND s.key = given.key)
    UNION ALL
    SELECT 2, 'configuration_item', key, place
    FROM unnest(change.configuration_items) WITH ORDINALITY AS given (key, place)
    WHERE NOT EXISTS (SELECT FROM configuration_item i WHERE i.tenant = change.tenant AND i.key = given.key)
    UNION ALL
    SELECT 3, 'group', change.assignment_group, 1 WHERE change.assignment_group IS NOT NULL AND NOT EXISTS (
        SELECT FROM people_group g WHERE g.tenant = change.tenant AND g.key = change.assignment_group)
) AS named)
"""
change.info["shown"] = literal_column(f"left(change.card, -1) || ',\"unknown\":' || {UNKNOWN} || '}}'", Text)
"""The card, and which of the keys that it names are not known here yet."""

change_task = record_table(
    "change_task",
    metadata,
    Column("change_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("assignment_group", Text),
    Column("assignee", Text),
    Column("opened_at", MOMENT, nullable=False),
    Index("change_task_change", "change_id", "id"),
    Index("change_task_assignee", "tenant", "assignee", "status", "id"),
)

change_template = record_table(
    "change_template",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("service", Text),
    Column("preapproved", Boolean, nullable=False),
    Column("preapproved_since", MOMENT),
    Column("history_size", Integer, nullable=False),
    Column("max_failure_rate", Float, nullable=False),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("change_template_name", "tenant", "name", "id"),
)

HISTORY: Final = """
(SELECT json_build_object(
    'n', count(*),
    'failed', count(*) FILTER (WHERE failed),
    'recent_n', count(*) FILTER (WHERE recent),
    'recent_failed', count(*) FILTER (WHERE recent AND failed),
    'last_failures', coalesce(json_agg(json_build_object('id', id, 'number', number, 'closed_at',
        to_char(closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) ORDER BY closed_at DESC)
        FILTER (WHERE failed AND failure <= 5), '[]'))::text
FROM (
    SELECT *, row_number() OVER (PARTITION BY failed ORDER BY closed_at DESC) AS failure,
        row_number() OVER (ORDER BY closed_at DESC) <= {size}
            AND ({since} IS NULL OR closed_at >= {since}) AS recent
    FROM (
        SELECT id, number, closed_at, backed_out OR close_code = 'unsuccessful' AS failed
        FROM change WHERE change.tenant = {tenant} AND change.template = {key}
            AND change.change_type = 'standard' AND change.status = 'closed') AS closed) AS used)
"""
"""What became of the standard changes from a template; `recent` are those that its pre-approval hangs on."""

SHOWN_HISTORY: Final = HISTORY.format(
    tenant="change_template.tenant",
    key="change_template.key",
    size="change_template.history_size",
    since="change_template.preapproved_since",
)
change_template.info["shown"] = literal_column(
    f"left(change_template.card, -1) || ',\"history\":' || {SHOWN_HISTORY} || '}}'", Text
)

detection = record_table(
    "detection",
    metadata,
    Column("dedup_key", Text, nullable=False),
    Column("change_id", Uuid, nullable=False),
    UniqueConstraint("tenant", "dedup_key"),
)
