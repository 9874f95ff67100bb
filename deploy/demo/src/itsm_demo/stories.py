"""What happened: incidents and requests, opened and then moved on, each step by whoever does it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from itsm_demo.stack import Stack
from itsm_demo.steps import Step, read

Body = dict[str, Any]
STATE: Final = {
    "start": "in_progress",
    "reopen": "in_progress",
    "hold": "on_hold",
    "resolve": "resolved",
    "close": "closed",
    "cancel": "cancelled",
}
REQUEST_STATE: Final = STATE | {
    "start": "in_fulfilment",
    "resume": "in_fulfilment",
    "reopen": "in_fulfilment",
    "fulfil": "fulfilled",
}
ORDER_FIELDS: Final = ("offering", "answers", "quantity", "requested_for", "comment")


async def known_incidents(stack: Stack, desk: str) -> set[str]:
    """The titles of those that are there."""
    return {each["title"] for each in await stack.all(desk, "incident", "/v1/incidents")}


async def incident(stack: Stack, known: set[str], story: Mapping[str, Any]) -> bool:
    """An incident and what was done about it, unless one of this title is there."""
    if story["title"] in known:
        return False
    body = {name: value for name, value in story.items() if name not in ("steps", "caller")}
    if "outage" in story:
        body["outage"] = {"degree": story["outage"]}
    made = await stack.ask(story["caller"], "POST", "incident", "/v1/incidents", body)
    path = f"/v1/incidents/{made['id']}"
    for step in map(read, story["steps"]):
        if step.verb == "assign":
            group, _, person = step.what.partition("/")
            hands = {"assignment_group": group} | ({"assignee": person} if person else {})
            await stack.ask(step.who, "POST", "incident", f"{path}/assign", hands)
        else:
            await moved_or_said(stack, "incident", path, step, STATE)
    return True


async def known_requests(stack: Stack, desk: str) -> set[tuple[str, str]]:
    """Who ordered what."""
    found = await stack.all(desk, "catalog", "/v1/service-requests")
    return {(each["requester"], each["offering"]) for each in found}


async def request(stack: Stack, known: set[tuple[str, str]], story: Mapping[str, Any]) -> bool:
    """An order and what became of it, unless this person has ordered the same before."""
    if (story["by"], story["offering"]) in known:
        return False
    body = {name: story[name] for name in ORDER_FIELDS if name in story}
    made = await stack.ask(story["by"], "POST", "catalog", "/v1/service-requests", body)
    for step in map(read, story["steps"]):
        await VERBS.get(step.verb, moved_request)(stack, made["id"], step)
    return True


async def moved_request(stack: Stack, identity: str, step: Step) -> None:
    """A transition of a request, or something said about it."""
    await moved_or_said(stack, "catalog", f"/v1/service-requests/{identity}", step, REQUEST_STATE)


async def voted(stack: Stack, identity: str, step: Step) -> None:
    """A vote on the step that waits."""
    path = f"/v1/approvals?record={identity}&status=pending"
    [waiting] = (await stack.ask(step.who, "GET", "catalog", path))["items"]
    vote = {"decision": step.verb} | ({"comment": step.text} if step.text else {})
    await stack.ask(step.who, "POST", "catalog", f"/v1/approvals/{waiting['id']}/votes", vote)


async def task(stack: Stack, identity: str, step: Step) -> None:
    """A task of a request, begun or completed."""
    found = await stack.ask(step.who, "GET", "catalog", f"/v1/fulfilment-tasks?request={identity}")
    [wanted] = [each["id"] for each in found["items"] if each["key"] == step.what]
    done = step.verb == "complete"
    body = ({"note": step.text} if step.text else {}) if done else {"assignee": step.who}
    verb = "complete" if done else "assign"
    await stack.ask(step.who, "POST", "catalog", f"/v1/fulfilment-tasks/{wanted}/{verb}", body)


VERBS: Final[Mapping[str, Callable[..., Any]]] = {
    "accept": voted,
    "refuse": voted,
    "begin": task,
    "complete": task,
}


async def moved_or_said(stack: Stack, service: str, path: str, step: Step, states: Mapping[str, str]) -> None:
    """A transition with the fields that it needs, or a comment: `say` is public, `note` is for the desk."""
    if step.verb in ("say", "note"):
        body: Body = {"body": step.text, "visibility": "public" if step.verb == "say" else "internal"}
        await stack.ask(step.who, "POST", service, f"{path}/comments", body)
        return
    body = {"to": states[step.verb]}
    if step.verb == "hold":
        body["reason"] = step.what
    if step.verb == "resolve":
        body |= {"resolution_code": step.what, "resolution_note": step.text}
    elif step.verb == "fulfil":
        body["fulfilment_note"] = step.text
    elif step.text:
        body["comment"] = step.text
    await stack.ask(step.who, "POST", service, f"{path}/transitions", body)
