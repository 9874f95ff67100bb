"""The mapping of OpenStack's production changes (its public git history) to lines of the change import."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = dict[str, str]


def rows(path: Path) -> Iterator[Row]:
    """Every change of the file, in its order."""
    with gzip.open(path, "rt", newline="") as stream:
        yield from csv.DictReader(stream)


def line(row: Row) -> dict[str, Any]:
    """A change as one line of the import.

    The last patch set is the last material edit, so the approval; a revert is a back-out, and makes the
    change an unsuccessful one.
    """
    component, reverted = row["main_component"], row["reverted_at"] or None
    return {
        "external_id": row["commit"],
        "title": f"{component or 'change'}: {row['change_id'] or row['commit'][:12]}",
        "type": "normal",
        "proposed_at": row["proposed_at"],
        "approved_at": row["last_patchset_at"] or None,
        "implemented_at": row["implemented_at"] or None,
        "close_code": "unsuccessful" if reverted else "successful",
        "backed_out_at": reverted,
        "reverts": row["reverts_commit"] or None,
        "service": component or None,
        "requester": row["requester"] or None,
    }
