"""Sums of facts by day and month, kept beside them."""

from sqlalchemy import BigInteger, Column, Date, LargeBinary, Numeric, Table, Text

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
    Column("shape", Text, primary_key=True, comment="the sums that rollup holds all of"),
)
