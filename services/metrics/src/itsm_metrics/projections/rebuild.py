"""The operator's verb `rebuild`."""

import argparse
import sys
import time
from collections.abc import Sequence

from itsm_chassis.run.settings import Settings
from itsm_chassis.store.database import Database

from itsm_metrics.projections.refold import refold

EVERY_S = 2.0


class Progress:
    """Says on stderr how far it is, every two seconds."""

    def __init__(self) -> None:
        """Starts the clock."""
        self.started = self.said = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` events are folded."""
        if time.monotonic() - self.said >= EVERY_S:
            self.said = time.monotonic()
            self.say(f"{done} of {total} events folded ({done / max(total, 1):.0%})")

    def say(self, what: str) -> None:
        """One line, with the seconds since the start."""
        line = f"rebuild: {what}, {time.monotonic() - self.started:.1f} s"
        print(line, file=sys.stderr)  # noqa: T201  # a verb speaks to whoever typed it


async def rebuild(settings: Settings, arguments: Sequence[str]) -> int:
    """Drop every figure and compute it again from the raw events; readers see the old ones until then."""
    argparse.ArgumentParser(prog="python -m itsm_metrics rebuild", description=rebuild.__doc__).parse_args(
        arguments
    )
    progress = Progress()
    db = Database(settings.database_url, size=1)
    await db.open()
    try:
        async with db.transaction() as conn:
            events = await refold(conn, progress)
    finally:
        await db.close()
    progress.say(f"all {events} events folded; the new figures are in force")
    return 0
