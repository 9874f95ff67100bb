"""The company as tables: who there is, what is offered, what runs on what, and what happened."""

import csv
import tomllib
from importlib.resources import files
from typing import Any


def tables(name: str) -> dict[str, Any]:
    """A file of tables, such as `services`."""
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))


def rows(name: str) -> list[dict[str, str]]:
    """A sheet, such as `people`: a row per record, the fields that are filled in."""
    lines = (files(__package__) / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return [{field: text for field, text in row.items() if text} for row in csv.DictReader(lines)]


def items() -> list[dict[str, Any]]:
    """The configuration items, each with its attributes and the keys of what it depends on."""
    return [
        row
        | {
            "attributes": attributes(row.get("attributes", "")),
            "depends_on": row.get("depends_on", "").split(),
        }
        for row in rows("items")
    ]


def attributes(text: str) -> dict[str, Any]:
    """`cores=4 virtual=true` as numbers, flags and texts; a version such as 3.10 stays a text."""
    return {name: typed(name, value) for name, _, value in (pair.partition("=") for pair in text.split())}


def typed(name: str, value: str) -> Any:
    """One attribute."""
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value.isdigit() and name != "version" else value
