"""Sums of facts by day and month, kept beside them."""

from sqlalchemy import BigInteger, Column, Date, Index, LargeBinary, Numeric, Table, Text

from itsm_metrics.tables.facts import measurement
from itsm_metrics.tables.metadata import metadata

rollup = Table(
    "rollup",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("margin", Text, primary_key=True, comment="the columns that it is by, none to two"),
    Column("grain", Text, primary_key=True, comment="day or month, of UTC"),
    Column("start", Date, primary_key=True),
    Column("first", Text, primary_key=True, comment="the value of the first column; empty: absent"),
    Column("second", Text, primary_key=True, comment="that of the second"),
    Column("n", BigInteger, nullable=False),
    Column("total", Numeric, nullable=False, comment="the sum of the values"),
    Column("histogram", LargeBinary, comment="of durations: (bucket, n) in 2 and 4 bytes each"),
    postgresql_with={"fillfactor": "70"},
)

rolled = Table(
    "rolled",
    metadata,
    Column("shape", Text, primary_key=True, comment="the sums that are kept of all facts"),
    Column("waiting", BigInteger, nullable=False, comment="how many rows unsummed has"),
)

unsummed = Table(
    "unsummed",
    metadata,
    Column("sign", BigInteger, nullable=False, comment="1: a fact came; -1: one went"),
    *(
        Column(c.name, c.type, nullable=c.nullable)
        for c in measurement.columns
        if c.name not in ("subject", "ordinal")
    ),
    Index("unsummed_period", "tenant", "measure", "at"),
)
"""What rollup does not hold yet: it is summed up when there is enough to be worth it."""
