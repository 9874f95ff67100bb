"""Configuration items: registering, editing, their states, lists, and what is said about them."""

from typing import Any

import pytest
from itsm_events import EVENTS, Envelope, opaque
from support.items import HOST, item, needs, registered
from support.services import Running

WEB = {
    "key": "web-1",
    "name": "Web server",
    "ci_type": "host",
    "environment": "production",
    "owner": "berta",
    "attributes": {"cores": 4, "disks": {"sda": 100, "sdb": 200}},
}
PLACE = "/v1/configuration-items"


async def said(catalog: Running, subject: str) -> list[Envelope]:
    """Every event of a subject, each as its class reads it."""
    sql = "SELECT envelope FROM event WHERE subject = $1::text::uuid ORDER BY sequence"
    events = [Envelope.model_validate_json(row[0]) for row in await catalog.db.fetch(sql, subject)]
    for event in events:
        EVENTS[event.type].model_validate(event.data)
    return events


async def test_an_item_is_registered_and_found_by_id_and_key(catalog: Running) -> None:
    admin = catalog.caller("admin")
    await admin.creates("/v1/configuration-item-types", **HOST)
    answer = await admin.call("POST", PLACE, WEB)
    made = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert made == WEB | {
        "id": made["id"],
        "version": 1,
        "ci_type_version": 1,
        "status": "planned",
        "assignment_group": None,
        "location": None,
        "registered_at": made["registered_at"],
        "updated_at": made["registered_at"],
        "retired_at": None,
    }
    for path in (answer.headers["location"], f"{PLACE}/web-1"):
        assert (await admin.call("GET", path)).text == answer.text
    (event,) = await said(catalog, made["id"])
    assert event.type == "itsm.configuration_item.registered.v1"
    assert (event.data["owner"], event.data["attributes"]) == (opaque("acme", "berta"), WEB["attributes"])


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"ci_type": "router"}, "/ci_type", "unknown_type"),
        ({"attributes": {}}, "/attributes/cores", "missing"),
        ({"attributes": {"cores": 0}}, "/attributes/cores", "minimum"),
        ({"attributes": {"cores": True}}, "/attributes/cores", "type"),
        ({"attributes": {"cores": 1, "ram": 2}}, "/attributes/ram", "unknown_field"),
        ({"attributes": {"cores": 1, "disks": {"a/b": "x"}}}, "/attributes/disks/a~1b", "type"),
        ({"attributes": {"cores": 1, "serial": "x-1"}}, "/attributes/serial", "pattern"),
        ({"attributes": {"cores": 1, "address": "10.0.0.256"}}, "/attributes/address", "format"),
        ({"status": "retired"}, "/status", "literal_error"),
        ({"environment": "moon"}, "/environment", "literal_error"),
        ({"id": "x"}, "/id", "extra_forbidden"),
        ({"key": "a/b"}, "/key", "string_pattern_mismatch"),
    ],
)
async def test_what_its_type_does_not_describe_is_refused_where_it_stands(
    catalog: Running, wrong: dict[str, Any], pointer: str, code: str
) -> None:
    admin = catalog.caller("admin")
    await admin.creates("/v1/configuration-item-types", **HOST)
    answer = await admin.call("POST", PLACE, WEB | wrong)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert await catalog.db.fetchval("SELECT count(*) FROM configuration_item") == 0


async def test_a_key_is_taken_once_in_each_tenant_and_a_retry_gets_the_first_answer(catalog: Running) -> None:
    admin = await registered(catalog)
    first = await admin.call("POST", PLACE, item("db"), Idempotency_Key="k")
    again = await admin.call("POST", PLACE, item("db"), Idempotency_Key="k")
    assert (again.text, again.headers["idempotency-replayed"]) == (first.text, "true")
    taken = await admin.call("POST", PLACE, item("db"))
    assert (taken.status_code, taken.json()["code"]) == (409, "already_exists")
    other = await registered(catalog, "db", tenant="other")
    assert (await other.get(f"{PLACE}/db"))["id"] != first.json()["id"]
    assert (await other.call("GET", f"{PLACE}/{first.json()['id']}")).status_code == 404


async def test_a_patch_is_merged_also_inside_the_attributes(catalog: Running) -> None:
    admin = catalog.caller("admin")
    await admin.creates("/v1/configuration-item-types", **HOST)
    made = await admin.creates(PLACE, **WEB)
    patch = {"owner": None, "location": "Berlin", "attributes": {"disks": {"sda": None, "sdc": 5}}}
    answer = await admin.call("PATCH", f"{PLACE}/web-1", patch, If_Match='"1"')
    changed = answer.json()
    assert (changed["owner"], changed["location"], answer.headers["etag"]) == (None, "Berlin", '"2"')
    assert changed["attributes"] == {"cores": 4, "disks": {"sdb": 200, "sdc": 5}}
    assert changed["updated_at"] > changed["registered_at"]
    same = await admin.call("PATCH", f"{PLACE}/web-1", {"attributes": {"cores": 4}}, If_Match="*")
    assert same.text == answer.text
    one, two = await said(catalog, made["id"])
    assert (one.sequence, two.sequence, two.type) == (1, 2, "itsm.configuration_item.updated.v1")
    assert two.data["attributes"] == changed["attributes"]


