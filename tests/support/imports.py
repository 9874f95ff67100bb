"""Sending lines to an import, as a file would."""

import json
from collections.abc import Sequence
from typing import Any

from support.services import Caller


async def sent(caller: Caller, path: str, lines: Sequence[Any]) -> list[dict[str, Any]]:
    """A result per line; the import must answer 200. Bytes go as they are."""
    texts = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    headers = {"Authorization": f"Bearer {caller.token}", "Content-Type": "application/x-ndjson"}
    answer = await caller.client.post(
        path, content=b"".join(text + b"\n" for text in texts), headers=headers, timeout=60
    )
    assert answer.status_code == 200, answer.text
    return [json.loads(text) for text in answer.text.splitlines()]
