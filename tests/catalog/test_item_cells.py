"""Items as cells of a table: the same on the way back, and nothing that a spreadsheet would run."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_catalog.rules.item_cells import FORMULA, NUMBER, read, typed, write

texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12
) | st.sampled_from(
    [
        "=1+1",
        "-5",
        "'=x",
        "''",
        '"quoted"',
        '""',
        "null",
        "12",
        "1e999",
        "+a",
        "@b",
        "\tc",
        "NaN",
        "[1",
        " x ",
    ]
)
values: st.SearchStrategy[Any] = st.recursive(
    texts | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
COLUMNS = ["key", "owner", "depends_on", "attributes.text", "attributes.any"]
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}


@given(texts.filter(bool), st.dictionaries(st.just("text"), texts), st.dictionaries(st.just("any"), values))
def test_what_is_written_is_read_as_the_same_and_is_no_formula(
    owner: str, text: dict[str, Any], other: dict[str, Any]
) -> None:
    item = {"key": "db", "owner": owner, "depends_on": ["a", "b"], "attributes": text | other}
    row = write(COLUMNS, item, SCHEMA)
    back = read(COLUMNS, row)
    attributes = typed(back.pop("attributes"), SCHEMA)
    assert {name: value for name, value in attributes.items() if value is not None} == item["attributes"]
    assert back == {"key": "db", "owner": owner, "depends_on": ["a", "b"]}
    for cell in row:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")) or NUMBER.fullmatch(cell)
        assert not cell.startswith("'") or cell[1:].startswith(FORMULA)


@pytest.mark.parametrize("cell", ["a;b", "a|b", " a ; b ", "a;;b;"])
def test_keys_stand_between_semicolons_or_bars(cell: str) -> None:
    assert read(["key", "depends_on"], ["db", cell])["depends_on"] == ["a", "b"]


def test_an_empty_cell_takes_away_what_may_be_empty_and_says_nothing_of_the_rest() -> None:
    header = ["key", "name", "status", "owner", "depends_on", "attributes.cores"]
    assert read(header, ["db", "", "", "", "", ""]) == {
        "key": "db",
        "owner": None,
        "depends_on": [],
        "attributes": {"cores": None},
    }