async def test_a_patch_names_the_version_and_cannot_break_the_attributes(catalog: Running) -> None:
    admin = catalog.caller("admin")
    await admin.creates("/v1/configuration-item-types", **HOST)
    await admin.creates(PLACE, **WEB)
    assert (await admin.call("PATCH", f"{PLACE}/web-1", {"name": "x"})).status_code == 428
    assert (await admin.call("PATCH", f"{PLACE}/web-1", {"name": "x"}, If_Match='"2"')).status_code == 412
    wrong = await admin.call("PATCH", f"{PLACE}/web-1", {"attributes": {"cores": None}}, If_Match="*")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/attributes/cores")
    wrong = await admin.call("PATCH", f"{PLACE}/web-1", {"attributes": {"cores": 4.5}}, If_Match="*")
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "type")
    for refused in ({"key": "web-2"}, {"status": "in_use"}, {"name": None}, {"ci_type_version": 9}):
        answer = await admin.call("PATCH", f"{PLACE}/web-1", refused, If_Match="*")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{next(iter(refused))}")


async def test_true_is_not_one(catalog: Running) -> None:
    admin = await registered(catalog)
    await admin.creates(PLACE, **item("db", attributes={"on": 1}))
    answer = await admin.call("PATCH", f"{PLACE}/db", {"attributes": {"on": True}}, If_Match="*")
    assert answer.json()["attributes"] == {"on": True}
    assert answer.headers["etag"] == '"2"'


async def test_an_item_keeps_the_version_of_its_type_until_its_attributes_change(catalog: Running) -> None:
    admin = catalog.caller("admin")
    await admin.creates("/v1/configuration-item-types", **HOST)
    await admin.creates(PLACE, **WEB)
    schema = HOST["attributes_schema"] | {"required": ["cores", "serial"]}  # type: ignore[operator]  # HOST's values are of two kinds
    body = HOST | {"attributes_schema": schema}
    assert (await admin.call("POST", "/v1/configuration-item-types", body, If_Match='"1"')).status_code == 201
    renamed = await admin.call("PATCH", f"{PLACE}/web-1", {"name": "Other"}, If_Match="*")
    assert (renamed.status_code, renamed.json()["ci_type_version"]) == (200, 1)
    refused = await admin.call("PATCH", f"{PLACE}/web-1", {"attributes": {"cores": 8}}, If_Match="*")
    assert refused.json()["errors"][0]["pointer"] == "/attributes/serial"
    patch = {"attributes": {"cores": 8, "serial": "AB-1"}}
    changed = await admin.call("PATCH", f"{PLACE}/web-1", patch, If_Match="*")
    assert changed.json()["ci_type_version"] == 2


async def test_an_item_goes_through_its_states_and_retired_is_final(catalog: Running) -> None:
    admin = await registered(catalog)
    made = await admin.creates(PLACE, **item("db", status="planned"))
    path = f"{PLACE}/db"

    async def move(to: str) -> tuple[int, Any]:
        answer = await admin.call("POST", f"{path}/transitions", {"to": to}, If_Match="*")
        return answer.status_code, answer.json()

    next_ones = await admin.get(f"{path}/transitions")
    assert {line["to"]: line["allowed"] for line in next_ones["items"]} == {
        "in_use": True,
        "in_maintenance": False,
        "retired": True,
    }
    assert (await move("in_maintenance"))[1]["code"] == "illegal_transition"
    for to in ("in_use", "in_maintenance", "in_use", "retired"):
        assert (await move(to))[1]["status"] == to
    assert (await admin.get(path))["retired_at"] is not None
    for to in ("planned", "in_use", "in_maintenance", "retired"):
        assert (await move(to))[0] == 409
    edit = await admin.call("PATCH", path, {"name": "New"}, If_Match="*")
    assert (edit.status_code, edit.json()["code"]) == (409, "record_ended")
    events = await said(catalog, made["id"])
    assert [event.type.split(".")[2] for event in events] == [
        "registered",
        *["updated"] * 3,
        "retired",
    ]
    assert events[-1].data["status"] == "retired"


async def test_what_others_rely_on_is_not_retired_until_they_are(catalog: Running) -> None:
    admin = await registered(catalog, "service:shop", "service:wiki", "app", "spare", "db")
    for dependent in ("service:shop", "service:wiki", "app", "spare"):
        await needs(admin, dependent, "db")
    await admin.call("POST", f"{PLACE}/spare/transitions", {"to": "retired"}, If_Match="*")
    await catalog.db.execute("UPDATE service SET status = 'live' WHERE key = 'shop'")

    async def retire(key: str) -> Any:
        return await admin.call("POST", f"{PLACE}/{key}/transitions", {"to": "retired"}, If_Match="*")

    refused = await retire("db")
    assert (refused.status_code, refused.json()["code"]) == (409, "still_needed")
    assert refused.json()["needed_by"] == [
        {"kind": "configuration_item", "key": "app"},
        {"kind": "service", "key": "shop"},
    ]
    assert "app (in_use), shop (live)" in refused.json()["detail"]
    await catalog.db.execute("UPDATE service SET status = 'retired' WHERE key = 'shop'")
    assert (await retire("app")).status_code == 200
    assert (await retire("db")).status_code == 200


