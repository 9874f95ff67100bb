"""Human numbers such as INC-000123: from one sequence per service, drawn in blocks."""

import asyncio
from collections import deque

from itsm_chassis.store.database import Database

BLOCK = 64
DRAW = "SELECT nextval($1::text::regclass) FROM generate_series(1, $2::int)"


class Numbers:
    """Hands out numbers of one kind; gaps are allowed, so a block dies with its process."""

    def __init__(self, prefix: str, sequence: str) -> None:
        """`sequence` is the PostgreSQL sequence, `prefix` stands before the six digits."""
        self._prefix = prefix
        self._sequence = sequence
        self._drawn: deque[int] = deque()
        self._drawing = asyncio.Lock()

    async def next(self, db: Database) -> str:
        """The next number; one in 64 calls asks the database."""
        return (await self.take(db, 1))[0]

    async def take(self, db: Database, count: int) -> list[str]:
        """`count` numbers in ascending order."""
        async with self._drawing:
            if len(self._drawn) < count:
                rows = await db.fetch(DRAW, self._sequence, max(BLOCK, count))
                self._drawn.extend(row[0] for row in rows)
            return [f"{self._prefix}-{self._drawn.popleft():06d}" for _ in range(count)]
