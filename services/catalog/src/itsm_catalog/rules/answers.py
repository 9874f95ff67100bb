"""Answers to a form: what is wrong with them, said where the answer stands and to whoever gave it.

Answers are taken as they are. A `default` is for the front end to fill in and is never applied here, so what
is stored is what somebody has sent. Beyond the form's questions anything goes, as JSON Schema has it, unless
the form says `"additionalProperties": false`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Any, Final, cast

from itsm_chassis.errors import FieldError
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry

from itsm_catalog.rules.form import WORDS, formats
from itsm_catalog.rules.json_schema import SHOWN, Checker, children, oversized, parts, pointer, within

MOST: Final = 250
"""Values in the answers to one form: with the largest form that is a second or two of checking at worst."""

NOTHING: Final[Mapping[str, Any]] = {"not": {}}
"""Excludes everything, as `false` does."""

TYPES: Final = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
SENTENCES: Final[Mapping[str, Callable[[Any], str]]] = {
    "required": lambda _: "This has to be answered.",
    "type": lambda kinds: f"This must be {' or '.join(TYPES[each] for each in several(kinds))}.",
    "enum": lambda choices: f"Choose one of: {shown(choices)}.",
    "const": lambda value: f"This can only be {shown([value])}.",
    "minLength": lambda least: f"At least {least} characters are needed.",
    "maxLength": lambda most: f"At most {most} characters fit.",
    "pattern": lambda pattern: f"This must have the form {pattern}",
    "format": lambda name: f"This must be {WORDS[name]}.",
    "minimum": lambda least: f"This must be {least} or more.",
    "maximum": lambda most: f"This must be {most} or less.",
    "exclusiveMinimum": lambda bound: f"This must be more than {bound}.",
    "exclusiveMaximum": lambda bound: f"This must be less than {bound}.",
    "multipleOf": lambda step: f"This must be a multiple of {step}.",
    "minItems": lambda least: f"At least {least} of these are needed.",
    "maxItems": lambda most: f"At most {most} of these are taken.",
    "uniqueItems": lambda _: "One of these is there twice.",
    "contains": lambda _: "Too few or too many of these fit.",
    "minProperties": lambda least: f"At least {least} answers are needed.",
    "maxProperties": lambda most: f"At most {most} answers are taken.",
    "anyOf": lambda _: "This fits none of the alternatives.",
    "oneOf": lambda choices: chosen(choices),
    "not": lambda _: "This is excluded.",
}
"""To people, from what the keyword asks for; never quoting what was answered."""


def check_answers(
    form: Mapping[str, Any], answers: Mapping[str, Any], at: str = "/answers"
) -> list[FieldError]:
    """What is wrong with the answers to a sound form, at most 20 findings.

    The code of each is the keyword that is not met, such as required, enum or max_length, or else
    not_asked; or value_too_large and value_too_deep for all of them together.
    """
    if found := oversized(answers, "value") or too_many(answers):
        return [FieldError(at + each.pointer, each.code, each.message) for each in found]
    errors = validator(json.dumps(form)).iter_errors(answers)
    findings = (finding for error in errors for finding in told(error, at))
    return list(dict.fromkeys(islice(findings, SHOWN)))


def too_many(answers: object) -> list[FieldError]:
    """Answers beyond what a person would give."""
    level, count = [answers], -1
    while level and count <= MOST:
        count += len(level)
        level = [inner for value in level for inner in within(value)]
    message = f"These are more than {MOST} answers."
    return [FieldError("", "value_too_large", message)] if count > MOST else []


def told(error: ValidationError, at: str) -> Iterator[FieldError]:
    """One violation; of missing answers each, where it is missing, and of those not asked for each."""
    path, asked = tuple(error.absolute_path), error.validator_value
    answer: Any = error.instance
    keyword = str(error.validator)
    if keyword in ("required", "dependentRequired"):
        for name in missing(keyword, asked, answer):
            yield FieldError(at + pointer((*path, name)), "required", SENTENCES["required"](None))
    elif keyword == "additionalProperties":
        questions: Any = error.schema
        for name in sorted(answer.keys() - questions.get("properties", {}).keys()):
            yield not_asked(at + pointer((*path, name)))
    elif keyword == "not" and asked == {}:
        yield not_asked(at + pointer(path))
    else:
        code = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", keyword)
        yield FieldError(at + pointer(path), code, SENTENCES[keyword](asked))


def missing(keyword: str, asked: Any, answer: Mapping[str, Any]) -> Iterator[str]:
    """The names that `required`, or `dependentRequired` by those given, asks for in vain."""
    wanted = (
        asked if keyword == "required" else [n for given in asked if given in answer for n in asked[given]]
    )
    return (name for name in wanted if name not in answer)


def not_asked(where: str) -> FieldError:
    """Something that the form excludes."""
    return FieldError(where, "not_asked", "The form does not ask for this.")


def chosen(choices: Sequence[Any]) -> str:
    """A choice with titles is written as `oneOf` of constants."""
    if all(isinstance(each, Mapping) and "const" in each for each in choices):
        return f"Choose one of: {shown([each['const'] for each in choices])}."
    return "This fits none of the alternatives, or more than one."


def several(kinds: str | Sequence[str]) -> Sequence[str]:
    """One type or several as several."""
    return [kinds] if isinstance(kinds, str) else kinds


def shown(choices: Sequence[Any]) -> str:
    """The first choices, texts without quotes."""
    texts = [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in choices[:20]]
    return ", ".join(text[:100] for text in texts) + (", ..." if len(choices) > len(texts) else "")


def multiple(validator: Any, step: float, answer: Any, _: object) -> Iterator[ValidationError]:
    """The keyword `multipleOf`, in decimals as people count: 0.3 is three times 0.1."""
    if validator.is_type(answer, "number") and (Fraction(str(answer)) / Fraction(str(step))).denominator != 1:
        yield ValidationError(f"{answer} is not a multiple of {step}")


AnswerChecker: Final[Any] = extend(Checker, {"multipleOf": multiple})  # type: ignore[no-untyped-call]  # the stubs leave it untyped
KNOWN_FORMATS: Final = formats()


@lru_cache(256)
def validator(form: str) -> Any:
    """The validator of a form's JSON text; it would fetch nothing."""
    schema = json.loads(form)
    for _, part in list(parts(schema)):
        excluding = {keys[0] for keys, inner in children(part) if inner is False} - {"additionalProperties"}
        cast("dict[str, Any]", part).update({keyword: without_false(part[keyword]) for keyword in excluding})
    return AnswerChecker(schema, registry=Registry(), format_checker=KNOWN_FORMATS)


def without_false(schema: Any) -> Any:
    """The same with each `false` written as NOTHING, since the library does not say where a `false` stood."""
    if isinstance(schema, dict):
        return {name: NOTHING if inner is False else inner for name, inner in schema.items()}
    if isinstance(schema, list):
        return [NOTHING if inner is False else inner for inner in schema]
    return NOTHING
