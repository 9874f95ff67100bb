"""JSON Schema (2020-12) from people: which schemas are taken, and what is wrong with a value.

A schema must not be able to stop the service. So it is bounded in size and depth, refers to its own `$defs`
alone and in no circle, counts as large as it is with all references followed, and its patterns run on an
engine without backtracking, whose time is linear in the text.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, cast

from itsm_chassis.errors import FieldError
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from pydantic_core import SchemaError, SchemaValidator, core_schema
from referencing import Registry

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
LONGEST: Final = 64 * 1024
"""Characters of a schema, and of a value, as JSON."""
DEEPEST: Final = 32
MOST_PARTS: Final = 500
"""Schemas within a schema, a definition counted each time that it is referred to."""
MOST_VALUES: Final = 1_000
"""Values within a value."""
SHOWN: Final = 20
INT64: Final = 2**63

ONE: Final = (
    "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
)  # fmt: skip
MANY: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
NAMED: Final = ("$defs", "dependentSchemas", "properties")
REFUSED: Final = {
    "$anchor": "refer to a definition as #/$defs/<name>",
    "$dynamicAnchor": "refer to a definition as #/$defs/<name>",
    "$dynamicRef": "refer to a definition as #/$defs/<name>",
    "$id": "a schema has no address of its own here",
    "$vocabulary": "only meta-schemas have one",
    "patternProperties": "name the properties, or describe all others by additionalProperties",
    "unevaluatedItems": "use items or prefixItems",
    "unevaluatedProperties": "use additionalProperties",
}
LOCAL: Final = "#/$defs/"

Schema = Mapping[str, Any]


def unsound(schema: Schema) -> list[FieldError]:
    """Why a schema for objects is not taken, with pointers into it; nothing where it is sound."""
    if findings := oversized(schema, "schema"):
        return findings
    errors = Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema)
    findings = [FieldError(pointer(error.absolute_path), "not_a_schema", said(error)) for error in errors]
    if findings:
        return findings[:SHOWN]
    if schema.get("$schema", DIALECT) != DIALECT:
        findings.append(FieldError("/$schema", "other_dialect", f"Only {DIALECT} is understood."))
    if schema.get("type") != "object":
        findings.append(
            FieldError("/type", "not_an_object", 'The schema describes an object: "type": "object".')
        )
    findings += [finding for path, part in parts(schema) for finding in dubious(path, part, schema)]
    if not findings and (why := expanded(schema)) is not None:
        findings.append(FieldError("", "schema_too_large", why))
    return findings[:SHOWN]


def violations(schema: Schema, value: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with a value, at most 20 findings, with pointers into it. The schema is sound."""
    if findings := oversized(value, "value"):
        return findings
    checker = validator(json.dumps(schema, sort_keys=True))
    found = (finding for error in checker.iter_errors(value) for finding in told(error))
    return list(dict.fromkeys(islice(found, SHOWN)))


def oversized(value: object, what: str) -> list[FieldError]:
    """A value that is too deep, too long or holds too much."""
    level, depth, count = [value], 0, 0
    while level and depth <= DEEPEST:
        count += len(level)
        if any(isinstance(item, int | float) and not -INT64 <= item < INT64 for item in level):
            return [FieldError("", "number_too_large", "It holds a number beyond 64 bits.")]
        level = [inner for item in level for inner in within(item)]
        depth += 1
    if level:
        return [FieldError("", f"{what}_too_deep", f"It is nested deeper than {DEEPEST} levels.")]
    if len(json.dumps(value, ensure_ascii=False)) > LONGEST:
        return [FieldError("", f"{what}_too_large", f"It is longer than {LONGEST} characters of JSON.")]
    if what == "value" and count > MOST_VALUES:
        return [FieldError("", "value_too_large", f"It holds more than {MOST_VALUES} values.")]
    return []


def within(item: object) -> Sequence[Any]:
    """The values directly inside a value."""
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else ()


def parts(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Schema]]:
    """Every schema within a schema, itself first, each with its path."""
    if isinstance(schema, dict):
        yield path, schema
        for keys, inner in children(schema):
            yield from parts(inner, (*path, *keys))


