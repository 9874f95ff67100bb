"""`python -m itsm_events FOLDER`: freeze the schemas there, unless that breaks a consumer."""

import json
import sys
from pathlib import Path
from typing import Any

from itsm_events.compatibility import breaks
from itsm_events.schemas import all_schemas


def text(schema: dict[str, Any]) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def freeze(folder: Path) -> list[str]:
    """Write every schema; the breaks found, in which case nothing was written."""
    folder.mkdir(parents=True, exist_ok=True)
    schemas = all_schemas()
    found = [f"{old.stem} was taken away" for old in sorted(folder.glob("*.json")) if old.stem not in schemas]
    for name, schema in schemas.items():
        old = folder / f"{name}.json"
        if old.exists():
            found += [f"{name}: {what}" for what in breaks(json.loads(old.read_text()), schema)]
    if not found:
        for name, schema in schemas.items():
            (folder / f"{name}.json").write_text(text(schema))
    return found


if __name__ == "__main__":
    problems = freeze(Path(sys.argv[1] if len(sys.argv) > 1 else "shared/events/schemas"))
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print("These would break a consumer. Make a v2 beside the v1 and say both.", file=sys.stderr)
    sys.exit(1 if problems else 0)