async def test_lists_filter_sort_and_search(catalog: Running) -> None:
    admin = await registered(catalog)
    await admin.creates("/v1/configuration-item-types", **HOST)
    await admin.creates(PLACE, **item("db", owner="anna", assignment_group="dba", location="Berlin"))
    await admin.creates(PLACE, **item("app", status="planned", environment="test", name="50% App"))
    await admin.creates(PLACE, **WEB)
    agent = catalog.caller("agent")
    for question, keys in {
        "": ["app", "db", "web-1"],
        "?sort=-key": ["web-1", "db", "app"],
        "?ci_type=host": ["web-1"],
        "?status=planned": ["app", "web-1"],
        "?environment=test": ["app"],
        "?owner=anna": ["db"],
        "?assignment_group=dba": ["db"],
        "?location=Berlin": ["db"],
        "?q=50%25": ["app"],
        "?q=WEB": ["web-1"],
        "?key__in=db,app&sort=key": ["app", "db"],
    }.items():
        assert [each["key"] for each in (await agent.get(PLACE + question))["items"]] == keys, question
    assert (await agent.call("GET", f"{PLACE}?sort=card")).status_code == 422
    assert (await catalog.caller("agent", tenant="other").get(PLACE))["items"] == []


async def test_the_timeline_tells_what_happened_to_an_item_and_its_edges(catalog: Running) -> None:
    admin = await registered(catalog, "app", "db")
    await needs(admin, "app", "db")
    await admin.call("PATCH", f"{PLACE}/app", {"owner": "berta"}, If_Match="*")
    page = await admin.get(f"{PLACE}/app/timeline?limit=2")
    rest = await admin.get(f"{PLACE}/app/timeline?cursor={page['next']}")
    told = [line["type"].removeprefix("itsm.") for line in page["items"] + rest["items"]]
    assert told == [
        "configuration_item.registered.v1",
        "dependency.added.v1",
        "configuration_item.updated.v1",
    ]
    assert rest["items"][-1]["data"]["owner"] == "berta"


@pytest.mark.parametrize(
    ("role", "writes", "reads"),
    [
        ("requester", 403, 403),
        ("change_manager", 403, 200),
        ("agent", 201, 200),
        ("manager", 201, 200),
        ("service", 201, 200),
    ],
)
async def test_staff_reads_and_who_runs_things_writes(
    catalog: Running, role: str, writes: int, reads: int
) -> None:
    await registered(catalog, "db")
    caller = catalog.caller(role, "carl")
    assert (await caller.call("POST", PLACE, item("app"))).status_code == writes
    for path in (f"{PLACE}/db", PLACE, f"{PLACE}/db/timeline", f"{PLACE}/db/impact", "/v1/dependencies"):
        assert (await caller.call("GET", path)).status_code == reads
    body = HOST | {"key": "other"}
    published = await caller.call("POST", "/v1/configuration-item-types", body)
    assert published.status_code == (201 if role == "manager" else 403)


async def test_requesters_hear_nothing_of_items_in_the_feed(catalog: Running, amqp_url: str) -> None:
    admin = await registered(catalog, "service:mail", "db")
    await needs(admin, "service:mail", "db")
    await catalog.db.execute(
        "WITH said AS (DELETE FROM outbox RETURNING tenant, event_id, position) "
        "INSERT INTO feed (tenant, event_id) SELECT tenant, event_id FROM said ORDER BY position"
    )
    heard = await catalog.caller("requester", "carl").get("/v1/events")
    assert [event["type"] for event in heard["items"]] == ["itsm.service.proposed.v1"]
    assert len((await catalog.caller("agent").get("/v1/events"))["items"]) == 4


async def test_an_item_is_not_put_into_use_on_what_is_retired(catalog: Running) -> None:
    admin = await registered(catalog)
    for key in ("app", "db"):
        await admin.creates(PLACE, **item(key, status="planned"))
    edge = await needs(admin, "app", "db")
    assert (
        await admin.call("POST", f"{PLACE}/db/transitions", {"to": "retired"}, If_Match="*")
    ).status_code == 200
    told = {each["to"]: each for each in (await admin.get(f"{PLACE}/app/transitions"))["items"]}
    refused = await admin.call("POST", f"{PLACE}/app/transitions", {"to": "in_use"}, If_Match="*")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_ready")
    assert refused.json()["detail"].startswith("app cannot be in_use: it depends on db, which is retired.")
    assert refused.json()["retired"] == [{"kind": "configuration_item", "key": "db"}]
    assert (told["in_use"]["allowed"], told["in_use"]["why"]) == (False, refused.json()["detail"])
    assert told["retired"]["allowed"]
    await admin.call("DELETE", f"/v1/dependencies/{edge['id']}", If_Match="*")
    used = await admin.call("POST", f"{PLACE}/app/transitions", {"to": "in_use"}, If_Match="*")
    assert used.status_code == 200
