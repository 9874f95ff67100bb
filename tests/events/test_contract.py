"""What subscribers rely on: frozen schemas, golden messages, nothing private on the bus."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from itsm_events import EVENTS, Envelope, Event, opaque
from itsm_events.__main__ import freeze, text
from itsm_events.compatibility import breaks
from itsm_events.incident import IncidentOpened
from itsm_events.schemas import data_schema
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2] / "shared" / "events"
TYPES = sorted(EVENTS)


def example(name: str) -> bytes:
    return (ROOT / "examples" / f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", TYPES)
def test_the_frozen_schema_is_what_the_code_says(name: str) -> None:
    frozen = (ROOT / "schemas" / f"{name}.json").read_text()
    assert frozen == text(data_schema(EVENTS[name])), "run `make generate`; it refuses what breaks a consumer"


@pytest.mark.parametrize("name", TYPES)
def test_a_golden_message_is_read_by_this_version_and_fits_the_frozen_schema(name: str) -> None:
    envelope = Envelope.model_validate_json(example(name))
    schema = json.loads((ROOT / "schemas" / f"{name}.json").read_text())
    Draft202012Validator(schema).validate(envelope.data)
    event = EVENTS[name].model_validate(envelope.data)
    told = event.model_dump(mode="json", exclude=event.private_fields(), exclude_unset=True)
    assert told == envelope.data


@pytest.mark.parametrize("name", TYPES)
def test_private_fields_have_a_default_so_that_a_subscriber_can_read_without_them(name: str) -> None:
    event = EVENTS[name]
    assert not [field for field in event.private_fields() if event.model_fields[field].is_required()]


def test_every_schema_and_example_belongs_to_an_event() -> None:
    for folder in ("schemas", "examples"):
        assert sorted(path.stem for path in (ROOT / folder).glob("*.json")) == TYPES


def test_an_envelope_keeps_attributes_that_this_version_does_not_know() -> None:
    message = json.loads(example("itsm.incident.opened.v1")) | {"partitionkey": "7"}
    message["data"]["invented_later"] = 1
    envelope = Envelope.model_validate(message)
    assert envelope.model_extra == {"partitionkey": "7"}
    assert IncidentOpened.model_validate(envelope.data).number == "INC-000123"


def test_what_is_private_stays_and_people_become_opaque() -> None:
    event = IncidentOpened.model_validate(
        json.loads(example("itsm.incident.opened.v1"))["data"] | {"description": "secret", "caller": "anna"}
    )
    public = event.public("acme")
    assert "secret" not in json.dumps(public)
    assert public["caller"] == opaque("acme", "anna") != opaque("other", "anna")
    private = event.private()
    assert private is not None
    assert (private["description"], private["caller"]) == ("secret", "anna")


SCHEMA = data_schema(IncidentOpened)


def edited(edit: Any) -> dict[str, Any]:
    changed = copy.deepcopy(SCHEMA)
    edit(changed)
    return changed


@pytest.mark.parametrize(
    ("edit", "word"),
    [
        (lambda s: s["properties"].pop("service"), "taken away"),
        (lambda s: s["required"].append("service"), "became required"),
        (lambda s: s["required"].remove("title"), "became optional"),
        (lambda s: s["properties"]["title"].update(type="integer"), "type"),
        (lambda s: s["properties"]["priority"]["enum"].append("P6"), "enum"),
        (lambda s: s["properties"]["status"]["enum"].remove("closed"), "enum"),
        (lambda s: s["properties"]["service"]["anyOf"].pop(), "alternatives"),
        (lambda s: s["$defs"]["Outage"]["properties"].pop("degree"), "outage"),
    ],
)
def test_a_change_that_breaks_a_consumer_is_named(edit: Any, word: str) -> None:
    found = breaks(SCHEMA, edited(edit))
    assert found
    assert word in found[0]


def test_a_new_optional_property_breaks_nobody() -> None:
    assert (
        breaks(SCHEMA, edited(lambda s: s["properties"].update(new={"type": "string", "default": None})))
        == []
    )


def test_freezing_refuses_to_overwrite_a_schema_that_consumers_rely_on(tmp_path: Path) -> None:
    assert freeze(tmp_path) == []
    path = tmp_path / "itsm.incident.opened.v1.json"
    frozen = json.loads(path.read_text())
    frozen["properties"]["gone"] = {"type": "string"}
    path.write_text(json.dumps(frozen))
    assert freeze(tmp_path) == ["itsm.incident.opened.v1: data.gone was taken away"]
    assert "gone" in path.read_text()


def test_two_classes_of_one_type_are_refused() -> None:
    with pytest.raises(TypeError, match="declared twice"):
        type(
            "Twin",
            (Event,),
            {"type": "itsm.incident.opened.v1", "__module__": __name__, "__annotations__": {}},
        )
