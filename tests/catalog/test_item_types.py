"""Types of configuration items: versions, and which JSON Schemas are taken."""

import time
from typing import Any

import pytest
from itsm_catalog.rules.json_schema import unsound, violations
from itsm_events import Envelope
from itsm_events.configuration_item import ConfigurationItemTypePublished
from support.items import HOST
from support.services import Running

PLACE = "/v1/configuration-item-types"


async def test_a_type_is_published_in_versions(catalog: Running) -> None:
    manager = catalog.caller("manager")
    first = await manager.call("POST", PLACE, HOST)
    made = first.json()
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    assert first.headers["location"] == f"{PLACE}/{made['id']}"
    line = {"version": 1, "issued_at": made["issued_at"]}
    assert made == HOST | line | {"id": made["id"], "versions": [line]}
    again = await manager.call("POST", PLACE, HOST)
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")
    stale = await manager.call("POST", PLACE, HOST, If_Match='"2"')
    assert stale.status_code == 412
    second = await manager.call("POST", PLACE, HOST | {"name": "Server"}, If_Match='"1"')
    assert (second.status_code, second.json()["version"]) == (201, 2)
    read = await catalog.caller("agent").get(f"{PLACE}/host")
    assert (read["name"], [each["version"] for each in read["versions"]]) == ("Server", [1, 2])
    versions = (await manager.get(f"{PLACE}/host/versions"))["items"]
    assert [(each["version"], each["name"]) for each in versions] == [(2, "Server"), (1, "Host")]
    assert versions[1] == HOST | line
    assert [each["key"] for each in (await manager.get(f"{PLACE}?q=serv"))["items"]] == ["host"]


async def test_a_version_is_said_with_its_schema(catalog: Running) -> None:
    made = await catalog.caller("manager").creates(PLACE, **HOST)
    envelope = Envelope.model_validate_json(await catalog.db.fetchval("SELECT envelope FROM event"))
    said = ConfigurationItemTypePublished.model_validate(envelope.data)
    assert (str(envelope.subject), envelope.sequence, said.version) == (made["id"], 1, 1)
    assert said.attributes_schema == HOST["attributes_schema"]


def thing(**rest: Any) -> dict[str, Any]:
    """A schema of an object."""
    return {"type": "object", **rest}


def nested(depth: int) -> dict[str, Any]:
    """A schema so many levels deep."""
    schema = thing()
    for _ in range(depth):
        schema = thing(properties={"in": schema})
    return schema


LAUGHS = {"n0": {"type": "string"}} | {
    f"n{n}": {"anyOf": [{"$ref": f"#/$defs/n{n - 1}"}, {"$ref": f"#/$defs/n{n - 1}"}]} for n in range(1, 30)
}


@pytest.mark.parametrize(
    ("schema", "pointer", "code"),
    [
        ({}, "/type", "not_an_object"),
        ({"type": "array"}, "/type", "not_an_object"),
        (thing(properties=[]), "/properties", "not_a_schema"),
        (thing(properties={"a": {"type": "strnig"}}), "/properties/a/type", "not_a_schema"),
        (
            {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"},
            "/$schema",
            "other_dialect",
        ),
        (thing(properties={"a": {"$ref": "https://evil/x"}}), "/properties/a/$ref", "reference_refused"),
        (thing(properties={"a": {"$ref": "#"}}), "/properties/a/$ref", "reference_refused"),
        (thing(properties={"a": {"$ref": "#/$defs/b"}}), "/properties/a/$ref", "reference_refused"),
        (thing(**{"$id": "https://evil/x"}), "/$id", "keyword_refused"),
        (thing(patternProperties={"^a": {}}), "/patternProperties", "keyword_refused"),
        (thing(properties={"a": {"pattern": r"(a)\1"}}), "/properties/a/pattern", "pattern_refused"),
        (thing(properties={"a": {"pattern": "(?=a)"}}), "/properties/a/pattern", "pattern_refused"),
        (thing(properties={"a": {"pattern": "(a{999}){999}"}}), "/properties/a/pattern", "pattern_refused"),
        (thing(**{"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}}), "", "schema_too_large"),
        (thing(**{"$defs": LAUGHS}), "", "schema_too_large"),
        (thing(properties={f"p{n}": {} for n in range(600)}), "", "schema_too_large"),
        (thing(description="x" * 70_000), "", "schema_too_large"),
        (nested(20), "", "schema_too_deep"),
    ],
)
def test_a_schema_that_could_hurt_is_not_taken(schema: dict[str, Any], pointer: str, code: str) -> None:
    began = time.perf_counter()
    found = unsound(schema)
    assert time.perf_counter() - began < 2
    assert (found[0].pointer, found[0].code) == (pointer, code)


async def test_the_door_says_where_the_schema_is_wrong(catalog: Running) -> None:
    body = HOST | {"attributes_schema": thing(properties={"a": {"type": "strnig"}})}
    answer = await catalog.caller("manager").call("POST", PLACE, body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/attributes_schema/properties/a/type"
    deep: Any = 1
    for _ in range(60):
        deep = [deep]
    answer = await catalog.caller("manager").call("POST", PLACE, HOST | {"attributes_schema": {"enum": deep}})
    assert answer.json()["errors"][0]["code"] == "schema_too_deep"
    assert await catalog.db.fetchval("SELECT count(*) FROM event") == 0


def test_a_property_may_be_called_like_a_keyword() -> None:
    schema = thing(properties={"$ref": {"type": "string"}, "pattern": {"type": "integer"}, "$id": {}})
    assert unsound(schema) == []
    assert [each.pointer for each in violations(schema, {"pattern": "("})] == ["/pattern"]


def test_a_reference_to_a_definition_is_followed() -> None:
    schema = thing(properties={"a": {"$ref": "#/$defs/port"}}, **{"$defs": {"port": {"maximum": 65535}}})
    assert unsound(schema) == []
    assert violations(schema, {"a": 80}) == []
    assert [(each.pointer, each.code) for each in violations(schema, {"a": 70_000})] == [("/a", "maximum")]


def test_a_pattern_that_would_backtrack_for_ever_takes_no_time() -> None:
    schema = thing(properties={"a": {"type": "string", "pattern": "^(a+)+$"}})
    assert unsound(schema) == []
    began = time.perf_counter()
    assert [each.code for each in violations(schema, {"a": "a" * 5_000 + "!"})] == ["pattern"]
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("value", "code"),
    [({"a": ["x"] * 1_001}, "value_too_large"), ({"a": "x" * 70_000}, "value_too_large")],
)
def test_a_value_without_measure_is_not_even_looked_at(value: dict[str, Any], code: str) -> None:
    assert [each.code for each in violations(thing(), value)] == [code]


def test_no_more_is_told_than_can_be_read() -> None:
    schema = thing(additionalProperties={"type": "integer"})
    found = violations(schema, {f"p{n}": "x" * 1_000 for n in range(50)})
    assert len(found) == 20
    assert max(len(each.message) for each in found) <= 300
