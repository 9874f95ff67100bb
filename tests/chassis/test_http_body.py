"""Request bodies are taken as written or not at all."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import pytest
from itsm_chassis.http.body import StrictModel
from pydantic import Field, ValidationError
from support.web import NewWidget, Size


class Awkward(StrictModel):
    """Fields whose names are words of pydantic's own schemas, and every wrapping that a type can have."""

    type: str
    metadata: int
    default: datetime | None = None
    days: list[date] = Field(default_factory=list)
    moments: dict[str, datetime] = Field(default_factory=dict)
    short: Annotated[str, Field(pattern="^[a-z]+$", max_length=3)] = "abc"


def widget(**fields: Any) -> NewWidget:
    return NewWidget.model_validate({"title": "x", **fields})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", 1),
        ("title", True),
        ("title", None),
        ("title", "a\x00b"),
        ("count", "1"),
        ("count", True),
        ("count", 1.5),
        ("weight", "1.5"),
        ("weight", True),
        ("fragile", "true"),
        ("fragile", 1),
        ("fragile", "yes"),
        ("size", "SMALL"),
        ("size", 1),
        ("owner", 5),
        ("made_at", 1700000000),
        ("made_at", 1700000000.5),
        ("made_at", "1700000000"),
        ("made_at", "2026-03-01T09:30:00"),
        ("made_at", "2026-03-01"),
        ("made_at", "2026-03-01 09:30:00Z"),
        ("made_at", "0001-01-01T00:00:00+14:00"),
        ("made_at", "9999-12-31T23:59:59-14:00"),
        ("made_at", "0001-01-01T00:00:00Z"),
        ("made_at", "1969-12-31T23:59:59Z"),
        ("made_at", "2199-12-31T23:30:00-01:00"),
        ("made_at", "9999-12-31T23:59:59.999999Z"),
        ("made_at", "10000-01-01T00:00:00Z"),
        ("made_at", "2026-02-30T00:00:00Z"),
        ("made_at", "٢٠٢٦-03-01T09:30:00Z"),
        ("made_at", True),
        ("id", "0190f3d0-0000-7000-8000-000000000001"),
        ("tenant", "other"),
        ("version", 1),
        ("parts", [{"name": "a", "fitted_at": 0}]),
        ("parts", [{"name": "a", "tenant": "b"}]),
        ("parts", "abc"),
    ],
)
def test_a_value_of_another_kind_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        widget(**{field: value})


def test_what_is_written_right_is_taken() -> None:
    made = widget(
        size="large",
        weight=2,
        owner="0190f3d0-0000-7000-8000-000000000001",
        made_at="2026-03-01T09:30:00+02:00",
        parts=[{"name": "a", "fitted_at": "2026-03-01t09:30:00.5z"}],
    )
    assert made.size is Size.LARGE
    assert made.made_at == datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
    assert made.made_at.tzinfo is UTC
    assert made.parts[0].fitted_at == datetime(2026, 3, 1, 9, 30, 0, 500000, tzinfo=UTC)


def test_the_first_and_last_moment_that_can_be_kept_are_taken() -> None:
    assert widget(made_at="1970-01-01T14:00:00+14:00").made_at == datetime(1970, 1, 1, tzinfo=UTC)
    last = widget(made_at="2199-12-31T09:59:59.999999-14:00").made_at
    assert last == datetime(2199, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def test_the_same_holds_when_a_line_of_json_is_read() -> None:
    assert NewWidget.model_validate_json('{"title":"x","made_at":"2026-03-01T09:30:00Z"}').made_at
    for line in ('{"title":"x","made_at":1}', '{"title":"x","count":"1"}', '{"title":"x","nope":1}'):
        with pytest.raises(ValidationError):
            NewWidget.model_validate_json(line)


def test_fields_may_have_any_name_and_types_any_wrapping() -> None:
    good = {"type": "t", "metadata": 1, "days": ["2026-03-01"], "moments": {"a": "2026-03-01T09:30:00Z"}}
    made = Awkward.model_validate(good)
    assert made.moments["a"].tzinfo is UTC
    wrong: list[dict[str, object]] = [
        {"type": 1},
        {"metadata": "1"},
        {"default": 5},
        {"days": [20000]},
        {"moments": {"a": 5}},
        {"short": "abcd"},
        {"short": "ABC"},
    ]
    for change in wrong:
        with pytest.raises(ValidationError):
            Awkward.model_validate(good | change)


def test_the_schema_still_says_date_time() -> None:
    schema = NewWidget.model_json_schema()
    assert schema["additionalProperties"] is False
    assert {"type": "string", "format": "date-time"} in schema["properties"]["made_at"]["anyOf"]
    assert schema["properties"]["title"]["pattern"] == "^[^\\x00]*$"
