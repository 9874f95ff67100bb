"""JSON Schemas of the events as they travel: without private fields, people as opaque ids."""

from typing import Any

from itsm_events.event import EVENTS, Event


def data_schema(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one event's public `data`."""
    schema = event.model_json_schema(mode="serialization")
    hidden = event.private_fields()
    schema["properties"] = {name: s for name, s in schema["properties"].items() if name not in hidden}
    schema["required"] = [name for name in schema.get("required", []) if name not in hidden]
    for name in event.person_fields():
        several = schema["properties"][name].get("type") == "array"
        schema["properties"][name]["description"] = (
            "People, as opaque ids." if several else "A person, as an opaque id."
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:itsm:event:{event.type}",
        **schema,
    }


def all_schemas() -> dict[str, dict[str, Any]]:
    """Every event's schema by its type."""
    return {name: data_schema(event) for name, event in sorted(EVENTS.items())}
