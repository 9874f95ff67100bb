"""`make replay-sla`: real history under a service level agreement, through the running stack.

    PYTHONPATH=tests python -m replay.sla [FOLDER OR FILE]

Prints the compliance per priority as metrics tells it, and recomputes every clock. Exits 0 where the
recompute finds no difference, 1 where it does or a line is not taken, 2 where it cannot be done.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from itsm_chassis.http.import_client import Failed
from replay.__main__ import LOG, caught_up, imported
from replay.figures import PERIOD
from replay.header import Header
from replay.stack import Away, Stack
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

TENANT: Final = "volvo-sla"
SINCE: Final = "2005-01-01T00:00:00Z"
WITHIN_H: Final = {"P1": 4, "P2": 8, "P3": 30, "P4": 50}
OFFICE: Final[dict[str, Any]] = {
    "key": "office",
    "name": "Mon-Fri 08:00-18:00",
    "valid_from": SINCE,
    "zone": "Europe/Stockholm",
    "weekly": {
        day: [{"opens": "08:00", "closes": "18:00"}]
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    },
}
POLICY: Final[dict[str, Any]] = {
    "key": "restore",
    "name": "Restore",
    "kind": "sla",
    "valid_from": SINCE,
    "calendar": "office",
    "targets": [
        {"measure": "resolve", "seconds": hours * 3600, "priority": priority}
        for priority, hours in WITHIN_H.items()
    ],
}
QUIET_S: Final = 3.0


def main(arguments: Sequence[str]) -> int:
    """Agree, replay, wait, tell, recompute."""
    given = Path(arguments[0] if arguments else "../shared/data")
    log = given / LOG if given.is_dir() else given
    console = Console()
    if not log.is_file():
        console.print(
            f"There is no {log}: give the folder that holds {LOG}, as in make replay-sla DATA=folder."
        )
        return 2
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    began = time.monotonic()
    try:
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("import", total=None)
            stack = Stack(TENANT, lambda why: progress.update(task, description=why))
            stack.creates(f"{stack.catalog}/v1/calendars", OFFICE)
            stack.creates(f"{stack.catalog}/v1/sla-policies", POLICY)
            results = imported(log, Header(), stack, progress, task)
            settled(stack, progress)
            ready = time.monotonic()
            lines, totals = recomputed(stack, progress)
            told = time.monotonic()
        compliance(stack, console)
    except (Failed, Away) as error:
        console.print(f"[red]replay stopped:[/red] {error}", highlight=False)
        return 2
    for line in lines[:10]:
        console.print(f"{line['number']}: {[each['sentence'] for each in line['differences']]}")
    console.print(
        f"{totals['records']:,} incidents, {totals['clocks']['after']:,} clocks; caught up after "
        f"{ready - began:.1f} s, recomputed in {told - ready:.1f} s: {totals['differences']:,} differences"
    )
    refused = results["invalid"] + results["conflict"]
    return 1 if totals["differences"] or totals["behind"] or refused else 0


def settled(stack: Stack, progress: Progress) -> None:
    """Wait until every clock is counted and metrics has heard of it: nothing new is said for a while."""
    before = -1
    while True:
        caught_up(stack, progress)
        said = stack.json(f"{stack.incident}/v1/events", limit=1, count="exact")["count"]
        if said == before:
            return
        before = said
        time.sleep(QUIET_S)


def recomputed(stack: Stack, progress: Progress) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The differences that a recompute finds, and its totals."""
    task = progress.add_task("recompute", total=None)
    found: list[dict[str, Any]] = []
    for line in stack.lines(f"{stack.incident}/v1/sla:recompute", {}):
        if "progress" in line:
            progress.update(task, completed=line["progress"]["records"], total=line["progress"]["of"])
        elif "totals" in line:
            totals: dict[str, Any] = line["totals"]
            return found, totals
        else:
            found.append(line)
    raise Away("The recompute broke off before its totals. See `make logs`.")


def compliance(stack: Stack, console: Console) -> None:
    """Print met / (met + breached) per priority."""
    figure = stack.json(f"{stack.metrics}/v1/kpis/sla_compliance", **PERIOD, group_by="priority")
    table = Table(
        "priority", "target (h)", "clocks", "compliance", title="SLA compliance", title_justify="left"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for group in (*figure["groups"], figure | {"key": "all"}):
        value = "none" if group["value"] is None else f"{group['value']:.4f}"
        table.add_row(group["key"], str(WITHIN_H.get(group["key"], "")), f"{group['n']:,}", value)
    console.print(table)
    console.print(f"excluded: {figure['excluded']}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
