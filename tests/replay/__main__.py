"""`make replay`: real history through the running stack, its figures beside the expected ones.

    PYTHONPATH=tests python -m replay [FOLDER OR FILE]

Exits 0 where every figure is equal, 1 where one differs or a line is not taken, 2 where it cannot be done.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from itsm_chassis.http.import_client import Failed, Importer
from replay import expected, figures, volvo
from replay.compare import compare
from replay.header import Header
from replay.stack import Away, Stack
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

TENANT: Final = "volvo"
LOG: Final = "volvo_incidents_2013.xes.gz"
PAUSE_S: Final = 0.25
STUCK_S: Final = 300.0

Counts = Counter[str]


def main(arguments: Sequence[str]) -> int:
    """Replay the log, wait for metrics, compare."""
    given = Path(arguments[0] if arguments else "../shared/data")
    log = given / LOG if given.is_dir() else given
    console = Console()
    if not log.is_file():
        console.print(f"There is no {log}: give the folder that holds {LOG}, as in make replay DATA=folder.")
        return 2
    began = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    header = Header()
    try:
        with Progress(*columns, console=console) as progress:
            importing = progress.add_task("import", total=expected.HEADER["cases"])
            stack = Stack(TENANT, lambda why: progress.update(importing, description=why))
            results = imported(log, header, stack, progress, importing)
            stored = time.monotonic()
            caught_up(stack, progress)
            done = time.monotonic()
        found, flow = figures.read(stack), figures.flow(stack)
    except (Failed, Away) as error:
        console.print(f"[red]replay stopped:[/red] {error}", highlight=False)
        return 2
    wrong = compare(console, f"{LOG}, as its header says", expected.HEADER, header.figures())
    wrong += compare(console, "KPIs, as GET /v1/kpis tells them", expected.FIGURES, found)
    wrong += compare(console, "Flow by source_state, as GET /v1/flow tells it", expected.FLOW, flow)
    told = ", ".join(f"{count:,} {status}" for status, count in sorted(results.items()))
    console.print(f"import: {told}, {stored - began:.1f} s; metrics caught up {done - stored:.1f} s later")
    refused = results["invalid"] + results["conflict"]
    verdict = "every figure is equal" if not wrong else f"[bold red]{wrong} figures differ[/bold red]"
    console.print(f"{verdict}; {time.monotonic() - began:.1f} s in all")
    return 1 if wrong or refused else 0


def imported(log: Path, header: Header, stack: Stack, progress: Progress, task: TaskID) -> Counts:
    """Send every case; how many ended how."""

    def lines() -> Iterator[bytes]:
        for trace in header.watch(volvo.traces(log)):
            yield json.dumps(volvo.line(trace), ensure_ascii=False).encode()

    return sent(f"{stack.incident}/v1/incidents:import", lines(), stack, progress, task)


def sent(url: str, lines: Iterator[bytes], stack: Stack, progress: Progress, task: TaskID) -> Counts:
    """Import lines; how many ended how."""

    def waiting(why: str) -> None:
        progress.update(task, description=f"waiting for {url}: {why[:60]}")

    counts: Counts = Counter()
    for result in Importer(url, stack.token, waiting=waiting).results(lines):
        counts[result["status"]] += 1
        progress.update(task, advance=1, description="import")
        if "errors" in result and counts["invalid"] + counts["conflict"] <= 10:
            progress.console.print(f"{result['external_id']}: {result['status']}: {result['errors']}")
    return counts


def caught_up(stack: Stack, progress: Progress, source: str = "incident") -> None:
    """Wait until a service has said everything and metrics has applied it; Away where that stands still."""
    address = {"incident": stack.incident, "change": stack.change}[source]
    task = progress.add_task("metrics", total=None)
    moved, seen = time.monotonic(), (-1, -1)
    while True:
        unsaid = stack.unsaid(address)
        said = stack.json(f"{address}/v1/events", limit=1, count="exact")["count"]
        sources = stack.json(f"{stack.metrics}/v1/sources")["items"]
        heard = sum(each["events"] for each in sources if each["source"].endswith(source))
        progress.update(task, total=said + unsaid, completed=heard)
        if unsaid == 0 and heard == said:
            return
        if (unsaid, heard) != seen:
            moved, seen = time.monotonic(), (unsaid, heard)
        elif time.monotonic() - moved > STUCK_S:
            raise Away(
                f"metrics stands at {heard:,} of {said:,} events ({unsaid:,} not said yet) for "
                f"{STUCK_S:.0f} s. See `make ps` and `make logs`."
            )
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
