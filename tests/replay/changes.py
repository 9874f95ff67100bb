"""`make replay-changes`: real changes through the running stack, their figures beside the expected ones.

    PYTHONPATH=tests python -m replay.changes [FOLDER OR FILE]

Exits 0 where every figure is equal, 1 where one differs or a line is not taken, 2 where it cannot be done.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from itsm_chassis.http.import_client import Failed
from replay import openstack
from replay.__main__ import caught_up, sent
from replay.compare import Number, compare
from replay.stack import Away, Stack
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

TENANT: Final = "openstack"
LOG: Final = "openstack_changes.csv.gz"
PERIOD: Final = {"from": "2011-01-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}

EXPECTED: Final[dict[str, Number]] = {
    "changes": 21_610,
    "reverts": 555,
    "reverted changes: failed": 437,
    "change failure rate (%)": 2.022,
    "change failure rate, at most (%)": 2.022,
    "lead time p50 (s)": 88_772.5,
    "lead time p90 (s)": 1_171_272.3,
    "lead time mean (s)": 530_653.2,
    "time to revert p50 (s)": 180_211.0,
    "time to revert p90 (s)": 3_063_867.4,
    "time to revert mean (s)": 1_573_742.7,
    "negative lead times": 1,
}
"""Counted from the file, independently of this suite."""


def main(arguments: Sequence[str]) -> int:
    """Replay the changes, wait for metrics, compare."""
    given = Path(arguments[0] if arguments else "../shared/data")
    log = given / LOG if given.is_dir() else given
    console = Console()
    if not log.is_file():
        console.print(
            f"There is no {log}: give the folder that holds {LOG}, as in make replay-changes DATA=folder."
        )
        return 2
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    began = time.monotonic()
    try:
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("import", total=EXPECTED["changes"])
            with closing(Stack(TENANT, lambda why: progress.update(task, description=why))) as stack:
                results = sent(f"{stack.change}/v1/changes:import", lines(log), stack, progress, task)
                stored = time.monotonic()
                caught_up(stack, progress, "change")
                done = time.monotonic()
                found = read(stack)
    except (Failed, Away) as error:
        console.print(f"[red]replay stopped:[/red] {error}", highlight=False)
        return 2
    wrong = compare(console, "Changes, as GET /v1/kpis tells them", EXPECTED, found)
    told = ", ".join(f"{count:,} {status}" for status, count in sorted(results.items()))
    console.print(f"import: {told}, {stored - began:.1f} s; metrics caught up {done - stored:.1f} s later")
    refused = results["invalid"] + results["conflict"]
    verdict = "every figure is equal" if not wrong else f"[bold red]{wrong} figures differ[/bold red]"
    console.print(f"{verdict}; {time.monotonic() - began:.1f} s in all")
    return 1 if wrong or refused else 0


def lines(log: Path) -> Iterator[bytes]:
    """Every change as a line of the import."""
    for row in openstack.rows(log):
        yield json.dumps(openstack.line(row), ensure_ascii=False).encode()


def read(stack: Stack) -> dict[str, Number | None]:
    """The figures, from nothing but metrics' `GET /v1/kpis/{slug}`."""

    def kpi(slug: str, **params: str) -> Any:
        return stack.json(f"{stack.metrics}/v1/kpis/{slug}", **PERIOD, **params)

    rate, rework = kpi("change_failure_rate"), kpi("rework_rate")
    found: dict[str, Number | None] = {
        "changes": rate["n"],
        "reverts": times(rework["value"], rework["n"]),
        "reverted changes: failed": times(rate["value"], rate["n"]),
        "change failure rate (%)": times(rate["value"], 100),
        "change failure rate, at most (%)": times((rate["interval"] or [None, None])[1], 100),
        "negative lead times": kpi("data_quality", code="negative_interval")["value"],
    }
    for slug, name in (("change_lead_time", "lead time"), ("recovery_time", "time to revert")):
        figure = kpi(slug)
        spread = figure["quantiles"] or {}
        found |= {f"{name} mean (s)": figure["value"]}
        found |= {f"{name} {p} (s)": spread.get(p) for p in ("p50", "p90")}
    return {name: given(name, number) for name, number in found.items()}


def times(share: float | None, n: int) -> float | None:
    """How many that is, without what division has lost."""
    return None if share is None else round(share * n, 6)


def given(name: str, number: Number | None) -> Number | None:
    """To the decimals in which the figure is given."""
    return number if number is None or not name.endswith("(s)") else round(number, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
