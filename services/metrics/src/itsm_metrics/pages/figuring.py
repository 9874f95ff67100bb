"""Figures as the pages ask for them: of a period, of the one before, and along it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from itsm_chassis.store.database import Database

from itsm_metrics.pages import drawing, words
from itsm_metrics.pages.periods import Period
from itsm_metrics.queries.question import Figures, Question, Result
from itsm_metrics.queries.series import told
from itsm_metrics.rules.honesty import small
from itsm_metrics.rules.kpis.kpi import Kpi

AT_ONCE = 3
"""How many questions of one page are under way: a page must not take all of the service's connections."""


@dataclass(frozen=True)
class Seen:
    """One figure, ready to be shown."""

    kpi: Kpi
    figures: Figures
    before: Result | None
    line: list[tuple[datetime, datetime, Result]]

    @property
    def whole(self) -> Result:
        """Of everything that was asked for."""
        return self.figures.whole

    @property
    def change(self) -> words.Change | None:
        """Beside the period before."""
        return words.change(self.kpi, self.whole, self.before) if self.before else None

    @property
    def is_small(self) -> bool:
        """Whether its n says little."""
        return self.whole.value is not None and small(self.kpi, self.whole.n)

    @property
    def is_line(self) -> bool:
        """Whether there is more than one point to draw."""
        return sum(result.value is not None for _, _, result in self.line) > 1

    def strokes(self, width: int, height: int) -> list[str]:
        """Its line as SVG polylines."""
        return drawing.strokes([result.value for _, _, result in self.line], width, height)


class Asker:
    """Asks the questions of one page."""

    def __init__(self, db: Database, tenant: str, now: datetime) -> None:
        """`now` is that of the request."""
        self._db = db
        self._tenant = tenant
        self._now = now
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def see(
        self, kpi: Kpi, period: Period, group: str | None, filters: Mapping[str, str | None]
    ) -> Seen:
        """A figure of the period, by groups; beside the one before; and along the period."""
        asked = Question(kpi, period.since, period.until, group, filters, self._now)
        before = period.before
        async with self._slots:
            found = await told(self._db, self._tenant, asked, period.cuts, (before.since, before.until))
        line = [(part.since, part.until, figures.whole) for part, figures in found.series or ()]
        return Seen(kpi, found.figures, found.before[1].whole if found.before else None, line)
