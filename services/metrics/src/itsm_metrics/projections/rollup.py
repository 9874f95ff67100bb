"""The sums of facts: those that came and went, added to what is stored."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from itsm_chassis.store.compiled import Compiled
from sqlalchemy import Table, delete, select
from sqlalchemy.dialects.postgresql import insert

from itsm_metrics.projections.arrays import bound, given
from itsm_metrics.projections.fact_table import PATIENT_S, Row
from itsm_metrics.rules.buckets import bucket_of, changed
from itsm_metrics.rules.margins import MARGINS, SPREAD, Margin
from itsm_metrics.tables import rollup, unsummed

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

Key = tuple[Any, ...]

MANY = 100_000
"""Sums in memory at once, in a rebuild: some hundred megabytes at most."""
COLUMNS = list(rollup.columns)
KEY = list(rollup.primary_key.columns)
PLACES = {c.name: i for i, c in enumerate(unsummed.columns)}
N = len(KEY)
NOWHERE = len(PLACES)
"""The place of what a margin has no column for: behind the row's end."""


def places(margin: Margin) -> tuple[str, int, int]:
    """Its name, and where in a row the values of its columns are."""
    first, second = ([PLACES[name] for name in margin] + [NOWHERE] * 2)[:2]
    return " ".join(margin), first, second


SUMS = {measure: [places(margin) for margin in sorted(margins)] for measure, margins in MARGINS.items()}
"""The sums that each measure counts in."""


class SumTable:
    """Statements of a table of sums."""

    def __init__(self, table: Table) -> None:
        """Compile them, once."""
        keys, rows, columns = given(KEY), given(COLUMNS), table.columns
        mine = [keys.c[c.name] == table.c[c.name] for c in KEY]
        names = [c.name for c in COLUMNS]
        adding = insert(table).from_select(names, select(*(rows.c[name] for name in names)))
        self.read = Compiled(select(*columns).where(*mine))
        self.remove = Compiled(delete(table).where(*mine))
        self.write = Compiled(
            adding.on_conflict_do_update(
                index_elements=[c.name for c in KEY],
                set_={name: adding.excluded[name] for name in ("n", "total", "histogram")},
            )
        )


SERVED = SumTable(rollup)


@dataclass(slots=True)
class Sum:
    """What is added to one row: less than nothing, where facts are taken back."""

    n: int = 0
    total: int = 0
    buckets: dict[int, int] = field(default_factory=dict)

    def add(self, sign: int, value: int | None, bucket: int | None) -> None:
        """One fact more, or less."""
        self.n += sign
        if value is not None:
            self.total += sign * value
        if bucket is not None:
            self.buckets[bucket] = self.buckets.get(bucket, 0) + sign

    def merge(self, other: "Sum") -> None:
        """All that another holds."""
        self.n += other.n
        self.total += other.total
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count


class Changes:
    """Facts that came and went, summed up by day."""

    def __init__(self, into: SumTable = SERVED) -> None:
        """None yet; they are to be added to the sums of that table."""
        self.into = into
        self.days: dict[Key, Sum] = defaultdict(Sum)

    def add(self, facts: Iterable[Row]) -> None:
        """Count these rows of `unsummed`."""
        for row in facts:
            sign, tenant, measure, at, value, *_ = row
            day, cells = at.astimezone(UTC).date(), (*row, None)
            bucket = bucket_of(value) if value is not None and measure in SPREAD else None
            for margin, first, second in SUMS[measure]:
                key = tenant, measure, margin, day, cells[first] or "", cells[second] or ""
                self.days[key].add(sign, value, bucket)

    async def store(self, conn: "Connection[Any]") -> None:
        """Add them to what is stored, and be empty; a sum of nothing is no row."""
        sums = self.by_grain()
        self.days.clear()
        if not sums:
            return
        stored = await conn.fetch(self.into.read.sql, *bound(self.into.read, KEY, sums), timeout=PATIENT_S)
        before = {tuple(row)[: len(KEY)]: row for row in stored}
        after = [(*key, *counted(before.get(key), more)) for key, more in sums.items()]
        if gone := [row[: len(KEY)] for row in after if not row[N]]:
            await conn.execute(self.into.remove.sql, *bound(self.into.remove, KEY, gone), timeout=PATIENT_S)
        if kept := [row for row in after if row[N]]:
            await conn.execute(self.into.write.sql, *bound(self.into.write, COLUMNS, kept), timeout=PATIENT_S)

    def by_grain(self) -> dict[Key, Sum]:
        """The sums that change, of days and of months, in the order of their keys."""
        found: dict[Key, Sum] = defaultdict(Sum)
        for (tenant, measure, margin, day, *cells), more in self.days.items():
            found[tenant, measure, margin, "day", day, *cells] = more
            found[tenant, measure, margin, "month", day.replace(day=1), *cells].merge(more)
        return {key: more for key, more in sorted(found.items()) if more != Sum()}


def counted(before: Any, more: Sum) -> tuple[int, int | Decimal, bytes | None]:
    """n, total and histogram of a row with so much more."""
    n, total, histogram = (before["n"], before["total"], before["histogram"]) if before else (0, 0, None)
    return n + more.n, total + more.total, changed(histogram or b"", more.buckets) or None
