"""The change as JSON text, and back."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from itsm_change.rules.change import FIELDS, Change, Finding, RiskInputs

TIMES: Final = frozenset(name for name in FIELDS if name.endswith("_at")) | {
    "planned_start",
    "planned_end",
    "actual_start",
    "actual_end",
}
LISTS: Final = frozenset({"affected_services", "configuration_items", "related"})


def written(moment: datetime) -> str:
    """RFC 3339 in UTC with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def write(change: Change) -> str:
    """JSON text of everything but what other services' facts add."""
    data = {name: getattr(change, name) for name in FIELDS}
    data["findings"] = [asdict(each) for each in change.findings]
    data["risk_inputs"] = asdict(change.risk_inputs) if change.risk_inputs else None
    for name in TIMES:
        if data[name] is not None:
            data[name] = written(data[name])
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Change:
    """The state behind a card; what is shown beside it is left out."""
    told: dict[str, Any] = json.loads(text)
    data = {name: told[name] for name in FIELDS if name in told}
    for name in TIMES & data.keys():
        data[name] = None if data[name] is None else datetime.fromisoformat(data[name])
    for name in LISTS & data.keys():
        data[name] = tuple(data[name])
    if "findings" in data:
        data["findings"] = tuple(Finding(**each) for each in data["findings"])
    if data.get("risk_inputs") is not None:
        data["risk_inputs"] = RiskInputs(**data["risk_inputs"])
    return Change(**data)
