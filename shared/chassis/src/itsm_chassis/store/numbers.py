"""Human numbers such as INC-000123: from one sequence per service, drawn in blocks."""

import asyncio
from collections import deque
from weakref import WeakKeyDictionary

from itsm_chassis.store.database import Database

BLOCK = 64
DRAW = "SELECT nextval($1::text::regclass) FROM generate_series(1, $2::int)"


class Drawn:
    """What was drawn of one database's sequence and not yet handed out."""

    def __init__(self) -> None:
        """Nothing yet; `lock` keeps the numbers in order."""
        self.numbers: deque[int] = deque()
        self.lock = asyncio.Lock()


class Numbers:
    """Hands out numbers of one kind; gaps are allowed, so a block dies with its process."""

    def __init__(self, prefix: str, sequence: str) -> None:
        """`sequence` is the PostgreSQL sequence, `prefix` stands before the six digits."""
        self._prefix = prefix
        self._sequence = sequence
        self._drawn: WeakKeyDictionary[Database, Drawn] = WeakKeyDictionary()

    async def next(self, db: Database) -> str:
        """The next number; one in 64 calls asks the database."""
        return (await self.take(db, 1))[0]

    async def take(self, db: Database, count: int) -> list[str]:
        """`count` numbers in ascending order."""
        drawn = self._drawn.setdefault(db, Drawn())
        async with drawn.lock:
            if len(drawn.numbers) < count:
                rows = await db.fetch(DRAW, self._sequence, max(BLOCK, count))
                drawn.numbers.extend(row[0] for row in rows)
            return [f"{self._prefix}-{drawn.numbers.popleft():06d}" for _ in range(count)]