def children(schema: Schema) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The schemas directly inside a schema, each with the way to it."""
    for keyword in ONE:
        if keyword in schema:
            yield (keyword,), schema[keyword]
    for keyword in MANY:
        yield from (((keyword, str(number)), inner) for number, inner in enumerate(schema.get(keyword, ())))
    for keyword in NAMED:
        yield from (((keyword, name), inner) for name, inner in schema.get(keyword, {}).items())


def dubious(path: tuple[str, ...], part: Schema, whole: Schema) -> Iterator[FieldError]:
    """What one schema within the whole holds that is not taken."""
    for keyword in REFUSED.keys() & part.keys():
        yield FieldError(pointer((*path, keyword)), "keyword_refused", f"{keyword}: {REFUSED[keyword]}.")
    target = part.get("$ref")
    if target is not None and target.removeprefix(LOCAL) not in (
        whole.get("$defs", {}) if target.startswith(LOCAL) else {}
    ):
        message = f"A reference goes to the schema's own {LOCAL}<name>, which has to be there."
        yield FieldError(pointer((*path, "$ref")), "reference_refused", message)
    try:
        regex(part.get("pattern", ""))
    except SchemaError:
        message = "Look-around, back-references and huge repetitions are not taken: they can take for ever."
        yield FieldError(pointer((*path, "pattern")), "pattern_refused", message)


def expanded(schema: Schema) -> str | None:
    """Why a schema is too large once its references are followed, or None."""
    sizes: dict[str, int] = {}

    def size(part: Any, inside: tuple[str, ...]) -> int:
        if not isinstance(part, dict):
            return 1
        total = 1 + sum(size(inner, inside) for keys, inner in children(part) if keys[0] != "$defs")
        if "$ref" in part:
            total += named(part["$ref"].removeprefix(LOCAL), inside)
        return total

    def named(name: str, inside: tuple[str, ...]) -> int:
        if name in inside:
            raise RecursionError(name)
        if name not in sizes:
            sizes[name] = size(schema["$defs"][name], (*inside, name))
        return sizes[name]

    try:
        largest = size(schema, ()) + sum(named(name, ()) for name in schema.get("$defs", {}))
    except RecursionError as error:
        return f"The definition {error} refers to itself, directly or through others."
    if largest > MOST_PARTS:
        return f"It holds {largest} schemas with its references followed; at most {MOST_PARTS} are taken."
    return None


@lru_cache(1024)
def regex(pattern: str) -> SchemaValidator:
    """A pattern on the engine without backtracking; SchemaError where it has no such form."""
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


def searched(_: Any, pattern: str, instance: object, __: Any) -> Iterator[ValidationError]:
    """The keyword `pattern`, found anywhere in a text."""
    if isinstance(instance, str) and not regex(pattern).isinstance_python(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


Checker: Final[Any] = extend(Draft202012Validator, {"pattern": searched})  # type: ignore[no-untyped-call]  # the stubs leave it untyped
FORMATS: Final = FormatChecker(("date", "email", "ipv4", "ipv6", "uuid"))
"""The formats that are asserted; any other only tells people something."""


@lru_cache(256)
def validator(schema: str) -> Any:
    """The validator of a schema's JSON text; it would fetch nothing."""
    return Checker(json.loads(schema), registry=Registry(), format_checker=FORMATS)


def told(error: ValidationError) -> Iterator[FieldError]:
    """A violation as findings: each missing or unknown field by its own pointer."""
    path, schema, instance = (
        tuple(error.absolute_path),
        cast("Schema", error.schema),
        cast("Schema", error.instance),
    )
    if error.validator == "required":
        for name in cast("Sequence[str]", error.validator_value):
            if name not in instance:
                yield FieldError(pointer((*path, name)), "missing", f"The field {name} is required.")
    elif error.validator == "additionalProperties" and error.validator_value is False:
        for name in instance.keys() - schema.get("properties", {}).keys():
            yield FieldError(pointer((*path, name)), "unknown_field", "The type has no such field.")
    else:
        yield FieldError(pointer(path), str(error.validator or "false"), said(error))


def said(error: ValidationError) -> str:
    """The library's sentence, of a bounded length."""
    message = error.message
    return f"{message[:297]}..." if len(message) > 300 else message


def pointer(path: Sequence[str | int]) -> str:
    """A JSON pointer."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
