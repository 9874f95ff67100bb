"""Found beside expected: a table for people, and a verdict."""

from collections.abc import Mapping
from typing import Final

from rich.console import Console
from rich.table import Table

Number = int | float

DECIMALS: Final = 3
"""To which the expected figures are given."""


def same(expected: Number, found: Number | None) -> bool:
    """Equal in every decimal that is given; nothing found equals nothing."""
    return found is not None and round(float(found), DECIMALS) == float(expected)


def compare(
    console: Console, title: str, expected: Mapping[str, Number], found: Mapping[str, Number | None]
) -> int:
    """Print every figure beside the expected one; how many differ."""
    table = Table("figure", "expected", "found", "", title=title, title_justify="left")
    for column in table.columns[1:3]:
        column.justify = "right"
    wrong = 0
    for name, number in expected.items():
        equal = same(number, found.get(name))
        wrong += not equal
        mark = "[green]equal[/green]" if equal else "[bold red]DIFFERS[/bold red]"
        table.add_row(name, shown(number), shown(found.get(name)), mark)
    console.print(table)
    return wrong


def shown(number: Number | None) -> str:
    """A figure with its thousands apart."""
    if number is None:
        return "none"
    return f"{int(number):,}" if float(number).is_integer() else f"{number:,.{DECIMALS}f}"
