"""Offerings: the row shows the latest version; the earlier ones stand in their events."""

from typing import Final

from itsm_chassis.store.tables import MOMENT, record_table
from sqlalchemy import ARRAY, Boolean, Column, Computed, Double, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR

from itsm_catalog.tables.metadata import metadata

WORDS: Final = (
    "setweight(to_tsvector('simple'::regconfig, title_words), 'A'::\"char\") || "
    "setweight(to_tsvector('simple'::regconfig, other_words), 'C'::\"char\")"
)

offering = record_table(
    "offering",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("description", Text),
    Column("category", Text),
    Column("price", Double),
    Column("currency", Text),
    Column("delivery_time_s", Integer),
    Column("approved_by", ARRAY(Text), nullable=False),
    Column("business_units", ARRAY(Text), nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("issued_at", MOMENT, nullable=False),
    Column("retired", Boolean, nullable=False),
    Column("category_words", Text),
    Column("title_words", Text, nullable=False),
    Column("other_words", Text, nullable=False),
    Column("words", TSVECTOR, Computed(WORDS, persisted=True)),
    UniqueConstraint("tenant", "key"),
    Index("offering_name", "tenant", "name", "id"),
    Index("offering_service", "tenant", "service", "name", "id"),
    Index("offering_category", "tenant", "category_words", "name", "id"),
    Index("offering_words", "words", postgresql_using="gin"),
)
