"""Whether a consumer of a frozen schema can still read what a newer producer says, and the reverse.

The rule both ways: a property may be added, never taken away; its values may never become wider
(an old consumer would meet what it cannot read) nor narrower (a new one would refuse what is stored).
"""

from collections.abc import Iterator
from typing import Any

SAYS_NOTHING = {"title", "description", "default", "$id", "$schema", "examples"}
STRUCTURE = {"properties", "required", "$defs", "anyOf", "items"}


def breaks(frozen: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Each way in which `now` breaks with `frozen`, as a sentence; empty when compatible."""
    return list(differences(frozen, now, "data", frozen.get("$defs", {}), now.get("$defs", {})))


def differences(
    frozen: Any, now: Any, at: str, old_defs: dict[str, Any], new_defs: dict[str, Any]
) -> Iterator[str]:
    """Walk both schemas together, following references."""
    frozen, now = resolved(frozen, old_defs), resolved(now, new_defs)
    if not isinstance(frozen, dict) or not isinstance(now, dict):
        if frozen != now:
            yield f"{at}: {frozen!r} became {now!r}"
        return
    yield from of_required(set(frozen.get("required", [])), set(now.get("required", [])), at)
    before, after = frozen.get("properties", {}), now.get("properties", {})
    yield from (f"{at}.{name} was taken away" for name in sorted(before.keys() - after.keys()))
    for word in sorted((frozen.keys() | now.keys()) - SAYS_NOTHING - STRUCTURE):
        if frozen.get(word) != now.get(word):
            yield f"{at}: {word} {frozen.get(word)!r} became {now.get(word)!r}"
    choices, newer = frozen.get("anyOf", []), now.get("anyOf", [])
    if len(choices) != len(newer):
        yield f"{at}: its alternatives changed"
    inner = [(before[name], after[name], f"{at}.{name}") for name in sorted(before.keys() & after.keys())]
    inner += [(one, other, at) for one, other in zip(choices, newer, strict=False)]
    inner += [(frozen.get("items"), now.get("items"), f"{at}[]")]
    for one, other, where in inner:
        yield from differences(one, other, where, old_defs, new_defs)


def of_required(before: set[str], after: set[str], at: str) -> Iterator[str]:
    """What happened to the promise that a property is there."""
    yield from (f"{at}.{name} became required: stored events may lack it" for name in sorted(after - before))
    yield from (f"{at}.{name} became optional: consumers rely on it" for name in sorted(before - after))


def resolved(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema itself, or what its $ref points to."""
    if isinstance(schema, dict) and "$ref" in schema:
        return definitions[schema["$ref"].rpartition("/")[2]]
    return schema
