"""The requests in the service's README can be sent as they stand there, from the first to the last."""

import json
import re
from typing import Any, Final

from support.services import Running
from support.shop import LIVE
from support.tree import ROOT

CALL: Final = re.compile(r"^    (GET|POST|PATCH) +(/v1/\S+) *(?:If-Match: (\S+) *)?(\{.*)?", re.MULTILINE)
ORDER: Final = "/v1/orders"


def calls() -> list[tuple[str, str, str | None, Any]]:
    """Method, path, condition and body of each; without those that name no record, and imports."""
    text = (ROOT / "services" / "catalog" / "README.md").read_text()
    joined = re.sub(r"\n {20,}", " ", text)
    found = []
    for method, path, condition, body in CALL.findall(joined):
        if "{" not in path and ":import?" not in path and "s:import" not in path:
            sent = json.JSONDecoder().raw_decode(body)[0] if body else None
            found.append((method, path, condition or None, sent))
    return found


async def test_the_requests_of_the_readme_work_in_their_order(catalog: Running) -> None:
    admin, eva = catalog.caller("admin", "ben"), catalog.caller("requester", "eva")
    refused = []
    for method, path, condition, body in sorted(calls(), key=lambda call: call[1].endswith("/retire")):
        if path == ORDER:
            await catalog.db.execute(LIVE.replace("proposed", "under_evaluation"), "workplace")
        if path.endswith("REQ-000001/transitions"):
            [step] = (await eva.get("/v1/approvals?mine=true"))["items"]
            await eva.call("POST", f"/v1/approvals/{step['id']}/votes", {"decision": "accept"})
        conditions = {"If_Match": condition} if condition else {}
        answer = await admin.call(method, path, body, **conditions)
        if path.endswith("gold/retire"):
            assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
        elif answer.status_code >= 400:
            refused.append((method, path, answer.text))
    assert not refused
    assert len(calls()) == 30
