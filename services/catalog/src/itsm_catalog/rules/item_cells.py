"""Configuration items as cells of a table, and back: exactly the same, and no formula for a spreadsheet."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

FIELDS: Final = ("key", "name", "ci_type", "status", "environment")
"""An empty cell says nothing about these."""
CLEARED: Final = ("owner", "assignment_group", "location")
"""An empty cell takes these away."""
DEPENDS_ON: Final = "depends_on"
ATTRIBUTE: Final = "attributes."

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def unknown(header: Sequence[str]) -> str | None:
    """Why these names cannot head a table of items, or None."""
    known = (*FIELDS, *CLEARED, DEPENDS_ON)
    strange = [name for name in header if name not in known and not name.startswith(ATTRIBUTE)]
    if strange:
        return f"There is no column {strange[0][:80]!r}: {', '.join(known)} and {ATTRIBUTE}<name> are known."
    if len(set(header)) != len(header):
        return "A column stands twice in the first line."
    return None if "key" in header else "The first line names the columns, and key has to be among them."


def read(header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """A line as an import understands it. Attributes stay texts until their type is known: see `typed`."""
    value: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for name, cell in zip(header, map(plain, cells), strict=True):
        if name == DEPENDS_ON:
            value[name] = [key.strip() for key in re.split("[;|]", cell) if key.strip()]
        elif name.startswith(ATTRIBUTE):
            attributes[name.removeprefix(ATTRIBUTE)] = cell or None
        elif cell or name in CLEARED:
            value[name] = cell or None
    return value | {"attributes": attributes} if attributes else value


def write(columns: Sequence[str], item: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """The cells of an item under the names of its fields and of attributes."""
    cells = []
    for name in columns:
        if name == DEPENDS_ON:
            cells.append(";".join(item[name]))
        elif name.startswith(ATTRIBUTE):
            attribute, there = name.removeprefix(ATTRIBUTE), item["attributes"]
            known = attribute in there
            cells.append(written(there[attribute], is_text(schema, attribute)) if known else "")
        else:
            cells.append(item[name] or "")
    return [defused(cell) for cell in cells]


def written(value: object, text: bool) -> str:
    """An attribute as a cell: a text as it stands where it is read as that very text, else as JSON."""
    if isinstance(value, str) and value and not value.startswith('"') and (text or not is_json(value)):
        return value
    return json.dumps(value, ensure_ascii=False)


def typed(attributes: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Cells as attributes: texts where the type has texts, unless in quotes; else JSON where it is that."""
    return {
        name: json.loads(cell)
        if cell and (cell[0] == '"' or not is_text(schema, name)) and is_json(cell)
        else cell
        for name, cell in attributes.items()
    }


def is_text(schema: Mapping[str, Any], name: str) -> bool:
    """Whether an attribute is declared to be a text, and nothing else."""
    declared = schema.get("properties", {}).get(name, {})
    return isinstance(declared, dict) and declared.get("type") == "string"


def is_json(cell: str) -> bool:
    """Whether a cell would be read as JSON."""
    try:
        json.loads(cell, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True


def refuse(name: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(name)


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) and not NUMBER.fullmatch(cell) else cell


def plain(cell: str) -> str:
    """What stood there before it was defused."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell
