"""Forms and the answers to them: which schemas are taken, and where and how wrong answers are told."""

import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_catalog.rules.answers import check_answers
from itsm_catalog.rules.form import check_form
from itsm_catalog.rules.offerings import circle
from support.offers import LAPTOP, LAPTOP_FORM, WORKPLACE
from support.services import Running


def form(**properties: Any) -> dict[str, Any]:
    """A form with these questions."""
    return {"type": "object", "properties": properties}


def nested(depth: int) -> dict[str, Any]:
    """A form whose questions hold questions."""
    inner: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        inner = form(deeper=inner)
    return inner


MOMENT = "This must be a time with its offset, such as 2026-12-24T14:30:00Z."
DOUBLING = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)} | {"d30": {}}

CIRCLE = {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}


@pytest.mark.parametrize(
    ("schema", "pointer", "code"),
    [
        ({}, "/type", "not_an_object"),
        ({"type": ["object", "null"]}, "/type", "not_an_object"),
        (form(a={"type": "text"}), "/properties/a/type", "not_a_schema"),
        (form(a={"required": "a"}), "/properties/a/required", "not_a_schema"),
        (form(a=7), "/properties/a", "not_a_schema"),
        (form(a={"minLenght": 1}), "/properties/a/minLenght", "unknown_keyword"),
        (form(a={"format": "phone"}), "/properties/a/format", "unknown_format"),
        (form(a={"$ref": "https://example.org/a"}), "/properties/a/$ref", "reference_refused"),
        (form(a={"$ref": "file:///etc/passwd"}), "/properties/a/$ref", "reference_refused"),
        (form(a={"$ref": "#"}), "/properties/a/$ref", "reference_refused"),
        (form(a={"$ref": "#/$defs/a"}), "/properties/a/$ref", "reference_refused"),
        ({"type": "object", "$id": "https://example.org/"}, "/$id", "keyword_refused"),
        (form(a={"unevaluatedProperties": False}), "/properties/a/unevaluatedProperties", "keyword_refused"),
        (form(a={"patternProperties": {"(a+)+$": {}}}), "/properties/a/patternProperties", "keyword_refused"),
        (form(a={"pattern": "(?=a)b"}), "/properties/a/pattern", "pattern_refused"),
        (form(a={"pattern": r"(a)\1"}), "/properties/a/pattern", "pattern_refused"),
        (form(a={"pattern": "("}), "/properties/a/pattern", "pattern_refused"),
        (form(a={"pattern": "((a{999}){999}){999}"}), "/properties/a/pattern", "pattern_refused"),
        (form() | {"$schema": "http://json-schema.org/draft-07/schema#"}, "/$schema", "other_dialect"),
        (form() | {"$defs": CIRCLE}, "", "schema_too_large"),
        (form(a={"$ref": "#/$defs/d0"}) | {"$defs": DOUBLING}, "", "schema_too_large"),
        (form(a={"enum": ["x" * 65_000, "y" * 1_000]}), "", "schema_too_large"),
        (form(a={"allOf": [{}] * 501}), "", "schema_too_large"),
        (nested(20), "", "schema_too_deep"),
        (form(**{"a/b~c": {"type": "text"}}), "/properties/a~1b~0c/type", "not_a_schema"),
    ],
)  # fmt: skip
def test_a_hostile_or_mistaken_form_is_refused_where_it_is_wrong_and_at_once(
    schema: dict[str, Any], pointer: str, code: str
) -> None:
    began = time.process_time()
    found = check_form(schema)
    assert time.process_time() - began < 2
    assert (found[0].pointer, found[0].code) == (f"/form{pointer}", code)


def test_a_form_may_have_conditions_definitions_and_notes_for_the_front_end() -> None:
    schema = form(vpn={"type": "boolean"}, site={"$ref": "#/$defs/site"}) | {
        "$defs": {"site": {"enum": ["north", "south"]}},
        "x-layout": {"whatever": ["here", 1]},
        "if": {"properties": {"vpn": {"const": True}}, "required": ["vpn"]},
        "then": {"required": ["site"]},
    }
    assert check_form(schema) == []
    assert check_answers(schema, {"vpn": False}) == []
    assert [(each.pointer, each.code) for each in check_answers(schema, {"vpn": True})] == [
        ("/answers/site", "required")
    ]


@pytest.mark.parametrize(
    ("question", "answer", "code", "message"),
    [
        ({"type": "string"}, 7, "type", "This must be a text."),
        ({"type": ["integer", "null"]}, True, "type", "This must be a whole number or null."),
        ({"enum": ["s", "m", 3]}, "xl", "enum", "Choose one of: s, m, 3."),
        ({"const": True}, False, "const", "This can only be true."),
        ({"minLength": 2}, "x", "min_length", "At least 2 characters are needed."),
        ({"maxLength": 2}, "xyz", "max_length", "At most 2 characters fit."),
        ({"pattern": "^[A-Z]{2}$"}, "ab", "pattern", "This must have the form ^[A-Z]{2}$"),
        ({"format": "date"}, "2026-02-30", "format", "This must be a date such as 2026-12-24."),
        ({"format": "date-time"}, "2026-02-28T10:00:00", "format", MOMENT),
        ({"format": "date-time"}, "2026-02-30T10:00:00Z", "format", MOMENT),
        ({"format": "time"}, "24:00", "format", "This must be a time of day such as 14:30."),
        ({"format": "uri"}, "http://[", "format", "This must be an address such as https://example.org/."),
        ({"format": "uri"}, "not one", "format", "This must be an address such as https://example.org/."),
        ({"format": "email"}, "me", "format", "This must be an e-mail address."),
        ({"format": "uuid"}, "1", "format", "This must be a UUID."),
        ({"format": "ipv4"}, "1.2.3.256", "format", "This must be an IPv4 address such as 192.0.2.1."),
        ({"minimum": 1}, 0.5, "minimum", "This must be 1 or more."),
        ({"exclusiveMaximum": 1}, 1, "exclusive_maximum", "This must be less than 1."),
        ({"multipleOf": 0.1}, 0.35, "multiple_of", "This must be a multiple of 0.1."),
        ({"minItems": 1}, [], "min_items", "At least 1 of these are needed."),
        ({"uniqueItems": True}, [{"a": 1}, {"a": 1}], "unique_items", "One of these is there twice."),
        ({"contains": {"const": 1}}, [2], "contains", "Too few or too many of these fit."),
        ({"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]}, "c", "one_of", "Choose one of: a, b."),
        ({"anyOf": [{"type": "string"}, {"minimum": 2}]}, 1, "any_of", "This fits none of the alternatives."),
        ({"not": {"const": 1}}, 1, "not", "This is excluded."),
        (False, 1, "not_asked", "The form does not ask for this."),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_in_words_with_a_code(
    question: Any, answer: Any, code: str, message: str
) -> None:
    schema = form(it=question)
    assert check_form(schema) == []
    (found,) = check_answers(schema, {"it": answer}, "/items/0/answers")
    assert (found.pointer, found.code, found.message) == ("/items/0/answers/it", code, message)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({"multipleOf": 0.1}, 0.3),
        ({"multipleOf": 0.01}, 1e18),
        ({"type": "integer"}, 3.0),
        ({"format": "date-time"}, "2026-12-24T14:30:00+01:00"),
        ({"format": "time"}, "09:05"),
        ({"format": "uri"}, "mailto:me@example.org"),
        ({"format": "date"}, 7),
        ({"pattern": "b+"}, "abc"),
        ({"maxLength": 2}, "\U0001d4b3\U0001d4b3"),
    ],
)
def test_a_fitting_answer_is_taken(question: Any, answer: Any) -> None:
    assert check_form(form(it=question)) == []
    assert check_answers(form(it=question), {"it": answer}) == []


def test_missing_and_uncalled_for_answers_are_told_where_they_belong() -> None:
    found = check_answers(LAPTOP_FORM, {"model": "light", "a/b": 1})
    assert [(each.pointer, each.code) for each in found] == [
        ("/answers/reason", "required"),
        ("/answers/a~1b", "not_asked"),
    ]


def test_a_missing_answer_within_a_list_is_told_in_its_row() -> None:
    row = {"type": "object", "required": ["name"], "dependentRequired": {"from": ["until"]}}
    found = check_answers(form(rows={"items": row}), {"rows": [{"name": 1, "from": 2}, {}]})
    assert [each.pointer for each in found] == ["/answers/rows/0/until", "/answers/rows/1/name"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({str(n): n for n in range(251)}, "value_too_large"),
        ({"a": "x" * 65_536}, "value_too_large"),
        (nested(40), "value_too_deep"),
    ],
)
def test_answers_are_bounded(answers: dict[str, Any], code: str) -> None:
    assert [(each.pointer, each.code) for each in check_answers(form(), answers)] == [("/answers", code)]


def test_no_answer_keeps_a_pattern_busy() -> None:
    schema = form(it={"pattern": "^(a|a)*(a+)+$"})
    assert check_form(schema) == []
    began = time.process_time()
    assert len(check_answers(schema, {"it": "a" * 60_000 + "!"})) == 1
    assert time.process_time() - began < 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=9,
)
QUESTIONS = st.sampled_from(
    [
        {"type": "string", "minLength": 1},
        {"enum": [1, "a"]},
        {"type": "array", "uniqueItems": True},
        {},
        False,
    ]
)


@given(st.dictionaries(st.text(max_size=3), QUESTIONS), st.dictionaries(st.text(max_size=3), JSON))
def test_every_finding_points_at_what_was_answered_or_missing(
    questions: dict[str, Any], answers: dict[str, Any]
) -> None:
    schema = form(**questions) | {"required": sorted(questions), "additionalProperties": False}
    assert check_form(schema) == []
    for each in check_answers(schema, answers):
        name = each.pointer.removeprefix("/answers/").partition("/")[0]
        name = name.replace("~1", "/").replace("~0", "~")
        assert (each.code == "required") == (name in questions and name not in answers)


@given(st.dictionaries(st.integers(0, 6), st.lists(st.integers(0, 6), max_size=3)))
def test_a_circle_is_found_where_no_order_exists_and_only_there(after: dict[int, list[int]]) -> None:
    tasks = {str(key): [str(name) for name in names if name in after] for key, names in after.items()}
    found = circle(tasks)
    if found:
        assert found[0] == found[-1]
        assert all(then in tasks[key] for key, then in pairwise(found))
    else:
        done: set[str] = set()
        for _ in tasks:
            done |= {key for key, names in tasks.items() if done.issuperset(names)}
        assert done == tasks.keys()


async def test_answers_can_be_tried_against_the_version_they_were_given_for(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", **WORKPLACE)
    await manager.creates("/v1/offerings", **LAPTOP)
    looser = LAPTOP | {"form": form(model={"type": "string"})}
    assert (await manager.call("POST", "/v1/offerings", looser, If_Match='"1"')).status_code == 201
    requester, path = catalog.caller("requester", "rita"), "/v1/offerings/laptop/form:check"
    wrong = await requester.call("POST", path, {"version": 1, "answers": {"model": "heavy"}})
    assert wrong.status_code == 422
    assert [(each["pointer"], each["code"]) for each in wrong.json()["errors"]] == [
        ("/answers/reason", "required"),
        ("/answers/model", "one_of"),
    ]
    fits = await requester.call("POST", path, {"answers": {"model": "heavy"}})
    assert (fits.status_code, fits.json()) == (200, {"offering": "laptop", "version": 2})
    assert (await requester.call("POST", path, {"version": 3, "answers": {}})).status_code == 404
    bodies: list[Any] = [{}, {"answers": []}, {"answers": {}, "version": 0}, {"answers": {}, "x": 1}]
    for body in bodies:
        assert (await requester.call("POST", path, body)).status_code == 422
    assert await catalog.db.fetchval("SELECT count(*) FROM event") == 3
