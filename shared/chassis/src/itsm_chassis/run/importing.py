"""`python -m itsm_<service> import FILE`: sends a file to a running service, with a progress bar."""

import argparse
import gzip
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from itsm_chassis.http.import_client import Failed, Importer

SHOWN: Final = 20
"""Refused lines that are printed one by one; the rest is counted."""


def run(arguments: Sequence[str], *, prog: str, path: str, url: str, token: str | None) -> int:
    """Import a file; 0 where every line is stored, 1 where some are not, 2 where it cannot be done.

    `path` is the import's own at the service; `url` and `token` are the defaults of the options.
    """
    parser = argparse.ArgumentParser(prog=prog, description=f"Import lines (NDJSON) through POST {path}.")
    parser.add_argument("file", type=Path, help="one record per line; .gz is unpacked on the way")
    parser.add_argument("--url", default=url, help="the service (default: %(default)s)")
    parser.add_argument(
        "--token", default=token, help="bearer token of an allowed role (default: $ITSM_TOKEN)"
    )
    parser.add_argument("--dry-run", action="store_true", help="check every line and store nothing")
    args = parser.parse_args(arguments)
    console = Console(stderr=True)
    if not args.token:
        console.print("There is no token: set ITSM_TOKEN or give --token (make token ROLE=admin prints one).")
        return 2
    try:
        with opened(args.file) as file:
            total = sum(1 for _ in file)
        counts = carried(args, path, total, console)
    except (OSError, Failed) as error:
        console.print(f"[red]import stopped:[/red] {error}", highlight=False)
        return 2
    summary = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no lines"
    console.print(f"{'checked' if args.dry_run else 'imported'} {args.file}: {summary}", highlight=False)
    return 1 if counts["invalid"] or counts["conflict"] else 0


def carried(args: argparse.Namespace, path: str, total: int, console: Console) -> Counter[str]:
    """Send the file; how many lines ended how."""
    counts: Counter[str] = Counter()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress, opened(args.file) as file:
        task = progress.add_task("import", total=total)

        def waiting(why: str) -> None:
            progress.update(task, description=f"waiting for the service: {why[:60]}")

        importer = Importer(
            f"{args.url.rstrip('/')}{path}", args.token, dry_run=args.dry_run, waiting=waiting
        )
        for result in importer.results(file):
            counts[result["status"]] += 1
            progress.update(task, advance=1, description="import")
            if result.get("errors") and counts["invalid"] + counts["conflict"] <= SHOWN:
                progress.console.print(told(result), highlight=False, markup=False)
    return counts


def opened(file: Path) -> IO[bytes]:
    """The file, unpacked where it is compressed."""
    return gzip.open(file) if file.suffix == ".gz" else file.open("rb")  # type: ignore[return-value]  # both read bytes; their classes share no name for it


def told(result: dict[str, Any]) -> str:
    """A refused line in words."""
    errors = "; ".join(f"{e['pointer'] or 'line'} {e['message']}" for e in result["errors"])
    return f"line {result['line']} ({result.get('external_id') or '?'}): {result['status']}: {errors}"
